// That what a run writes is nothing that it reads, no file of its own, and nothing that is written twice.
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "host/library/candidate.hpp"
#include "manifest/wording.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/plan/run_files.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;
using manifest::Value;
namespace fs = std::filesystem;

std::string at(const Location& location) {
  const std::string text = manifest::to_text(location);
  return text.empty() ? "" : " (" + text + ")";
}

/// "a FIFO" where `path` is there and neither a file nor a folder, else "".
std::string odd_kind(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode) ? "" : base::odd_kind(status.st_mode);
}

/// Every value of type input or output that a plugin, or one inside it, was given.
class Walk {
 public:
  using Visit = std::function<void(const manifest::ParameterDescription&, const Value&, const std::string& subject, Location)>;
  Walk(host::Catalogue& catalogue, Visit visit) : catalogue_(catalogue), visit_(std::move(visit)) {}

  void plugin(const PlannedPlugin& plugin) {
    table(*plugin.description, plugin.parameters, plugin.name(), plugin.section.id.location);
  }

 private:
  void table(const manifest::Description& description, const manifest::Table& parameters, const std::string& what,
             const Location& otherwise) {
    for (const manifest::Entry& entry : parameters)
      if (const manifest::ParameterDescription* parameter = description.find(entry.key))
        value(*parameter, entry.value, parameter->name + " of " + what, otherwise);
  }

  void value(const manifest::ParameterDescription& parameter, const Value& given, const std::string& subject,
             const Location& otherwise) {
    const Location& place = given.location.line == 0 && given.location.file.empty() ? otherwise : given.location;
    const std::string& type = parameter.type == "list" ? parameter.items : parameter.type;
    if (const auto* list = given.as<manifest::List>()) {
      for (const Value& element : *list) value(parameter, element, subject, otherwise);
    } else if (type == "input" || type == "output") {
      if (given.as<std::string>() != nullptr) visit_(parameter, given, subject, place);
    } else if (const auto* child = given.as<manifest::Table>()) {
      const Value* id = manifest::find(*child, "plugin");
      const auto kind = manifest::child_kind(type);
      const bool known = kind && id != nullptr && id->as<std::string>() != nullptr;
      const manifest::Description* inner = known ? catalogue_.description(*kind, *id->as<std::string>()) : nullptr;
      if (inner != nullptr) table(*inner, *child, inner->id + " in " + subject, place);
    }
  }

  host::Catalogue& catalogue_;
  Visit visit_;
};

void reserve_data(const manifest::Manifest& manifest, host::Outputs& outputs) {
  const auto reserve = [&](const manifest::Located<std::string>& file, const std::string& what) {
    if (!file.value.empty()) outputs.reserve(file.value, what + at(file.location));
  };
  const std::pair<const std::optional<manifest::FileSection>*, const char*> parts[] = {
      {&manifest.data.train, "training"}, {&manifest.data.validation, "validation"}, {&manifest.data.test, "test"}};
  for (const auto& [part, name] : parts) {
    if (!*part) continue;
    reserve((*part)->file, std::string("the ") + name + " data");
    reserve((*part)->target_file, std::string("the targets of the ") + name + " data");
  }
}

}  // namespace

std::filesystem::path expected_folder(const manifest::Manifest& manifest) {
  const std::string pattern = manifest.run.folder.empty() ? "runs/{name}-{number}" : manifest.run.folder;
  const std::string named = base::replaced(pattern, "{name}", manifest.run.name.value);
  return (manifest.folder / base::replaced(named, "{number}", "001")).lexically_normal();
}

fs::path output_path(const Plan& plan, const fs::path& folder, const std::string& output) {
  if (!plan.dry || (folder / output).lexically_normal().string().starts_with(folder.string() + "/"))
    return (folder / output).lexically_normal();
  return folder / "elsewhere" / (fs::path("/") / output).lexically_normal().relative_path();
}

void claim_outputs(const Plan& plan, const fs::path& folder, host::Outputs& outputs, Faults& faults) {
  if (!plan.manifest.file.empty()) outputs.reserve(fs::absolute(plan.manifest.file), "the run's manifest");
  reserve_data(plan.manifest, outputs);
  for (const char* name : run_files) outputs.reserve(folder / name, "a file of the run itself");
  each_plugin(plan, [&](const PlannedPlugin& plugin) {
    if (const host::Candidate* candidate = plan.catalogue->candidate(plugin.section.kind, plugin.section.id.value))
      outputs.reserve(candidate->path, "the plugin " + plugin.section.id.value);
  });
  Walk inputs(*plan.catalogue, [&](const auto& parameter, const Value& value, const std::string& subject, const Location& place) {
    const bool input = parameter.type == "input" || parameter.items == "input";
    if (!input) return;
    const std::string& path = *value.as<std::string>();
    outputs.reserve(path, "the input " + subject + at(place));
    // Reading a device may never end, and opening a FIFO waits for its writer.
    if (const std::string kind = odd_kind(path); !kind.empty())
      faults.add(place, fmt::format("{}: expected a file, found {}", subject, kind));
  });
  Walk written(
      *plan.catalogue, [&](const auto& parameter, const Value& value, const std::string& subject, const Location& place) {
        const bool output = parameter.type == "output" || parameter.items == "output";
        if (!output) return;
        const fs::path path = output_path(plan, folder, *value.as<std::string>());
        const auto other = parameter.folder ? outputs.owner(path) : outputs.claim(path, "the output " + subject + at(place));
        if (other)
          faults.add(place, fmt::format("{}: expected a {} of its own to write, but {} is {}", subject,
                                        parameter.folder ? "folder" : "file", manifest::describe(value), *other));
        // A file in its place would take the device away; and nobody may be reading from the FIFO.
        else if (const std::string kind = odd_kind(path); !kind.empty())
          faults.add(place, fmt::format("{}: expected a {}, found {}", subject, parameter.folder ? "folder" : "file", kind));
      });
  each_plugin(plan, [&](const PlannedPlugin& plugin) { inputs.plugin(plugin); });
  each_plugin(plan, [&](const PlannedPlugin& plugin) { written.plugin(plugin); });
}

}  // namespace treino::train
