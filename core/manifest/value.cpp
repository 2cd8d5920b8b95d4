// Faults in the order in which a reader of the file meets them.
#include "manifest/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.hpp"

namespace treino::manifest {

std::string to_text(const Location& location) {
  if (location.line == 0) return location.file;
  return fmt::format("{}:{}:{}", location.file, location.line, location.column);
}

const char* Value::type_name() const {
  constexpr const char* names[] = {"a boolean", "an integer", "a float", "a string", "a list", "a table"};
  return names[data.index()];
}

const Value* find(const Table& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == table.end() ? nullptr : &found->value;
}

std::string to_text(const Fault& fault) {
  const std::string place = to_text(fault.location);
  return place.empty() ? fault.text : place + ": " + fault.text;
}

std::vector<Fault> Faults::sorted() const {
  const auto key = [](const Fault& fault) {
    const Location& at = fault.location;
    return std::make_tuple(at.line == 0, std::cref(at.file), at.line, at.column);
  };
  std::vector<Fault> result = faults_;
  std::stable_sort(result.begin(), result.end(), [&](const Fault& a, const Fault& b) { return key(a) < key(b); });
  return result;
}

/// The first of them: a file that is something else altogether has a fault in every line.
static std::string one_a_line(const Faults& faults) {
  constexpr std::size_t most = 100;
  const std::vector<Fault> sorted = faults.sorted();
  std::string text;
  for (std::size_t i = 0; i < std::min(most, sorted.size()); ++i)
    text += (text.empty() ? "" : "\n") + base::clean_line(to_text(sorted[i]));
  if (sorted.size() > most) text += fmt::format("\nand {} more faults", sorted.size() - most);
  return text;
}

ManifestError::ManifestError(const Faults& faults) : std::runtime_error(one_a_line(faults)), faults_(faults.sorted()) {}

}  // namespace treino::manifest
