// attention against its formula in double, and what a mask has to keep apart.
#include <cmath>
#include <limits>

#include "../gradient_checks.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec attention(std::int64_t heads, bool causal = false) {
  return with(with(layer("attention"), "num_heads", heads), "causal", causal);
}

using Table = std::vector<std::vector<double>>;

/// rows x inputs times the transposed weight, outputs x inputs, plus bias.
Table projected(const Table& rows, std::span<const float> weight, std::span<const float> bias) {
  Table all;
  for (const auto& row : rows) {
    std::vector<double>& out = all.emplace_back(bias.begin(), bias.end());
    for (std::size_t o = 0; o < out.size(); ++o)
      for (std::size_t i = 0; i < row.size(); ++i) out[o] += static_cast<double>(weight[o * row.size() + i]) * row[i];
  }
  return all;
}

/// One sample.
Table attended(Model& model, const Table& x, std::size_t heads, bool causal) {
  const auto value = [&](const char* name) { return parameter(model, std::string("attention_1/") + name).value; };
  const std::size_t length = x.size(), width = x[0].size(), size = width / heads;
  const Table all = projected(x, value("in_proj_weight"), value("in_proj_bias"));
  Table mixed(length, std::vector<double>(width));
  for (std::size_t h = 0; h < heads; ++h) {
    for (std::size_t t = 0; t < length; ++t) {
      std::vector<double> weights;
      double sum = 0;
      for (std::size_t s = 0; s < (causal ? t + 1 : length); ++s) {
        double score = 0;
        for (std::size_t i = 0; i < size; ++i) score += all[t][h * size + i] * all[s][width + h * size + i];
        weights.push_back(std::exp(score / std::sqrt(static_cast<double>(size))));
        sum += weights.back();
      }
      for (std::size_t s = 0; s < weights.size(); ++s)
        for (std::size_t i = 0; i < size; ++i) mixed[t][h * size + i] += weights[s] / sum * all[s][2 * width + h * size + i];
    }
  }
  return projected(mixed, value("out_proj_weight"), value("out_proj_bias"));
}

}  // namespace

TEST_CASE("attention mixes the values of all steps, each head by its own weights") {
  constexpr std::size_t length = 5, width = 6, batch = 3;
  for (const std::size_t heads : {1, 2, 3}) {
    for (const bool causal : {false, true}) {
      Model model({attention(static_cast<std::int64_t>(heads), causal)}, {length, width}, batch, 3);
      for (const char* bias : {"in_proj_bias", "out_proj_bias"}) {
        Parameter& one = parameter(model, std::string("attention_1/") + bias);
        set(model, one.name, normal_numbers(size_of(one.shape), 8));
      }
      const std::vector<float> x = normal_numbers(batch * length * width, 5);
      const std::vector<float> y = copy_of(model.forward(x.data(), batch, Mode::train));
      for (std::size_t n = 0; n < batch; ++n) {
        Table rows;
        for (std::size_t t = 0; t < length; ++t) {
          const auto first = x.begin() + static_cast<std::ptrdiff_t>((n * length + t) * width);
          rows.emplace_back(first, first + width);
        }
        const Table expected = attended(model, rows, heads, causal);
        for (std::size_t t = 0; t < length; ++t)
          for (std::size_t i = 0; i < width; ++i) CHECK(y[(n * length + t) * width + i] == Approx(expected[t][i]).margin(3e-6));
      }
    }
  }
}

TEST_CASE("a causal step does not see those after it") {
  Model model({attention(2, true)}, {4, 4}, 1, 3);
  std::vector<float> x = normal_numbers(16, 5);
  const std::vector<float> before = copy_of(model.forward(x.data(), 1, Mode::infer));
  for (std::size_t i = 8; i < 16; ++i) x[i] += 1;
  const std::vector<float> after = copy_of(model.forward(x.data(), 1, Mode::infer));
  CHECK(std::equal(before.begin(), before.begin() + 8, after.begin()));
  CHECK(before[8] != after[8]);
}

TEST_CASE("attention has the gradient of its forward") {
  for (const bool causal : {false, true}) {
    check_any(attention(1, causal), {3, 2}, curved);
    check_any(attention(2, causal), {4, 4}, curved);
  }
  check_any(with(attention(2), "bias", false), {3, 4}, curved);
}

TEST_CASE("attention sees no padding: the other steps get what they would without it") {
  constexpr std::size_t width = 4;
  for (const bool causal : {false, true}) {
    LayerSpec spec = attention(2, causal);
    spec.inputs = {"input", "input"};
    Model model({with(spec, "mask_value", 9.0)}, {4, width}, 1, 3);
    std::vector<float> x = normal_numbers(4 * width, 5);
    for (const std::size_t t : {0, 2}) std::fill_n(x.begin() + static_cast<std::ptrdiff_t>(t * width), width, 9.0f);
    const std::vector<float> y = copy_of(model.forward(x.data(), 1, Mode::infer));
    Model shorter({attention(2, causal)}, {2, width}, 1, 3);
    std::vector<float> kept(x.begin() + width, x.begin() + 2 * width);
    kept.insert(kept.end(), x.begin() + 3 * width, x.end());
    const std::vector<float> expected = copy_of(shorter.forward(kept.data(), 1, Mode::infer));
    for (std::size_t i = 0; i < width; ++i) {
      CHECK(y[width + i] == Approx(expected[i]).margin(1e-6));
      CHECK(y[3 * width + i] == Approx(expected[width + i]).margin(1e-6));
    }
  }
}

