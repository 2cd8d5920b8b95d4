// layer_norm and rms_norm over all elements of a sample and over its last axes; values by hand.
#include <cmath>

#include "../gradient_checks.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

void check_rows(std::span<const float> actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) CHECK(actual[i] == Approx(expected[i]).margin(1e-6).epsilon(1e-5));
}

LayerSpec norm(const std::string& type, std::int64_t axis) { return with(with(layer(type), "epsilon", 1.0), "axis", axis); }

}  // namespace

TEST_CASE("rms_norm divides by the root of the mean square and multiplies by its weight") {
  Model model({norm("rms_norm", 0)}, {2}, 2, 1);
  set(model, "rms_norm_1/weight", {2, 3});
  CHECK(model.parameters().size() == 1);
  const std::vector<float> x{1, 3, 0, 4};  // mean squares 5 and 8, and epsilon 1
  check_rows(model.forward(x.data(), 2, Mode::train), {2 / std::sqrt(6.0), 9 / std::sqrt(6.0), 0, 4});
}

TEST_CASE("with axis = -1 each row of a sequence is normalized by itself, with one weight for each of its elements") {
  const std::vector<float> x{0, 4, 1, 1, 2, 8};
  Model rms({norm("rms_norm", -1)}, {3, 2}, 1, 1);
  CHECK(parameter(rms, "rms_norm_1/weight").shape == Shape{2});
  set(rms, "rms_norm_1/weight", {1, 10});
  check_rows(rms.forward(x.data(), 1, Mode::train),  // mean squares 8, 1 and 34
             {0, 40.0 / 3, 1 / std::sqrt(2.0), 10 / std::sqrt(2.0), 2 / std::sqrt(35.0), 80 / std::sqrt(35.0)});
  Model centered({norm("layer_norm", -1)}, {3, 2}, 1, 1);
  set(centered, "layer_norm_1/weight", {1, 10});
  set(centered, "layer_norm_1/bias", {5, 6});
  check_rows(centered.forward(x.data(), 1, Mode::train),  // variances 4, 0 and 9
             {5 - 2 / std::sqrt(5.0), 6 + 20 / std::sqrt(5.0), 5, 6, 5 - 3 / std::sqrt(10.0), 6 + 30 / std::sqrt(10.0)});
}

TEST_CASE("an axis is counted from the end where it is negative, and takes all that follow") {
  const Model model({norm("layer_norm", 1), norm("rms_norm", -2), norm("rms_norm", -3)}, {2, 3, 4}, 1, 1);
  CHECK(model.parameters()[0].shape == Shape{3, 4});
  CHECK(model.parameters()[2].shape == Shape{3, 4});
  CHECK(model.parameters()[3].shape == Shape{2, 3, 4});
}

TEST_CASE("an axis that the input does not have is refused") {
  const auto refuses = [](std::int64_t axis) {
    CHECK_THROWS_WITH(infer_shapes({norm("rms_norm", axis)}, {2, 3, 4}),
                      "rms_norm: axis must be in [-3, 2] for an input of 2x3x4, not " + std::to_string(axis));
  };
  refuses(3);
  refuses(-4);
  CHECK_THROWS_WITH(infer_shapes({with(layer("rms_norm"), "epsilon", 0.0)}, {2}), "rms_norm: epsilon must be above 0, not 0");
}

TEST_CASE("layer_norm and rms_norm have the gradient of their forward, over any axes") {
  for (const char* type : {"layer_norm", "rms_norm"}) {
    check_flat(layer(type));
    check_image(layer(type));
    for (const std::int64_t axis : {1, 2}) check_any(norm(type, axis), {2, 3, 4});
  }
}

TEST_CASE("layer_norm and rms_norm give bit for bit the same on any number of threads") {
  for (const char* type : {"layer_norm", "rms_norm"})
    for (const std::int64_t axis : {0, 1, 2}) check_threads({norm(type, axis), norm(type, axis)}, {16, 24, 40}, 21);
}
