// Initial weights: the standard deviation that each paper asks for.
#include "nn/initializers.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nn/shapes.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

struct Statistics {
  double mean, deviation, largest;
};

Statistics statistics(const InitializerSpec& how, Fans fans) {
  std::vector<float> values(40000);
  initialize(how, 3, 5, {40000}, fans, values);
  double sum = 0, squares = 0, largest = 0;
  for (const float value : values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  return {sum / 40000, std::sqrt(squares / 40000), largest};
}

}  // namespace

TEST_CASE("each initializer has the standard deviation of its paper") {
  const Fans fans{300, 100};
  for (const auto& [kind, deviation] : {std::pair{"glorot", std::sqrt(2.0 / 400)}, std::pair{"he", std::sqrt(2.0 / 300)},
                                        std::pair{"lecun", std::sqrt(1.0 / 300)}}) {
    const std::string uniform_name = std::string(kind) + "_uniform", normal_name = std::string(kind) + "_normal";
    const Statistics uniform = statistics({uniform_name}, fans), normal = statistics({normal_name}, fans);
    CAPTURE(kind);
    CHECK(uniform.deviation == Approx(deviation).epsilon(0.02));  // more than five standard errors of 40000 numbers
    CHECK(normal.deviation == Approx(deviation).epsilon(0.02));
    CHECK(std::abs(uniform.mean) < deviation / 40);
    CHECK(std::abs(normal.mean) < deviation / 40);
    CHECK(uniform.largest <= deviation * std::sqrt(3.0) * (1 + 1e-6));
    CHECK(normal.largest > deviation * 3);
  }
  CHECK(statistics({"normal"}, fans).deviation == Approx(0.05).epsilon(0.02));
  CHECK(statistics({"uniform"}, fans).largest == Approx(0.05).epsilon(0.001));
  CHECK(statistics({"zeros"}, fans).largest == 0);
  CHECK(statistics({"ones"}, fans).mean == 1);
}

TEST_CASE(
    "a truncated normal distribution has no number beyond two of its standard deviations, and 0.88 of that of the whole one") {
  const Statistics found = statistics({"truncated_normal"}, {});
  CHECK(found.largest <= 0.1);
  CHECK(found.largest > 0.0999);
  CHECK(found.deviation == Approx(0.05 * 0.879626).epsilon(0.02));  // scipy.stats.truncnorm(-2, 2).std()
  CHECK(std::abs(found.mean) < 0.05 / 40);
}

TEST_CASE("variance_scaling has the variance scale / fan, whichever distribution and fan are asked for") {
  const Fans fans{300, 100};
  for (const char* distribution : {"truncated_normal", "untruncated_normal", "uniform"}) {
    CAPTURE(distribution);
    const auto deviation = [&](const char* mode, double scale) {
      return statistics({.name = "variance_scaling", .scale = scale, .mode = mode, .distribution = distribution}, fans).deviation;
    };
    CHECK(deviation("fan_in", 1) == Approx(std::sqrt(1.0 / 300)).epsilon(0.02));
    CHECK(deviation("fan_out", 1) == Approx(std::sqrt(1.0 / 100)).epsilon(0.02));
    CHECK(deviation("fan_avg", 2) == Approx(std::sqrt(2.0 / 200)).epsilon(0.02));
  }
  const double deviation = std::sqrt(1.0 / 300);
  CHECK(statistics({.name = "variance_scaling"}, fans).largest <= 2 * deviation / 0.8796);
  CHECK(statistics({.name = "variance_scaling", .distribution = "uniform"}, fans).largest <= std::sqrt(3.0) * deviation);
  CHECK(statistics({.name = "variance_scaling", .distribution = "untruncated_normal"}, fans).largest > 3 * deviation);
}

TEST_CASE("variance_scaling of fan_avg and a uniform distribution is glorot_uniform, number for number") {
  LayerSpec spec = with(dense(5, "variance_scaling"), "initializer_mode", std::string("fan_avg"));
  spec.settings.set("initializer_distribution", std::string("uniform"));
  const Model scaled({spec}, {7}, 1, 1), glorot({dense(5)}, {7}, 1, 1);
  CHECK(copy_of(scaled.parameters()[0].value) == copy_of(glorot.parameters()[0].value));
}

