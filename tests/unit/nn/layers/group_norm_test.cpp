// group_norm: values by hand, and its two ends, all channels together and each by itself.
#include <cmath>

#include "../gradient_checks.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec group_norm(std::int64_t groups, double epsilon = 1) {
  return with(with(layer("group_norm"), "groups", groups), "epsilon", epsilon);
}

std::vector<float> run_groups(Model& model, const std::vector<float>& x) {
  return copy_of(model.forward(x.data(), static_cast<std::int64_t>(x.size()) / size_of(model.input_shape()), Mode::train));
}

}  // namespace

TEST_CASE("group_norm normalizes groups of channels of each sample, and each channel has a weight and a bias") {
  Model model({group_norm(2)}, {4, 1, 2}, 1, 1);
  set(model, "group_norm_1/weight", {1, 2, 3, 4});
  set(model, "group_norm_1/bias", {0, 10, 20, 30});
  // the first group: mean 2, variance 8; the second: mean 5, variance 0
  const std::vector<float> y = run_groups(model, {0, 0, 0, 8, 5, 5, 5, 5});
  // (2 is the mean of 0 0 0 8, 12 its variance)
  const double factor = 1 / std::sqrt(13.0);
  const std::vector<double> expected{-2 * factor, -2 * factor, 10 - 4 * factor, 10 + 12 * factor, 20, 20, 30, 30};
  for (std::size_t i = 0; i < 8; ++i) CHECK(y[i] == Approx(expected[i]).epsilon(1e-6));
}

TEST_CASE("group_norm of one group is layer_norm, but for the weights, and one of a group for each channel that of its images") {
  const std::vector<float> x = normal_numbers(2 * 60, 1);
  Model one({group_norm(1)}, {3, 4, 5}, 2, 1), all({with(layer("layer_norm"), "epsilon", 1.0)}, {3, 4, 5}, 2, 1);
  CHECK(run_groups(one, x) == run_groups(all, x));
  Model each({group_norm(3)}, {3, 4, 5}, 2, 1),
      rows({with(with(layer("layer_norm"), "epsilon", 1.0), "axis", 1)}, {3, 4, 5}, 2, 1);
  CHECK(run_groups(each, x) == run_groups(rows, x));
}

TEST_CASE("group_norm says which channels it cannot divide") {
  CHECK_THROWS_WITH(infer_shapes({group_norm(4)}, {6, 2, 2}),
                    "group_norm: 6 channels (the input is 6x2x2) do not divide into 4 groups");
  CHECK_THROWS_WITH(infer_shapes({group_norm(8)}, {6, 2, 2}),
                    "group_norm: 6 channels (the input is 6x2x2) do not divide into 8 groups");
  CHECK_THROWS_WITH(infer_shapes({group_norm(0)}, {6}), "group_norm: groups must be at least 1, not 0");
  CHECK_THROWS_WITH(infer_shapes({group_norm(6)}, {6}), "group_norm: each of 6 groups of an input of 6 is a single number");
  CHECK_THROWS_WITH(infer_shapes({group_norm(2, -1)}, {6}), "group_norm: epsilon must be above 0, not -1");
}

TEST_CASE("group_norm has the gradient of its forward") {
  check_flat(group_norm(3, 1e-5));
  check_image(group_norm(2, 1e-5), {4, 3, 2});
  check_image(group_norm(4, 1e-5), {4, 3, 2});
  check_any(group_norm(2), {4, 3});
}

TEST_CASE("group_norm gives bit for bit the same on any number of threads") {
  check_threads({group_norm(4), group_norm(2)}, {16, 24, 40}, 21);
}
