// treino plugins, treino describe: what was found, from the descriptions alone.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "host/library/catalogue.hpp"
#include "host/library/finder.hpp"
#include "manifest/sections.hpp"
#include "manifest/suggestion.hpp"
#include "train/plan/plan.hpp"

namespace treino::cli {

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

json to_json(const manifest::Description& description) {
  json result = {{"kind", description.kind},       {"id", description.id},     {"version", description.version},
                 {"summary", description.summary}, {"help", description.help}, {"parameters", json::array()}};
  if (!description.phase.empty()) result["phase"] = description.phase;
  if (!description.events.empty()) result["events"] = description.events;
  if (!description.scalars.empty()) result["scalars"] = description.scalars;
  if (description.no_direction) result["no_direction"] = true;
  if (!description.needs.empty()) result["needs"] = description.needs;
  if (!description.unit.empty()) result["unit"] = description.unit;
  if (!description.target.empty()) result["target"] = description.target;
  for (const auto& parameter : description.parameters) result["parameters"].push_back(to_json(parameter));
  return result;
}

std::vector<host::Candidate> find(const CommonOptions& common) {
  return host::find_plugins(host::finder_options(common.plugin_folders, {}, false));
}

/// The components that names mean, with their files.
std::vector<std::pair<const host::Candidate*, const manifest::Description*>> meant(
    const std::vector<host::Candidate>& candidates) {
  std::vector<std::pair<const host::Candidate*, const manifest::Description*>> result;
  for (const host::Candidate& candidate : candidates)
    for (std::size_t i = 0; i < candidate.descriptions.size(); ++i)
      if (host::is_meant(candidate, i)) result.emplace_back(&candidate, &candidate.descriptions[i]);
  return result;
}

std::string hidden_text(const std::vector<host::Candidate>& candidates) {
  std::string text;
  for (const host::Candidate& candidate : candidates)
    for (std::size_t i = 0; i < candidate.hidden_by.size(); ++i)
      if (candidate.refusal.empty() && !candidate.hidden_by[i].empty())
        text += base::clean_line(fmt::format("{}: {} {}, by {}", candidate.path.string(), candidate.descriptions[i].kind,
                                             candidate.descriptions[i].id, candidate.hidden_by[i].string())) +
                "\n";
  return text.empty() ? "" : "\nhidden:\n" + text;
}

std::string range(const manifest::ParameterDescription& parameter) {
  std::string text;
  const auto add = [&](const char* sign, const std::optional<double>& bound) {
    if (bound) text += (text.empty() ? "" : ", ") + std::string(sign) + exact(*bound);
  };
  add(">= ", parameter.min);
  add("> ", parameter.above);
  add("<= ", parameter.max);
  add("< ", parameter.below);
  for (const std::string& choice : parameter.choices) text += (text.empty() ? "" : " | ") + choice;
  return text;
}

std::string description_text(const manifest::Description& description, const std::string& title, const std::string& where) {
  std::string text = title + "\n" + wrap(description.summary, screen_width(), 0) + "\n";
  std::vector<std::vector<std::string>> info;
  const auto fact = [&](const char* name, const std::string& value) {
    if (!value.empty()) info.push_back({name, value});
  };
  fact("phase", description.phase);
  fact("events", manifest::enumerate(description.events));
  fact("scalars", manifest::enumerate(description.scalars));
  fact("needs", manifest::enumerate(description.needs));
  fact("unit", description.unit);
  fact("target", manifest::enumerate(description.target));
  fact("file", where);
  if (!info.empty()) text += "\n" + table(info, false, screen_width());
  if (!description.parameters.empty()) {
    std::vector<std::vector<std::string>> rows = {{"parameter", "type", "default", "takes", "meaning"}};
    for (const auto& parameter : description.parameters)
      rows.push_back({parameter.name, parameter.items.empty() ? parameter.type : parameter.type + " of " + parameter.items,
                      parameter.required        ? "(required)"
                      : parameter.default_value ? to_json(*parameter.default_value).dump()
                                                : "(none)",
                      range(parameter), parameter.doc});
    text += "\n" + table(rows, true, screen_width());
  }
  if (!description.help.empty()) {
    text += "\n" + description.help;
    if (text.back() != '\n') text += '\n';
  }
  return text;
}

}  // namespace

