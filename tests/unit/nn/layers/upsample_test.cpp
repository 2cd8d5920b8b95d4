// upsample: places by hand.
#include "../gradient_checks.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec upsample(Sizes factor) { return with(layer("upsample"), "factor", std::move(factor)); }

}  // namespace

TEST_CASE("upsample repeats each place down and to the right") {
  Model model({upsample({2, 3})}, {2, 2, 2}, 1, 1);
  CHECK(model.output_shape() == Shape{2, 4, 6});
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(copy_of(model.forward(x.data(), 1, Mode::train)) == std::vector<float>{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4,
                                                                               4, 4, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 5, 5,
                                                                               5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 7, 7, 7, 8, 8, 8});
}

TEST_CASE("upsample doubles height and width unless told, and one number means both") {
  CHECK(infer_shapes({layer("upsample")}, {3, 4, 5}).back() == Shape{3, 8, 10});
  CHECK(infer_shapes({upsample({3})}, {3, 4, 5}).back() == Shape{3, 12, 15});
}

TEST_CASE("upsample refuses what is no image and no factor") {
  CHECK_THROWS_WITH(infer_shapes({upsample({2})}, {6}), "upsample: expects channels x height x width, the input is 6");
  CHECK_THROWS_WITH(infer_shapes({upsample({0})}, {1, 2, 2}), "upsample: factor must be at least 1, not 0");
  CHECK_THROWS_WITH(infer_shapes({upsample({2, 2, 2})}, {1, 2, 2}), "upsample: factor takes one or two numbers, not 3");
  CHECK_THROWS_WITH(infer_shapes({upsample({1 << 20})}, {1, 2, 2}), "upsample: an output of 1x2097152x2097152 is too large");
}

TEST_CASE("upsample has the gradient of its forward") {
  check_image(upsample({2}), {2, 3, 2});
  check_image(upsample({1, 3}), {2, 2, 3});
}

TEST_CASE("upsample gives bit for bit the same on any number of threads") {
  check_threads({layer("layer_norm"), upsample({2, 3})}, {4, 40, 40}, 21);
}
