// Walks through everything that a plan would write or run.
#include "train/plan/trust.hpp"

#include <string>

#include "manifest/reading.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/plan/recorded_plugins.hpp"
#include "train/plan/run_files.hpp"

namespace treino::train {

namespace {

namespace fs = std::filesystem;
using manifest::Faults;
using manifest::Table;
using manifest::Value;

bool is_within(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// Where a file really lies that may not be there yet.
fs::path real_place(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : real;
}

class TrustCheck {
 public:
  /// `own`: the manifest is trusted, and links are looked at alone.
  TrustCheck(const Plan& plan, const fs::path& folder, bool own, Faults& faults)
      : plan_(plan), named_(folder.lexically_normal()), folder_(real_place(folder)), own_(own), faults_(faults) {}

  void check_all() {
    each_plugin(plan_, [&](const PlannedPlugin& plugin) { check(plugin); });
  }

  /// The files of the run itself, which a resumed run writes.
  void check_run_files() {
    std::error_code error;
    for (const char* name : run_files) {
      const fs::path path = named_ / name;
      if (!fs::is_symlink(fs::symlink_status(path, error)) || is_in_folder(real_place(path))) continue;
      faults_.add({path.string(), 0, 0},
                  "is a link to " + real_place(path).string() +
                      ", beyond the run's folder, where the run would write; where you trust the folder, add --trust");
    }
  }

 private:
  void check(const PlannedPlugin& plugin) {
    if (!own_) check_origin(plugin);
    check_parameters(*plugin.description, plugin.parameters, plugin.name(), plugin.section.id.location);
  }

  bool is_in_folder(const fs::path& real) const { return real == folder_ || is_within(real, folder_); }

  /// Another plugin of the same id would give other results in silence.
  void check_origin(const PlannedPlugin& plugin) {
    if (plan_.manifest.distrusted_paths.empty()) return;
    const host::Candidate* candidate = plan_.catalogue->candidate(plugin.section.kind, plugin.section.id.value);
    each_recorded(plan_.manifest.folder, [&](const nlohmann::json& recorded, const auto& text) {
      if (text(recorded, "kind") != to_text(plugin.section.kind) || text(recorded, "name") != plugin.name()) return;
      if (candidate == nullptr || text(recorded, "sha256") == candidate->sha256) return;
      const fs::path file = text(recorded, "file");
      for (const std::string& path : plan_.manifest.distrusted_paths)
        if (is_within(file, path))
          faults_.add(plugin.section.id.location, plugin.name() + " of this run was " + file.string() +
                                                      ", in a folder that only the run's folder names; where you trust the code "
                                                      "there, add --trust or name its folder with --plugin-path");
    });
  }

  void check_parameters(const manifest::Description& description, const Table& parameters, const std::string& name,
                        const manifest::Location& at) {
    for (const manifest::Entry& entry : parameters) {
      const manifest::ParameterDescription* parameter = description.find(entry.key);
      if (parameter == nullptr) continue;
      check_children(entry.value, name);
      const bool* flag = entry.value.as<bool>();
      if (!own_ && parameter->needs_trust && flag != nullptr && *flag)
        faults_.add(place_of(entry, at), name + "'s " + entry.key +
                                             " = true lets it run any code, and only the run's folder says so; where you trust "
                                             "the folder, add --trust");
      if (const std::string* text = entry.value.as<std::string>(); text != nullptr && parameter->type == "output")
        check_output(entry, *text, name, at);
    }
  }

  void check_output(const manifest::Entry& entry, const std::string& path, const std::string& name,
                    const manifest::Location& at) {
    if (path.empty()) return;
    const fs::path real = real_place(folder_ / path);
    const fs::path named = (named_ / path).lexically_normal();
    if (own_ && named != named_ && !is_within(named, named_)) return;  // as the user has written it
    if (!is_in_folder(real))
      faults_.add(place_of(entry, at), name + "'s " + entry.key + " writes to " + real.string() +
                                           ", beyond the run's folder, and only that says so; where you trust the folder, add "
                                           "--trust");
  }

  void check_children(const Value& value, const std::string& name) {
    if (const manifest::List* list = value.as<manifest::List>())
      for (const Value& element : *list) check_children(element, name);
    const Table* table = value.as<Table>();
    if (table == nullptr) return;
    const std::string id = manifest::get<std::string>(*table, "plugin");
    for (const manifest::KindTraits& kind : manifest::kinds())
      if (const auto* child = kind.child && !id.empty() ? plan_.catalogue->description(kind.kind, id) : nullptr)
        check_parameters(*child, *table, name + "'s " + id, value.location);
  }

  static const manifest::Location& place_of(const manifest::Entry& entry, const manifest::Location& otherwise) {
    return entry.value.location.file.empty() ? otherwise : entry.value.location;
  }

  const Plan& plan_;
  const fs::path named_, folder_;
  const bool own_;
  Faults& faults_;
};

}  // namespace

void check_trust(const Plan& plan, Faults& faults) { TrustCheck(plan, plan.manifest.folder, false, faults).check_all(); }

void refuse_links(const Plan& plan, const fs::path& folder, bool goes_on) {
  Faults faults;
  TrustCheck check(plan, folder, true, faults);
  check.check_all();
  if (goes_on) check.check_run_files();
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

bool needs_trust(const Plan& plan, const fs::path& folder) {
  Faults faults;
  TrustCheck(plan, folder, false, faults).check_all();
  return !faults.empty() || !plan.manifest.plugin_paths.empty() || plan.manifest.allow_unsafe_paths;
}

}  // namespace treino::train
