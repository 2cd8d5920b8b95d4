// Losses. A case:
//   parameters, refused  as everywhere
//   problem              see batch.hpp
//   prediction = [[...], ...], target = [[...], ...] or [0, 2, ...], weights = [...]
//   value = 1.25         sum / weight
//   weight = 3.0         what the sum was divided by; not looked at where it is left out
//   gradient = [[...], ...]
//   tolerance = 1e-6     relative; of the gradient, to its largest entry
// A file may begin with [random]: prediction = [low, high], target = [low, high], for losses that are not defined everywhere;
// batches_add_up = false, for a loss of the pairs in a batch, which are others in its halves; a case may say so for itself.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "plugins/conformance/loss_under_test.hpp"
#include "plugins/conformance/misuse.hpp"
#include "plugins/conformance/refusal.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace loss_checks {
namespace {

using manifest::Table;

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }
bool same_bits(const Evaluation& a, const Evaluation& b) {
  return same_bits(a.sum, b.sum) && same_bits(a.weight, b.weight) &&
         std::equal(a.gradient.begin(), a.gradient.end(), b.gradient.begin(), b.gradient.end(),
                    [](float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); });
}
bool finite(const Evaluation& one) {
  return std::isfinite(one.sum) && std::isfinite(one.weight) &&
         std::all_of(one.gradient.begin(), one.gradient.end(), [](float value) { return std::isfinite(value); });
}

void check_refusal(const PluginUnderTest& plugin, const Table& one) {
  std::string said = "nothing was refused";
  try {
    const Problem problem = Problem::of_case(one);
    Loss(plugin, parameters_of(plugin, one), problem).evaluate(Batch::of_case(one, problem));
  } catch (const Refusal& refusal) {
    said = refusal.what();
  }
  check_reason(said, text(one, "refused"));
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float value : values) most = std::max(most, std::abs(static_cast<double>(value)));
  return most;
}

void check_values(const PluginUnderTest& plugin, const Table& one) {
  const Problem problem = Problem::of_case(one);
  const Evaluation found = Loss(plugin, parameters_of(plugin, one), problem).evaluate(Batch::of_case(one, problem));
  const double tolerance = number(one, "tolerance", 1e-6);
  CHECK(found.value() == Approx(number(one, "value")).epsilon(tolerance).margin(1e-12));
  if (has(one, "weight")) CHECK(found.weight == Approx(number(one, "weight")).epsilon(tolerance));
  std::vector<float> expected;
  for (const auto& row : rows(one, "gradient"))
    for (const double value : row) expected.push_back(static_cast<float>(value));
  REQUIRE(found.gradient.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("gradient entry " << i);
    CHECK(static_cast<double>(found.gradient[i]) ==
          Approx(static_cast<double>(expected[i])).epsilon(0).margin(tolerance * largest(expected) + 1e-12));
  }
}

/// Central differences; where the two sides differ (a kink), any slope between them will do.
void check_gradient(const Loss& loss, Batch batch) {
  const Evaluation found = loss.evaluate(batch);
  const double tolerance = 1e-3 * largest(found.gradient) + 1e-9;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < batch.prediction.size(); ++i) {
    const float here = batch.prediction[i];
    const float step = loss.takes == TREINO_PREDICTION_PROBABILITIES ? here / 64 : 0x1p-8f;
    const auto value_at = [&](float prediction) {
      batch.prediction[i] = prediction;
      return loss.value_only(batch).value();
    };
    const float up = here + step, down = here - step;
    const double above = value_at(up), below = value_at(down);
    batch.prediction[i] = here;
    const double slope = static_cast<double>(found.gradient[i]), middle = found.value();
    const double right = (above - middle) / static_cast<double>(up - here),
                 left = (middle - below) / static_cast<double>(here - down);
    const double central = (above - below) / static_cast<double>(up - down);
    const bool good = std::abs(slope - central) <= tolerance ||
                      (slope >= std::min(left, right) - tolerance && slope <= std::max(left, right) + tolerance);
    if (!good && ++wrong < 4) FAIL_CHECK("entry " << i << ": gradient " << slope << ", by central differences " << central);
  }
}

