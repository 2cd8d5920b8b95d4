// Forward passes whose numbers are worked out by hand, or by the plainest loops in double.
#include <algorithm>
#include <cmath>
#include <limits>

#include "gradient_checks.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

std::vector<float> run(Model& model, const std::vector<float>& input, Mode mode = Mode::train) {
  const std::int64_t batch = static_cast<std::int64_t>(input.size()) / size_of(model.input_shape());
  return copy_of(model.forward(input.data(), batch, mode));
}

std::vector<float> run(const LayerSpec& spec, const Shape& input_shape, const std::vector<float>& input,
                       Mode mode = Mode::train) {
  Model model({spec}, input_shape, static_cast<std::int64_t>(input.size()) / size_of(input_shape), 1);
  return run(model, input, mode);
}

void check_close(const std::vector<float>& actual, const std::vector<double>& expected, double margin = 1e-6) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) CHECK(actual[i] == Approx(expected[i]).margin(margin).epsilon(1e-5));
}

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("dense multiplies by the weight and adds the bias") {
  Model model({dense(2)}, {3}, 2, 1);
  set(model, "dense_1/weight", {1, 2, 3, 4, 5, 6});  // input i, unit j: row i
  set(model, "dense_1/bias", {10, 20});
  check_close(run(model, {1, 0, 0, 1, 1, 1}), {11, 22, 19, 32});
}

TEST_CASE("dense of a sequence does to each step what it does to a flat sample") {
  Model steps({dense(2)}, {3, 2}, 1, 1), flat({dense(2)}, {2}, 3, 1);
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  CHECK(run(steps, x) == run(flat, x));
  CHECK(steps.layers()[0].flops == 3 * flat.layers()[0].flops);
}

TEST_CASE("dense without a bias has none") {
  LayerSpec spec = dense(2);
  spec.settings.set("bias", false);
  Model model({spec}, {3}, 1, 1);
  CHECK(model.parameters().size() == 1);
  set(model, "dense_1/weight", {1, 2, 3, 4, 5, 6});
  check_close(run(model, {1, 1, 1}), {9, 12});
}

TEST_CASE("activations at hand-picked points") {
  const std::vector<float> x{-2, -0.5f, 0, 1};
  check_close(run(layer("relu"), {4}, x), {0, 0, 0, 1});
  check_close(run(layer("leaky_relu"), {4}, x), {-0.02, -0.005, 0, 1});
  check_close(run(layer("sigmoid"), {4}, x), {0.11920292, 0.37754067, 0.5, 0.73105858});
  check_close(run(layer("tanh"), {4}, x), {-0.96402758, -0.46211716, 0, 0.76159416});
  // x * Phi(x): Phi(-2) = 0.02275013, Phi(-0.5) = 0.30853754, Phi(1) = 0.84134475
  check_close(run(layer("gelu"), {4}, x), {-0.04550026, -0.15426877, 0, 0.84134475});
  // exp(-2) = 0.13533528, exp(-0.5) = 0.60653066, exp(-0.01) = 0.99004983
  check_close(run(layer("elu"), {4}, x), {-0.86466472, -0.39346934, 0, 1});
  check_close(run(with(layer("elu"), "alpha", 0.5), {2}, {-2, -0.01f}), {-0.43233236, -0.00497508});
}

TEST_CASE("silu, softplus and hard_sigmoid at hand-picked points") {
  // x / (1 + exp(-x)): 1 + exp(2) = 8.38905610, 1 + exp(0.5) = 2.64872127, 1 + exp(-1) = 1.36787944
  check_close(run(layer("silu"), {4}, {-2, -0.5f, 0, 1}), {-0.23840584, -0.18877033, 0, 0.73105858});
  check_close(run(layer("softplus"), {4}, {-2, 0, 1, 100}), {0.12692801, 0.69314718, 1.31326169, 100});
  check_close(run(with(layer("softplus"), "beta", 0.5), {3}, {-4, 0, 2}), {2 * 0.12692801, 2 * 0.69314718, 2 * 1.31326169});
  // exp(-20) = 2.0611536e-9, which log(1 + x) does not change
  CHECK(run(layer("softplus"), {1}, {-20})[0] == Approx(2.0611536e-9).epsilon(1e-5));
  check_close(run(layer("hard_sigmoid"), {6}, {-4, -3, -1.5f, 0, 1, 3.5f}), {0, 0, 0.25, 0.5, 2.0 / 3, 1});
}

