// Several inputs out of one file: which features a sample has, in which order and shape, and what is refused. The npz file is made
// here, as NumPy's savez stores it: members without compression, arrays of format 1.0.
#include <cstring>

#include "data/in_memory.hpp"
#include "data/preparation.hpp"
#include "data/preparation_json.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;
using treino::test::TestSource;
using Floats = std::vector<float>;
using Inputs = std::vector<InputShape>;

namespace {

std::string little_endian_bytes(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i));
  return text;
}

template <class Number>
std::string npy(const std::string& type, const std::string& shape, const std::vector<Number>& values) {
  std::string head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  head += std::string(118 - head.size() - 1, ' ') + "\n";
  std::string bytes(values.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return std::string("\x93NUMPY\x01\x00", 8) + little_endian_bytes(118, 2) + head + bytes;
}

std::string npz(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string bytes, directory;
  for (const auto& [name, content] : members) {
    const std::string file = name + ".npy";
    const auto size = static_cast<std::uint32_t>(content.size());
    const auto sum = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(content.data()), size));
    const std::string common = little_endian_bytes(20, 2) + std::string(8, '\0') + little_endian_bytes(sum, 4) +
                               little_endian_bytes(size, 4) + little_endian_bytes(size, 4) +
                               little_endian_bytes(static_cast<std::uint32_t>(file.size()), 2) + std::string(2, '\0');
    directory += "PK\x01\x02" + little_endian_bytes(20, 2) + common + std::string(10, '\0') +
                 little_endian_bytes(static_cast<std::uint32_t>(bytes.size()), 4) + file;
    bytes += "PK\x03\x04" + common + file + content;
  }
  const auto count = static_cast<std::uint32_t>(members.size());
  return bytes + directory + "PK\x05\x06" + std::string(4, '\0') + little_endian_bytes(count, 2) + little_endian_bytes(count, 2) +
         little_endian_bytes(static_cast<std::uint32_t>(directory.size()), 4) +
         little_endian_bytes(static_cast<std::uint32_t>(bytes.size()), 4) + std::string(2, '\0');
}

struct InputColumns : TestFile {
  InputColumns() : TestFile("x.csv", "a,b,y,c\n1,2,0,3\n4,5,1,6\n") {
    source.target = {std::string("y")};
    source.features = {std::string("c"), std::string("a"), std::string("b")};
    source.inputs = {{"image", 2, "", {1, 2}}, {"rest", 1, "", {}}};
  }
};

/// InputArrays of 2 x 1 x 2 floats, 2 doubles, and 3 of another number of rows.
struct InputArrays : TestFile {
  InputArrays()
      : TestFile("x.npz", npz({{"im", npy<float>("<f4", "2, 1, 2", {1, 2, 3, 4})},
                               {"t", npy<double>("<f8", "2,", {0.1, 5})},
                               {"three", npy<float>("<f4", "3,", {1, 2, 3})}})) {
    source.target_key.clear();
    source.inputs = {{"table", 0, "t", {}}, {"image", 0, "im", {}}};
  }
};

}  // namespace

TEST_CASE("columns of several inputs lie one input after the other, in the order of their names") {
  const InputColumns file;
  const Dataset data = file.read();
  CHECK(data.features == Floats{3, 1, 2, 6, 4, 5});
  CHECK(data.sample_shape == Shape{3});
  CHECK(data.inputs == Inputs{{"image", {1, 2}}, {"rest", {1}}});
  CHECK(data.feature_names == std::vector<std::string>{"c", "a", "b"});
  CHECK(data.rows(std::vector<std::uint32_t>{1}).inputs == data.inputs);
  const Outline outlined = outline(file.source);
  CHECK(outlined.inputs == data.inputs);
  CHECK(outlined.sample_shape == Shape{3});
}

