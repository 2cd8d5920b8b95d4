// conv2d_transpose: sums by hand, and the transpose of conv2d.
#include "../gradient_checks.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec transpose(std::int64_t filters, Sizes kernel, Sizes stride = {}, Sizes padding = {}, Sizes output_padding = {},
                    bool same = false) {
  LayerSpec spec =
      with(windowed("conv2d_transpose", std::move(kernel), std::move(stride), std::move(padding), same), "filters", filters);
  return with(spec, "output_padding", std::move(output_padding));
}

LayerSpec in_groups(LayerSpec spec, std::int64_t groups, Sizes dilation = {}) {
  return with(with(std::move(spec), "groups", groups), "dilation", std::move(dilation));
}

double inner_product(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

}  // namespace

TEST_CASE("each place of the input adds a kernel, times its value, to the output") {
  Model model({transpose(1, {1, 2}, {1, 3}, {}, {0, 1})}, {1, 1, 2}, 1, 1);
  set(model, "conv2d_transpose_1/weight", {1, 10});
  set(model, "conv2d_transpose_1/bias", {0.5f});
  const std::vector<float> x{2, 3};
  CHECK(copy_of(model.forward(x.data(), 1, Mode::train)) == std::vector<float>{2.5f, 20.5f, 0.5f, 3.5f, 30.5f, 0.5f});
  Model overlapping({transpose(2, {1, 2})}, {2, 1, 2}, 1, 1);
  set(overlapping, "conv2d_transpose_1/weight", {1, 10, 0, 0, 0, 0, 2, 1});  // channels x filters x kernel
  const std::vector<float> y{2, 3, 5, 7};
  CHECK(copy_of(overlapping.forward(y.data(), 1, Mode::train)) == std::vector<float>{2, 23, 30, 10, 19, 7});
}

TEST_CASE("sizes of a transposed convolution are those that PyTorch documents, and with same_padding those of Keras") {
  const auto size = [](const LayerSpec& spec) { return infer_shapes({spec}, {2, 5, 4}).back(); };
  // (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
  CHECK(size(transpose(3, {3})) == Shape{3, 7, 6});
  CHECK(size(transpose(3, {3, 2}, {2, 3}, {1, 0}, {1, 2})) == Shape{3, 10, 13});
  CHECK(size(in_groups(transpose(2, {3}, {2}, {1}), 2, {2, 3})) == Shape{2, 11, 11});
  for (const std::int64_t kernel : {1, 2, 3, 5}) CHECK(size(transpose(3, {kernel}, {2}, {}, {}, true)) == Shape{3, 10, 8});
}

TEST_CASE("conv2d_transpose is the transpose of the convolution with the same weight") {
  struct Case {
    LayerSpec down, up;
    Shape large;
  };
  const std::vector<Case> cases{{conv2d(4, {3}, {2}, {1}), transpose(3, {3}, {2}, {1}), {3, 7, 9}},
                                {conv2d(4, {3}, {2}, {1}), transpose(3, {3}, {2}, {1}, {1, 0}), {3, 8, 9}},
                                {conv2d(16, {4, 2}, {2, 1}), transpose(16, {4, 2}, {2, 1}), {16, 8, 5}},
                                {conv2d(5, {3}, {2}, {}, true), transpose(2, {3}, {2}, {}, {}, true), {2, 6, 8}},
                                {in_groups(conv2d(4, {3}, {1}), 2, {2}), in_groups(transpose(6, {3}, {1}), 2, {2}), {6, 8, 7}},
                                {conv2d(3, {1}, {2}), transpose(4, {1}, {2}, {}, {1, 1}), {4, 6, 6}}};
  for (const Case& one : cases) {
    const Shape small = infer_shapes({one.down}, one.large).back();
    CAPTURE(to_text(one.large), to_text(small));
    Model down({with(one.down, "bias", false), layer("flatten")}, one.large, 2, 1),
        up({with(one.up, "bias", false)}, small, 2, 1);
    REQUIRE(up.output_shape() == one.large);
    REQUIRE(parameter(up, "conv2d_transpose_1/weight").shape == parameter(down, "conv2d_1/weight").shape);
    set(up, "conv2d_transpose_1/weight", copy_of(parameter(down, "conv2d_1/weight").value));
    const std::vector<float> x = normal_numbers(2 * size_of(one.large), 1), y = normal_numbers(2 * size_of(small), 2);
    const double forward = inner_product(down.forward(x.data(), 2, Mode::train), y);
    CHECK(inner_product(up.forward(y.data(), 2, Mode::train), x) == Approx(forward).epsilon(1e-5).margin(1e-4));
  }
}