TEST_CASE("softmax of a sequence is that of each of its steps") {
  check_close(run(layer("softmax"), {2, 2}, {0, std::log(3.0f), std::log(4.0f), 0, 5, 5, std::log(9.0f), 0}),
              {0.25, 0.75, 0.8, 0.2, 0.5, 0.5, 0.9, 0.1});
}

TEST_CASE("softmax of each sample sums to one and does not overflow") {
  check_close(run(layer("softmax"), {2}, {0, std::log(3.0f), 1000, 1000}), {0.25, 0.75, 0.5, 0.5});
}

TEST_CASE("a network of one relu after a dense gives what the two apart give") {
  Model joined({dense(5), layer("relu")}, {3}, 4, 9);
  Model apart({dense(5)}, {3}, 4, 9);
  const std::vector<float> x = normal_numbers(12, 2);
  std::vector<float> expected = run(apart, x);
  for (float& value : expected) value = std::max(value, 0.0f);
  CHECK(run(joined, x) == expected);
}

TEST_CASE("a NaN in a sample reaches its output through every layer") {
  const std::vector<float> flat{1, not_a_number, 2, 3};
  for (const char* type :
       {"relu", "leaky_relu", "sigmoid", "hard_sigmoid", "tanh", "gelu", "silu", "elu", "softplus", "dropout", "flatten"}) {
    CHECK(std::isnan(run(layer(type), {4}, flat, Mode::infer)[1]));
  }
  for (const char* type : {"softmax", "layer_norm", "rms_norm"}) CHECK(std::isnan(run(layer(type), {4}, flat)[0]));
  CHECK(std::isnan(run(layer("batch_norm"), {4}, flat)[1]));
  CHECK(std::isnan(run(with(layer("group_norm"), "groups", 2), {4}, flat)[0]));
  CHECK(std::isnan(run(layer("upsample"), {1, 2, 2}, flat)[3]));
  CHECK(std::isnan(run(dense(3), {4}, flat)[2]));
  Model absorbed({dense(3), layer("relu")}, {4}, 1, 1);
  CHECK(std::isnan(run(absorbed, flat)[0]));
  for (const LayerSpec& spec :
       {conv2d(3, 2), max_pool(2), windowed("max_pool", {2}, {2}, {}, true), windowed("max_pool", {2}, {1}, {1}),
        windowed("avg_pool", {2}), layer("global_avg_pool"), layer("global_max_pool")}) {
    const std::vector<float> y = run(spec, {1, 2, 2}, flat);
    CHECK(std::any_of(y.begin(), y.end(), [](float value) { return std::isnan(value); }));
  }
  Model convolution({conv2d(3, 2), layer("relu")}, {1, 2, 2}, 1, 1);
  CHECK(std::isnan(run(convolution, flat)[0]));
}

TEST_CASE("max_pool takes each window's largest element and never the padding") {
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8, 9};
  check_close(run(max_pool(2), {1, 3, 3}, x), {5});  // the odd row and column are left over
  check_close(run(windowed("max_pool", {2}, {1}), {1, 3, 3}, x), {5, 6, 8, 9});
  check_close(run(windowed("max_pool", {2}, {2}, {1}), {1, 3, 3}, {-1, -2, -3, -4, -5, -6, -7, -8, -9}), {-1, -2, -4, -5});
  check_close(run(windowed("max_pool", {2}, {2}, {}, true), {1, 3, 3}, x), {5, 6, 8, 9});
}

TEST_CASE("avg_pool divides by the elements that are there") {
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8, 9};
  check_close(run(windowed("avg_pool", {2}, {1}), {1, 3, 3}, x), {3, 4, 6, 7});
  check_close(run(windowed("avg_pool", {2}, {2}, {1}), {1, 3, 3}, x), {1, 2.5, 5.5, 7});
  check_close(run(windowed("avg_pool", {1, 3}, {1, 1}), {1, 3, 3}, x), {2, 5, 8});
}

