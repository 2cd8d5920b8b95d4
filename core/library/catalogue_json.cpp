// From the descriptions alone: nothing is loaded.
#include "library/catalogue_json.hpp"

#include <fmt/format.h>
#include <treino/abi.h>

#include <nlohmann/json.hpp>

#include "base/input_error.hpp"
#include "host/library/catalogue.hpp"
#include "host/library/finder.hpp"
#include "manifest/schema.hpp"
#include "manifest/sections.hpp"
#include "manifest/suggestion.hpp"
#include "train/plan/plan.hpp"

namespace treino::library {

namespace {

using nlohmann::json;

json to_json(const manifest::Value& value) {
  if (const bool* boolean = value.as<bool>()) return *boolean;
  if (const std::int64_t* integer = value.as<std::int64_t>()) return *integer;
  if (const double* real = value.as<double>()) return *real;
  if (const std::string* text = value.as<std::string>()) return *text;
  if (const manifest::List* list = value.as<manifest::List>()) {
    json array = json::array();
    for (const manifest::Value& element : *list) array.push_back(to_json(element));
    return array;
  }
  json object = json::object();
  for (const manifest::Entry& entry : *value.as<manifest::Table>()) object[entry.key] = to_json(entry.value);
  return object;
}

json to_json(const manifest::ParameterDescription& parameter) {
  json result = {{"name", parameter.name}, {"type", parameter.type}, {"doc", parameter.doc}, {"required", parameter.required}};
  if (parameter.default_value) result["default"] = to_json(*parameter.default_value);
  if (!parameter.items.empty()) result["items"] = parameter.items;
  if (!parameter.choices.empty()) result["choices"] = parameter.choices;
  if (parameter.min) result["min"] = *parameter.min;
  if (parameter.max) result["max"] = *parameter.max;
  if (parameter.above) result["above"] = *parameter.above;
  if (parameter.below) result["below"] = *parameter.below;
  return result;
}

json to_json(const manifest::Description& description, const std::string& kind) {
  json result = {{"kind", kind},
                 {"id", description.id},
                 {"version", description.version},
                 {"summary", description.summary},
                 {"help", description.help},
                 {"parameters", json::array()}};
  if (!description.phase.empty()) result["phase"] = description.phase;
  if (!description.events.empty()) result["events"] = description.events;
  if (!description.scalars.empty()) result["scalars"] = description.scalars;
  if (description.no_direction) result["no_direction"] = true;
  if (!description.needs.empty()) result["needs"] = description.needs;
  if (description.all_ranks) result["ranks"] = "all";
  if (!description.unit.empty()) result["unit"] = description.unit;
  if (!description.target.empty()) result["target"] = description.target;
  if (description.closure) result["closure"] = true;
  if (!description.files.empty()) result["files"] = description.files;
  if (description.most_inputs > 1) result["inputs"] = {description.least_inputs, description.most_inputs};
  for (const auto& parameter : description.parameters) result["parameters"].push_back(to_json(parameter));
  return result;
}

std::vector<host::Candidate> find(const std::vector<std::filesystem::path>& plugin_folders) {
  return host::find_plugins(host::finder_options(plugin_folders, {}, false));
}

/// Collects what is asked for, and the names that it could have been.
class Collection {
 public:
  explicit Collection(std::string id) : id_(std::move(id)) {
    for (const char* part : {"plugins", "left_out", "hidden", "layers", "sections"}) json_[part] = json::array();
  }

  /// Where it goes; null where it was not asked for.
  json* add(const char* part, const manifest::Description& description, const std::string& kind) {
    names_.push_back(description.id);
    if (!id_.empty() && description.id != id_ && kind + "/" + description.id != id_) return nullptr;
    return &json_[part].emplace_back(to_json(description, kind));
  }
  void add(const host::Candidate& candidate);
  std::string text() const;

 private:
  std::string id_;
  json json_;
  std::vector<std::string> names_;
};

void Collection::add(const host::Candidate& candidate) {
  if (!candidate.refusal.empty()) {
    if (id_.empty()) json_["left_out"].push_back({{"file", candidate.path.string()}, {"reason", candidate.refusal}});
    return;
  }
  for (std::size_t i = 0; i < candidate.descriptions.size(); ++i) {
    const manifest::Description& description = candidate.descriptions[i];
    if (!candidate.hidden_by[i].empty()) {
      if (id_.empty())
        json_["hidden"].push_back({{"kind", description.kind},
                                   {"id", description.id},
                                   {"version", description.version},
                                   {"file", candidate.path.string()},
                                   {"by", candidate.hidden_by[i].string()}});
      continue;
    }
    json* entry = add("plugins", description, description.kind);
    if (entry == nullptr) continue;
    (*entry)["file"] = candidate.path.string();
    (*entry)["sha256"] = candidate.sha256;
    (*entry)["abi"] = {{"built", fmt::format("{}.{}", TREINO_ABI_MAJOR, candidate.built_minor)},
                       {"needed", fmt::format("{}.{}", TREINO_ABI_MAJOR, candidate.needed_minor)}};
  }
}

std::string Collection::text() const {
  if (!id_.empty() && json_["plugins"].empty() && json_["layers"].empty() && json_["sections"].empty())
    throw base::InputError("there is no plugin, layer or section '" + id_ + "'." + manifest::suggestion(id_, names_));
  return json_.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::vector<std::string> section_names() {
  std::vector<std::string> names = {"run", "data", "train", "file", "model", "layer", "group", "plugins"};
  for (const manifest::KindTraits& kind : manifest::kinds())
    if (kind.sections == manifest::Sections::one || kind.sections == manifest::Sections::any) names.push_back(kind.name);
  return names;
}

}  // namespace

std::string catalogue_json(const std::vector<std::filesystem::path>& plugin_folders, const std::string& id) {
  Collection collection(id);
  for (const host::Candidate& candidate : find(plugin_folders)) collection.add(candidate);
  for (const auto& layer : train::layer_types()) collection.add("layers", layer, "layer");
  for (const std::string& name : section_names()) collection.add("sections", manifest::section(name), "section");
  return collection.text();
}

std::string schema_json(const std::vector<std::filesystem::path>& plugin_folders) {
  std::vector<manifest::Description> found;
  for (const host::Candidate& candidate : find(plugin_folders))
    for (std::size_t i = 0; i < candidate.descriptions.size(); ++i)
      if (host::is_meant(candidate, i)) found.push_back(candidate.descriptions[i]);
  std::string text = manifest::json_schema(found, train::layer_types());
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

}  // namespace treino::library
