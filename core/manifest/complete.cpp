// Unknown keys, missing ones and defaults: a table is completed even where it has faults, so that the rest of it can be checked
// too.
#include "manifest/complete.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "manifest/check.hpp"
#include "manifest/kind.hpp"
#include "manifest/sections.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

/// Whether its parameters stand in a section whose other keys the host reads.
bool shares_its_section(const Description& description) {
  const std::optional<Kind> kind = kind_named(description.kind);
  return kind && traits(*kind).sections != Sections::none;
}

/// What the entries of such a table are called.
const char* noun(const Description& description) {
  if (description.kind == "manifest") return "section";
  return description.kind == "section" ? "key" : "parameter";
}

void refuse_unknown(const Description& description, const Entry& entry, const std::string& what, Faults& faults) {
  std::vector<std::string> names;
  for (const ParameterDescription& parameter : description.parameters) names.push_back(parameter.name);
  std::vector<std::string> candidates = names;
  if (shares_its_section(description))
    for (const ParameterDescription& host_key : section(*kind_named(description.kind)).parameters)
      candidates.push_back(host_key.name);
  const std::string known =
      names.empty() ? fmt::format("It takes no {}s.", noun(description)) : "It takes: " + enumerate(names) + ".";
  faults.add(entry.location, fmt::format("{} has no {} '{}'.{} {}", what, noun(description), shown(entry.key),
                                         suggestion(entry.key, candidates), known));
}

std::string subject_of(const ParameterDescription& parameter, const std::string& what) { return parameter.name + " of " + what; }

void refuse_missing(const Description& description, const ParameterDescription& parameter, const Location& at,
                    const std::string& what, Faults& faults) {
  const std::string doc = parameter.doc.empty() ? "" : ": " + parameter.doc;
  const std::string kind = parameter.type == "any" ? "" : ", " + expectation(parameter);
  faults.add(at, fmt::format("{} needs the {} '{}'{}{}", what, noun(description), parameter.name, kind, doc));
}

}  // namespace

Table complete(const Description& description, const Table& given, const Location& at, const std::string& what, Faults& faults,
               const std::filesystem::path& folder) {
  for (const Entry& entry : given)
    if (!description.find(entry.key)) refuse_unknown(description, entry, what, faults);
  Table result;
  const std::filesystem::path own_folder = folder.empty() && at.line != 0 ? std::filesystem::path(at.file).parent_path() : folder;
  for (const ParameterDescription& parameter : description.parameters) {
    const auto entry = std::find_if(given.begin(), given.end(), [&](const Entry& each) { return each.key == parameter.name; });
    if (entry != given.end()) {
      auto checked = check(parameter, entry->value, subject_of(parameter, what), own_folder, faults);
      // After a fault the default stands in, so that the rest can still be looked at.
      if (!checked && parameter.default_value) checked = parameter.default_value;
      if (checked) result.push_back({parameter.name, entry->location, std::move(*checked)});
    } else if (parameter.default_value) {
      auto checked = check(parameter, *parameter.default_value, subject_of(parameter, what), own_folder, faults);
      if (!checked) continue;
      checked->location = at;
      result.push_back({parameter.name, at, std::move(*checked)});
    } else if (parameter.required) {
      refuse_missing(description, parameter, at, what, faults);
    }
  }
  return result;
}

}  // namespace treino::manifest
