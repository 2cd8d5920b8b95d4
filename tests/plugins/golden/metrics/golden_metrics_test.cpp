// Every metric gives what scikit-learn, SciPy or its formula in NumPy gives: see generate.py for where the numbers come from.
#include <cmath>
#include <map>
#include <set>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "manifest/manifest.hpp"
#include "manifest/toml_writer.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/metric_under_test.hpp"

namespace {

namespace fs = std::filesystem;
using namespace treino;
using namespace treino::conformance;

constexpr double tolerance = 1e-9;  // relative, and absolute below 1

struct Loaded {
  std::shared_ptr<const host::Component> component;
  PluginUnderTest plugin;
};

Loaded load(const std::string& id) {
  const host::Candidate candidate = host::inspect(fs::path(PLUGINS) / (id + ".so"), true);
  REQUIRE(candidate.refusal == "");
  std::vector<std::string> warnings;
  Loaded loaded{host::load(candidate, warnings).at(0), {}};
  loaded.plugin.library = candidate.path;
  loaded.plugin.description = loaded.component->description;
  loaded.plugin.lifecycle = &loaded.component->lifecycle;
  loaded.plugin.metric = &loaded.component->metric;
  return loaded;
}

bool near(double found, double expected) {
  if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) && std::isnan(found);
  return found == expected || std::abs(found - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

/// The golden values have a name for each cell of a table: "confusion_matrix_0_as_1", "macro_f1".
void check_cells(const Metric& metric, const manifest::Table& expected) {
  std::map<std::string, double> found;
  for (const Metric::Shown& table : metric.tables())
    for (std::size_t i = 0; i < table.values.size(); ++i) {
      const std::string &row = table.rows[i / table.columns.size()], &column = table.columns[i % table.columns.size()];
      found[table.name == "confusion_matrix" ? table.name + "_" + row + "_as_" + column : row + "_" + column] = table.values[i];
    }
  CHECK(expected.size() >= 4);
  for (const manifest::Entry& entry : expected) {
    INFO(entry.key);
    REQUIRE(found.count(entry.key) == 1);
    CHECK(near(found[entry.key], number(expected, entry.key)));
  }
}

void check(const PluginUnderTest& plugin, const manifest::Table& one, const manifest::Table& data) {
  std::string refusal;
  const auto parameters = completed(plugin, table(one, "parameters"), refusal);
  REQUIRE(refusal == "");
  const Problem problem = Problem::of_case(data);
  Batch batch = Batch::of_case(data, problem);
  if (!flag(one, "weighted", false)) batch.weights.clear();
  Metric metric(plugin, *parameters, problem);
  metric.update(batch);
  const manifest::Table expected = table(one, "values");
  if (!metric.tables().empty()) return check_cells(metric, expected);
  const std::vector<double> found = metric.compute();
  const std::vector<std::string> names = metric.names();
  REQUIRE(names.size() == expected.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double value = number(expected, expected[i].key);
    INFO(names[i] << ": " << found[i] << ", expected " << value);
    CHECK(names[i] == expected[i].key);
    CHECK(near(found[i], value));
  }
}

}  // namespace

TEST_CASE("metrics equal scikit-learn on random, tied, degenerate, weighted and multi-class data") {
  const manifest::Table data = read_cases(fs::path(GOLDEN) / "data.toml");
  std::map<std::string, Loaded> metrics;
  for (const manifest::Table& one : tables(read_cases(fs::path(GOLDEN) / "cases.toml"), "case")) {
    const std::string id = text(one, "metric");
    INFO(id << " of " << text(one, "data") << (flag(one, "weighted", false) ? ", weighted" : ""));
    INFO(manifest::to_toml(table(one, "parameters")));
    if (metrics.count(id) == 0) metrics.emplace(id, load(id));
    check(metrics.at(id).plugin, one, table(data, text(one, "data")));
  }
  INFO("no metric is without a golden value");
  for (const auto& entry : fs::directory_iterator(SOURCES))
    if (entry.path().filename() != "lambda")  // a formula has the references of tests/plugins/formulas
      CHECK(metrics.count(entry.path().filename()) == 1);
}
