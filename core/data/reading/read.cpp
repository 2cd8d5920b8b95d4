// Which of a source's fields are features and targets, whether targets come from a source of their own, and everything put together.
#include "data/reading/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "data/in_memory.hpp"
#include "data/reading/field_uses.hpp"
#include "data/reading/further_targets.hpp"
#include "data/reading/stored_features.hpp"
#include "data/reading/table_parts.hpp"
#include "data/reading/table_reader.hpp"
#include "data/targets.hpp"

namespace treino::data {
namespace {

void add_names(const std::vector<Source::Column>& references, std::vector<std::string>& names) {
  for (const Source::Column& reference : references)
    if (const auto* name = std::get_if<std::string>(&reference)) names.push_back(*name);
}

bool wants_target(const Source& source) { return !source.ignore_target && source.target_kind != TargetKind::none; }

OpenRequest request_of(const Source& source, const std::filesystem::path& path) {
  OpenRequest request;
  request.path = path;
  request.further = source.ignore_target || !source.wanted_features.empty() || !source.wanted_targets.empty();
  request.targets = wants_target(source);
  request.feature_names = source.wanted_features;
  request.target_names = source.wanted_targets;
  add_names(source.features, request.feature_names);
  for (const Source::Input& input : source.inputs)
    if (!input.key.empty()) request.feature_names.push_back(input.key);
  add_names(source.target, request.target_names);
  for (const Source::FurtherTarget& target : source.further_targets) add_names(target.columns, request.target_names);
  request.missing = source.missing_markers;
  request.class_names = source.class_names;
  return request;
}

/// A source that is open, and what its fields are.
struct Opened {
  std::shared_ptr<Reader> reader;
  FieldUses uses;
};

Opened open(const Source& source, const std::filesystem::path& path, Content content) {
  Opened opened;
  opened.reader = source.open(request_of(source, path));
  opened.uses = field_uses(*opened.reader, source, content);
  return opened;
}

/// With targets in a source of their own, names in `target` are that one's.
Opened open_features(const Source& source) {
  if (source.memory && !source.ignore_target && !source.further_targets.empty())
    throw DataError(source.memory->name + ": targets of [[loss]] are columns or arrays of a file: here there is one target");
  Opened opened = open(source, source.file, source.target_file.empty() ? Content::features_and_targets : Content::features_only);
  if (source.target_kind && wants_target(source) && source.target_file.empty() && opened.uses.target_count == 0)
    throw DataError(source.file.string() + (source.memory ? ": no targets are given"
                                                          : ": targets are asked for, but no target column or file is named"));
  return opened;
}

Opened open_targets(const Source& source) { return open(source, source.target_file, Content::targets_only); }

FieldUses without_targets(FieldUses uses) {
  for (FieldUse& use : uses.of)
    if (use.use == FieldUse::Use::target) use = {};
  uses.target_count = 0;
  return uses;
}

/// Of the source itself, or of its file of targets, as it is after open_features().
bool has_target(const Source& source, const Opened& opened) {
  return wants_target(source) && (!source.target_file.empty() || opened.uses.target_count > 0);
}

Table read_all(const Source& source, const Opened& opened, FeatureUse features) {
  const FieldUses uses = wants_target(source) ? opened.uses : without_targets(opened.uses);
  Table table = read_table(opened.reader, source, uses, features);
  if (!wants_target(source) || source.target_file.empty()) return table;
  const Opened targets = open_targets(source);
  add_targets(table, read_table(targets.reader, source, targets.uses, FeatureUse::none), source.file.string());
  return table;
}

/// Whether the features are more than memory may hold. Where they are not in their own type, the reader becomes one that holds them.
bool stays_in_source(const Source& source, const std::vector<std::size_t>& features, std::shared_ptr<Reader>& reader) {
  const FeatureBytes bytes = bytes_of_features(reader->schema(), features, source.keep_doubles);
  if (!bytes.known || bytes.as_numbers <= source.memory_limit) return false;
  if (bytes.own <= source.memory_limit) reader = held_in_memory(std::move(reader), features);
  return true;
}

std::vector<RawTargets> read_further(const Source& source, const Opened& opened, Table& table) {
  if (source.ignore_target) return {};
  std::vector<RawTargets> further = read_further_targets(source, table.features.count, table.dropped, [&](const Source& one) {
    return read_table(opened.reader, one, field_uses(*opened.reader, one, Content::targets_only), FeatureUse::none);
  });
  for (RawTargets& target : further)
    if (!table.dropped.empty()) target.compact(table.dropped);
  return further;
}

/// Whether all that the source has is looked at before a run: its features may hold what is no number, or targets are few.
std::int64_t rows_of_head(const Schema& schema, std::int64_t rows) {
  constexpr std::int64_t few = std::int64_t{1} << 20;
  return schema.rows >= 0 && schema.rows <= few ? schema.rows : rows;
}

bool has_texts(const Schema& schema) {
  return std::any_of(schema.fields.begin(), schema.fields.end(),
                     [](const Field& field) { return field.type == FieldType::text; });
}

}  // namespace

Dataset read(const Source& asked) {
  const Source source = asked.memory ? source_in_memory(asked) : asked;
  Opened opened = open_features(source);
  Dataset dataset;
  const Shape shape = sample_shape_of(*opened.reader, source, opened.uses, dataset.inputs);
  dataset.sample_shape = dataset.inputs.empty() ? checked_shape(source, shape) : shape;
  const std::vector<std::size_t> features = opened.uses.fields(FieldUse::Use::feature);
  const bool stays = stays_in_source(source, features, opened.reader);
  Table table = read_all(source, opened, stays ? FeatureUse::checked : FeatureUse::kept);
  std::vector<RawTargets> further = read_further(source, opened, table);
  dataset.file_rows = drop_rows(table, source.file.string());
  dataset.count = table.features.count;
  dataset.features = std::move(table.features.values.floats);
  dataset.doubles = std::move(table.features.values.doubles);
  if (stays) dataset.stored = stored_features(opened.reader, source, features, table.features.doubles);
  dataset.feature_names = source.memory ? source.memory->feature_names : std::move(table.features.names);
  if (has_target(source, opened)) build_targets(table.targets, source, dataset);
  dataset.targets = build_further_targets(further, source);
  return dataset;
}

Outline outline(const Source& asked) {
  const Source source = asked.memory ? source_in_memory(asked) : asked;
  const Opened opened = open_features(source);
  const Schema& schema = opened.reader->schema();
  Outline result;
  result.sample_shape = sample_shape_of(*opened.reader, source, opened.uses, result.inputs);
  if (result.inputs.empty()) result.sample_shape = checked_shape(source, result.sample_shape);
  for (const Field& field : schema.fields)
    if (schema.has_names()) result.columns.push_back(field.name);
  result.column_count = static_cast<std::int64_t>(schema.fields.size());
  if (!source.ignore_target)
    for (const Source::FurtherTarget& target : source.further_targets)
      field_uses(*opened.reader, of_target(source, target), Content::targets_only);
  if (wants_target(source) && !source.target_file.empty()) open_targets(source);
  return result;
}

Head read_head(const Source& asked, std::int64_t rows) {
  const Source source = asked.memory ? source_in_memory(asked) : asked;
  const Opened opened = open_features(source);
  const Schema& schema = opened.reader->schema();
  const bool apart = wants_target(source) && !source.target_file.empty();
  const bool here = has_target(source, opened) && !apart;
  Table table;
  if (has_texts(schema) || here) {
    const std::int64_t most = has_texts(schema) ? rows : rows_of_head(schema, rows);
    const FieldUses uses = here ? opened.uses : without_targets(opened.uses);
    table = read_table(opened.reader, source, uses, has_texts(schema) ? FeatureUse::kept : FeatureUse::none, most);
  }
  std::int64_t known = schema.rows;
  if (apart) {
    const Opened targets = open_targets(source);
    known = targets.reader->schema().rows;
    Table read = read_table(targets.reader, source, targets.uses, FeatureUse::none, rows_of_head(targets.reader->schema(), rows));
    table.targets = std::move(read.targets);
    table.dropped = std::move(read.dropped);
  }
  Head head;
  head.data.feature_names = std::move(table.features.names);
  if (table.targets.width == 0) return head;
  head.all = table.targets.count < rows || table.targets.count == known;
  if (!table.dropped.empty()) table.targets.compact(table.dropped);
  head.target_text = first_text(table.targets);
  if (table.targets.count > 0) build_targets(table.targets, source, head.data);
  head.data.count = table.targets.count;
  return head;
}

}  // namespace treino::data
