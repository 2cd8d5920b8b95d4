// Features that floats would round: kept as doubles until they are scaled, then rounded once. The expected numbers are worked out
// in double by the formula that a comment names.
#include <cmath>

#include "data/dataset.hpp"
#include "data/preparation.hpp"
#include "data/preparation_json.hpp"
#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::data;
using test::TestFile;

namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

/// One column x of these texts and a target y.
std::string column(const std::vector<std::string>& texts) {
  std::string csv = "x,y\n";
  for (const std::string& text : texts) csv += text + ",0\n";
  return csv;
}

struct ScaledFile : TestFile {
  explicit ScaledFile(const std::string& csv) : TestFile("a.csv", csv) {
    source.target = {std::string("y")};
    source.keep_doubles = true;
  }
  Floats scaled(Scaling scaling, double factor = 1.0) const {
    Dataset dataset = read();
    preparation_from_json(to_json(Preparation::fit(dataset, scaling, factor))).apply(dataset);
    CHECK(dataset.doubles.empty());
    return dataset.features;
  }
};

std::vector<std::string> series(std::int64_t first, std::int64_t step, int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) texts.push_back(std::to_string(first + step * i));
  return texts;
}

/// The standardized first rows of an arithmetic series of n: (i - (n - 1) / 2) / sqrt((n * n - 1) / 12).
void check_series(const Floats& found, int count) {
  for (int i = 0; i < 3; ++i)
    CHECK(found[i] == Approx((i - (count - 1) / 2.0) / std::sqrt((count * count - 1) / 12.0)).margin(1e-6));
}

std::string npy(const std::string& type, const std::string& shape, const std::string& elements) {
  std::string head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  head.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + "\n" + elements;
}

template <class Number>
std::string bytes(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

}  // namespace

TEST_CASE("seconds since 1970 a minute apart are standardized as in double") {
  const ScaledFile file(column(series(1700000000, 60, 100)));
  const Floats found = file.scaled(Scaling::standardize);
  CHECK(found[0] == Approx(-1.714816).margin(1e-6));
  CHECK(found[1] == Approx(-1.680173).margin(1e-6));
  CHECK(found[2] == Approx(-1.645531).margin(1e-6));
  check_series(found, 100);
  CHECK(file.scaled(Scaling::min_max)[33] == Approx(1.0 / 3));
}

TEST_CASE("large and fine steps are told apart in every column alike") {
  check_series(ScaledFile(column(series(100000000, 1, 100))).scaled(Scaling::standardize), 100);
  check_series(ScaledFile(column(series(20240101, 1, 28))).scaled(Scaling::standardize), 28);
  std::vector<std::string> fine;
  for (int i = 0; i < 100; ++i) fine.push_back("10000.0" + std::to_string(100 + i));
  check_series(ScaledFile(column(fine)).scaled(Scaling::standardize), 100);
}

TEST_CASE("doubles are kept only where they are asked for and floats would round") {
  CHECK(ScaledFile(column({"16777216", "0.5", "-3"})).read().doubles.empty());
  ScaledFile file(column({"16777216", "16777217", "0.1"}));
  CHECK(file.read().doubles == Doubles{16777216, 16777217, 0.1});
  CHECK(file.read().features.empty());
  CHECK(file.read().rows(std::vector<std::uint32_t>{2, 1}).doubles == Doubles{0.1, 16777217});
  file.source.keep_doubles = false;
  CHECK(file.read().doubles.empty());
  CHECK(file.read().features == Floats{16777216, 16777216, 0.1f});
}

TEST_CASE("the widest range is scaled without infinity, and the narrowest to 0 and 1") {
  CHECK(ScaledFile(column({"-3e38", "3e38"})).scaled(Scaling::min_max) == Floats{0, 1});
  CHECK(ScaledFile(column({"-3e38", "3e38"})).scaled(Scaling::standardize) == Floats{-1, 1});
  CHECK(ScaledFile(column({"1e-42", "3e-42"})).scaled(Scaling::min_max) == Floats{0, 1});
}

TEST_CASE("a constant factor multiplies before rounding") {
  // 16777217 / 16777216 in double, to the nearest float; of the rounded 16777216 it would be 1.
  CHECK(ScaledFile(column({"16777217", "50331651"})).scaled(Scaling::scale, 1.0 / 3)[0] == 5592405.5f + 0.166666666f);
  CHECK(ScaledFile(column({"33554435"})).scaled(Scaling::scale, 2.0)[0] == 67108870.0f);
}

