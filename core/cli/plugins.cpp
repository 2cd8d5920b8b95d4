// treino plugins, treino describe: what was found, from the descriptions alone.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/figures.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace treino::cli {

namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) { return object[key].get<std::string>(); }

/// A row for each component that is hidden by another.
std::string hidden_text(const json& hidden) {
  std::string text;
  for (const json& each : hidden)
    text += base::clean_line(fmt::format("{}: {} {}, by {}", text_of(each, "file"), text_of(each, "kind"), text_of(each, "id"),
                                         text_of(each, "by"))) +
            "\n";
  return text.empty() ? "" : "\nhidden:\n" + text;
}

std::string left_out_text(const json& left_out) {
  std::string text;
  for (const json& each : left_out) text += base::clean_line(text_of(each, "file") + ": " + text_of(each, "reason")) + "\n";
  return text.empty() ? "" : "\nleft out:\n" + text;
}

/// ">= 0, < 1", "a | b"
std::string range(const json& parameter) {
  std::string text;
  const auto add = [&](const char* sign, const char* bound) {
    if (parameter.contains(bound))
      text += (text.empty() ? "" : ", ") + std::string(sign) + base::exact(parameter[bound].get<double>());
  };
  add(">= ", "min");
  add("> ", "above");
  add("<= ", "max");
  add("< ", "below");
  for (const json& choice : parameter.value("choices", json::array()))
    text += (text.empty() ? "" : " | ") + choice.get<std::string>();
  return text;
}

std::string enumerate(const json& names) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + names[i].get<std::string>();
  return names.size() > most ? text + fmt::format(" and {} more", names.size() - most) : text;
}

/// "2", "2 to 4"
std::string range_of_inputs(const json& inputs) {
  return inputs[0] == inputs[1] ? inputs[0].dump() : inputs[0].dump() + " to " + inputs[1].dump();
}

std::string parameter_table(const json& parameters) {
  std::vector<std::vector<std::string>> rows = {{"parameter", "type", "default", "takes", "meaning"}};
  for (const json& parameter : parameters)
    rows.push_back({text_of(parameter, "name"),
                    text_of(parameter, "type") + (parameter.contains("items") ? " of " + text_of(parameter, "items") : ""),
                    parameter["required"].get<bool>() ? "(required)"
                    : parameter.contains("default")   ? parameter["default"].dump()
                                                      : "(none)",
                    range(parameter), text_of(parameter, "doc")});
  return table(rows, true, screen_width());
}

std::string description_text(const json& description) {
  const std::string version = text_of(description, "version");
  std::string text = text_of(description, "kind") + " " + text_of(description, "id") + (version.empty() ? "" : " " + version) +
                     "\n" + wrap(text_of(description, "summary"), screen_width(), 0) + "\n";
  std::vector<std::vector<std::string>> facts;
  for (const char* name : {"phase", "events", "scalars", "needs", "ranks", "unit", "target", "inputs", "files", "file"}) {
    if (!description.contains(name)) continue;
    const json& value = description[name];
    facts.push_back({name, name == std::string_view("inputs") ? range_of_inputs(value)
                           : value.is_array()                 ? enumerate(value)
                                                              : value.get<std::string>()});
  }
  if (!facts.empty()) text += "\n" + table(facts, false, screen_width());
  if (!description["parameters"].empty()) text += "\n" + parameter_table(description["parameters"]);
  const std::string help = text_of(description, "help");
  if (!help.empty()) text += "\n" + help + (help.back() == '\n' ? "" : "\n");
  return text;
}

}  // namespace

int plugins(const CommonOptions& common, bool as_json) {
  const std::string text = catalogue(common.plugin_folders);
  if (as_json) {
    print_data(text);
    return exit_success;
  }
  const json found = json::parse(text);
  std::vector<std::vector<std::string>> rows;
  for (const json& plugin : found["plugins"])
    rows.push_back({text_of(plugin, "kind"), text_of(plugin, "id"), text_of(plugin, "version"), text_of(plugin, "summary")});
  std::stable_sort(rows.begin(), rows.end());
  rows.insert(rows.begin(), {"kind", "plugin", "version", "what it does"});
  print((rows.size() == 1 ? "no plugin was found\n" : table(rows, true, screen_width())) + left_out_text(found["left_out"]) +
        hidden_text(found["hidden"]));
  return exit_success;
}

int describe(const CommonOptions& common, const std::string& id) {
  const json found = json::parse(catalogue(common.plugin_folders, id));
  std::string text;
  for (const char* part : {"plugins", "layers", "sections"})
    for (const json& description : found[part]) text += (text.empty() ? "" : "\n") + description_text(description);
  print(text);
  return exit_success;
}

}  // namespace treino::cli
