// conv1d against sums worked out by hand, and against conv2d on images of one row.
#include "../gradient_checks.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec conv1d(std::int64_t filters, std::int64_t kernel, const std::vector<std::pair<std::string, std::int64_t>>& more = {}) {
  LayerSpec spec = with(with(layer("conv1d"), "filters", filters), "kernel", kernel);
  for (const auto& [name, value] : more) spec.settings.set(name, value);
  return spec;
}

std::vector<float> run_line(Model& model, const std::vector<float>& x) {
  return copy_of(model.forward(x.data(), static_cast<std::int64_t>(x.size()) / size_of(model.input_shape()), Mode::train));
}

/// Of one filter with these weights, on one channel.
std::vector<float> filtered(const LayerSpec& spec, const std::vector<float>& weight, const std::vector<float>& x) {
  Model model({spec}, {1, static_cast<std::int64_t>(x.size())}, 1, 1);
  set(model, "conv1d_1/weight", weight);
  return run_line(model, x);
}

}  // namespace

TEST_CASE("conv1d slides a kernel over a sequence") {
  const std::vector<float> x{1, 2, 4, 8, 16}, w{1, 10};
  CHECK(filtered(conv1d(1, 2), w, x) == std::vector<float>{21, 42, 84, 168});
  CHECK(filtered(conv1d(1, 2, {{"stride", 3}}), w, x) == std::vector<float>{21, 168});
  CHECK(filtered(conv1d(1, 2, {{"padding", 1}}), w, x) == std::vector<float>{10, 21, 42, 84, 168, 16});
  CHECK(filtered(conv1d(1, 2, {{"dilation", 3}}), w, x) == std::vector<float>{81, 162});
  CHECK(filtered(with(conv1d(1, 2), "same_padding", true), w, x) == std::vector<float>{21, 42, 84, 168, 16});
}

TEST_CASE("with causal padding no output of conv1d depends on what comes later") {
  const std::vector<float> x{1, 2, 4, 8, 16}, w{1, 10};
  CHECK(filtered(with(conv1d(1, 2), "causal_padding", true), w, x) == std::vector<float>{10, 21, 42, 84, 168});
  CHECK(filtered(with(conv1d(1, 2, {{"dilation", 2}}), "causal_padding", true), w, x) == std::vector<float>{10, 20, 41, 82, 164});
  CHECK(filtered(with(conv1d(1, 3, {{"stride", 2}}), "causal_padding", true), {1, 10, 100}, x) ==
        std::vector<float>{100, 421, 1684});
}

TEST_CASE("conv1d is conv2d of images one row high") {
  Model line({conv1d(6, 3, {{"stride", 2}, {"padding", 2}, {"dilation", 2}, {"groups", 2}})}, {4, 13}, 3, 5);
  LayerSpec flat = with(conv2d(6, {1, 3}, {1, 2}, {0, 2}), "dilation", Sizes{1, 2});
  flat.settings.set("groups", std::int64_t{2});
  Model image({flat}, {4, 1, 13}, 3, 5);
  CHECK(parameter(line, "conv1d_1/weight").shape == Shape{6, 2, 3});
  CHECK(copy_of(parameter(line, "conv1d_1/weight").value) == copy_of(parameter(image, "conv2d_1/weight").value));
  CHECK(line.output_shape() == Shape{6, 7});
  const std::vector<float> x = normal_numbers(3 * 52, 1);
  CHECK(run_line(line, x) == run_line(image, x));
}

TEST_CASE("conv1d refuses what does not fit, with the numbers") {
  CHECK(refusal_of(conv1d(1, 2), {5}) == "conv1d: expects channels x length, the input is 5");
  CHECK(refusal_of(conv1d(1, 2), {1, 5, 5}) == "conv1d: expects channels x length, the input is 1x5x5");
  CHECK(refusal_of(conv1d(0, 2), {1, 5}) == "conv1d: filters must be at least 1, not 0");
  CHECK(refusal_of(conv1d(1, 0), {1, 5}) == "conv1d: kernel must be at least 1, not 0");
  CHECK(refusal_of(conv1d(1, 1, {{"stride", 0}}), {1, 5}) == "conv1d: stride must be at least 1, not 0");
  CHECK(refusal_of(conv1d(1, 2, {{"dilation", 0}}), {1, 5}) == "conv1d: dilation must be at least 1, not 0");
  CHECK(refusal_of(conv1d(1, 2, {{"padding", -1}}), {1, 5}) == "conv1d: padding must be at least 0, not -1");
  CHECK(refusal_of(conv1d(1, 2, {{"padding", std::int64_t{1} << 40}}), {1, 5}) ==
        "conv1d: padding of 1099511627776 is too large");
  CHECK(refusal_of(conv1d(1, 3, {{"dilation", 4}, {"padding", 1}}), {1, 5}) ==
        "conv1d: a kernel that reaches over 9 on a length of 5 with padding 1");
  CHECK(refusal_of(with(conv1d(1, 2, {{"padding", 1}}), "causal_padding", true), {1, 5}) ==
        "conv1d: padding, same_padding and causal_padding exclude each other");
  CHECK(refusal_of(conv1d(4, 2, {{"groups", 2}}), {3, 5}) == "conv1d: 3 channels (the input is 3x5) do not divide into 2 groups");
  CHECK(refusal_of(conv1d(3, 2, {{"groups", 2}}), {4, 5}) == "conv1d: 3 filters do not divide into 2 groups");
  CHECK(refusal_of(conv1d(3, 2, {{"groups", 0}}), {4, 5}) == "conv1d: groups must be at least 1, not 0");
  CHECK(refusal_of(conv1d(1 << 30, 4), {4, 5}) == "conv1d: a weight of 1073741824x4x4 is too large");
}

TEST_CASE("conv1d has the gradient of its forward, a relu absorbed or not") {
  check_any(conv1d(3, 3), {2, 7});
  check_any(conv1d(4, 2, {{"stride", 2}, {"dilation", 2}, {"groups", 2}}), {2, 9});
  check_any(with(conv1d(2, 3), "causal_padding", true), {2, 6});
  check_gradients({conv1d(16, 3), layer("relu"), layer("batch_norm"), conv1d(16, 2), layer("global_max_pool"), dense(2)}, {3, 9},
                  3, 3);
  check_gradients({conv1d(16, 3), layer("tanh"), layer("global_avg_pool"), dense(2)}, {3, 9}, 3, 4);
}

TEST_CASE("conv1d costs two operations for each product, and one for each bias") {
  const Model model({conv1d(6, 3, {{"groups", 2}}), with(conv1d(5, 2), "bias", false)}, {4, 9}, 1, 1);
  CHECK(model.layers()[0].flops == 6 * 7 * (2 * 2 * 3 + 1));
  CHECK(model.layers()[1].flops == 5 * 6 * 2 * 6 * 2);
}
