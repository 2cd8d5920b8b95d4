// From a section of the manifest to what data/ understands.
#include "train/plan/data_source.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/memory.hpp"
#include "data/source.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/plan/plugin_reader.hpp"

namespace treino::train {

using manifest::Value;

namespace {

/// Whether a file's columns are those of the training file, and not others that its section chooses.
bool chooses_like_training(const std::vector<data::Source::Column>& own, const std::vector<data::Source::Column>& training,
                           const std::vector<std::string>& names) {
  const std::vector<data::Source::Column> named(names.begin(), names.end());
  return own == training || std::is_permutation(own.begin(), own.end(), named.begin(), named.end());
}

std::optional<data::TargetKind> target_kind(const std::string& name) {
  if (name == "index") return data::TargetKind::index;
  if (name == "one_hot") return data::TargetKind::one_hot;
  if (name == "values") return data::TargetKind::values;
  return std::nullopt;
}

}  // namespace

data::Source to_source(const Plan& plan, const manifest::FileSection& section, std::shared_ptr<const data::InMemory> memory) {
  data::Source source;
  if (!memory) source.open = reader_opener(plan, section);
  source.file = section.file.value;
  source.target_file = section.target_file.value;
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
  for (const manifest::DataInput& input : section.inputs) {
    const std::vector<data::Source::Column> own = columns(input.columns);
    source.inputs.push_back({input.name.value, own.size(), input.key, input.shape});
    source.features.insert(source.features.end(), own.begin(), own.end());
  }
  source.missing = section.missing == "skip_row" ? data::Missing::skip_row
                   : section.missing == "zero"   ? data::Missing::zero
                   : section.missing == "mean"   ? data::Missing::mean
                                                 : data::Missing::error;
  if (section.missing_markers) source.missing_markers = *section.missing_markers;
  source.memory_limit = plan.manifest.data.memory_limit.value_or(base::available_memory() / 2);
  source.target_kind = target_kind(section.target_kind);
  for (const manifest::OwnTarget& target : section.targets)
    source.further_targets.push_back({columns(target.columns), target_kind(target.kind), {}, {}});
  source.class_names = section.class_names;
  source.sample_shape = section.shape;
  if (memory && source.class_names.empty()) source.class_names = memory->class_names;
  if (memory && !source.target_kind && memory->target_kind != data::TargetKind::none) source.target_kind = memory->target_kind;
  source.memory = std::move(memory);
  return source;
}

bool can_be_opened(const Plan& plan, const manifest::FileSection& section, bool in_memory) {
  if (in_memory) return true;
  for (const std::string& path : {section.file.value, section.target_file.value}) {
    std::error_code error;
    if (path.empty()) continue;
    manifest::Faults told;
    if (!std::filesystem::exists(path, error) || !plan_reader(plan, section, path, told)) return false;
  }
  return true;
}

data::Source to_source_like(const Plan& plan, const manifest::FileSection& section, const manifest::FileSection& train,
                            const data::Dataset& training, std::shared_ptr<const data::InMemory> memory) {
  data::Source source = to_source(plan, section, std::move(memory));
  const data::Source like = to_source(plan, train);
  if (chooses_like_training(source.features, like.features, training.feature_names))
    source.wanted_features = training.feature_names;
  if (chooses_like_training(source.target, like.target, training.target_names)) source.wanted_targets = training.target_names;
  if (source.class_names.empty()) source.class_names = training.class_names;
  if (training.target_kind != data::TargetKind::none) source.target_kind = training.target_kind;
  for (std::size_t i = 0; i < std::min(source.further_targets.size(), training.targets.size()); ++i) {
    data::Source::FurtherTarget& target = source.further_targets[i];
    target = {target.columns, training.targets[i].kind, training.targets[i].class_names, training.targets[i].names};
  }
  return source;
}

}  // namespace treino::train