void check_batch(const Loss& loss, const Batch& batch, bool batches_add_up) {
  const Evaluation found = loss.evaluate(batch);
  CHECK(finite(found));
  {
    INFO("without a gradient the value has to be the same");
    const Evaluation value = loss.value_only(batch);
    CHECK(same_bits(value.sum, found.sum));
    CHECK(same_bits(value.weight, found.weight));
  }
  for (const Layout layout : layouts) {
    INFO("the layout in memory must not matter: " << static_cast<int>(layout));
    CHECK(same_bits(loss.evaluate(batch, layout), found));
  }
  if (batches_add_up) {
    INFO("two halves add up to the whole");
    const Evaluation first = loss.value_only(batch.part(0, batch.samples / 2));
    const Evaluation second = loss.value_only(batch.part(batch.samples / 2, batch.samples));
    CHECK(first.sum + second.sum == Approx(found.sum).epsilon(1e-12));
  }
  check_gradient(loss, batch);
  INFO("evaluate must not allocate");
  CHECK(loss.allocations_of_call(batch) == 0);
}

void check_edges(const Loss& loss, Batch batch) {
  {
    INFO("no samples: a loss of 0");
    const Evaluation empty = loss.evaluate(batch.part(0, 0));
    CHECK(empty.sum == 0);
    CHECK(std::isfinite(empty.weight));
  }
  {
    INFO("all weights 0: value and gradient 0");
    Batch weightless = batch;
    weightless.weights.assign(static_cast<std::size_t>(batch.samples), 0.0f);
    const Evaluation found = loss.evaluate(weightless);
    CHECK(found.value() == 0);
    CHECK(largest(found.gradient) == 0);
    CHECK(finite(found));
  }
  {
    INFO("the largest predictions: all finite");
    const bool probabilities = loss.takes == TREINO_PREDICTION_PROBABILITIES;
    std::mt19937 random(3);
    Batch extreme = batch;
    for (float& value : extreme.prediction)
      value = probabilities ? static_cast<float>(random() % 2) : random() % 2 == 0 ? 1e4f : -1e4f;
    CHECK(finite(loss.evaluate(extreme)));
  }
  INFO("a sample predicted as NaN must show in the value, of this batch only");
  const Evaluation before = loss.evaluate(batch);
  const Batch good = batch;
  batch.weights.clear();
  std::fill_n(batch.prediction.begin(), batch.outputs, std::numeric_limits<float>::quiet_NaN());
  CHECK_FALSE(std::isfinite(loss.value_only(batch).sum));
  CHECK(same_bits(loss.evaluate(good), before));
}

/// Saturated gradients are 0: numbers below the least normal one change nothing and slow down all that is done with them.
bool subnormal(const Evaluation& one) {
  return std::any_of(one.gradient.begin(), one.gradient.end(),
                     [](float value) { return std::fpclassify(value) == FP_SUBNORMAL; });
}

void check_saturation(const Loss& loss, const Problem& problem, const Ranges& ranges) {
  if (loss.takes != TREINO_PREDICTION_LOGITS) return;
  std::mt19937 random(31);
  for (const float size : {40.0f, 80.0f, 87.0f, 88.0f, 95.0f, 103.0f, 700.0f, 745.0f, 1e4f}) {
    INFO("logits of size " << size << ": no gradient is subnormal");
    Batch batch = random_batch(problem, loss.takes, loss.independent, 33, true, ranges, random);
    for (float& value : batch.prediction) value = random() % 2 == 0 ? size : random() % 2 == 0 ? -size : value;
    CHECK_FALSE(subnormal(loss.evaluate(batch)));
  }
}

