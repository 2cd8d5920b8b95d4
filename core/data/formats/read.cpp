// read() and outline(): which format, where the targets are, and everything put together.
#include "data/formats/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "data/formats/array_reader.hpp"
#include "data/formats/array_table.hpp"
#include "data/formats/csv_reader.hpp"
#include "data/formats/file_format.hpp"
#include "data/formats/further_targets.hpp"
#include "data/formats/inputs.hpp"
#include "data/formats/message.hpp"
#include "data/formats/number.hpp"
#include "data/formats/table.hpp"
#include "data/in_memory.hpp"
#include "data/targets.hpp"

namespace treino::data {

namespace {

/// Where features and targets come from.
struct Plan {
  std::string format;
  std::string target_format;    // of the targets' own file; empty: none
  bool targets_beside = false;  // in the features' file
};

// What would be silently ignored is refused instead.
void refuse_columns_of_arrays(const Source& source, const Plan& plan) {
  if (plan.format == "csv") return;
  const std::string file = source.file.string();
  if (!source.features.empty()) throw DataError(file + ": feature columns can be named for CSV files only");
  if (!source.target.empty() && plan.target_format != "csv") {
    throw DataError(file + ": target columns can be named for CSV files only; name a target file, or the key in a NPZ file");
  }
}

Plan make_plan(const Source& source) {
  Plan plan;
  if (source.memory) {
    plan.format = "memory";
    check_inputs(source, plan.format, source.memory->name);
    if (!source.ignore_target) check_further_targets(source, plan.format, source.memory->name);
    plan.targets_beside = source.memory->target_width > 0 && source.target_kind != TargetKind::none && !source.ignore_target;
    if (source.target_kind && source.target_kind != TargetKind::none && !source.ignore_target && !plan.targets_beside)
      throw DataError(source.memory->name + ": no targets are given");
    return plan;
  }
  plan.format = format_of(source.file, source.format);
  check_inputs(source, plan.format, source.file.string());
  if (!source.ignore_target) check_further_targets(source, plan.format, source.file.string());
  if (source.target_kind == TargetKind::none || source.ignore_target) return plan;
  if (!source.target_file.empty()) {
    plan.target_format = format_of(source.target_file, "");
  } else if (plan.format == "csv") {
    plan.targets_beside = !source.target.empty();
  } else {
    plan.targets_beside = plan.format == "npz" && !source.target_key.empty();
  }
  refuse_columns_of_arrays(source, plan);
  if (source.target_kind && plan.target_format.empty() && !plan.targets_beside) {
    throw DataError(source.file.string() + ": targets are asked for, but no target column or file is named");
  }
  return plan;
}

/// With targets in a file of their own, names in `target` are that file's. Without any wanted, they still are no features.
CsvContent content_of_features(const Source& source, const Plan& plan) {
  const bool columns_are_here = source.target_file.empty() && !source.target.empty();
  return plan.targets_beside || columns_are_here ? CsvContent::features_and_targets : CsvContent::features_only;
}

Table read_features(const Source& source, const Plan& plan) {
  if (source.memory) return features_in_memory(source);
  if (plan.format == "npz" && !source.inputs.empty()) return read_array_inputs(source);
  return plan.format == "csv" ? read_csv(source.file, source, content_of_features(source, plan))
                              : read_array_features(source.file, source, plan.format);
}

Table read_targets(const Source& source, const Plan& plan) {
  if (source.memory) return targets_in_memory(source);
  if (plan.target_format.empty()) return read_array_targets(source.file, source, plan.format);
  if (plan.target_format == "csv") return read_csv(source.target_file, source, CsvContent::targets_only);
  return read_array_targets(source.target_file, source, plan.target_format);
}

void unite_dropped(std::vector<std::uint8_t>& dropped, const std::vector<std::uint8_t>& more) {
  if (dropped.empty()) dropped.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) dropped[i] |= more[i];
}

void add_targets(Table& table, Table&& other, const std::string& file) {
  const std::int64_t difference = other.targets.count - table.features.count;
  if (difference != 0) {
    const char* hint = difference == 1 || difference == -1 ? "; is one of them a header? Then say so" : "";
    throw DataError(fmt::format("{}: {} rows of targets, but {} has {} rows{}", other.targets.file, other.targets.count, file,
                                table.features.count, hint));
  }
  table.targets = std::move(other.targets);
  unite_dropped(table.dropped, other.dropped);
}

/// `rows` in ascending order.
template <class Number>
void keep_rows(std::vector<Number>& values, std::size_t size, const std::vector<std::uint32_t>& rows) {
  if (values.empty()) return;
  for (std::size_t kept = 0; kept < rows.size(); ++kept) {
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(rows[kept] * size);
    std::copy_n(from, size, values.begin() + static_cast<std::ptrdiff_t>(kept * size));
  }
  values.resize(rows.size() * size);
}

/// Returns the rows that are left; empty: all are.
std::vector<std::uint32_t> drop_rows(Table& table, const std::string& file) {
  std::vector<std::uint32_t> file_rows;
  if (std::find(table.dropped.begin(), table.dropped.end(), 1) == table.dropped.end()) return file_rows;
  for (std::size_t row = 0; row < table.dropped.size(); ++row) {
    if (table.dropped[row] == 0) file_rows.push_back(static_cast<std::uint32_t>(row));
  }
  if (file_rows.empty()) throw DataError(file + ": every row has a missing value, none is left");
  Features& features = table.features;
  const std::size_t size = features.values.size() / static_cast<std::size_t>(features.count);
  keep_rows(features.values.floats, size, file_rows);
  keep_rows(features.values.doubles, size, file_rows);
  features.count = static_cast<std::int64_t>(file_rows.size());
  if (table.targets.width > 0) table.targets.compact(table.dropped);
  return file_rows;
}

/// The first label that is no number, with its place; empty where there is none.
std::string first_text(const RawTargets& raw) {
  double ignored = 0.0;
  const auto text = std::find_if(raw.texts.begin(), raw.texts.end(),
                                 [&](const std::string& label) { return parse_number(label, ignored) != NumberError::none; });
  if (text == raw.texts.end()) return "";
  const auto id = static_cast<std::int32_t>(text - raw.texts.begin());
  const auto row = static_cast<std::size_t>(std::find(raw.text_ids.begin(), raw.text_ids.end(), id) - raw.text_ids.begin());
  if (row >= raw.lines.size() || raw.fields.empty()) return raw.file + ": " + in_quotes(*text);
  return fmt::format("{}:{}:{}: {}", raw.file, raw.lines[row], raw.fields[0], in_quotes(*text));
}

Shape checked_shape(const Source& source, const Shape& found) {
  if (source.sample_shape.empty()) return found;
  const std::string file = source.memory ? source.memory->name : source.file.string();
  if (element_count(source.sample_shape, file) == element_count(found, file)) return source.sample_shape;
  throw DataError(fmt::format("{}: the sample shape {} has {} elements, a sample of the file {}", file,
                              fmt::join(source.sample_shape, "x"), element_count(source.sample_shape, file),
                              element_count(found, file)));
}

/// Of columns, and of samples in memory, whatever shape they have there.
void take_inputs(const Source& source, const std::string& name, auto& to) {
  if (source.inputs.empty()) return;
  to.sample_shape = {static_cast<std::int64_t>(element_count(to.sample_shape, name))};
  to.inputs = inputs_of_columns(source, to.sample_shape.front(), name);
}

}  // namespace

