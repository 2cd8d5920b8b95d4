// A folder is taken by a lock file, so that two processes never write into one.
#include "train/run/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "base/input_error.hpp"
#include "base/text.hpp"
#include "store/atomic_file.hpp"
#include "store/folders.hpp"
#include "store/input_file.hpp"
#include "store/leftovers.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/run/own_runs.hpp"

namespace treino::train {

namespace fs = std::filesystem;

namespace {

/// Makes the folder; false where something of its name was there already.
bool make_new(const fs::path& path) {
  std::error_code ignored;
  return !fs::exists(fs::symlink_status(path, ignored)) && store::create_folders(path);
}

/// True for an empty folder, and for one in which a run was killed before its manifest was there: then nothing of worth is.
bool only_begun(const fs::path& folder) {
  if (fs::is_empty(folder)) return true;
  if (!fs::exists(folder / "lock")) return false;  // every run makes it first
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool temporary = name.rfind(".manifest.toml.treino-", 0) == 0 || name.rfind(".plugins.json.treino-", 0) == 0 ||
                           name.rfind(".signature.treino-", 0) == 0 || name.rfind(".kernels.txt.treino-", 0) == 0;
    if (name != "lock" && name != "log.jsonl" && name != "plugins.json" && name != "signature" && name != "kernels.txt" &&
        !temporary)
      return false;
  }
  return true;
}

nlohmann::json plugin_record(const Plan& plan, const PlannedPlugin& plugin) {
  const host::Candidate* candidate = plan.catalogue->candidate(plugin.section.kind, plugin.section.id.value);
  nlohmann::json record = {
      {"kind", to_text(plugin.section.kind)},   {"id", plugin.section.id.value},    {"name", plugin.name()},
      {"version", plugin.description->version}, {"file", candidate->path.string()}, {"sha256", candidate->sha256}};
  // So that it is known without the plugin whether it has to do with evaluation and prediction.
  if (plugin.section.kind == manifest::Kind::callback) record["events"] = plugin.description->events;
  return record;
}

nlohmann::json plugin_records(const Plan& plan) {
  nlohmann::json plugins = nlohmann::json::array();
  each_plugin(plan, [&](const PlannedPlugin& plugin) { plugins.push_back(plugin_record(plan, plugin)); });
  return plugins;
}

void write_where_different(const fs::path& path, const std::string& text) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored) || store::content_or_empty(path) != text) store::write_durably(path, text);
}

fs::path make_numbered(const fs::path& pattern) {
  for (int number = 1; number < 1000000; ++number) {
    char text[16];
    std::snprintf(text, sizeof text, "%03d", number);
    const fs::path path = base::replaced(pattern.string(), "{number}", text);
    if (make_new(path)) return path;
    if (path == pattern)
      throw std::runtime_error(path.string() + ": is there already; name another folder, or `treino resume` it");
  }
  throw std::runtime_error(pattern.string() + ": all numbers are taken");
}

}  // namespace

