// From a section of the manifest to what data/ understands.
#include "train/plan/data_source.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "data/source.hpp"

namespace treino::train {

using manifest::Value;

namespace {

/// Whether a file's columns are those of the training file, and not others that its section chooses.
bool chooses_like_training(const std::vector<data::Source::Column>& own, const std::vector<data::Source::Column>& training,
                           const std::vector<std::string>& names) {
  const std::vector<data::Source::Column> named(names.begin(), names.end());
  return own == training || std::is_permutation(own.begin(), own.end(), named.begin(), named.end());
}

}  // namespace

data::Source to_source(const manifest::FileSection& section, std::shared_ptr<const data::InMemory> memory) {
  data::Source source;
  source.file = section.file.value;
  source.target_file = section.target_file.value;
  source.format = section.format.value;
  if (section.header) source.header = *section.header;
  if (!section.delimiter.empty()) source.delimiter = section.delimiter[0];
  const auto columns = [](const std::vector<Value>& values) {
    std::vector<std::variant<std::int64_t, std::string>> result;
    for (const Value& value : values) {
      if (const std::int64_t* number = value.as<std::int64_t>()) result.emplace_back(*number);
      if (const std::string* name = value.as<std::string>()) result.emplace_back(*name);
    }
    return result;
  };
  source.target = columns(section.target);
  source.features = columns(section.features);
  source.skip_lines = section.skip_lines;
  source.missing = section.missing == "skip_row" ? data::Missing::skip_row
                   : section.missing == "zero"   ? data::Missing::zero
                   : section.missing == "mean"   ? data::Missing::mean
                                                 : data::Missing::error;
  if (section.missing_markers) source.missing_markers = *section.missing_markers;
  source.feature_key = section.feature_key;
  source.target_key = section.target_key;
  if (section.target_kind == "index") source.target_kind = data::TargetKind::index;
  if (section.target_kind == "one_hot") source.target_kind = data::TargetKind::one_hot;
  if (section.target_kind == "values") source.target_kind = data::TargetKind::values;
  source.class_names = section.class_names;
  source.sample_shape = section.shape;
  if (memory && source.class_names.empty()) source.class_names = memory->class_names;
  if (memory && !source.target_kind && memory->target_kind != data::TargetKind::none) source.target_kind = memory->target_kind;
  source.memory = std::move(memory);
  return source;
}

data::Source to_source_like(const manifest::FileSection& section, const manifest::FileSection& train,
                            const data::Dataset& training, std::shared_ptr<const data::InMemory> memory) {
  data::Source source = to_source(section, std::move(memory));
  const data::Source like = to_source(train);
  if (chooses_like_training(source.features, like.features, training.feature_names))
    source.wanted_features = training.feature_names;
  if (chooses_like_training(source.target, like.target, training.target_names)) source.wanted_targets = training.target_names;
  if (source.class_names.empty()) source.class_names = training.class_names;
  if (training.target_kind != data::TargetKind::none) source.target_kind = training.target_kind;
  return source;
}

}  // namespace treino::train
