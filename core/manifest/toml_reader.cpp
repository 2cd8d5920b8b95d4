#include "manifest/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "manifest/toml_guard.hpp"

// Values and keys nest no deeper than our recursions over them, and toml++'s own, can bear.
#define TOML_MAX_NESTED_VALUES 64
// toml++ 3.3 asserts that a key begins with a letter right before it reports, as an error, one that does not: "[[[" would abort
// the program. With NDEBUG it would promise the same to the optimizer. So its assertions are nothing here, in either build.
#undef NDEBUG
#define TOML_ASSERT(...) static_assert(true)
#include <toml++/toml.h>

namespace treino::manifest {
namespace {

constexpr std::size_t kDeepestKey = 16;

class Converter {
 public:
  Converter(const std::string& file, Faults& faults) : file_(file), faults_(faults) {}

  Table table(const toml::table& source) {
    Table result;
    for (const auto& [key, node] : source) add(result, key, node);
    std::stable_sort(result.begin(), result.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.location.line, a.location.column) < std::tie(b.location.line, b.location.column);
    });
    return result;
  }

 private:
  void add(Table& result, const toml::key& key, const toml::node& node) {
    if (auto converted = value(node)) result.push_back({std::string(key.str()), place(key.source()), std::move(*converted)});
  }

  std::optional<Value> value(const toml::node& node) {
    const Location at = place(node.source());
    if (const auto* boolean = node.as_boolean()) return Value{boolean->get(), at, false, {}};
    if (const auto* integer = node.as_integer()) return Value{integer->get(), at, false, {}};
    if (const auto* real = node.as_floating_point()) return Value{real->get(), at, false, {}};
    if (const auto* text = node.as_string()) return Value{text->get(), at, false, {}};
    if (const auto* array = node.as_array()) return Value{list(*array), at, false, {}};
    if (const auto* inner = node.as_table()) return Value{table(*inner), at, false, {}};
    faults_.add(at, "dates and times have no use here; write it as a string, in quotes");
    return std::nullopt;
  }

  List list(const toml::array& source) {
    List result;
    for (const toml::node& node : source)
      if (auto converted = value(node)) result.push_back(std::move(*converted));
    return result;
  }

  Location place(const toml::source_region& region) const { return {file_, region.begin.line, region.begin.column}; }

  const std::string& file_;
  Faults& faults_;
};

void move_to(const Location& location, Value& value) {
  value.location = location;
  if (auto* list = std::get_if<List>(&value.data))
    for (Value& element : *list) move_to(location, element);
  if (auto* table = std::get_if<Table>(&value.data))
    for (Entry& entry : *table) {
      entry.location = location;
      move_to(location, entry.value);
    }
}

}  // namespace

std::optional<Table> parse_toml(std::string_view text, const std::string& file, Faults& faults) {
  if (const auto fault = fault_before_parsing(text, kDeepestKey)) {
    faults.add({file, fault->line, fault->column}, fault->text);
    return std::nullopt;
  }
  try {
    const toml::table document = toml::parse(text, file);
    return Converter(file, faults).table(document);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    faults.add({file, begin.line, begin.column}, fmt::format("not TOML: {}", error.description()));
    return std::nullopt;
  }
}

std::optional<Value> parse_toml_value(const std::string& text, const Location& location) {
  Faults faults;
  std::optional<Table> document = parse_toml("value = " + text, "", faults);
  // Further lines could bring further keys: those are not one value.
  if (!document || !faults.empty() || document->size() != 1 || document->front().key != "value") return std::nullopt;
  Value value = std::move(document->front().value);
  move_to(location, value);
  return value;
}

}  // namespace treino::manifest
