// What a metric gives is checked and copied, since it lies in the plugin's memory.
#include "host/session/tables.hpp"

#include <algorithm>
#include <stdexcept>

#include "host/session/instance.hpp"

namespace treino::host {

namespace {

constexpr std::uint32_t most_tables = 64;
constexpr std::uint64_t most_values = std::uint64_t{1} << 28;

std::string required(const char* text, const char* what) {
  if (text == nullptr) throw std::runtime_error(std::string("gives a table without a ") + what);
  return text;
}

std::vector<std::string> copied_names(const char* const* from, std::uint64_t count, const char* what) {
  if (from == nullptr && count > 0) throw std::runtime_error(std::string("gives a table without names of its ") + what + "s");
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < count; ++i) names.push_back(required(from[i], (std::string("name for each ") + what).c_str()));
  return names;
}

std::string shape(std::uint64_t rows, std::uint64_t columns) { return std::to_string(rows) + " x " + std::to_string(columns); }

void check(const treino_table& table) {
  required(table.name, "name");
  if (*table.name == '\0') throw std::runtime_error("gives a table without a name");
  if (table.rows > most_values || table.columns > most_values || table.rows * table.columns > most_values)
    throw std::runtime_error(std::string("gives the table '") + table.name + "' of " + shape(table.rows, table.columns) +
                             " values; " + std::to_string(most_values) + " are the most");
  if (table.values == nullptr && table.rows * table.columns > 0)
    throw std::runtime_error(std::string("gives the table '") + table.name + "' without values");
}

std::shared_ptr<const TableLayout> layout_of(const treino_table& table) {
  check(table);
  auto layout = std::make_shared<TableLayout>();
  layout->name = table.name;
  layout->row_kind = table.row_kind == nullptr ? "" : table.row_kind;
  layout->column_kind = table.column_kind == nullptr ? "" : table.column_kind;
  layout->rows = copied_names(table.row_names, table.rows, "row");
  layout->columns = copied_names(table.column_names, table.columns, "column");
  for (const std::string& name : layout->rows) layout->row_names.push_back(name.c_str());
  for (const std::string& name : layout->columns) layout->column_names.push_back(name.c_str());
  return layout;
}

}  // namespace

MetricTables::MetricTables(Instance& metric) : metric_(metric) {
  functions_ = static_cast<const treino_metric_tables*>(metric.extension(TREINO_TABLE_EXTENSION));
  if (functions_ == nullptr) return;
  metric.call("tables", [&](void* self, treino_error*) {
    if (functions_->size < sizeof(treino_metric_tables) || functions_->count == nullptr || functions_->table == nullptr)
      throw std::runtime_error("its table of functions " TREINO_TABLE_EXTENSION " is incomplete");
    const std::uint32_t count = functions_->count(self);
    if (count > most_tables)
      throw std::runtime_error("says that it has " + std::to_string(count) + " tables; " + std::to_string(most_tables) +
                               " are the most");
    for (std::uint32_t i = 0; i < count; ++i) layouts_.push_back(layout_of(ask(i)));
    return TREINO_OK;
  });
}

void MetricTables::read(std::uint32_t index, std::vector<double>& values) {
  metric_.call("table", [&](void*, treino_error*) {
    const treino_table table = ask(index);
    check(table);
    const TableLayout& layout = *layouts_[index];
    if (table.rows != layout.rows.size() || table.columns != layout.columns.size())
      throw std::runtime_error("gives the table '" + layout.name + "' of " + shape(table.rows, table.columns) +
                               " values, after it had said " + shape(layout.rows.size(), layout.columns.size()));
    values.assign(table.values, table.values + layout.size());
    return TREINO_OK;
  });
}

treino_table MetricTables::ask(std::uint32_t index) {
  treino_table table{};
  table.size = sizeof table;
  metric_.call("table", [&](void* self, treino_error* error) { return functions_->table(self, index, &table, error); });
  return table;
}

std::uint32_t Tables::add(std::string name, std::shared_ptr<const TableLayout> layout) {
  if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.name == name; }))
    throw std::invalid_argument("there are two tables '" + name + "'");
  Entry entry;
  entry.name = std::move(name);
  entry.layout = std::move(layout);
  entries_.push_back(std::move(entry));
  return count() - 1;
}

treino_table Tables::view(std::uint32_t index) const {
  const Entry& entry = entries_[index];
  const TableLayout& layout = *entry.layout;
  return {sizeof(treino_table),       0,
          entry.name.c_str(),         layout.row_kind.c_str(),
          layout.column_kind.c_str(), layout.rows.size(),
          layout.columns.size(),      layout.row_names.data(),
          layout.column_names.data(), entry.present ? entry.values.data() : nullptr};
}

}  // namespace treino::host
