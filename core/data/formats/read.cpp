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
#include "data/reading/read_source.hpp"
#include "data/reading/table_parts.hpp"
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

/// Of columns, and of samples in memory, whatever shape they have there.
void take_inputs(const Source& source, const std::string& name, auto& to) {
  if (source.inputs.empty()) return;
  to.sample_shape = {static_cast<std::int64_t>(element_count(to.sample_shape, name))};
  to.inputs = inputs_of_columns(source, to.sample_shape.front(), name);
}

}  // namespace

Dataset read(const Source& source) {
  if (source.open && !source.memory) return read_source(source);
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
  if (source.open && !source.memory) return outline_source(source);
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
  if (source.open && !source.memory) return head_of_source(source, rows);
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
