#include "nn/initializers.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

struct Statistics {
  double mean, deviation, largest;
};

Statistics statistics(const std::string& name, Fans fans) {
  std::vector<float> values(40000);
  initialize(name, 3, 5, fans, values);
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
    const Statistics uniform = statistics(std::string(kind) + "_uniform", fans),
                     normal = statistics(std::string(kind) + "_normal", fans);
    CAPTURE(kind);
    CHECK(uniform.deviation == Approx(deviation).epsilon(0.02));  // more than five standard errors of 40000 numbers
    CHECK(normal.deviation == Approx(deviation).epsilon(0.02));
    CHECK(std::abs(uniform.mean) < deviation / 40);
    CHECK(std::abs(normal.mean) < deviation / 40);
    CHECK(uniform.largest <= deviation * std::sqrt(3.0) * (1 + 1e-6));
    CHECK(normal.largest > deviation * 3);
  }
  CHECK(statistics("normal", fans).deviation == Approx(0.05).epsilon(0.02));
  CHECK(statistics("uniform", fans).largest == Approx(0.05).epsilon(0.001));
  CHECK(statistics("zeros", fans).largest == 0);
  CHECK(statistics("ones", fans).mean == 1);
}

TEST_CASE("an initializer that does not exist is refused") {
  std::vector<float> values(1);
  CHECK_THROWS_AS(initialize("xavier", 1, 1, {}, values), std::invalid_argument);
}

TEST_CASE("weights are glorot_uniform of the layer's fans unless told, biases are zero") {
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
