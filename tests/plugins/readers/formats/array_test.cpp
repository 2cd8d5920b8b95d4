// The .npy and .npz files under files/ were written by NumPy 1.24: numpy.lib.format.write_array, numpy.savez,
// numpy.savez_compressed.
#include <cmath>
#include <cstring>
#include <limits>

#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::idx;
using treino::test::TestFile;
using treino::test::TestSource;
using Classes = std::vector<std::int32_t>;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

namespace {

const std::string folder = "tests/plugins/readers/formats/files/";

Dataset read_shipped(const std::string& name) {
  TestSource source;
  source.file = folder + name;
  return read(source);
}

std::string bytes_of_shipped(const std::string& name) { return treino::test::read_file(folder + name); }

std::string npy(const std::string& head, const std::string& elements) {
  const std::string magic = std::string("\x93NUMPY\x01\x00", 8);
  return magic + static_cast<char>(head.size() & 0xff) + static_cast<char>(head.size() >> 8) + head + elements;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("IDX images have one channel and their labels are classes") {
  TestFile file("t10k-images-idx3-ubyte.gz",
                treino::test::deflated(idx(8, {2, 2, 3}, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\xff")));
  treino::test::write_file(file.folder / "labels", idx(8, {2}, std::string("\x01\x00", 2)));
  file.source.target_file = file.folder / "labels";
  const Dataset data = file.read();
  CHECK(data.count == 2);
  CHECK(data.sample_shape == Shape{1, 2, 3});
  CHECK(data.features == Floats{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255});
  CHECK(data.classes == Classes{1, 0});
  CHECK(data.class_names == Names{"0", "1"});
  CHECK(outline(file.source).sample_shape == Shape{1, 2, 3});
}

TEST_CASE("IDX element types are read big-endian") {
  using namespace std::string_literals;
  CHECK(TestFile("a.idx", idx(0x09, {2}, "\xff\x02")).read().features == Floats{-1, 2});
  CHECK(TestFile("a.idx", idx(0x0b, {2}, "\xff\xfe\x01\x00"s)).read().features == Floats{-2, 256});
  CHECK(TestFile("a.idx", idx(0x0c, {1}, "\x00\x01\x00\x00"s)).read().features == Floats{65536});
  CHECK(TestFile("a.idx", idx(0x0d, {1}, "\x3f\xc0\x00\x00"s)).read().features == Floats{1.5f});
  CHECK(TestFile("a.idx", idx(0x0e, {1}, "\xc0\x04\x00\x00\x00\x00\x00\x00"s)).read().features == Floats{-2.5f});
  CHECK(TestFile("a.idx", idx(0x08, {1, 2, 1, 2}, "\x01\x02\x03\x04")).read().sample_shape == Shape{2, 1, 2});
  CHECK(TestFile("a.idx", idx(0x08, {2, 2}, "\x01\x02\x03\x04")).read().sample_shape == Shape{2});
}

TEST_CASE("IDX files that are wrong say how") {
  CHECK(TestFile("a.idx", "abcd").fault() == "a.idx: no IDX file: expected it to begin with two zero bytes");
  CHECK(TestFile("a.idx", idx(0x0a, {1}, "x")).fault() == "a.idx: IDX knows no element type 0x0a");
  CHECK(TestFile("a.idx", idx(8, {}, "")).fault() == "a.idx: expected 1 to 8 dimensions, found 0");
  CHECK(TestFile("a.idx", idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "x")).fault() == "a.idx: expected 1 to 8 dimensions, found 9");
  CHECK(TestFile("a.idx", idx(8, {3}, "xx").substr(0, 6)).fault() == "a.idx: ends within its IDX head: the file is truncated");
  CHECK(TestFile("a.idx", idx(8, {3}, "xx")).fault() == "a.idx: ends after 2 of 3 elements: the file is truncated");
  CHECK(TestFile("a.idx", idx(8, {1}, "xx")).fault() == "a.idx: bytes after the 1 elements that its head announces");
  CHECK(TestFile("a.idx", idx(8, {0, 4}, "")).fault() == "a.idx: no samples");
  CHECK(TestFile("a.idx", idx(8, {4, 0}, "")).fault() == "a.idx: samples without elements");
  CHECK(TestFile("a.idx", idx(8, {0xffffffff, 0xffffffff}, "x")).fault() == "a.idx: the shape is too large");
  CHECK(TestFile("a.idx", idx(8, {0xffffffff, 0xffff}, "x")).fault() ==
        "a.idx: ends after 1 of 281470681677825 elements: the file is truncated");
}

TEST_CASE("a label file has one value per sample and as many rows") {
  TestFile file("a.idx", idx(8, {2, 1}, "ab"));
  file.source.target_file = file.folder / "labels";
  treino::test::write_file(file.source.target_file, idx(8, {3}, "abc"));
  CHECK(file.fault() == "labels: 3 rows of targets, but a.idx has 2 rows; is one of them a header? Then say so");
  treino::test::write_file(file.source.target_file, idx(8, {2, 1, 1}, "ab"));
  CHECK(file.fault() == "labels: rows of the shape 1x1x1; a target is a number, or a row of numbers");
  treino::test::write_file(file.source.target_file, idx(8, {2, 2}, "abcd"));
  CHECK(file.read().target_kind == TargetKind::values);
  CHECK(file.read().values == Floats{97, 98, 99, 100});
  treino::test::write_file(file.source.target_file, "cat\ndog\n");
  file.source.header = false;
  CHECK(file.read().class_names == Names{"cat", "dog"});
  file.source.class_names = {"dog", "mouse"};
  CHECK(file.fault() == "labels:1:1: expected one of the classes 'dog', 'mouse', found 'cat'");
}

TEST_CASE("NPY of either byte order and either index order is read the same") {
  const Dataset little = read_shipped("f8_le_c.npy");
  CHECK(little.count == 3);
  CHECK(little.sample_shape == Shape{2});
  CHECK(little.features == Floats{1.5f, -2.25f, 3, 0.1f, 1e-3f, 7});
  CHECK(read_shipped("f4_be_fortran.npy").features == little.features);
  CHECK(read_shipped("f4_be_fortran.npy").sample_shape == Shape{2});
}

TEST_CASE("NPY versions 2 and 3, integers, booleans and halves are read") {
  CHECK(read_shipped("i2_be_v2.npy").features == Floats{1, -2, 300, -400, 5, 6});
  CHECK(read_shipped("b1_v3.npy").features == Floats{1, 0, 0, 1, 1, 1});
  CHECK(read_shipped("f2.npy").features == Floats{1.5f, -0.25f, 65504, 0x1p-24f, 0});
  CHECK(read_shipped("f2.npy").sample_shape == Shape{1});
}

TEST_CASE("NPY arrays of three dimensions in Fortran order come out in C order") {
  const Dataset data = read_shipped("u8_3d_fortran.npy");
  CHECK(data.count == 2);
  CHECK(data.sample_shape == Shape{3, 4});
  for (std::size_t i = 0; i < 24; ++i) CHECK(data.features[i] == static_cast<float>(i));
}

TEST_CASE("NPY targets come from a file of their own") {
  TestSource source;
  source.file = folder + "f8_le_c.npy";
  source.target_file = folder + "i8_labels.npy";
  CHECK(read(source).classes == Classes{2, 0, 1});
  source.target_kind = TargetKind::values;
  CHECK(read(source).values == Floats{2, 0, 1});
  source.target_kind = TargetKind::one_hot;
  CHECK(read(source).values == Floats{0, 0, 1, 1, 0, 0, 0, 1, 0});
}

TEST_CASE("NPY element types that are not numeric are refused by name") {
  CHECK_THAT(TestFile("a.npy", bytes_of_shipped("text.npy")).fault(), ContainsSubstring("cannot read elements of type '<U1'"));
  CHECK_THAT(TestFile("a.npy", bytes_of_shipped("complex.npy")).fault(),
             ContainsSubstring("cannot read elements of type '<c16'"));
  CHECK(TestFile("a.npy", npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", "")).fault() ==
        "a.npy: arrays of records cannot be read; expected an array of numbers");
}

TEST_CASE("NPY heads that are wrong say how") {
  const auto fault = [](const std::string& head) { return TestFile("a.npy", npy(head, "12345678")).fault(); };
  CHECK(fault("{'descr':\"|u1\",'shape':(8L,),'fortran_order':False}").empty());
  CHECK(fault("") == "a.npy: the head is damaged: expected '{', found ''");
  CHECK(fault("{'descr' '|u1'}") == "a.npy: the head is damaged: expected ':', found ''|u1'}'");
  CHECK(fault("{'descr': '|u1}") == "a.npy: the head is damaged: a string that is never closed");
  CHECK(fault("{'descr': '|u1'}") == "a.npy: expected descr, fortran_order and shape in the head");
  CHECK(fault("{'color': 1}") == "a.npy: the head has an unknown key 'color'");
  CHECK(fault("{'fortran_order': 1}") == "a.npy: the head is damaged: expected True or False, found '1}'");
  CHECK(fault("{'shape': (x)}") == "a.npy: the head is damaged: expected a dimension, found 'x)}'");
  CHECK(fault("{'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}") ==
        "a.npy: more than 32 dimensions");
  CHECK(fault("{'shape': (99999999999999999999,)}") ==
        "a.npy: the head is damaged: expected a dimension, found '99999999999999999999,)}'");
  CHECK(fault("{} x") == "a.npy: text after the head's dictionary");
  const std::string rest = "'descr': '|u1', 'fortran_order': False, ";
  CHECK(fault("{" + rest + "'shape': ()}") == "a.npy: a single number; expected an array of samples");
  CHECK(fault("{" + rest + "'shape': (-8,)}") == "a.npy: a dimension of -8 elements");
  CHECK(fault("{" + rest + "'shape': (99999999999,)}") == "a.npy: more samples than 32 bits can number");
  CHECK(fault("{" + rest + "'shape': (2, 9999999999999999)}") == "a.npy: the shape is too large");
  CHECK(fault("{" + rest + "'shape': (9,)}") == "a.npy: ends after 8 of 9 elements: the file is truncated");
  CHECK(fault("{" + rest + "'shape': (7,)}") == "a.npy: bytes after the 7 elements that its head announces");
  CHECK(TestFile("a.npy", "\x93NUMPY").fault() == "a.npy: ends within its NPY head: the file is truncated");
  CHECK(TestFile("a.npy", "\x93NUMPX\x01\x01").fault() == "a.npy: no NPY file: expected it to begin with \\x93NUMPY");
  CHECK(TestFile("a.npy", "\x93NUMPY\x04\x01xxxx").fault() == "a.npy: NPY version 4; expected 1, 2 or 3");
  CHECK(TestFile("a.npy", "\x93NUMPY\x02\x01\xff\xff\xff\xff").fault() ==
        "a.npy: a head of 4294967295 bytes; expected 1048576 at most");
}

TEST_CASE("NaN in an array is a missing value and infinity a fault") {
  const std::string head = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)}";
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  TestFile file("a.npy", npy(head, bytes_of<double>({1, 2, 3, nan, 5, 6})));
  CHECK_THAT(file.fault(), StartsWith("a.npy: row 2, element 2: NaN, a missing value"));
  file.source.missing = Missing::zero;
  CHECK(file.read().features == Floats{1, 2, 3, 0, 5, 6});
  file.source.missing = Missing::mean;
  CHECK(std::isnan(file.read().features[3]));
  file.source.missing = Missing::skip_row;
  file.source.target_file = file.folder / "y.npy";
  treino::test::write_file(file.source.target_file,
                           npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", bytes_of<double>({0, 1, nan})));
  CHECK(file.read().features == Floats{1, 2});
  CHECK(file.read().classes == Classes{0});
  file.source.missing = Missing::zero;
  CHECK(file.fault() == "y.npy: row 3: expected a finite target within the range of 32-bit floats, found nan");
  const std::string fault = "a.npy: row 1, element 2: expected a finite number within the range of 32-bit floats, found infinity";
  CHECK(TestFile("a.npy", npy(head, bytes_of<double>({1, -HUGE_VAL, 3, 4, 5, 6}))).fault() == fault);
  CHECK(TestFile("a.npy", npy(head, bytes_of<double>({1, 1e300, 3, 4, 5, 6}))).fault() == fault);
}

// A half is sign, 5 bits of exponent, 10 of mantissa: 2^(e-15) * (1 + m/1024), 2^-14 * m/1024 for e = 0.
TEST_CASE("every half is read exactly") {
  std::vector<std::uint16_t> halves;
  Floats expected;
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 31);
    if (exponent == 31) continue;  // NaN and infinity
    halves.push_back(static_cast<std::uint16_t>(bits));
    const double mantissa = (bits & 1023) / 1024.0;
    const double size = exponent == 0 ? std::ldexp(mantissa, -14) : std::ldexp(1 + mantissa, exponent - 15);
    expected.push_back(static_cast<float>(bits < 32768 ? size : -size));
  }
  const std::string head = "{'descr': '<f2', 'fortran_order': False, 'shape': (63488,)}";
  const Floats features = TestFile("a.npy", npy(head, bytes_of(halves))).read().features;
  CHECK(features == expected);
  CHECK(std::signbit(features[31744]));
}

TEST_CASE("a value that is missing is found and named wherever it stands in a large array") {
  std::vector<float> values(20000, 1.5f);
  const std::string head = "{'descr': '<f4', 'fortran_order': False, 'shape': (10000, 2)}";
  for (const std::size_t at : {0, 1, 1023, 1024, 4095, 4096, 4097, 8191, 8192, 19998, 19999}) {
    values[at] = std::numeric_limits<float>::quiet_NaN();
    TestFile file("a.npy", npy(head, bytes_of(values)));
    CHECK_THAT(file.fault(), StartsWith("a.npy: row " + std::to_string(at / 2 + 1) + ", element " + std::to_string(at % 2 + 1) +
                                        ": NaN, a missing value"));
    file.source.missing = Missing::zero;
    std::vector<float> expected = values;
    expected[at] = 0;
    CHECK(file.read().features == expected);
    values[at] = 1.5f;
  }
}

TEST_CASE("integers too large to be told apart are not classes") {
  TestFile file("a.npy", npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}", bytes_of<std::int64_t>({1})));
  file.source.target_file = file.folder / "y.npy";
  file.source.target_kind = TargetKind::index;
  treino::test::write_file(file.source.target_file,
                           npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}", bytes_of<std::int64_t>({1LL << 60})));
  CHECK(file.fault() == "y.npy: row 1: 1.152921504606847e+18 is too large for a class");
}

TEST_CASE("NPZ holds features and targets, stored or deflated") {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const Dataset data = read_shipped(name);
    CHECK(data.features == Floats{1.5f, -2.25f, 3, 0.1f, 1e-3f, 7});
    CHECK(data.classes == Classes{1, 0, 1});
  }
}

TEST_CASE("NPZ keys are chosen by name, with a hint for a wrong one") {
  TestFile file("a.npz", bytes_of_shipped("deflated.npz"));
  file.source.target_key = "other";
  CHECK(file.read().target_width == 1);
  file.source.target_key = "";
  CHECK(file.read().target_kind == TargetKind::none);
  file.source.feature_key = "othre";
  CHECK(file.fault() == "a.npz: no array 'othre'. Did you mean 'other'? It holds: 'x', 'y', 'other'");
  CHECK(file.fault_of([&] { outline(file.source); }) == file.fault());
}

TEST_CASE("a damaged NPZ member is found out by its checksum") {
  std::string bytes = bytes_of_shipped("stored.npz");
  bytes[bytes.find("NUMPY") + 130] ^= 1;  // within the elements
  CHECK_THAT(TestFile("a.npz", bytes).fault(), ContainsSubstring("CRC-32"));
}

TEST_CASE("the format is found by name, then by content, and can be given") {
  CHECK(TestFile("a.dat", bytes_of_shipped("f8_le_c.npy")).read().count == 3);
  CHECK(TestFile("a.dat", bytes_of_shipped("stored.npz")).read().count == 3);
  CHECK(TestFile("a.dat", treino::test::deflated(idx(8, {2}, "ab"))).read().count == 2);
  CHECK(TestFile("a.dat", "1,2\n").read().count == 1);
  CHECK(TestFile("A.NPY.GZ", treino::test::deflated(bytes_of_shipped("f8_le_c.npy"))).read().count == 3);
  TestFile file("a.csv", idx(8, {2}, "ab"));
  file.source.format = "idx";
  CHECK(file.read().count == 2);
  file.source.format = "npq";
  CHECK_THAT(file.fault(), ContainsSubstring("there is no reader 'npq'. Did you mean 'npy'? There are: csv, "));
}

TEST_CASE("columns named for files that have none are refused, not ignored") {
  TestFile file("a.idx", idx(8, {2}, "ab"));
  file.source.target = {std::int64_t{0}};
  CHECK(file.fault() == "a.idx: no column is left for features");
  file.source.target = {};
  file.source.features = {std::string("x")};
  CHECK(file.fault() == "a.idx: no array 'x': it has none with a name; give the array's number, from 0");
  file.source.features = {std::int64_t{1}};
  CHECK(file.fault() == "a.idx: no array 1; it has 1 arrays, counted from 0, or from -1 backwards");
}
