// A metric behind its table of functions, fed with batches.
#pragma once
#include "plugins/conformance/allocations.hpp"
#include "plugins/conformance/batch.hpp"
#include "plugins/conformance/instance.hpp"
#include "support/catch.hpp"

namespace treino::conformance {

class Metric {
 public:
  /// Throws Refusal.
  Metric(const PluginUnderTest& plugin, const manifest::Table& parameters, const Problem& problem) : Metric(plugin, parameters) {
    prepare(problem);
  }
  Metric(const PluginUnderTest& plugin, const manifest::Table& parameters) : plugin_(plugin), instance_(plugin, parameters) {}
  void prepare(const Problem& problem) {
    const treino_problem info = problem.info();
    ErrorBuffer error;
    if (table().prepare != nullptr) error.check(table().prepare(instance_.self(), &info, error.get()));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < table().count(instance_.self()); ++i) names.emplace_back(table().name(instance_.self(), i));
    return names;
  }
  std::uint32_t direction(std::uint32_t index) const { return table().direction(instance_.self(), index); }
  void reset() {
    ErrorBuffer error;
    error.check(table().reset(instance_.self(), error.get()));
  }
  void update(const Batch& batch, Layout layout = Layout::contiguous) {
    const Views views(batch, layout);
    ErrorBuffer error;
    const std::uint64_t before = allocations();
    const treino_status status =
        table().update(instance_.self(), views.prediction(), views.target(), views.weights(), error.get());
    allocations_of_update = allocations() - before;
    error.check(status);
  }
  void merge(const Bytes& other) {
    const ByteSource source(other);
    ErrorBuffer error;
    error.check(table().merge(instance_.self(), source.get(), plugin_.lifecycle->state_version, error.get()));
  }
  std::vector<double> compute() const {
    // One more than there are, to see who writes too far.
    std::vector<double> values(table().count(instance_.self()) + 1, -12345.0);
    ErrorBuffer error;
    error.check(table().compute(instance_.self(), values.data(), error.get()));
    CHECK(values.back() == -12345.0);
    values.pop_back();
    return values;
  }
  struct Shown {
    std::string name;
    std::vector<std::string> rows, columns;
    std::vector<double> values;
  };
  std::vector<Shown> tables() const {
    std::vector<Shown> result;
    const void* given = plugin_.lifecycle->extension == nullptr
                            ? nullptr
                            : plugin_.lifecycle->extension(instance_.self(), TREINO_TABLE_EXTENSION);
    if (given == nullptr) return result;
    const auto& functions = *static_cast<const treino_metric_tables*>(given);
    for (std::uint32_t i = 0; i < functions.count(instance_.self()); ++i) {
      treino_table table{};
      table.size = sizeof table;
      ErrorBuffer error;
      error.check(functions.table(instance_.self(), i, &table, error.get()));
      result.push_back({table.name,
                        {table.row_names, table.row_names + table.rows},
                        {table.column_names, table.column_names + table.columns},
                        {table.values, table.values + table.rows * table.columns}});
    }
    return result;
  }
  /// All numbers: compute()'s, then those of the tables.
  std::vector<double> measured() const {
    std::vector<double> all = compute();
    for (const Shown& table : tables()) all.insert(all.end(), table.values.begin(), table.values.end());
    return all;
  }
  void* self() const { return instance_.self(); }
  Bytes save() const { return instance_.save(); }
  void load(const Bytes& bytes) { instance_.load(bytes); }

  std::uint64_t allocations_of_update = 0;

 private:
  const treino_metric& table() const { return *plugin_.metric; }
  const PluginUnderTest& plugin_;
  Instance instance_;
};

}  // namespace treino::conformance
