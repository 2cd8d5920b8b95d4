// Which plugin reads which file of [data]: the one that the manifest names, or that the file's name or content tells. Its parameters
// are keys of the file's table.
#include <algorithm>

#include "data/file_head.hpp"
#include "manifest/scalar_names.hpp"
#include "manifest/suggestion.hpp"
#include "train/plan/fixed_settings.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

namespace fs = std::filesystem;
using manifest::Description;
using manifest::Kind;

/// In lower case, without .gz.
std::string plain_name(const fs::path& path) {
  std::string name = path.filename().string();
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::transform(name.begin(), name.end(), name.begin(), lower);
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

const Description* reader_by_name(const Plan& plan, const std::string& name) {
  const std::size_t point = name.rfind('.');
  if (point != name.npos && point + 1 < name.size())
    if (const Description* found = plan.catalogue->description(Kind::reader, name.substr(point + 1))) return found;
  for (const Description* reader : plan.catalogue->descriptions(Kind::reader))
    if (std::any_of(reader->files.begin(), reader->files.end(),
                    [&](const auto& pattern) { return manifest::fits(pattern, name); }))
      return reader;
  return nullptr;
}

/// The one with the most bytes that fit.
const Description* reader_by_content(const Plan& plan, const fs::path& path) {
  const auto head = data::file_head(path);
  if (!head) return nullptr;
  const Description* found = nullptr;
  std::size_t most = 0;
  for (const Description* reader : plan.catalogue->descriptions(Kind::reader))
    for (const std::string& magic : reader->magic)
      if (head->starts_with(magic) && (found == nullptr || magic.size() > most)) {
        found = reader;
        most = magic.size();
      }
  return found;
}

/// The id, where it is looked for.
manifest::Located<std::string> id_of(const Plan& plan, const manifest::FileSection& section, const fs::path& path) {
  if (!section.format.value.empty()) return section.format;
  const Description* found = reader_by_name(plan, plain_name(path));
  if (found == nullptr) found = reader_by_content(plan, path);
  return {found == nullptr ? "" : found->id, section.file.location};
}

/// Files that are read alike have one.
void add(std::vector<PlannedPlugin>& readers, PlannedPlugin reader) {
  const auto is_same = [&](const PlannedPlugin& other) {
    return other.section.id.value == reader.section.id.value && digest(other.parameters) == digest(reader.parameters);
  };
  if (std::none_of(readers.begin(), readers.end(), is_same)) readers.push_back(std::move(reader));
}

/// Those keys of a file's table that are not meant for another: a file of targets may have another reader than the samples, and what
/// the training file says is inherited.
manifest::Table parameters_for(const Plan& plan, const manifest::FileSection& section, const std::string& id) {
  std::vector<const Description*> others;
  const manifest::FileSection& train = plan.manifest.data.train ? *plan.manifest.data.train : section;
  for (const manifest::FileSection* each : {&section, &train})
    for (const std::string& file : {each->file.value, each->target_file.value})
      if (!file.empty()) others.push_back(plan.catalogue->description(Kind::reader, id_of(plan, *each, file).value));
  const Description* own = plan.catalogue->description(Kind::reader, id);
  manifest::Table parameters = section.parameters;
  std::erase_if(parameters, [&](const manifest::Entry& entry) {
    const bool another = std::any_of(others.begin(), others.end(), [&](const Description* other) {
      return other != nullptr && other->find(entry.key) != nullptr;
    });
    return own != nullptr && own->find(entry.key) == nullptr && (another || section.recorded);
  });
  return parameters;
}

}  // namespace

std::optional<PlannedPlugin> plan_reader(const Plan& plan, const manifest::FileSection& file, const fs::path& path,
                                         manifest::Faults& faults) {
  manifest::PluginSection section;
  section.kind = Kind::reader;
  section.id = section.name = id_of(plan, file, path);
  if (const std::string odd = section.id.value.empty() ? data::odd_kind_of(path) : ""; !odd.empty()) {
    faults.add(file.file.location, path.string() + ": expected a file, found " + odd);
    return std::nullopt;
  }
  if (section.id.value.empty()) {
    std::vector<std::string> ids;
    for (const Description* reader : plan.catalogue->descriptions(Kind::reader)) ids.push_back(reader->id);
    faults.add(file.file.location,
               path.string() + ": neither its name nor its content tells how it is to be read: say format = \"...\"" +
                   (ids.empty() ? ". No reader was found at all: see `treino plugins`" : ", one of " + manifest::enumerate(ids)));
    return std::nullopt;
  }
  section.parameters = parameters_for(plan, file, section.id.value);
  manifest::Faults own;
  auto planned = plan_plugin(plan, section, own);
  for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
  return own.empty() ? std::move(planned) : std::nullopt;
}

void plan_readers(Plan& plan, manifest::Faults& faults) {
  const manifest::DataSection& data = plan.manifest.data;
  const auto plan_file = [&](const auto& file, const auto& memory) {
    if (!file || memory) return;
    for (const auto* each : {&file->file, &file->target_file}) {
      if (each->value.empty()) continue;
      std::error_code error;
      manifest::Faults told;  // of what is not there it is enough to hear that
      manifest::Faults& to = fs::exists(each->value, error) ? faults : told;
      if (auto reader = plan_reader(plan, *file, each->value, to)) add(plan.readers, std::move(*reader));
    }
  };
  plan_file(data.train, plan.in_memory.train);
  plan_file(data.validation, plan.in_memory.validation);
  plan_file(data.test, plan.in_memory.test);
}

}  // namespace treino::train
