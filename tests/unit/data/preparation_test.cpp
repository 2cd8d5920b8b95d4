// Scaling and missing values: fitted on training rows, applied to all.
#include "data/preparation.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include "data/preparation_json.hpp"
#include "support/catch.hpp"
#include "support/data_fault.hpp"

using namespace treino::data;
using treino::test::fault_of;
using Floats = std::vector<float>;
using Doubles = std::vector<double>;

namespace {

constexpr float missing_value = std::numeric_limits<float>::quiet_NaN();

Dataset table(std::int64_t columns, const Floats& values) {
  Dataset data;
  data.sample_shape = {columns};
  data.features = values;
  data.count = static_cast<std::int64_t>(values.size()) / columns;
  return data;
}

Floats applied(const Preparation& preparation, Dataset data) {
  preparation.apply(data);
  return data.features;
}

bool same_bits(const Doubles& left, const Doubles& right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(left[i]) != std::bit_cast<std::uint64_t>(right[i])) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("standardized features have mean 0 and deviation 1") {
  // 1, 3, 5, 7: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5. 10, 20, 10, 20: mean 15, deviation 5.
  const Dataset data = table(2, {1, 10, 3, 20, 5, 10, 7, 20});
  const Floats result = applied(Preparation::fit(data, Scaling::standardize), data);
  const float root = std::sqrt(5.0f);
  const Floats expected{-3 / root, -1, -1 / root, 1, 1 / root, -1, 3 / root, 1};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(result[i] == Approx(expected[i]));
}

TEST_CASE("min-max takes the training range to 0 to 1") {
  const Dataset data = table(2, {1, -4, 3, 0, 5, 4});
  const Preparation preparation = Preparation::fit(data, Scaling::min_max);
  CHECK(applied(preparation, data) == Floats{0, 0, 0.5f, 0.5f, 1, 1});
  CHECK(applied(preparation, table(2, {9, -8})) == Floats{2, -0.5f});
}

TEST_CASE("a constant feature becomes 0 and nothing becomes NaN") {
  const Dataset data = table(2, {0.1f, 1, 0.1f, 2, 0.1f, 3});
  for (const Scaling scaling : {Scaling::standardize, Scaling::min_max}) {
    const Preparation preparation = Preparation::fit(data, scaling);
    CHECK(preparation.gain[0] == 1.0);
    CHECK(applied(preparation, data)[4] == 0.0f);
  }
  // 1 / 1e-42 is beyond float, and what it gives is not.
  const Dataset narrow = table(1, {0, 1e-42f});
  CHECK(applied(Preparation::fit(narrow, Scaling::min_max), narrow) == Floats{0, 1});
}

TEST_CASE("a large mean does not drown a small deviation") {
  // 16777214, 16777215, 16777216 have deviation sqrt(2 / 3); squares of the sums would have lost it in float.
  const Dataset data = table(1, {16777214, 16777215, 16777216});
  CHECK(Preparation::fit(data, Scaling::standardize).gain[0] == Approx(std::sqrt(1.5f)));
}

TEST_CASE("scale multiplies by the factor and none leaves alone") {
  const Dataset data = table(2, {255, 51});
  CHECK(applied(Preparation::fit(data, Scaling::scale, 1.0 / 255), data) == Floats{1, 0.2f});
  CHECK(applied(Preparation::fit(data, Scaling::none), data) == data.features);
}

TEST_CASE("missing values become the mean of the training rows, which they do not count in") {
  const Dataset training = table(2, {1, missing_value, 3, 10, missing_value, 20});
  const Preparation preparation = Preparation::fit(training, Scaling::none);
  CHECK(preparation.missing_mean == Doubles{2, 15});
  CHECK(applied(preparation, training) == Floats{1, 15, 3, 10, 2, 20});
  CHECK(applied(preparation, table(2, {missing_value, 7})) == Floats{2, 7});
  // Standardised, the mean is 0. 1 and 3 deviate from 2 by 1.
  CHECK(applied(Preparation::fit(training, Scaling::standardize), training)[4] == 0.0f);
  CHECK(applied(Preparation::fit(training, Scaling::standardize), training)[0] == -1.0f);
}

TEST_CASE("what cannot be fitted or applied says why") {
  CHECK(fault_of([] { Preparation::fit(Dataset(), Scaling::none); }) == "no rows to fit the preparation on");
  CHECK(fault_of([] { Preparation::fit(table(1, {1}), Scaling::scale, 0.0); }) ==
        "a scaling factor of 0; expected a finite number other than 0");
  Dataset incomplete = table(2, {1, missing_value, 2, missing_value});
  CHECK(fault_of([&] { Preparation::fit(incomplete, Scaling::none); }) == "feature 1 is missing in every training row");
  incomplete.feature_names = {"age", "weight"};
  CHECK(fault_of([&] { Preparation::fit(incomplete, Scaling::none); }) == "feature 'weight' is missing in every training row");

  Preparation preparation = Preparation::fit(table(2, {1, 2}), Scaling::none);
  CHECK(fault_of([&] { applied(preparation, table(1, {1})); }) == "samples of shape 1; the model was trained on 2");
  Dataset classes = table(2, {1, 2});
  classes.target_kind = TargetKind::index;
  classes.class_names = {"a", "b"};
  preparation.class_names = {"b", "a"};
  CHECK(fault_of([&] { applied(preparation, classes); }) == "the classes are 'a', 'b'; the model was trained on 'b', 'a'");
  classes.target_kind = TargetKind::none;
  classes.class_names = {};
  CHECK(applied(preparation, classes) == classes.features);
  preparation.missing_mean = {};
  CHECK(fault_of([&] {
          applied(preparation, table(2, {1, missing_value}));
        }) == "feature 1 is missing, and no mean is known for it");
}

TEST_CASE("JSON restores a preparation bit for bit") {
  Preparation before;
  before.scaling = Scaling::min_max;
  before.factor = 0.1;
  before.offset = {0.1, -0.0, std::numeric_limits<double>::denorm_min(), std::numeric_limits<float>::max()};
  before.gain = {1.0 / 3, 16777217.0, std::numeric_limits<double>::min(), 1e300};
  before.missing_mean = {missing_value, 0.3, 1e38, 7};
  before.class_names = {"caf\xc3\xa9", "a \"quoted\" name", ""};
  before.sample_shape = {1, 2, 2};
  const Preparation after = preparation_from_json(to_json(before));
  CHECK(after.scaling == before.scaling);
  CHECK(std::bit_cast<std::uint64_t>(after.factor) == std::bit_cast<std::uint64_t>(before.factor));
  CHECK(same_bits(after.offset, before.offset));
  CHECK(same_bits(after.gain, before.gain));
  CHECK(same_bits(after.missing_mean, before.missing_mean));
  CHECK(after.class_names == before.class_names);
  CHECK(after.sample_shape == before.sample_shape);
  CHECK(to_json(after) == to_json(before));
}

TEST_CASE("JSON that is not a preparation is refused") {
  const std::string good = to_json(Preparation::fit(table(2, {1, 2, 3, 4}), Scaling::min_max));
  REQUIRE(fault_of([&] { preparation_from_json(good); }).empty());
  const auto fault = [&](const std::string& what, const std::string& by) {
    std::string text = good;
    REQUIRE(text.find(what) != std::string::npos);
    text.replace(text.find(what), what.size(), by);
    return fault_of([&] { preparation_from_json(text); });
  };
  CHECK(fault_of([] { preparation_from_json(""); }) == "preparation: expected a JSON object");
  CHECK(fault_of([] { preparation_from_json("[1]"); }) == "preparation: expected a JSON object");
  CHECK(fault_of([] { preparation_from_json("{}"); }) == "preparation: 'scaling' is missing");
  CHECK(fault("\"factor\":1.0", "\"factor\":1e400") == "preparation: expected a JSON object");
  CHECK(fault("\"factor\":1.0", "\"factor\":\"1\"") == "preparation: 'factor': expected a number");
  CHECK(fault("\"min_max\"", "\"minmax\"") ==
        "preparation: 'scaling': expected one of 'none', 'standardize', 'min_max', 'scale'");
  CHECK(fault("\"min_max\"", "3") == "preparation: 'scaling': expected a string");
  CHECK(fault("\"min_max\"", "\"none\"") == "preparation: 'offset': expected 0 numbers, found 2");
  CHECK(fault("\"offset\":[1.0,2.0]", "\"offset\":[1.0]") == "preparation: 'offset': expected 2 numbers, found 1");
  CHECK(fault("\"offset\":[1.0,2.0]", "\"offset\":[1.0,null]") == "preparation: offset and gain: expected numbers, found null");
  CHECK(fault("\"offset\":[1.0,2.0]", "\"offset\":[1.0,1e39]") ==
        "preparation: 'offset': 1e+39 is beyond the range of 32-bit floats");
  CHECK(fault("\"offset\":[1.0,2.0]", "\"offset\":7") == "preparation: 'offset': expected an array");
  CHECK(fault("\"sample_shape\":[2]", "\"sample_shape\":[-2]") == "preparation: 'sample_shape': expected integers from 1");
  CHECK(fault("\"sample_shape\":[2]", "\"sample_shape\":[]") == "preparation: 'sample_shape': expected at least one dimension");
  CHECK(fault("\"sample_shape\":[2]", "\"sample_shape\":[9000000000000000000,9]") ==
        "preparation: 'sample_shape': the shape is too large");
  CHECK(fault("\"class_names\":[]", "\"class_names\":[1]") == "preparation: 'class_names': expected strings");
  CHECK(fault("\"missing_mean\":[2.0,3.0]", "\"missing_mean\":[2.0]") ==
        "preparation: 'missing_mean': expected 2 numbers, found 1");
}