TEST_CASE("pools go along a sequence, channels x length, as along an image one row high") {
  const std::vector<float> x{1, 5, 2, 4, 3, 6, 0, 9, 8, 7};
  check_close(run(max_pool(2), {2, 5}, x), {5, 4, 6, 9});  // the odd place is left over
  check_close(run(windowed("max_pool", {3}, {2}, {1}), {2, 5}, x), {5, 5, 4, 6, 9, 8});
  check_close(run(windowed("max_pool", {2}, {2}, {}, true), {2, 5}, x), {5, 4, 3, 6, 9, 7});
  check_close(run(windowed("avg_pool", {3}, {2}, {1}), {2, 5}, x), {3, 11.0 / 3, 3.5, 3, 17.0 / 3, 7.5});
  const std::vector<float> line = run(windowed("max_pool", {3}, {1}), {2, 5}, x);
  CHECK(line == run(windowed("max_pool", {1, 3}, {1}), {2, 1, 5}, x));
  CHECK(refusal_of(windowed("max_pool", {1, 2}), {2, 5}) ==
        "max_pool: kernel takes one number where the input is channels x length, not 2");
  CHECK(refusal_of(max_pool(6), {2, 5}) == "max_pool: 1x6 kernel on a 1x5 input");
  CHECK(refusal_of(max_pool(2), {5}) == "max_pool: expects channels x length or channels x height x width, the input is 5");
}

TEST_CASE("global_avg_pool is the mean of each channel") {
  check_close(run(layer("global_avg_pool"), {2, 1, 3}, {1, 2, 3, 4, 5, 9}), {2, 6});
}

TEST_CASE("global_max_pool is the largest element of each channel") {
  check_close(run(layer("global_max_pool"), {2, 1, 3}, {1, 2, 3, -4, -9, -5}), {3, -4});
}

TEST_CASE("the gradient of global_max_pool goes to the first of the largest") {
  Model model({layer("layer_norm"), layer("global_max_pool")}, {1, 1, 4}, 1, 1);
  const std::vector<float> input{1, 5, 5, 1};
  model.forward(input.data(), 1, Mode::train);
  const float three = 3;
  model.backward(&three);
  CHECK(copy_of(parameter(model, "layer_norm_1/bias").gradient) == std::vector<float>{0, 3, 0, 0});
}

TEST_CASE("batch_norm while training normalizes with the batch's own mean and biased variance") {
  LayerSpec spec = layer("batch_norm");
  spec.settings.set("epsilon", 1.0);
  Model model({spec}, {1}, 3, 1);
  set(model, "batch_norm_1/weight", {2});
  set(model, "batch_norm_1/bias", {10});
  // mean 2, biased variance 8: the deviations -2, -2, 4 over sqrt(8 + 1)
  check_close(run(model, {0, 0, 6}), {10 - 4.0 / 3, 10 - 4.0 / 3, 10 + 8.0 / 3});
  // 0.9 * 0 + 0.1 * 2; 0.9 * 1 + 0.1 * 12, the unbiased variance
  CHECK(parameter(model, "batch_norm_1/running_mean").value[0] == Approx(0.2));
  CHECK(parameter(model, "batch_norm_1/running_var").value[0] == Approx(2.1));
  CHECK_FALSE(parameter(model, "batch_norm_1/running_mean").trainable);
  CHECK(parameter(model, "batch_norm_1/running_mean").gradient.empty());
  // at inference: (x - 0.2) / sqrt(2.1 + 1) * 2 + 10
  check_close(run(model, {1}, Mode::infer), {10 + 1.6 / std::sqrt(3.1)});
}

TEST_CASE("batch_norm of images has one mean and variance a channel") {
  LayerSpec spec = layer("batch_norm");
  spec.settings.set("epsilon", 1e-12);
  check_close(run(spec, {2, 1, 2}, {1, 3, 10, 10, 1, 3, 20, 20}), {-1, 1, -1, -1, -1, 1, 1, 1});
}

TEST_CASE("batch_norm of a single value gives the bias and leaves the running variance alone") {
  Model model({layer("batch_norm")}, {2}, 4, 1);
  set(model, "batch_norm_1/bias", {3, 4});
  check_close(run(model, {7, -7}), {3, 4});
  CHECK(parameter(model, "batch_norm_1/running_var").value[0] == 1);
  CHECK(parameter(model, "batch_norm_1/running_mean").value[0] == Approx(0.7));
}

