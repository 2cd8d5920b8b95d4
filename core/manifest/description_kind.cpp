// Which keys a description has to have, and may have, follows from the list of kinds.
#include "manifest/description_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "manifest/sections.hpp"

namespace treino::manifest {
namespace {

bool is_one_of(const std::vector<std::string>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

void check_key(const KindTraits& kind, const std::string& key, const Table& table, Faults& faults) {
  const Value* value = find(table, key);
  const bool needed = is_one_of(kind.needed_keys, key);
  if (!value && needed) faults.add(find(table, "kind")->location, fmt::format("{} needs '{}'", with_article(kind), key));
  if (value && !needed && !is_one_of(kind.further_keys, key))
    faults.add(value->location, fmt::format("{} has no '{}'", with_article(kind), key));
  if (value && needed && value->as<List>() && value->as<List>()->empty())
    faults.add(value->location, fmt::format("{} needs at least one of '{}'", with_article(kind), key));
}

void check_draft(const KindTraits& kind, const Table& table, Faults& faults) {
  const Value* draft = find(table, "draft");
  const auto* number = draft ? draft->as<std::int64_t>() : nullptr;
  if (draft && !number) return;  // a fault already
  const std::string fault = fault_in_draft(kind, number ? std::optional(*number) : std::nullopt);
  if (!fault.empty()) faults.add((draft ? draft : find(table, "kind"))->location, fault);
}

/// The keys that some kind has, and not each.
std::vector<std::string> keys_of_kinds() {
  std::vector<std::string> keys;
  for (const KindTraits& kind : kinds())
    for (const auto* some : {&kind.needed_keys, &kind.further_keys})
      std::copy_if(some->begin(), some->end(), std::back_inserter(keys), [&](const auto& key) { return !is_one_of(keys, key); });
  return keys;
}

}  // namespace

void check_keys_of_kind(const KindTraits& kind, const Table& table, Faults& faults) {
  for (const std::string& key : keys_of_kinds()) check_key(kind, key, table, faults);
  check_draft(kind, table, faults);
}

std::vector<std::string> reserved_names(std::optional<Kind> kind) {
  std::vector<std::string> names;
  for (const ParameterDescription& key : (kind ? section(*kind) : section("plugin")).parameters)
    if (key.name != "version" && key.name != "every") names.push_back(key.name);
  return names;
}

}  // namespace treino::manifest