TEST_CASE("arrays of a npz file lie side by side for each sample, in the shapes that they have there") {
  InputArrays file;
  const Dataset data = file.read();
  CHECK(data.features == Floats{0.1f, 1, 2, 5, 3, 4});
  CHECK(data.inputs == Inputs{{"table", {1}}, {"image", {1, 2}}});
  CHECK(outline(file.source).inputs == data.inputs);
  CHECK(outline(file.source).sample_shape == Shape{3});
  // 0.1 is none that a float holds: then all are doubles until they are scaled.
  file.source.keep_doubles = true;
  CHECK(file.read().doubles == std::vector<double>{0.1, 1, 2, 5, 3, 4});
  file.source.inputs[1].shape = {2, 1, 1};
  CHECK(file.read().inputs[1].shape == Shape{2, 1, 1});
}

TEST_CASE("further targets of a npz file are its arrays of these names") {
  InputArrays file;
  file.source.target_key = "t";
  file.source.inputs.erase(file.source.inputs.begin());
  file.source.further_targets = {{{std::string("im")}, {}, {}, {}}};
  CHECK(file.fault() == "x.npz: array 'im' is both target and feature");
  file.source.further_targets = {{{std::string("t")}, TargetKind::values, {}, {}}};
  CHECK(file.read().targets.at(0).values == Floats{0.1f, 5});
  CHECK(outline(file.source).inputs.size() == 1);
  file.source.further_targets = {{{std::string("three")}, {}, {}, {}}};
  CHECK(file.fault() == "x.npz: 'three': 3 rows, but 'im' has 2");
  file.source.further_targets = {{{std::string("tt")}, {}, {}, {}}};
  CHECK(file.fault_of([&] { outline(file.source); }).rfind("x.npz: no array 'tt'. Did you mean 't'?", 0) == 0);
}

TEST_CASE("a row is skipped in all inputs where one of them lacks a value") {
  TestFile file("x.npz", npz({{"a", npy<float>("<f4", "3,", {1, NAN, 3})}, {"b", npy<float>("<f4", "3, 1", {4, 5, NAN})}}));
  file.source.target_key.clear();
  file.source.inputs = {{"a", 0, "a", {}}, {"b", 0, "b", {}}};
  CHECK(file.fault().rfind("x.npz: 'a': row 2, element 1: NaN, a missing value", 0) == 0);
  file.source.missing = Missing::skip_row;
  const Dataset data = file.read();
  CHECK(data.features == Floats{1, 4});
  CHECK(data.file_row(0) == 0);
}

TEST_CASE("samples in memory are the inputs' features one after the other") {
  const auto read_memory = [](const std::vector<Source::Input>& inputs, const Shape& shape) {
    InMemory memory;
    memory.name = "the training data";
    memory.count = 1;
    memory.sample_shape = shape;
    memory.features.assign(6, 1.0f);
    TestSource source;
    source.memory = std::make_shared<InMemory>(memory);
    source.inputs = inputs;
    const Outline outlined = outline(source);
    CHECK(outlined.sample_shape.size() == 1);
    return read(source);
  };
  const std::vector<Source::Input> inputs{{"a", 0, "x_a", {2, 2}}, {"b", 2, "", {}}};
  const Dataset data = read_memory(inputs, {6});
  CHECK(data.inputs == Inputs{{"a", {2, 2}}, {"b", {2}}});
  CHECK(read_memory(inputs, {2, 3}).sample_shape == Shape{6});
  CHECK(treino::test::fault_of([&] {
          read_memory({{"a", 0, "x_a", {}}}, {6});
        }) == "the training data: how many features input 'a' has is in no file: say its shape");
  CHECK(treino::test::fault_of([&] {
          read_memory({{"a", 0, "x_a", {2, 2}}}, {6});
        }) == "the training data: a sample has 6 features, and the inputs (a 2x2) have 4 together");
}

TEST_CASE("a source that does not have the inputs says what it has") {
  InputColumns columns;
  columns.source.features.clear();
  columns.source.inputs = {{"image", 0, "im", {}}};
  CHECK_THAT(columns.fault(), StartsWith("x.csv: no column 'im'."));
  InputArrays keys;
  keys.source.features = {std::string("table")};
  keys.source.inputs = {{"table", 1, "", {}}};
  CHECK_THAT(keys.fault(), StartsWith("x.npz: no array 'table'."));
  TestFile one("x.npy", npy<float>("<f4", "2,", {1, 2}));
  one.source.inputs = {{"a", 0, "x", {}}, {"b", 0, "y", {}}};
  CHECK(one.fault() == "x.npy: no array 'x': it has none with a name; give the array's number, from 0");
  CHECK(one.fault_of([&] { outline(one.source); }) == one.fault());
}