TEST_CASE("batch_norm's statistics measured again are the mean of the batches since then, and follow the momentum again after") {
  Model model({layer("batch_norm")}, {1}, 3, 1);
  CHECK(model.has_statistics());
  run(model, {100, 200, 300});
  model.begin_statistics();
  run(model, {0, 0, 6});  // mean 2, unbiased variance 12
  CHECK(parameter(model, "batch_norm_1/running_mean").value[0] == 2);
  CHECK(parameter(model, "batch_norm_1/running_var").value[0] == 12);
  run(model, {5, 7});  // mean 6, variance 2
  run(model, {13});    // mean 13, no variance
  run(model, {9}, Mode::infer);
  CHECK(parameter(model, "batch_norm_1/running_mean").value[0] == 7);
  CHECK(parameter(model, "batch_norm_1/running_var").value[0] == 7);
  model.begin_statistics();
  run(model, {1, 3});
  CHECK(parameter(model, "batch_norm_1/running_mean").value[0] == 2);
  model.end_statistics();
  run(model, {0, 0, 6});  // 0.9 * 2 + 0.1 * 2; 0.9 * 2 + 0.1 * 12
  CHECK(parameter(model, "batch_norm_1/running_mean").value[0] == Approx(2));
  CHECK(parameter(model, "batch_norm_1/running_var").value[0] == Approx(3));
}

TEST_CASE("a network without batch_norm has no statistics, and may be asked to measure them") {
  Model model({dense(2), layer("layer_norm")}, {3}, 1, 1);
  CHECK_FALSE(model.has_statistics());
  model.begin_statistics();
  const std::vector<float> input{1, 2, 3}, before = run(model, input);
  model.end_statistics();
  CHECK(run(model, input) == before);
}

TEST_CASE("layer_norm normalizes each sample over all its elements") {
  LayerSpec spec = layer("layer_norm");
  spec.settings.set("epsilon", 1.0);
  Model model({spec}, {3}, 2, 1);
  set(model, "layer_norm_1/weight", {1, 2, 3});
  set(model, "layer_norm_1/bias", {0, 0, 1});
  check_close(run(model, {0, 0, 6, 5, 5, 5}), {-2.0 / 3, -4.0 / 3, 1 + 4.0, 0, 0, 1});
  Model images({spec}, {2, 1, 2}, 1, 1);
  CHECK(parameter(images, "layer_norm_1/weight").shape == Shape{2, 1, 2});
  check_close(run(images, {0, 0, 0, 8}), {-2 / std::sqrt(13.0), -2 / std::sqrt(13.0), -2 / std::sqrt(13.0), 6 / std::sqrt(13.0)});
}

TEST_CASE("dropout passes everything at inference and scales what it keeps while training") {
  LayerSpec spec = layer("dropout");
  spec.settings.set("rate", 0.25);
  const std::vector<float> ones(10000, 1.0f);
  Model model({spec}, {10000}, 1, 5);
  CHECK(run(model, ones, Mode::infer) == ones);
  std::size_t kept = 0;
  for (const float y : run(model, ones)) {
    REQUIRE((y == 0 || y == Approx(4.0 / 3)));
    kept += y > 0;
  }
  CHECK(std::abs(static_cast<double>(kept) / 10000 - 0.75) < 0.022);  // five standard errors
  spec.settings.set("rate", 0.0);
  CHECK(run(spec, {10000}, ones) == ones);
}

TEST_CASE("dropout's choice is addressed by seed, step and layer") {
  LayerSpec spec = layer("dropout");
  const std::vector<float> ones(64, 1.0f);
  Model model({spec}, {64}, 1, 5), other_seed({spec}, {64}, 1, 6);
  const std::vector<float> first = copy_of(model.forward(ones.data(), 1, Mode::train, 3));
  CHECK(copy_of(model.forward(ones.data(), 1, Mode::train, 4)) != first);
  CHECK(copy_of(other_seed.forward(ones.data(), 1, Mode::train, 3)) != first);
  CHECK(copy_of(model.forward(ones.data(), 1, Mode::train, 3)) == first);
  Model twice({spec, spec}, {64}, 1, 5);
  std::vector<float> squared = first;
  for (float& y : squared) y *= 2;
  CHECK(copy_of(twice.forward(ones.data(), 1, Mode::train, 3)) != squared);
}