void check_wrong_calls(const PluginUnderTest& plugin, const Table& parameters, const Problem& problem, const Ranges& ranges) {
  const Loss loss(plugin, parameters, problem);
  std::mt19937 random(37);
  const Batch batch = random_batch(problem, loss.takes, loss.independent, 5, false, ranges, random);
  const Evaluation before = loss.evaluate(batch);
  const manifest::Value* ignored = find(parameters, "ignore_index");
  const auto* index = ignored == nullptr ? nullptr : ignored->as<std::int64_t>();
  std::vector<float> buffer(batch.prediction.size());
  const Stored<float> gradient(buffer, batch.samples, batch.outputs, Layout::contiguous);
  treino_loss_value value{};
  const Call call = [&](const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                        treino_error* error) {
    return plugin.loss->evaluate(loss.self(), prediction, target, weight, gradient.view(), &value, error);
  };
  check_misuse(call, batch, problem, index == nullptr ? std::nullopt : std::optional(*index));
  CHECK(same_bits(loss.evaluate(batch), before));
  const Loss unprepared(plugin, parameters);
  CHECK_THROWS_AS(unprepared.evaluate(batch), Refusal);
}

/// prepare again, with other problems between: it begins again.
void check_order(const PluginUnderTest& plugin, const Table& parameters, const Problem& problem, const Ranges& ranges) {
  Loss loss(plugin, parameters);
  for (const std::int64_t outputs : {1, 2, 3, 7}) {
    Problem other = problem;
    other.outputs = outputs;
    other.classes = other.classes == 0 ? 0 : std::max<std::int64_t>(outputs, 2);
    try {
      loss.prepare(other);
    } catch (const Refusal&) {
      // It does not fit: the next one may.
    }
  }
  loss.prepare(problem);
  std::mt19937 random(41);
  const Batch batch = random_batch(problem, loss.takes, loss.independent, 5, true, ranges, random);
  const Evaluation first = loss.evaluate(batch);
  loss.prepare(problem);
  CHECK(same_bits(loss.evaluate(batch), first));
  CHECK(same_bits(Loss(plugin, parameters, problem).evaluate(batch), first));
}

void check_all(const Loss& loss, const Problem& problem, const Ranges& ranges) {
  std::mt19937 random(5);
  for (const std::int64_t samples : {1, 2, 7, 33})
    for (const bool weighted : {false, true}) {
      INFO(samples << (weighted ? " weighted" : "") << " samples, " << problem.outputs << " outputs, target kind "
                   << problem.target);
      check_batch(loss, random_batch(problem, loss.takes, loss.independent, samples, weighted, ranges, random),
                  ranges.batches_add_up);
    }
  check_edges(loss, random_batch(problem, loss.takes, loss.independent, 9, true, ranges, random));
}

void check_interleaved(const Loss& loss, const Loss& other, const Loss& twin, const Problem& problem, const Ranges& ranges) {
  std::mt19937 random(17);
  const Batch first = random_batch(problem, loss.takes, loss.independent, 8, true, ranges, random);
  const Batch second = random_batch(problem, loss.takes, loss.independent, 5, false, ranges, random);
  const Evaluation alone_first = loss.evaluate(first), alone_second = loss.evaluate(second);
  INFO("two instances must not disturb each other");
  for (int i = 0; i < 3; ++i) {
    CHECK(same_bits(twin.evaluate(first), alone_first));
    other.evaluate(second);
    CHECK(same_bits(twin.evaluate(second), alone_second));
    other.evaluate(first);
  }
}

/// The problem, with the last layer that the loss wants.
std::unique_ptr<Loss> fitting(const PluginUnderTest& plugin, const Table& parameters, Problem& problem) {
  for (const auto& [prediction, independent] :
       {std::pair{TREINO_PREDICTION_VALUES, false}, std::pair{TREINO_PREDICTION_PROBABILITIES, false},
        std::pair{TREINO_PREDICTION_PROBABILITIES, true}}) {
    problem.prediction = static_cast<std::uint32_t>(prediction);
    problem.independent = independent;
    try {
      return std::make_unique<Loss>(plugin, parameters, problem);
    } catch (const Refusal&) {
      // The next one, then.
    }
  }
  return nullptr;
}