void RunFolder::lock() {
  const std::string lock = path_ / "lock";
  lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (lock_ < 0) throw std::runtime_error(lock + ": " + std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(std::exchange(lock_, -1));
  throw std::runtime_error(path_.string() + ": another process is at work in this run's folder");
}

RunFolder RunFolder::locked(fs::path path) {
  RunFolder folder(std::move(path));
  folder.lock();
  return folder;
}

RunFolder::RunFolder(RunFolder&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

RunFolder::~RunFolder() {
  if (lock_ >= 0) ::close(lock_);
}

RunFolder RunFolder::create(const Plan& plan, const std::optional<fs::path>& wanted) {
  const std::string pattern = plan.manifest.run.folder.empty() ? "runs/{name}-{number}" : plan.manifest.run.folder;
  fs::path path =
      wanted ? fs::absolute(*wanted) : plan.manifest.folder / base::replaced(pattern, "{name}", plan.manifest.run.name.value);
  path = path.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (wanted && fs::is_directory(path) && only_begun(path)) {
    RunFolder taken = locked(path);
    // Another process may have come first and gone.
    if (!only_begun(path)) throw std::runtime_error(path.string() + ": another process has begun a run in this folder");
    taken.remove_leftovers();
    for (const char* name : {"log.jsonl", "plugins.json", "signature", "kernels.txt"}) fs::remove(path / name);
    return taken;
  }
  return locked(make_numbered(path));
}

RunFolder RunFolder::open(const fs::path& path) {
  fs::path folder = fs::absolute(path).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (!fs::is_directory(folder)) throw base::InputError(folder.string() + ": there is no such run folder");
  if (!fs::exists(folder / "manifest.toml"))
    throw base::InputError(folder.string() + ": holds no manifest.toml, so it is not a run's folder");
  return RunFolder(folder);
}

RunFolder RunFolder::of_other_process(const fs::path& path) {
  store::create_folders(path);  // of another machine, where it is not shared
  return RunFolder(path);
}

std::future<void> RunFolder::write_description(const Plan& plan, bool sign) const {
  return std::async(std::launch::async,
                    [path = path_, sign, manifest = resolved_manifest(plan), plugins = plugin_records(plan).dump(2) + "\n"] {
                      // Before the manifest: a run that is killed between the two has not begun.
                      if (const std::string signature = sign ? signature_of(manifest) : ""; !signature.empty())
                        write_where_different(path / "signature", signature + "\n");
                      write_where_different(path / "manifest.toml", manifest);
                      write_where_different(path / "plugins.json", plugins);
                    });
}

std::vector<std::string> RunFolder::changed_plugins(const Plan& plan) const {
  const nlohmann::json before = nlohmann::json::parse(store::content_or_empty(path_ / "plugins.json"), nullptr, false);
  std::vector<std::string> changed;
  if (!before.is_array()) return changed;
  const auto text = [](const nlohmann::json& record, const char* key) {
    const bool there = record.is_object() && record.contains(key) && record[key].is_string();
    return there ? record[key].get<std::string>() : std::string();
  };
  for (const nlohmann::json& now : plugin_records(plan))
    for (const nlohmann::json& then : before) {
      if (text(then, "name") != text(now, "name") || text(then, "id") != text(now, "id")) continue;
      if (text(then, "sha256") == text(now, "sha256")) continue;
      changed.push_back(text(now, "name") + ": " + text(now, "file") + " (version " + text(now, "version") +
                        ") is another plugin than the run has used so far (" + text(then, "file") + ", version " +
                        text(then, "version") + "): their SHA-256 differ");
    }
  return changed;
}

std::vector<fs::path> RunFolder::checkpoints() const {
  std::vector<fs::path> paths;
  std::set<fs::path> seen;  // a long run's log names the same file ten thousand times
  const auto add = [&](const fs::path& path) {
    if (seen.insert(path).second && fs::is_regular_file(path)) paths.push_back(path);
  };
  for (const auto& entry : fs::recursive_directory_iterator(path_, fs::directory_options::skip_permission_denied))
    if (entry.path().extension() == ".safetensors") add(entry.path());
  std::ifstream log(path_ / "log.jsonl");
  for (std::string line; std::getline(log, line);) {
    const nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
    if (!record.is_object() || record.value("type", "") != "checkpoint" || !record.contains("path") ||
        !record["path"].is_string())
      continue;
    // Inside the run's folder paths are kept relative, so that a folder may be moved.
    add((path_ / record["path"].get<std::string>()).lexically_normal());
  }
  return paths;
}

void RunFolder::remove_leftovers() const {
  std::vector<fs::path> temporaries;
  for (const auto& entry : fs::recursive_directory_iterator(path_, fs::directory_options::skip_permission_denied))
    if (entry.path().extension() == ".tmp") temporaries.push_back(entry.path());
  for (const fs::path& temporary : temporaries) {
    // ".NAME.treino-...": the store removes what is left of writing NAME, and nothing else.
    const std::string name = temporary.filename().string();
    const std::size_t mark = name.rfind(".treino-");
    if (name[0] == '.' && mark != std::string::npos && mark > 1)
      store::remove_leftovers(temporary.parent_path() / name.substr(1, mark - 1));
  }
}

}  // namespace treino::train