Dataset read(const Source& source) {
  const Plan plan = make_plan(source);
  const std::string name = source.memory ? source.memory->name : source.file.string();
  Table table = read_features(source, plan);
  const bool apart = !plan.target_format.empty() || (plan.targets_beside && plan.format != "csv");
  if (apart) add_targets(table, read_targets(source, plan), name);
  Dataset dataset;
  std::vector<RawTargets> further;
  if (!source.ignore_target)
    further = read_further_targets(source, plan.format, !table.features.names.empty(), table.features.count, table.dropped);
  for (RawTargets& target : further)
    if (!table.dropped.empty()) target.compact(table.dropped);
  dataset.file_rows = drop_rows(table, name);
  dataset.count = table.features.count;
  dataset.sample_shape = checked_shape(source, table.features.shape);
  dataset.inputs = std::move(table.features.inputs);
  if (dataset.inputs.empty()) take_inputs(source, name, dataset);
  dataset.features = std::move(table.features.values.floats);
  dataset.doubles = std::move(table.features.values.doubles);
  dataset.feature_names = std::move(table.features.names);
  if (apart || plan.targets_beside) build_targets(table.targets, source, dataset);
  dataset.targets = build_further_targets(further, source);
  return dataset;
}

Outline outline(const Source& source) {
  const Plan plan = make_plan(source);
  Outline result;
  if (source.memory) {
    result.sample_shape = source.memory->sample_shape;
  } else if (plan.format == "csv") {
    CsvHead head = outline_csv(source.file, source, content_of_features(source, plan));
    result.sample_shape = {static_cast<std::int64_t>(head.feature_count)};
    result.column_count = static_cast<std::int64_t>(head.roles.size());
    result.columns = std::move(head.names);
  } else if (source.inputs.empty()) {
    result.sample_shape = outline_array(source.file, source, plan.format);
  } else {
    result.inputs = outline_array_inputs(source);
    result.sample_shape = {size_of(result.inputs)};
  }
  if (!source.ignore_target) outline_further_targets(source, plan.format, !result.columns.empty());
  if (plan.target_format == "csv") outline_csv(source.target_file, source, CsvContent::targets_only);
  if (!plan.target_format.empty() && plan.target_format != "csv") outline_array(source.target_file, source, plan.target_format);
  result.sample_shape = checked_shape(source, result.sample_shape);
  if (result.inputs.empty()) take_inputs(source, source.memory ? source.memory->name : source.file.string(), result);
  return result;
}

Head read_head(const Source& source, std::int64_t rows) {
  constexpr std::uintmax_t small = 8 << 20;  // bytes of a file that is read whole
  const Plan plan = make_plan(source);
  const auto most = static_cast<std::size_t>(rows);
  const bool csv = plan.format == "csv", csv_targets = plan.target_format == "csv";
  Table table;
  if (csv) table = read_csv(source.file, source, content_of_features(source, plan), most);
  const bool array_targets = !csv_targets && (!plan.target_format.empty() || (plan.targets_beside && !csv));
  if (array_targets && !source.memory &&
      std::filesystem::file_size(plan.target_format.empty() ? source.file : source.target_file) > small)
    return {};
  if (csv_targets || array_targets) {
    Table apart = csv_targets ? read_csv(source.target_file, source, CsvContent::targets_only, most) : read_targets(source, plan);
    table.targets = std::move(apart.targets);
    table.dropped = std::move(apart.dropped);
  }
  Head head;
  head.data.feature_names = std::move(table.features.names);
  if (table.targets.width == 0) return head;
  head.all = array_targets || table.targets.count < rows;
  if (!table.dropped.empty()) table.targets.compact(table.dropped);
  head.target_text = first_text(table.targets);
  if (table.targets.count > 0) build_targets(table.targets, source, head.data);
  head.data.count = table.targets.count;
  return head;
}

}  // namespace treino::data
