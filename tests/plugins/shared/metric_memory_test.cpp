// What metrics say in their help of the memory that they take, measured as the size of their state.
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/metric_under_test.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;

/// Bytes by which the state grows with each of 100 more samples.
double bytes_a_sample(const std::string& id, const Problem& problem, const manifest::Table& given = {}) {
  std::vector<std::string> warnings;
  const auto component = host::load(host::inspect(std::filesystem::path(PLUGINS) / (id + ".so"), true), warnings).at(0);
  PluginUnderTest plugin;
  plugin.description = component->description;
  plugin.lifecycle = &component->lifecycle;
  plugin.metric = &component->metric;
  std::string refusal;
  Metric metric(plugin, completed(plugin, given, refusal).value(), problem);
  std::mt19937 random(7);
  const Batch batch = random_batch(problem, problem.prediction, problem.independent, 100, false, {}, random);
  metric.update(batch);
  const std::size_t once = metric.save().size();
  metric.update(batch);
  return static_cast<double>(metric.save().size() - once) / 100;
}

}  // namespace

TEST_CASE("exact curves keep 5 bytes per sample and class (for two classes: of one) and 4 per sample; binned ones nothing") {
  const Problem two(TREINO_TARGET_INDEX, TREINO_PREDICTION_PROBABILITIES, false, 2, 2);
  const Problem four(TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, false, 4, 4);
  for (const std::string id : {"auc", "average_precision"}) {
    CHECK(bytes_a_sample(id, two) == 9);
    CHECK(bytes_a_sample(id, four) == 24);
    CHECK(bytes_a_sample(id, four, {{"bins", {}, {std::int64_t{100}, {}, false, {}}}}) == 0);
  }
}

TEST_CASE("spearman and the median keep 12 bytes per sample and output") {
  const Problem three(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, 3, 0);
  for (const std::string id : {"spearman", "median_absolute_error"}) CHECK(bytes_a_sample(id, three) == 36);
}

TEST_CASE("metrics of sums take the same memory for any number of samples") {
  const Problem values(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, 3, 0);
  for (const std::string id : {"mae", "r2", "pearson", "max_error"}) CHECK(bytes_a_sample(id, values) == 0);
  const Problem classes(TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, false, 4, 4);
  for (const std::string id : {"accuracy", "f1", "confusion_matrix", "calibration_error"})
    CHECK(bytes_a_sample(id, classes) == 0);
}