namespace {

/// The definition of a convolution, one output at a time.
std::vector<double> convolve(const std::vector<float>& x, const std::vector<float>& weight, const Shape& in, const Shape& out,
                             const LayerSpec& spec, std::int64_t top, std::int64_t left) {
  const auto &kernel = spec.settings.at<Sizes>("kernel"), &stride = spec.settings.at<Sizes>("stride");
  const std::int64_t batch = static_cast<std::int64_t>(x.size()) / size_of(in), kh = kernel.front(), kw = kernel.back();
  const std::int64_t sh = stride.empty() ? 1 : stride.front(), sw = stride.empty() ? 1 : stride.back();
  const auto& dilation = spec.settings.at<Sizes>("dilation");
  const std::int64_t dh = dilation.empty() ? 1 : dilation.front(), dw = dilation.empty() ? 1 : dilation.back();
  const std::int64_t groups = spec.settings.at<std::int64_t>("groups"), channels = in[0] / groups;
  std::vector<double> y;
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t f = 0; f < out[0]; ++f) {
      for (std::int64_t row = 0; row < out[1]; ++row) {
        for (std::int64_t column = 0; column < out[2]; ++column) {
          double sum = 0;
          for (std::int64_t c = 0; c < channels; ++c) {
            for (std::int64_t i = 0; i < kh; ++i) {
              for (std::int64_t j = 0; j < kw; ++j) {
                const std::int64_t r = row * sh + i * dh - top, s = column * sw + j * dw - left;
                const std::int64_t from = f / (out[0] / groups) * channels + c;
                if (r < 0 || s < 0 || r >= in[1] || s >= in[2]) continue;
                sum += static_cast<double>(x[static_cast<std::size_t>(((n * in[0] + from) * in[1] + r) * in[2] + s)]) *
                       static_cast<double>(weight[static_cast<std::size_t>(((f * channels + c) * kh + i) * kw + j)]);
              }
            }
          }
          y.push_back(sum);
        }
      }
    }
  }
  return y;
}

}  // namespace

TEST_CASE("conv2d gives what its definition gives, whatever stride, padding, dilation, groups and sizes") {
  struct Case {
    LayerSpec spec;
    Shape input;
    std::int64_t top, left;
  };
  const std::vector<Case> cases{{conv2d(2, 3), {1, 5, 5}, 0, 0},
                                {conv2d(3, {3, 2}), {2, 7, 6}, 0, 0},
                                {conv2d(5, {3}, {2}), {3, 8, 9}, 0, 0},
                                {conv2d(4, {3}, {1}, {1}), {2, 5, 7}, 1, 1},
                                {conv2d(17, {5, 3}, {2, 3}, {2, 1}), {3, 11, 10}, 2, 1},
                                {conv2d(32, {3}, {1}, {1}), {16, 9, 9}, 1, 1},
                                {conv2d(4, {2}, {1}, {}, true), {3, 5, 5}, 0, 0},  // one row of padding, below and right only
                                {conv2d(4, {4}, {2}, {}, true), {3, 7, 7}, 1, 1},
                                {conv2d(1, {1}, {1}, {1}), {1, 2, 2}, 1, 1},  // padding as large as the kernel
                                {conv2d(3, {1}, {3}), {2, 4, 4}, 0, 0},
                                {with(conv2d(4, {3}, {2}, {2}), "dilation", Sizes{2, 1}), {3, 9, 8}, 2, 2},
                                {with(conv2d(4, {3}, {1}, {}, true), "dilation", Sizes{2}), {3, 7, 7}, 2, 2},
                                {with(conv2d(6, {3}, {1}, {1}), "groups", 3), {9, 6, 6}, 1, 1},
                                {with(conv2d(16, {3}, {2}, {1}), "groups", 16), {16, 9, 9}, 1, 1},
                                {with(conv2d(10, 2), "groups", 5), {5, 4, 4}, 0, 0}};
  for (const Case& one : cases) {
    const std::int64_t batch = 3;
    Model model({one.spec}, one.input, batch, 1);
    const std::vector<float> x = normal_numbers(batch * size_of(one.input), 4);
    const std::vector<float> weight = copy_of(parameter(model, "conv2d_1/weight").value);
    CAPTURE(to_text(one.input), one.spec.settings.at<std::int64_t>("filters"), one.spec.settings.at<Sizes>("kernel"));
    check_close(run(model, x), convolve(x, weight, one.input, model.output_shape(), one.spec, one.top, one.left), 1e-5);
    const std::vector<float> part(x.begin(), x.begin() + 2 * size_of(one.input));
    check_close(run(model, part), convolve(part, weight, one.input, model.output_shape(), one.spec, one.top, one.left), 1e-5);
  }
}

TEST_CASE("conv2d adds its bias to every place of a filter's output") {
  Model model({conv2d(2, 1)}, {1, 1, 2}, 1, 1);
  set(model, "conv2d_1/weight", {1, 2});
  set(model, "conv2d_1/bias", {10, 20});
  check_close(run(model, {3, 4}), {13, 14, 26, 28});
}
