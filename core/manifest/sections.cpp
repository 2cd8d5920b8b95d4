// The texts of section_texts.hpp and description_texts.hpp, parsed once; a fault in them is a fault of the program.
#include "manifest/sections.hpp"

#include <algorithm>
#include <stdexcept>

#include "manifest/check.hpp"
#include "manifest/description_texts.hpp"
#include "manifest/section_texts.hpp"
#include "manifest/toml_reader.hpp"

namespace treino::manifest {
namespace {

template <class T>
void take(const Table& table, std::string_view key, T& target) {
  if (const Value* value = find(table, key)) target = *value->as<T>();
}

void take(const Table& table, std::string_view key, std::vector<std::string>& target) {
  const Value* value = find(table, key);
  if (!value) return;
  for (const Value& element : *value->as<List>()) target.push_back(*element.as<std::string>());
}

void take(const Table& table, std::string_view key, std::optional<double>& target) {
  const Value* value = find(table, key);
  if (!value) return;
  const auto* integer = value->as<std::int64_t>();
  target = integer ? static_cast<double>(*integer) : *value->as<double>();
}

/// "50 4b 03 04" as bytes.
void take_magic(const Table& table, Description& result) {
  std::vector<std::string> all;
  take(table, "magic", all);
  for (const std::string& text : all) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 3)
      bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
    result.magic.push_back(bytes);
  }
}

/// `inputs = 2`, or `inputs = [2, 4]`.
void take_inputs(const Table& table, Description& result) {
  const Value* value = find(table, "inputs");
  if (!value) return;
  const auto number = [](const Value& one) { return static_cast<std::size_t>(*one.as<std::int64_t>()); };
  const auto* list = value->as<List>();
  result.least_inputs = number(list ? list->front() : *value);
  result.most_inputs = number(list ? list->back() : *value);
}

/// The default is as check() makes it: a float where a float is due, a list where a list is.
ParameterDescription build_parameter(const Entry& entry) {
  const Table& table = *entry.value.as<Table>();
  ParameterDescription result;
  result.name = entry.key;
  take(table, "type", result.type);
  take(table, "items", result.items);
  take(table, "doc", result.doc);
  take(table, "required", result.required);
  take(table, "scalar", result.scalar);
  take(table, "placeholders", result.placeholders);
  take(table, "folder", result.folder);
  take(table, "needs_trust", result.needs_trust);
  take(table, "needs", result.needs);
  result.or_int = find(table, "or") != nullptr;
  take(table, "min", result.min);
  take(table, "max", result.max);
  take(table, "above", result.above);
  take(table, "below", result.below);
  take(table, "choices", result.choices);
  const Value* given = find(table, "default");
  Faults ignored;
  const bool path = result.type == "input" || result.items == "input";
  if (given) result.default_value = path ? *given : check(result, *given, "", {}, ignored);
  return result;
}

std::vector<Description> load() {
  Faults faults;
  std::vector<Description> result;
  for (const std::string_view text : {kSectionTexts, kDescriptionTexts}) {
    const auto document = parse_toml(text, "sections", faults);
    if (!document) throw ManifestError(faults);
    for (const Value& type : *find(*document, "type")->as<List>()) result.push_back(build_description(*type.as<Table>()));
  }
  return result;
}

Description& listed(std::vector<Description>& all, std::string_view id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Description& each) { return each.id == id; });
  if (found == all.end()) throw std::logic_error("no section " + std::string(id));
  return *found;
}

void add_parameters(Description& description, const Description& further, bool in_front) {
  auto& own = description.parameters;
  own.insert(in_front ? own.begin() : own.end(), further.parameters.begin(), further.parameters.end());
}

std::vector<std::string>& choices_of(Description& description, std::string_view key) {
  const auto has_name = [&](const ParameterDescription& each) { return each.name == key; };
  return std::find_if(description.parameters.begin(), description.parameters.end(), has_name)->choices;
}

/// Keys that several sections share are written once, and the names of kinds come from their list.
std::vector<Description> load_and_share() {
  std::vector<Description> all = load();
  add_parameters(listed(all, "train"), listed(all, "file"), true);
  for (const KindTraits& kind : kinds()) {
    const bool own_section = kind.sections == Sections::one || kind.sections == Sections::any;
    if (own_section) add_parameters(listed(all, kind.name), listed(all, "plugin"), true);
    if (own_section && !kind.may_be_disabled)
      std::erase_if(listed(all, kind.name).parameters, [](const auto& each) { return each.name == "on_error"; });
    choices_of(listed(all, "description"), "kind").push_back(kind.name);
    if (!kind.child) continue;
    for (const char* key : {"type", "items"}) choices_of(listed(all, "parameter"), key).push_back(kind.name);
  }
  return all;
}

std::vector<Description>& sections() {
  static std::vector<Description> all = load_and_share();
  return all;
}

}  // namespace

const Description& section(std::string_view id) { return listed(sections(), id); }

const Description& section(Kind kind) {
  const Sections sections = traits(kind).sections;
  return section(sections == Sections::none ? "plugin" : sections == Sections::files ? "train" : to_text(kind));
}

Description build_description(const Table& table) {
  Description result;
  take(table, "kind", result.kind);
  take(table, "id", result.id);
  take(table, "version", result.version);
  take(table, "summary", result.summary);
  take(table, "help", result.help);
  take(table, "phase", result.phase);
  take(table, "unit", result.unit);
  take(table, "events", result.events);
  take(table, "scalars", result.scalars);
  result.only_tables = result.kind == to_text(Kind::metric) && find(table, "scalars") != nullptr && result.scalars.empty();
  take(table, "no_direction", result.no_direction);
  take(table, "needs", result.needs);
  result.all_ranks = find(table, "ranks") != nullptr;  // "all", its one choice
  take(table, "target", result.target);
  take(table, "files", result.files);
  take_magic(table, result);
  take_inputs(table, result);
  take(table, "closure", result.closure);
  std::int64_t state_version = 1;
  take(table, "state_version", state_version);
  result.state_version = static_cast<std::uint32_t>(state_version);
  if (const Value* parameters = find(table, "parameters"))
    for (const Entry& entry : *parameters->as<Table>()) result.parameters.push_back(build_parameter(entry));
  return result;
}

std::pair<Table, Table> split_by_keys(const Description& host_keys, const Table& given) {
  std::pair<Table, Table> result;
  for (const Entry& entry : given) (host_keys.find(entry.key) ? result.first : result.second).push_back(entry);
  return result;
}

}  // namespace treino::manifest
