// Section after section: each is checked although another has faults, so that a user gets all of them in one list.
#include "manifest/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "manifest/check.hpp"
#include "manifest/complete.hpp"
#include "manifest/data_section.hpp"
#include "manifest/environment.hpp"
#include "manifest/initial_weights.hpp"
#include "manifest/layer_section.hpp"
#include "manifest/manifest.hpp"
#include "manifest/optimizer_section.hpp"
#include "manifest/plugin_sections.hpp"
#include "manifest/reading.hpp"
#include "manifest/reuse.hpp"
#include "manifest/run_section.hpp"
#include "manifest/sections.hpp"
#include "manifest/settings.hpp"
#include "manifest/text_file.hpp"
#include "manifest/toml_reader.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

constexpr std::size_t kLargestManifest = 4 << 20;

bool is_sha256(std::string_view text) { return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos; }

class Reader {
 public:
  Reader(Manifest& manifest, Reading& reading) : manifest_(manifest), reading_(reading) {}

  void read() {
    complete(section("manifest"), manifest_.source, reading_.whole, "the manifest", reading_.faults);
    Value& run = own_section("run");
    manifest_.run = read_run(std::get<Table>(run.data), run.location, reading_);
    if (reading_.own_loop) {
      for (const char* key : {"data", "model", "optimizer", "loss", "collective"}) refuse(key);
    } else {
      data();
      model();
      optimizer();
      loss();
      give_targets_to_files();
      collective();
    }
    for (const KindTraits& kind : kinds())
      if (Value* value = find(manifest_.source, kind.name); value && kind.sections == Sections::any)
        read_plugins(kind.kind, *value, *sections_of(manifest_, kind.kind), reading_);
    plugin_files();
    name_plugins(manifest_, reading_);
    check_order(manifest_.callbacks, reading_);
    write_names(manifest_);
  }

 private:
  void fault(const Location& at, const std::string& text) { reading_.faults.add(at, text); }

  Table completed(const char* id, const Table& given, const Location& at) {
    return complete(section(id), given, at, fmt::format("[{}]", id), reading_.faults, reading_.folder);
  }

  /// The section where it is a table; a fault where it is something else, or where it is missing and `needed` for this.
  Value* table_section(const std::string& key, const char* needed) {
    Value* value = find(manifest_.source, key);
    if (!value && needed) fault(reading_.whole, fmt::format("the manifest has no section [{}]: {}", key, needed));
    if (!value || value->as<Table>()) return value;
    if (value->as<List>())
      fault(value->location, fmt::format("there is one [{0}] only: write [{0}], not [[{0}]]", key));
    else
      fault(value->location, fmt::format("expected a section [{}], got {}", key, describe(*value)));
    return nullptr;
  }

  /// The same for a section that need not be there, and is then made.
  Value& own_section(const char* key) {
    if (Value* value = table_section(key, nullptr)) return *value;
    if (find(manifest_.source, key)) return stand_in_;
    manifest_.source.push_back({key, reading_.whole, Value{Table{}, reading_.whole, false, {}}});
    return manifest_.source.back().value;
  }

  void refuse(const char* key) {
    if (const Value* value = find(manifest_.source, key))
      fault(value->location, fmt::format("[{}] is the business of the program, whose own loop trains: leave it out", key));
  }

  void data() {
    if (reading_.in_memory.train) own_section("data");
    if (Value* value = table_section("data", "train, the training data, stands there"))
      manifest_.data = read_data(std::get<Table>(value->data), value->location, reading_);
  }

  void model() {
    Value* value = table_section("model", "the layers stand there");
    if (!value) return;
    manifest_.model_location = value->location;
    completed("model", *value->as<Table>(), value->location);
    if (Value* weights = find(std::get<Table>(value->data), "weights"))
      manifest_.weights = read_initial_weights(*weights, reading_);
    Value* layers = find(std::get<Table>(value->data), "layers");
    if (!layers || !layers->as<List>()) return;
    if (layers->as<List>()->empty()) fault(layers->location, "layers of [model]: at least one layer is needed");
    std::set<std::string> names;
    for (const DataInput& input : manifest_.data.inputs) names.insert(input.name.value);
    for (const Value& layer : *layers->as<List>())
      if (layer.as<Table>()) manifest_.layers.push_back(read_layer(layer, manifest_, names, reading_));
  }