int plugins(const CommonOptions& common, bool as_json) {
  const std::vector<host::Candidate> candidates = find(common);
  if (as_json) {
    json result = {{"plugins", json::array()}, {"left_out", json::array()}, {"hidden", json::array()}};
    for (const host::Candidate& candidate : candidates) {
      if (!candidate.refusal.empty()) {
        result["left_out"].push_back({{"file", candidate.path.string()}, {"reason", candidate.refusal}});
        continue;
      }
      for (std::size_t i = 0; i < candidate.descriptions.size(); ++i) {
        const manifest::Description& description = candidate.descriptions[i];
        if (!candidate.hidden_by[i].empty()) {
          result["hidden"].push_back({{"kind", description.kind},
                                      {"id", description.id},
                                      {"version", description.version},
                                      {"file", candidate.path.string()},
                                      {"by", candidate.hidden_by[i].string()}});
          continue;
        }
        json entry = to_json(description);
        entry["file"] = candidate.path.string();
        entry["sha256"] = candidate.sha256;
        entry["abi"] = {{"built", fmt::format("{}.{}", TREINO_ABI_MAJOR, candidate.built_minor)},
                        {"needed", fmt::format("{}.{}", TREINO_ABI_MAJOR, candidate.needed_minor)}};
        result["plugins"].push_back(std::move(entry));
      }
    }
    print_data(result.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    return exit_success;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [candidate, description] : meant(candidates))
    rows.push_back({description->kind, description->id, description->version, description->summary});
  std::stable_sort(rows.begin(), rows.end());
  rows.insert(rows.begin(), {"kind", "plugin", "version", "what it does"});
  std::string text = rows.size() == 1 ? "no plugin was found\n" : table(rows, true, screen_width());
  bool first = true;
  for (const host::Candidate& candidate : candidates) {
    if (candidate.refusal.empty()) continue;
    text += std::exchange(first, false) ? "\nleft out:\n" : "";
    text += base::clean_line(candidate.path.string() + ": " + candidate.refusal) + "\n";
  }
  text += hidden_text(candidates);
  print(text);
  return exit_success;
}

int describe(const CommonOptions& common, const std::string& id) {
  const std::vector<host::Candidate> candidates = find(common);
  std::string text;
  std::vector<std::string> names;
  const auto consider = [&](const manifest::Description& description, const std::string& kind, const std::string& where) {
    names.push_back(description.id);
    if (description.id != id && kind + "/" + description.id != id) return;
    const std::string version = description.version.empty() ? "" : " " + description.version;
    text +=
        (text.empty() ? "" : "\n") + description_text(description, fmt::format("{} {}{}", kind, description.id, version), where);
  };
  for (const auto& [candidate, description] : meant(candidates))
    consider(*description, description->kind, candidate->path.string());
  for (const auto& layer : train::layer_types()) consider(layer, "layer", "");
  for (const auto& optimizer : train::optimizer_types()) consider(optimizer, "optimizer", "");
  std::vector<std::string> sections = {"run", "data", "train", "file", "model", "layer", "optimizer", "plugins"};
  for (const manifest::KindTraits& kind : manifest::kinds())
    if (kind.sections != manifest::Sections::none) sections.push_back(kind.name);
  for (const std::string& section : sections) consider(manifest::section(section), "section", "");
  if (text.empty()) {
    print_error("there is no plugin, layer, optimizer or section '" + id + "'." + manifest::suggestion(id, names));
    return exit_bad_input;
  }
  print(text);
  return exit_success;
}

}  // namespace treino::cli
