// What fits together, and the words in which anything else is refused.
#include "nn/shapes.hpp"

#include "nn/model.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

struct Refusal {
  std::size_t layer;
  std::string text;
};

Refusal refusal(const std::vector<LayerSpec>& layers, const Shape& input) {
  try {
    infer_shapes(layers, input);
  } catch (const ShapeError& error) {
    CHECK_THROWS_AS(Model(layers, input, 1, 1), ShapeError);
    return {error.layer(), error.what()};
  }
  return {999, "nothing"};
}

/// The text with which one layer is refused.
std::string refused(const LayerSpec& spec, const Shape& input) {
  const Refusal found = refusal({spec}, input);
  CHECK(found.layer == 0);
  return found.text;
}

}  // namespace

TEST_CASE("shapes are written with an x and their size is the product") {
  CHECK(to_text({3, 28, 28}) == "3x28x28");
  CHECK(to_text({64}) == "64");
  CHECK(size_of({3, 4, 5}) == 60);
}

TEST_CASE("shapes follow through a network") {
  const auto shapes = infer_shapes({conv2d(32, 3), layer("relu"), conv2d(8, {3, 5}, {2, 1}, {1, 2}), max_pool(2),
                                    layer("batch_norm"), layer("flatten"), dense(10), layer("softmax")},
                                   {1, 28, 28});
  const std::vector<Shape> expected{{32, 26, 26}, {32, 26, 26}, {8, 13, 26}, {8, 6, 13}, {8, 6, 13}, {624}, {10}, {10}};
  CHECK(shapes == expected);
  CHECK(infer_shapes({layer("global_avg_pool")}, {5, 7, 9}).back() == Shape{5});
}

TEST_CASE("same padding gives the input size over the stride, rounded up") {
  for (std::int64_t size = 1; size < 9; ++size) {
    for (std::int64_t kernel = 1; kernel < 5; ++kernel) {
      for (std::int64_t stride = 1; stride < 4; ++stride) {
        const std::int64_t expected = (size + stride - 1) / stride;
        CHECK(infer_shapes({conv2d(2, {kernel}, {stride}, {}, true)}, {1, size, size}).back() == Shape{2, expected, expected});
        CHECK(infer_shapes({windowed("avg_pool", {kernel}, {stride}, {}, true)}, {1, size, size}).back() ==
              Shape{1, expected, expected});
      }
    }
  }
}

TEST_CASE("a kernel larger than its input is refused by name and sizes") {
  CHECK(refused(conv2d(4, 5), {1, 3, 3}) == "conv2d: 5x5 kernel on a 3x3 input");
  CHECK(refused(max_pool(5), {1, 3, 8}) == "max_pool: 5x5 kernel on a 3x8 input");
  CHECK(refused(conv2d(4, {7, 3}, {1}, {1, 0}), {1, 3, 3}) == "conv2d: 7x3 kernel on a 3x3 input with padding 1x0");
}

TEST_CASE("the layer at fault is counted from zero") {
  const Refusal found = refusal({conv2d(4, 3), layer("relu"), dense(10)}, {1, 8, 8});
  CHECK(found.layer == 2);
  CHECK(found.text == "dense: the input is 4x6x6, not flat; add a flatten layer before it");
}

TEST_CASE("dense of a sequence computes each step, an image has to be made flat") {
  CHECK(infer_shapes({dense(7), dense(2)}, {5, 3}).back() == Shape{5, 2});
}

TEST_CASE("layers that need a certain rank say which and what they got") {
  CHECK(refused(layer("softmax"), {2, 3, 3}) == "softmax: the input is 2x3x3, not flat; add a flatten layer before it");
  CHECK(refused(conv2d(1, 1), {9}) == "conv2d: expects channels x height x width, the input is 9");
  CHECK(refused(windowed("avg_pool", {2}), {4, 4, 4, 4}) ==
        "avg_pool: expects channels x length or channels x height x width, the input is 4x4x4x4");
  CHECK(refused(layer("global_avg_pool"), {4}) ==
        "global_avg_pool: expects channels x length or channels x height x width, the input is 4");
  CHECK(refused(layer("global_max_pool"), {4}) ==
        "global_max_pool: expects channels x length or channels x height x width, the input is 4");
  CHECK(refused(layer("batch_norm"), {4, 4, 4, 4}) ==
        "batch_norm: expects channels x length or channels x height x width, the input is 4x4x4x4");
}