  void optimizer() {
    const char* needed = reading_.optimizer ? "its plugin and learning rate stand there" : nullptr;
    if (Value* value = table_section(to_text(Kind::optimizer), needed)) read_optimizer(*value, manifest_, reading_);
  }

  void loss() {
    Value* value = find(manifest_.source, to_text(Kind::loss));
    if (!value) return fault(reading_.whole, "the manifest has no section [loss]: its plugin stands there");
    read_plugins(Kind::loss, *value, manifest_.losses, reading_);
    if (value->as<List>() && value->as<List>()->empty()) fault(value->location, "[[loss]]: at least one is needed");
  }

  /// Files are read with all targets that there are.
  void give_targets_to_files() {
    for (auto* file : {&manifest_.data.train, &manifest_.data.validation, &manifest_.data.test})
      for (const PluginSection& loss : manifest_.losses)
        if (*file && !loss.target.columns.empty()) (*file)->targets.push_back(loss.target);
  }

  void collective() {
    Value* value = table_section(to_text(Kind::collective), nullptr);
    if (!value) return;
    manifest_.collective = read_plugin(Kind::collective, *value, reading_);
    manifest_.collective_timeout = get<double>(*value->as<Table>(), "timeout");
  }

  void plugin_files() {
    Value& value = own_section("plugins");
    auto& given = std::get<Table>(value.data);
    const Table table = completed("plugins", given, value.location);
    for (const auto& path : strings(table, "path"))
      (is_trusted(path.location) ? manifest_.plugin_paths : manifest_.distrusted_paths).push_back(path.value);
    const Value& unsafe = *find(table, "allow_unsafe_paths");
    manifest_.allow_unsafe_paths = get<bool>(table, "allow_unsafe_paths") && is_trusted(unsafe.location);
    for (const Entry& entry : get<Table>(table, "sha256")) pin(entry);
    fill(given, table);
  }

  /// --set is the user's own word.
  bool is_trusted(const Location& at) const { return reading_.trusted || at.file.rfind("--set ", 0) == 0; }

  void pin(const Entry& entry) {
    const auto* hexadecimal = entry.value.as<std::string>();
    if (hexadecimal && is_sha256(*hexadecimal))
      manifest_.pinned[entry.key] = *hexadecimal;
    else
      fault(entry.value.location, fmt::format("sha256 of '{}': expected 64 digits out of 0-9 and a-f, got {}", shown(entry.key),
                                              describe(entry.value)));
  }

  Manifest& manifest_;
  Reading& reading_;
  Value stand_in_{Table{}, {}, false, {}};
};

Manifest unread(const std::filesystem::path& file) {
  Manifest manifest;
  manifest.file = file;
  manifest.folder = (std::filesystem::current_path() / file).lexically_normal().parent_path();
  return manifest;
}

}  // namespace

Manifest read(const std::filesystem::path& file, const std::vector<std::string>& settings, Faults& faults, const Reuse& reuse) {
  const auto text = read_text_file(file, kLargestManifest, {file.string(), 0, 0}, faults);
  return text ? read_text(*text, file, settings, faults, reuse) : unread(file);
}

Manifest read_text(const std::string& text, const std::filesystem::path& file, const std::vector<std::string>& settings,
                   Faults& faults, const Reuse& reuse) {
  Manifest manifest = unread(file);
  Reading reading{manifest.folder, {file.string(), 0, 0}, faults,         reuse.data_files, reuse.trusted,
                  reuse.optimizer, reuse.in_memory,       reuse.own_loop, reuse.recorded};
  auto document = parse_toml(text, file.string(), faults);
  if (!document) return manifest;
  manifest.source = std::move(*document);
  apply_settings(manifest.source, settings, faults);
  if (reuse.leaves_out) leave_out(manifest.source, reuse.leaves_out);
  replace_variables(manifest.source, faults);
  Reader(manifest, reading).read();
  return manifest;
}

}  // namespace treino::manifest
