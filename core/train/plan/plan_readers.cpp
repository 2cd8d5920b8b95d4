// Which plugin reads which file of [data]: its parameters are keys of the file's table.
#include <algorithm>

#include "train/plan/fixed_settings.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

/// Files that are read alike have one.
void add(std::vector<PlannedPlugin>& readers, PlannedPlugin reader) {
  const auto is_same = [&](const PlannedPlugin& other) {
    return other.section.id.value == reader.section.id.value && digest(other.parameters) == digest(reader.parameters);
  };
  if (std::none_of(readers.begin(), readers.end(), is_same)) readers.push_back(std::move(reader));
}

}  // namespace

std::optional<PlannedPlugin> plan_reader(const Plan& plan, const manifest::FileSection& file, manifest::Faults& faults) {
  manifest::PluginSection section;
  section.kind = manifest::Kind::reader;
  section.id = section.name = file.format;
  section.parameters = file.parameters;
  manifest::Faults own;
  auto planned = plan_plugin(plan, section, own);
  for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
  return own.empty() ? std::move(planned) : std::nullopt;
}

void plan_readers(Plan& plan, manifest::Faults& faults) {
  const manifest::DataSection& data = plan.manifest.data;
  for (const auto* file : {&data.train, &data.validation, &data.test})
    if (*file && (*file)->has_reader())
      if (auto reader = plan_reader(plan, **file, faults)) add(plan.readers, std::move(*reader));
}

}  // namespace treino::train