TEST_CASE("settings of variance_scaling are refused where they would do nothing, and where they are invalid") {
  const auto refusal = [](const std::string& initializer, const std::string& setting, Settings::Value value) {
    try {
      infer_shapes({with(dense(2, initializer), setting, std::move(value))}, {3});
    } catch (const ShapeError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const std::string tail = R"( is for initializer = "variance_scaling", not for "he_normal")";
  CHECK(refusal("he_normal", "initializer_scale", 2.0) == "dense: initializer_scale" + tail);
  CHECK(refusal("he_normal", "initializer_mode", std::string("fan_out")) == "dense: initializer_mode" + tail);
  CHECK(refusal("he_normal", "initializer_distribution", std::string("uniform")) == "dense: initializer_distribution" + tail);
  CHECK(refusal("variance_scaling", "initializer_mode", std::string("fan")) ==
        "dense: unknown initializer_mode \"fan\"; there are fan_in, fan_out, fan_avg");
  CHECK(refusal("variance_scaling", "initializer_distribution", std::string("normal")) ==
        "dense: unknown initializer_distribution \"normal\"; there are truncated_normal, untruncated_normal, uniform");
  CHECK(refusal("variance_scaling", "initializer_scale", 0.0) == "dense: initializer_scale must be above 0, not 0");
}

namespace {

/// The largest distance of W W^T from gain^2 times the identity; of W^T W where there are more rows than columns.
double distance_from_orthogonal(const std::vector<float>& w, std::size_t rows, std::size_t columns, double gain) {
  const std::size_t few = std::min(rows, columns), many = std::max(rows, columns);
  const auto at = [&](std::size_t i, std::size_t k) {
    return static_cast<double>(rows <= columns ? w[i * columns + k] : w[k * columns + i]);
  };
  double largest = 0;
  for (std::size_t i = 0; i < few; ++i) {
    for (std::size_t j = 0; j < few; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < many; ++k) product += at(i, k) * at(j, k);
      largest = std::max(largest, std::abs(product - (i == j ? gain * gain : 0)));
    }
  }
  return largest;
}

std::vector<float> orthogonal(const Shape& shape, double gain, std::uint64_t seed = 3) {
  std::vector<float> values(static_cast<std::size_t>(size_of(shape)));
  initialize({.name = "orthogonal", .gain = gain}, seed, 5, shape, {}, values);
  return values;
}

}  // namespace

TEST_CASE("orthogonal weights have orthonormal rows or columns, whichever are fewer, times the gain") {
  for (const double gain : {1.0, std::sqrt(2.0)}) {
    CHECK(distance_from_orthogonal(orthogonal({7, 40}, gain), 7, 40, gain) < 1e-6);
    CHECK(distance_from_orthogonal(orthogonal({40, 7}, gain), 40, 7, gain) < 1e-6);
    CHECK(distance_from_orthogonal(orthogonal({16, 16}, gain), 16, 16, gain) < 1e-6);
    CHECK(distance_from_orthogonal(orthogonal({8, 3, 5, 5}, gain), 8, 75, gain) < 1e-6);  // filters are rows
  }
  CHECK(std::abs(orthogonal({1, 1}, 0.5)[0]) == 0.5f);
}

TEST_CASE("orthogonal weights depend on the seed and on nothing else, and are of either sign") {
  const std::vector<float> once = orthogonal({12, 20}, 1);
  CHECK(orthogonal({12, 20}, 1) == once);
  CHECK(orthogonal({12, 20}, 1, 4) != once);
  const auto negative = std::count_if(once.begin(), once.end(), [](float value) { return value < 0; });
  CHECK(negative > 80);
  CHECK(negative < 160);
}

TEST_CASE("a layer's gain multiplies what its initializer draws, bit for bit where it is a power of two") {
  for (const char* initializer : {"orthogonal", "he_normal", "ones"}) {
    const Model plain({dense(6, initializer)}, {4}, 1, 1),
        doubled({with(dense(6, initializer), "initializer_gain", 2.0)}, {4}, 1, 1);
    std::vector<float> expected = copy_of(plain.parameters()[0].value);
    for (float& weight : expected) weight *= 2;
    CHECK(copy_of(doubled.parameters()[0].value) == expected);
  }
}

TEST_CASE("an initializer that does not exist is refused") {
  std::vector<float> values(1);
  CHECK_THROWS_AS(initialize({"xavier"}, 1, 1, {1}, {}, values), std::invalid_argument);
}

TEST_CASE("weights are glorot_uniform of the layer's fans by default, biases are zero") {
  const Model model({conv2d(8, {3, 5}), layer("flatten"), dense(50, "ones")}, {4, 9, 9}, 1, 1);
  const auto parameters = model.parameters();
  const float limit = std::sqrt(6.0f / static_cast<float>(4 * 15 + 8 * 15));
  const auto [low, high] = std::minmax_element(parameters[0].value.begin(), parameters[0].value.end());
  CHECK(*low >= -limit);
  CHECK(*low < -0.95f * limit);
  CHECK(*high <= limit);
  CHECK(*high > 0.95f * limit);
  CHECK(parameters[1].name == "conv2d_1/bias");
  CHECK(std::all_of(parameters[1].value.begin(), parameters[1].value.end(), [](float b) { return b == 0; }));
  CHECK(std::all_of(parameters[2].value.begin(), parameters[2].value.end(), [](float w) { return w == 1; }));
}

TEST_CASE("two layers of one shape begin differently") {
  const Model model({dense(4), dense(4)}, {4}, 1, 1);
  CHECK(copy_of(model.parameters()[0].value) != copy_of(model.parameters()[2].value));
}
