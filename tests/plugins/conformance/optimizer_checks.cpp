// Optimizers. A case:
//   parameters, refused              as everywhere
//   weights = [...]                  at first; of five elements or any other number, which are repeated to fill registers
//   learning_rates = [...]           of each step
//   momenta = [...]                  that a scheduler gives, of each step; may be left out
//   gradients = [[...], ...]         of each step
//   expected = [[...], ...]          the weights after each step
//   tolerance = 1e-6                 relative to 1 or the weight, whichever is larger
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <set>

#include "plugins/conformance/allocations.hpp"
#include "plugins/conformance/optimizer.hpp"
#include "plugins/conformance/refusal.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace optimizer_checks {
namespace {

using manifest::Table;
using Values = OptimizerUnderTest::Values;

// Eight times five weights are two registers of the widest and a half.
constexpr std::size_t repetitions = 8;

/// Norms of a parameter and of its update grow alike.
Values repeated(const std::vector<double>& numbers) {
  Values values;
  for (std::size_t i = 0; i < repetitions; ++i)
    for (const double number : numbers) values.push_back(static_cast<float>(number));
  return values;
}

Values random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Values values(count);
  for (float& value : values) value = static_cast<float>(random() % 20001) / 10000 - 1;
  return values;
}

bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool are_finite(const Values& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

void check_refusal(const PluginUnderTest& plugin, const Table& one) {
  std::string said = "nothing was refused";
  try {
    const OptimizerUnderTest optimizer(plugin, parameters_of(plugin, one), Values(40));
  } catch (const Refusal& refusal) {
    said = refusal.what();
  }
  check_reason(said, text(one, "refused"));
}

void check_values(const PluginUnderTest& plugin, const Table& one) {
  OptimizerUnderTest optimizer(plugin, parameters_of(plugin, one), repeated(numbers(one, "weights")));
  const auto gradients = rows(one, "gradients"), expected = rows(one, "expected");
  const std::vector<double> learning_rates = numbers(one, "learning_rates");
  const std::vector<double> momenta = has(one, "momenta") ? numbers(one, "momenta") : std::vector<double>();
  const double tolerance = number(one, "tolerance", 1e-6);
  REQUIRE(gradients.size() == expected.size());
  REQUIRE(gradients.size() == learning_rates.size());
  for (std::size_t step = 0; step < gradients.size(); ++step) {
    optimizer.step(step + 1, repeated(gradients[step]), learning_rates[step], 0,
                   momenta.empty() ? std::nan("") : momenta.at(step));
    const Values target = repeated(expected[step]);
    for (std::size_t i = 0; i < target.size(); ++i) {
      INFO("step " << step + 1 << ", weight " << i);
      const double wanted = static_cast<double>(target[i]);
      CHECK(std::abs(static_cast<double>(optimizer.weights()[i]) - wanted) <= tolerance * std::max(1.0, std::abs(wanted)));
    }
  }
}

void check_needs(const treino_optimizer_needs& needs) {
  REQUIRE(needs.state_count <= TREINO_OPTIMIZER_MOST_STATES);
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < needs.state_count; ++i) names.insert(needs.states[i]);
  CHECK(names.size() == needs.state_count);
  CHECK((needs.takes_momentum == 0 || !std::isnan(needs.momentum)));
}

/// A parameter of 200 elements, as one slice and as two; then another instance that is given weights and state continues.
void check_bits(const PluginUnderTest& plugin, const Table& parameters) {
  const Values first = random_values(200, 1);
  OptimizerUnderTest whole(plugin, parameters, first), cut(plugin, parameters, first), resumed(plugin, parameters, first);
  check_needs(whole.needs());
  const std::size_t at = whole.needs().whole != 0 ? 0 : 64;
  const auto step = [](OptimizerUnderTest& optimizer, unsigned number, std::size_t slice) {
    optimizer.step(number, random_values(200, 100 + number), 0.01 / number, slice);
  };
  for (unsigned number = 1; number <= 12; ++number) {
    step(whole, number, 0);
    step(cut, number, at);
    if (number == 7) {
      resumed.set_weights(whole.weights());
      resumed.states() = whole.states();
    }
    if (number > 7) step(resumed, number, 0);
  }
  CHECK(same_bits(whole.weights(), cut.weights()));
  CHECK(same_bits(whole.weights(), resumed.weights()));
  for (std::size_t i = 0; i < whole.states().size(); ++i) {
    INFO("state " << whole.needs().states[i]);
    CHECK(same_bits(whole.states()[i], cut.states()[i]));
    CHECK(same_bits(whole.states()[i], resumed.states()[i]));
  }
  INFO("a run that is rolled back to the first step takes it again");
  OptimizerUnderTest fresh(plugin, parameters, first);
  whole.set_weights(first);
  for (Values& state : whole.states()) std::fill(state.begin(), state.end(), 0.0f);
  for (unsigned number = 1; number <= 3; ++number) {
    step(whole, number, 0);
    step(fresh, number, 0);
  }
  CHECK(same_bits(whole.weights(), fresh.weights()));
}

void check_zero_gradients(const PluginUnderTest& plugin, const Table& parameters) {
  for (const Values& weights : {Values(40), random_values(40, 3)}) {
    OptimizerUnderTest optimizer(plugin, parameters, weights);
    for (unsigned number = 1; number <= 30; ++number) optimizer.step(number, Values(40), 0.01);
    INFO("30 steps without a gradient");
    CHECK(are_finite(optimizer.weights()));
    for (const Values& state : optimizer.states()) CHECK(are_finite(state));
  }
}

void check_allocations(const PluginUnderTest& plugin, const Table& parameters) {
  OptimizerUnderTest optimizer(plugin, parameters, random_values(40, 3));
  const auto allocations_of = [&](unsigned from, unsigned to) {
    const Values gradient = random_values(40, 4);
    const std::uint64_t before = allocations();
    for (unsigned number = from; number < to; ++number) optimizer.step(number, gradient, 0.01);
    return allocations() - before;
  };
  allocations_of(1, 3);
  // What the test itself allocates is the same for each step.
  const std::uint64_t few = allocations_of(3, 4), many = allocations_of(4, 24);
  INFO("steps allocate nothing");
  CHECK(many <= 20 * few);
  CHECK(few <= 2);
}

}  // namespace
}  // namespace optimizer_checks

void check_optimizer(const PluginUnderTest& plugin) {
  using namespace optimizer_checks;
  CHECK(plugin.lifecycle->save == nullptr);
  const std::vector<Table> cases = cases_of(plugin);
  CHECK_FALSE(cases.empty());
  for (const Table& one : cases) {
    INFO("case " << text(one, "name"));
    if (has(one, "refused"))
      check_refusal(plugin, one);
    else
      check_values(plugin, one);
  }
  for (const Table& parameters : valid_parameters(plugin)) {
    check_bits(plugin, parameters);
    check_zero_gradients(plugin, parameters);
    check_allocations(plugin, parameters);
  }
}

}  // namespace treino::conformance
