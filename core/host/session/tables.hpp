// The tables of a run, by name: what metrics gave for them at the end of the last pass through each kind of data.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace treino::host {

class Instance;

/// What a metric's table is, but for its values. `name` is the metric's own; a run shows it under others.
struct TableLayout {
  std::string name, row_kind, column_kind;
  std::vector<std::string> rows, columns;
  std::vector<const char*> row_names, column_names;  // the same, for the contract

  std::size_t size() const { return rows.size() * columns.size(); }
};

/// The tables of one metric, held against the contract: what a plugin gives is copied, and refused where it is none.
class MetricTables {
 public:
  /// None where the plugin has no such extension. Throws CallError where what it gives cannot be.
  explicit MetricTables(Instance& metric);
  const std::vector<std::shared_ptr<const TableLayout>>& layouts() const { return layouts_; }
  /// What has been counted. Throws CallError.
  void read(std::uint32_t index, std::vector<double>& values);

 private:
  treino_table ask(std::uint32_t index);

  Instance& metric_;
  const treino_metric_tables* functions_ = nullptr;
  std::vector<std::shared_ptr<const TableLayout>> layouts_;
};

class Tables {
 public:
  struct Entry {
    std::string name;  // "val_confusion_matrix"
    std::shared_ptr<const TableLayout> layout;
    std::vector<double> values;
    bool present = false;
  };

  /// Throws std::invalid_argument where the name is taken.
  std::uint32_t add(std::string name, std::shared_ptr<const TableLayout> layout);
  std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }
  const Entry& at(std::uint32_t index) const { return entries_[index]; }
  Entry& at(std::uint32_t index) { return entries_[index]; }
  /// As the contract shows it.
  treino_table view(std::uint32_t index) const;

 private:
  std::deque<Entry> entries_;  // names stay where they are: plugins borrow them
};

}  // namespace treino::host