TEST_CASE("a missing value becomes the mean as in double") {
  // 1700000000, 1700000060, 1700000180: mean 1700000080, squares 6400 + 400 + 10000, deviation sqrt(5600).
  ScaledFile file(column({"1700000000", "1700000060", "NA", "1700000180"}));
  file.source.missing = Missing::mean;
  const Floats found = file.scaled(Scaling::standardize);
  CHECK(found[0] == Approx(-80 / std::sqrt(5600.0)));
  CHECK(found[1] == Approx(-20 / std::sqrt(5600.0)));
  CHECK(found[2] == 0.0f);
  file.source.missing = Missing::skip_row;
  CHECK(file.scaled(Scaling::standardize)[2] == Approx(100 / std::sqrt(5600.0)));
}

TEST_CASE("64-bit integers and floats of NPY files are scaled as in double") {
  std::vector<std::int64_t> integers;
  std::vector<double> floats;
  for (int i = 0; i < 100; ++i) {
    integers.push_back(1700000000 + 60 * i);
    floats.push_back(1e9 + 0.25 * i);
  }
  for (const std::string& file_bytes : {npy("<i8", "(100, 1)", bytes(integers)), npy("<f8", "(100, 1)", bytes(floats))}) {
    TestFile file("a.npy", file_bytes);
    file.source.keep_doubles = true;
    Dataset dataset = file.read();
    Preparation::fit(dataset, Scaling::standardize).apply(dataset);
    check_series(dataset.features, 100);
  }
  TestFile fortran("f.npy", npy("<f8", "(2, 2)", bytes(Doubles{0.1, 0.2, 0.3, 0.4})));
  std::string text = test::read_file(fortran.source.file);
  text.replace(text.find("False"), 5, "True ");
  test::write_file(fortran.source.file, text);
  fortran.source.keep_doubles = true;
  CHECK(fortran.read().doubles == Doubles{0.1, 0.3, 0.2, 0.4});
}

TEST_CASE("a value that scaling takes out of the range of floats is refused with its row and feature") {
  ScaledFile training(column({"0", "1e-30"}));
  const Preparation preparation = Preparation::fit(training.read(), Scaling::min_max);
  Dataset far = ScaledFile(column({"0", "1e30"})).read();
  CHECK(test::fault_of([&] { preparation.apply(far); }) ==
        "row 2, feature 'x': becomes 1e+60 by scaling, beyond the range of 32-bit floats");
}

TEST_CASE("missing markers that are numbers are compared as numbers") {
  ScaledFile file("x,z,y\n-999.0,1,0\n2,-9.99e2,0\n3, -999 ,0\n4,\"-999.00\",0\n5,6,0\n-998.9999,7,0\n");
  file.source.missing_markers = {"-999", "NA"};
  file.source.missing = Missing::zero;
  for (const bool doubles : {false, true}) {
    file.source.keep_doubles = doubles;
    const Dataset dataset = file.read();
    const Doubles found = doubles ? dataset.doubles : Doubles(dataset.features.begin(), dataset.features.end());
    CHECK(found == Doubles{0, 1, 2, 0, 3, 0, 4, 0, 5, 6, doubles ? -998.9999 : double{-998.9999f}, 7});
  }
  file.source.missing = Missing::skip_row;
  CHECK(file.read().file_rows == std::vector<std::uint32_t>{4, 5});
  file.source.missing = Missing::error;
  CHECK(file.fault().rfind("a.csv:2:1: expected a number, found '-999.0', which stands for a missing value (column 'x');", 0) ==
        0);
  test::write_file(file.source.file, "x,z,y\n1,2,0\n3,4,-999.0\n");
  CHECK(file.fault() == "a.csv:3:3: the target is missing: found '-999.0' (column 'y')");
}

TEST_CASE("missing markers that are numbers are found in arrays too") {
  TestFile file("a.npy", npy("<f4", "(3, 2)", bytes(Floats{1, -999, 3, 4, -999, 6})));
  file.source.missing_markers = {"-999.0"};
  file.source.missing = Missing::zero;
  CHECK(file.read().features == Floats{1, 0, 3, 4, 0, 6});
  file.source.missing = Missing::skip_row;
  CHECK(file.read().file_rows == std::vector<std::uint32_t>{1});
  file.source.missing = Missing::error;
  CHECK(file.fault() ==
        "a.npy: row 1, element 2: -999, a missing value; missing values may be skipped with their row, or become zero or the "
        "column's mean, when told");
}