TEST_CASE("conv2d_transpose refuses what does not fit, with the numbers") {
  const Shape image{4, 5, 5};
  CHECK(refusal_of(transpose(1, {2}), {5}) == "conv2d_transpose: expects channels x height x width, the input is 5");
  CHECK(refusal_of(transpose(1, {}), image) == "conv2d_transpose: kernel is missing");
  CHECK(refusal_of(transpose(0, {2}), image) == "conv2d_transpose: filters must be at least 1, not 0");
  CHECK(refusal_of(transpose(1, {2}, {2}, {}, {2}), image) ==
        "conv2d_transpose: output_padding 2x2 must be smaller than the stride, 2x2");
  CHECK(refusal_of(transpose(1, {2}, {2}, {1}, {}, true), image) ==
        "conv2d_transpose: padding and same_padding exclude each other");
  CHECK(refusal_of(transpose(1, {2}, {2}, {}, {1}, true), image) ==
        "conv2d_transpose: output_padding and same_padding exclude each other");
  CHECK(refusal_of(transpose(1, {2}, {1}, {3}), image) == "conv2d_transpose: padding 3 leaves nothing of an output of 6");
  CHECK(refusal_of(in_groups(transpose(3, {2}), 2), image) == "conv2d_transpose: 3 filters do not divide into 2 groups");
  CHECK(refusal_of(in_groups(transpose(3, {2}), 3), image) ==
        "conv2d_transpose: 4 channels (the input is 4x5x5) do not divide into 3 groups");
  CHECK(refusal_of(in_groups(transpose(1, {2}), 1, {0}), image) == "conv2d_transpose: dilation must be at least 1, not 0");
  CHECK(refusal_of(transpose(1 << 20, {64}), image) == "conv2d_transpose: a weight of 4x1048576x64x64 is too large");
  CHECK(refusal_of(transpose(1, {1}, {2000000000}), image) ==
        "conv2d_transpose: an output of 1x8000000001x8000000001 is too large");
}

TEST_CASE("conv2d_transpose has the gradient of its forward") {
  const Shape shape{2, 3, 4};
  check_image(transpose(3, {3}), shape);
  check_image(transpose(3, {3, 2}, {2, 1}, {1, 0}, {1, 0}), shape);
  check_image(transpose(2, {2}, {2}, {}, {}, true), shape);
  check_image(in_groups(transpose(4, {2}), 2, {2}), shape);
  check_image(with(transpose(3, {1}, {2}), "bias", false), shape);
}

TEST_CASE("conv2d_transpose adds the gradients of batches that make one step") {
  for (const std::int64_t batch : {4, 3}) {
    Network network({transpose(3, {3}, {2})}, {2, 5, 5}, batch, 4);
    network.loss();
    network.model.backward(network.probe.data());
    std::vector<std::vector<float>> once;
    for (const Parameter& one : network.model.parameters()) once.push_back(copy_of(one.gradient));
    network.loss();
    network.model.backward(network.probe.data(), true);
    for (std::size_t i = 0; i < once.size(); ++i)
      for (std::size_t j = 0; j < once[i].size(); ++j)
        CHECK(network.model.parameters()[i].gradient[j] == Approx(2 * once[i][j]).margin(1e-4).epsilon(1e-4));
  }
}

TEST_CASE("conv2d_transpose costs two operations for each inner_product, and one for each bias") {
  const Model model({in_groups(transpose(6, {3, 2}, {2}), 2)}, {4, 5, 5}, 1, 1);
  CHECK(model.layers()[0].flops == 100 * 2 * 3 * 6 + 6 * 11 * 10);
}