/// A problem of these outputs that the loss takes: where the target is values, with a column for each output, or else for every
/// two.
std::unique_ptr<Loss> fitting_columns(const PluginUnderTest& plugin, const Table& parameters, Problem& problem) {
  std::unique_ptr<Loss> loss = fitting(plugin, parameters, problem);
  if (loss != nullptr || problem.target != TREINO_TARGET_VALUES || problem.outputs % 2 != 0) return loss;
  problem.value_columns = problem.outputs / 2;
  return fitting(plugin, parameters, problem);
}

/// Every kind of target that the description promises, with every number of outputs that the loss takes.
void check_kinds(const PluginUnderTest& plugin, const Table& parameters, const Ranges& ranges) {
  const std::map<std::string, std::uint32_t> kinds{
      {"values", TREINO_TARGET_VALUES}, {"index", TREINO_TARGET_INDEX}, {"one_hot", TREINO_TARGET_ONE_HOT}};
  for (const std::string& kind : plugin.description.target) {
    INFO("target " << kind);
    REQUIRE(kinds.count(kind) == 1);
    int fit = 0;
    for (const std::int64_t outputs : {1, 2, 5, 10}) {
      const std::int64_t classes = kind == "values" ? 0 : kind == "index" ? std::max<std::int64_t>(outputs, 2) : outputs;
      Problem problem(kinds.at(kind), TREINO_PREDICTION_VALUES, false, outputs, classes);
      const std::unique_ptr<Loss> loss = fitting_columns(plugin, parameters, problem);
      if (loss == nullptr) continue;
      ++fit;
      check_all(*loss, problem, ranges);
      check_interleaved(*loss, *fitting(plugin, parameters, problem), *fitting(plugin, parameters, problem), problem, ranges);
    }
    CHECK(fit > 0);
  }
}

/// A loss of losses has their state, which of the built-in ones is none: whatever was saved comes back, and nothing else does.
void check_state(const PluginUnderTest& plugin, const Table& parameters) {
  Instance instance(plugin, parameters);
  if (!instance.has_state()) return;
  const Bytes state = instance.save();
  Instance other(plugin, parameters);
  other.load(state);
  CHECK(other.save() == state);
  for (const Bytes& foreign : foreign_states(state)) {
    INFO("a foreign state of " << foreign.size() << " bytes must be refused");
    CHECK_THROWS_AS(other.load(foreign), Refusal);
    CHECK(other.save() == state);
  }
}

}  // namespace
}  // namespace loss_checks

void check_loss(const PluginUnderTest& plugin) {
  using namespace loss_checks;
  const Ranges ranges = Ranges::of(read_cases(plugin.cases));
  const std::vector<Table> cases = cases_of(plugin);
  CHECK_FALSE(cases.empty());
  CHECK_FALSE(plugin.description.target.empty());
  for (const Table& one : cases) {
    INFO("case " << text(one, "name"));
    if (has(one, "refused")) {
      check_refusal(plugin, one);
      continue;
    }
    check_values(plugin, one);
    const Problem problem = Problem::of_case(one);
    const Table parameters = parameters_of(plugin, one);
    Ranges own = ranges;
    own.batches_add_up = flag(one, "batches_add_up", ranges.batches_add_up);
    check_all(Loss(plugin, parameters, problem), problem, own);
    check_saturation(Loss(plugin, parameters, problem), problem, ranges);
    check_wrong_calls(plugin, parameters, problem, ranges);
    check_order(plugin, parameters, problem, ranges);
  }
  const Table defaults = valid_parameters(plugin).front();
  check_kinds(plugin, defaults, ranges);
  check_state(plugin, defaults);
}

}  // namespace treino::conformance