TEST_CASE("where attention sees nothing but padding, its output is the bias") {
  LayerSpec spec = attention(2);
  spec.inputs = {"input", "input"};
  Model model({spec}, {3, 4}, 2, 3);  // padding is what is 0
  set(model, "attention_1/out_proj_bias", {1, 2, 3, 4});
  std::vector<float> x = normal_numbers(24, 5);
  std::fill_n(x.begin(), 12, 0.0f);
  const std::vector<float> y = copy_of(model.forward(x.data(), 2, Mode::train));
  for (std::size_t i = 0; i < 12; ++i) CHECK(y[i] == static_cast<float>(i % 4 + 1));
  const std::vector<float> probe(24, 1);
  model.backward(probe.data());
  for (const Parameter& one : model.parameters())
    for (const float gradient : one.gradient) CHECK(std::isfinite(gradient));
}

TEST_CASE("attention with padding has the gradient of its forward") {
  for (const bool causal : {false, true}) {
    std::vector<LayerSpec> layers = {dense(4), attention(2, causal)};
    layers[1].inputs = {"dense_1", "input"};
    layers[1] = with(std::move(layers[1]), "mask_value", 9.0);
    Network network(layers, {4, 2}, 3, 3);
    for (const std::size_t step : {0, 6, 7, 9, 10, 11})
      std::fill_n(network.input.begin() + static_cast<std::ptrdiff_t>(2 * step), 2, 9.0f);
    check_central_differences(network, curved);
  }
}

TEST_CASE("dropout of attention sets weights to zero while training, and has the gradient of that") {
  const LayerSpec spec = with(attention(2), "dropout", 0.5);
  Network network({dense(4), spec}, {5, 3}, 3, 3);
  check_central_differences(network, curved);
  Model model({spec}, {5, 4}, 2, 3), plain({attention(2)}, {5, 4}, 2, 3);
  const std::vector<float> x = normal_numbers(40, 5);
  CHECK(copy_of(model.forward(x.data(), 2, Mode::infer)) == copy_of(plain.forward(x.data(), 2, Mode::infer)));
  const std::vector<float> one = copy_of(model.forward(x.data(), 2, Mode::train, 1));
  CHECK(one == copy_of(model.forward(x.data(), 2, Mode::train, 1)));
  CHECK(one != copy_of(model.forward(x.data(), 2, Mode::train, 2)));
  CHECK(one != copy_of(plain.forward(x.data(), 2, Mode::train, 1)));
  CHECK(refusal_of(with(attention(2), "dropout", 1.0), {5, 4}) == "attention: dropout must be in [0, 1), not 1");
}

TEST_CASE("attention keeps its mean over many draws of dropout") {
  // Of the weights, which the values' mean is linear in: 4000 draws with p = 0.25 leave a deviation of about 0.01.
  Model model({with(attention(1), "dropout", 0.25)}, {4, 2}, 1, 3), plain({attention(1)}, {4, 2}, 1, 3);
  const std::vector<float> x = normal_numbers(8, 5), expected = copy_of(plain.forward(x.data(), 1, Mode::infer));
  std::vector<double> sums(8);
  for (std::uint64_t step = 0; step < 4000; ++step) {
    const auto y = model.forward(x.data(), 1, Mode::train, step);
    for (std::size_t i = 0; i < 8; ++i) sums[i] += static_cast<double>(y[i]) / 4000;
  }
  for (std::size_t i = 0; i < 8; ++i) CHECK(sums[i] == Approx(expected[i]).margin(0.05));
}

TEST_CASE("attention gives bit for bit the same on any number of threads") {
  check_threads({attention(4, true), attention(2)}, {12, 32}, 21);
}

TEST_CASE("attention has PyTorch's parameters, and says what it cannot divide") {
  const Model model({attention(2)}, {3, 4}, 1, 1);
  CHECK(model.parameters()[0].name == "attention_1/in_proj_weight");
  CHECK(model.parameters()[0].shape == Shape{12, 4});
  CHECK(model.parameters()[3].name == "attention_1/out_proj_bias");
  CHECK(refusal_of(attention(3), {5, 4}) == "attention: 4 features (the input is 5x4) do not divide into 3 heads");
  CHECK(refusal_of(attention(0), {5, 4}) == "attention: num_heads must be at least 1, not 0");
  CHECK(refusal_of(attention(1), {4}) == "attention: expects length x features, the input is 4");
  CHECK(refusal_of(attention(1), {1 << 20, 2}) == "attention: a sample's table of weights of 1x1048576x1048576 is too large");
}