TEST_CASE("impossible sizes and rates are refused") {
  CHECK(refused(dense(0), {3}) == "dense: units must be at least 1, not 0");
  CHECK(refused(dense(-2), {3}) == "dense: units must be at least 1, not -2");
  CHECK(refused(conv2d(0, 1), {1, 3, 3}) == "conv2d: filters must be at least 1, not 0");
  CHECK(refused(windowed("max_pool", {}), {1, 3, 3}) == "max_pool: kernel is missing");
  CHECK(refused(conv2d(1, 0), {1, 3, 3}) == "conv2d: kernel must be at least 1, not 0");
  CHECK(refused(conv2d(1, {1, 1, 1}), {1, 3, 3}) == "conv2d: kernel takes one or two numbers, not 3");
  CHECK(refused(conv2d(1, {1}, {0}), {1, 3, 3}) == "conv2d: stride must be at least 1, not 0");
  CHECK(refused(conv2d(1, {1}, {1}, {-1}), {1, 3, 3}) == "conv2d: padding must be at least 0, not -1");
  CHECK(refused(conv2d(1, {3}, {1}, {1}, true), {1, 3, 3}) == "conv2d: padding and same_padding exclude each other");
  CHECK(refused(with(conv2d(1, 3), "dilation", Sizes{2}), {1, 4, 9}) == "conv2d: 3x3 kernel with dilation 2x2 on a 4x9 input");
  CHECK(refused(with(conv2d(1, 1), "dilation", Sizes{0}), {1, 3, 3}) == "conv2d: dilation must be at least 1, not 0");
  CHECK(refused(with(conv2d(4, 1), "groups", 2), {3, 3, 3}) ==
        "conv2d: 3 channels (the input is 3x3x3) do not divide into 2 groups");
  CHECK(refused(with(conv2d(3, 1), "groups", 2), {4, 3, 3}) == "conv2d: 3 filters do not divide into 2 groups");
  CHECK(refused(with(conv2d(3, 1), "groups", 0), {4, 3, 3}) == "conv2d: groups must be at least 1, not 0");
  CHECK(refused(windowed("max_pool", {2}, {1}, {2}), {1, 3, 3}) == "max_pool: padding 2x2 must be smaller than the 2x2 kernel");
  CHECK(refused(with(layer("dropout"), "rate", double{1}), {3}) == "dropout: rate must be in [0, 1), not 1");
  CHECK(refused(with(layer("dropout"), "rate", double{-0.5}), {3}) == "dropout: rate must be in [0, 1), not -0.5");
  CHECK(refused(with(layer("dropout"), "rate", double{NAN}), {3}) == "dropout: rate must be in [0, 1), not nan");
  CHECK(refused(with(layer("leaky_relu"), "slope", double{-1}), {3}) == "leaky_relu: slope must be at least 0, not -1");
  CHECK(refused(with(layer("batch_norm"), "momentum", double{1.5}), {3}) == "batch_norm: momentum must be in [0, 1], not 1.5");
  CHECK(refused(with(layer("batch_norm"), "epsilon", double{0}), {3}) == "batch_norm: epsilon must be above 0, not 0");
  CHECK(refused(with(layer("softplus"), "beta", double{0}), {3}) == "softplus: beta must be above 0, not 0");
  CHECK(refused(with(layer("layer_norm"), "epsilon", double{-1}), {3}) == "layer_norm: epsilon must be above 0, not -1");
}

TEST_CASE("unknown types and initializers are refused with a list of those that there are") {
  CHECK(refused(layer("denze"), {3}).rfind("unknown layer type \"denze\"; there are dense, relu, ", 0) == 0);
  CHECK(refused(dense(2, "xavier"), {3}).rfind("dense: unknown initializer \"xavier\"; there are glorot_uniform, ", 0) == 0);
}

TEST_CASE("a network needs a layer and an input") {
  CHECK(refusal({}, {3}).text == "the network has no layers");
  CHECK(refused(dense(1), {}) == "the input's sizes must be at least 1, not \"\"");
  CHECK(refused(dense(1), {0}) == "the input's sizes must be at least 1, not \"0\"");
  CHECK(refused(dense(1), {3, -1}) == "the input's sizes must be at least 1, not \"3x-1\"");
}

TEST_CASE("sizes that would overflow are refused, not computed") {
  const std::int64_t huge = std::int64_t{1} << 40;
  CHECK(refused(dense(1), {huge, huge}) == "input: a shape of 1099511627776x1099511627776 is too large");
  CHECK(refused(dense(huge), {3}) == "dense: a weight of 3x1099511627776 is too large");
  CHECK(refused(conv2d(1, {1}, {huge}), {1, 3, 3}) == "conv2d: stride of 1099511627776 is too large");
  CHECK(refused(conv2d(1, {3}, {1}, {2000000000}), {1, 3, 3}) == "conv2d: an output of 1x4000000001x4000000001 is too large");
  CHECK(refused(conv2d(1 << 20, 64), {1, 64, 64}) == "conv2d: a weight of 1048576x1x64x64 is too large");
}

TEST_CASE("names are unique, and those made up keep clear of those given") {
  const Refusal found = refusal({layer("relu", "x"), layer("relu"), layer("tanh", "x")}, {3});
  CHECK(found.layer == 2);
  CHECK(found.text == "tanh: the name \"x\" is layer 1's already");
  const Model model({dense(2), layer("relu", "dense_2"), dense(3)}, {4}, 1, 1);
  CHECK(model.layers()[0].name == "dense_1");
  CHECK(model.layers()[1].name == "dense_2");
  CHECK(model.layers()[2].name == "dense_3");
}