TEST_CASE("arrays that do not fit each other are refused by their names") {
  InputArrays file;
  file.source.inputs[1].key = "three";
  CHECK(file.fault() == "x.npz: 'three': 3 rows, but 't' has 2");
  file.source.inputs[1].key = "i";
  CHECK_THAT(file.fault(), StartsWith("x.npz: no array 'i'. Did you mean 'im'? It has: 't', 'im'"));
  file.source.inputs[1] = {"image", 0, "im", {3}};
  CHECK(file.fault() == "x.npz: 'im': the shape 3 of input 'image' has 3 elements, a sample of the array 2");
}

TEST_CASE("a preparation knows the inputs, and refuses others") {
  const InputColumns file;
  Dataset data = file.read();
  const Preparation fitted = Preparation::fit(data, Scaling::none);
  CHECK(fitted.inputs == data.inputs);
  CHECK(fitted.without_rows().inputs == data.inputs);
  const std::string text = to_json(fitted);
  CHECK(preparation_from_json(text).inputs == data.inputs);
  data.inputs[1].name = "other";
  CHECK(treino::test::fault_of([&] { fitted.apply(data); }) ==
        "the inputs are image 1x2, other 1; the model was trained on image 1x2, rest 1");
  // Nothing of it where there is one input.
  data.inputs.clear();
  CHECK(to_json(Preparation::fit(data, Scaling::none)).find("inputs") == std::string::npos);
}

TEST_CASE("a record of inputs that cannot be is refused") {
  const std::string text = to_json(Preparation::fit(InputColumns().read(), Scaling::none));
  const auto with = [&](const std::string& inputs) {
    std::string changed = text;
    const std::size_t at = changed.find("\"inputs\":");
    const std::size_t end = changed.find("}],", at) + 2;
    return changed.replace(at, end - at, "\"inputs\":" + inputs);
  };
  const auto fault = [&](const std::string& inputs) {
    return treino::test::fault_of([&] { preparation_from_json(with(inputs)); });
  };
  CHECK(fault("[{\"name\":\"a\",\"shape\":[3]}]").empty());
  CHECK(fault("3") == "preparation: 'inputs': expected an array");
  CHECK(fault("[3]") == "preparation: 'inputs': expected objects with a name");
  CHECK(fault("[{\"shape\":[3]}]") == "preparation: 'name' is missing");
  CHECK(fault("[{\"name\":\"a\",\"shape\":[]}]") == "preparation: 'shape': expected at least one dimension");
  CHECK(fault("[{\"name\":\"a\",\"shape\":[-3]}]") == "preparation: 'shape': expected integers from 1");
  CHECK(fault("[{\"name\":\"a\",\"shape\":[2]}]") == "preparation: 'inputs': expected 3 numbers, found 2");
}

// By hand: c is 3 and 6 (mean 4.5, deviation 1.5), a 1 and 4 likewise 2.5 and 1.5, b 2 and 5.
TEST_CASE("inputs can be scaled each in its own way") {
  const auto prepared = [](const std::vector<Scaling>& scalings, double factor) {
    Dataset data = InputColumns().read();
    Preparation::fit(data, scalings, factor).apply(data);
    return data.features;
  };
  CHECK(prepared({Scaling::standardize, Scaling::none}, 1) == Floats{-1, -1, 2, 1, 1, 5});
  CHECK(prepared({Scaling::none, Scaling::min_max}, 1) == Floats{3, 1, 0, 6, 4, 1});
  CHECK(prepared({Scaling::scale, Scaling::standardize}, 0.5) == Floats{1.5, 0.5, -1, 3, 2, 1});
  CHECK(prepared({Scaling::min_max, Scaling::standardize}, 1) == Floats{0, 0, -1, 1, 1, 1});
  CHECK(prepared({Scaling::scale, Scaling::scale}, 0.5) == Floats{1.5, 0.5, 1, 3, 2, 2.5});
}
