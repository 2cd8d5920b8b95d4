// The inner loops of plugins/shared/optimizers, as compiled for each instruction set that this processor has.
#include <cmath>
#include <limits>
#include <vector>

#include "nn_helpers.hpp"
#include "shared/optimizers/updates.hpp"
#include "support/catch.hpp"

using namespace treino::optimizers;
using treino::nn::test::normal_numbers;

TEST_CASE("the inner loops of all instruction sets agree") {
  const SgdStep sgd{0.1f, 0.9f, 0.01f, true};
  const AdamStep adam{0.9f, 0.1f, 0.999f, 0.001f, 0.1f, 1e-8f, 0.01f, 0.999f};
  const RmspropStep rmsprop{0.1f, 0.9f, 0.1f, 1e-8f, 0.01f, 0.9f};
  const AdagradStep adagrad{0.1f, 1e-8f, 0.01f};
  const auto run = [&](const UpdateLoops& table, int which) {
    std::vector<float> weight = normal_numbers(37, 1), first = normal_numbers(37, 3), second = first;
    const std::vector<float> gradient = normal_numbers(37, 2);
    for (float& value : second) value *= value;
    if (which == 0) table.sgd(37, weight.data(), gradient.data(), first.data(), sgd);
    if (which == 1) table.adam(37, weight.data(), gradient.data(), first.data(), second.data(), adam);
    if (which == 2) table.rmsprop(37, weight.data(), gradient.data(), second.data(), first.data(), rmsprop);
    if (which == 3) table.adagrad(37, weight.data(), gradient.data(), second.data(), adagrad);
    return weight;
  };
  for (int which = 0; which < 4; ++which) {
    const std::vector<float> expected = run(update_loops(), which);
    for (const UpdateLoops* const* table = runnable_update_loops(); *table != nullptr; ++table) {
      const std::vector<float> actual = run(**table, which);
      for (std::size_t i = 0; i < expected.size(); ++i) CHECK(actual[i] == Approx(expected[i]).epsilon(1e-5).margin(1e-6));
    }
  }
}

TEST_CASE("Adam's division and root keep to float's precision, and to what zero, infinity and NaN are") {
  // By hand: with beta1 = beta2 = 0 the moments are g and g^2, and the weight loses step_size * g / (|g| + epsilon).
  const AdamStep step{0, 1, 0, 1, 1, 1e-8f, 0, 1};
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> gradient = {0, -0.0f, infinity, nan, 1e18f, -1e18f, 1e25f, -1e25f, 3e38f, 1e-15f, 1e-8f, 2e-8f, -3e-8f};
  for (float size = 1e-12f; size < 1e15f; size *= 1.37f) gradient.push_back(size);
  gradient.resize((gradient.size() + 15) / 16 * 16, 0.5f);  // whole registers of all tables
  const std::size_t count = gradient.size();
  for (const UpdateLoops* const* table = runnable_update_loops(); *table != nullptr; ++table) {
    std::vector<float> weight(count, 0.0f), first(count, 0.0f), second(count, 0.0f);
    (*table)->adam(static_cast<std::int64_t>(count), weight.data(), gradient.data(), first.data(), second.data(), step);
    for (std::size_t i = 0; i < count; ++i) {
      const double g = gradient[i];
      CAPTURE(g, weight[i]);
      if (std::isnan(g) || std::isinf(g)) {  // infinity / infinity
        CHECK(std::isnan(weight[i]));
      } else if (std::abs(g) > 1.9e19) {  // the square is infinite in float, and a number over it is 0
        CHECK(weight[i] == 0);
      } else {
        CHECK(static_cast<double>(weight[i]) == Approx(-g / (std::abs(g) + 1e-8)).epsilon(3e-7));
      }
    }
  }
}
