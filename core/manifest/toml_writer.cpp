// Plain keys come first and sections after them, since TOML would count a later plain key to the section before it.
#include "manifest/toml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "manifest/environment.hpp"
#include "manifest/manifest.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

std::string key_text(std::string_view key) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), bare) ? std::string(key) : in_quotes(key);
}

bool is_list_of_tables(const Value& value) {
  const auto* list = value.as<List>();
  return list && !list->empty() && std::all_of(list->begin(), list->end(), [](const Value& each) { return each.as<Table>(); });
}

std::string value_text(const Value& value);

std::string inline_table(const Table& table) {
  std::string result;
  for (const Entry& entry : table)
    result += (result.empty() ? " " : ", ") + key_text(entry.key) + " = " + value_text(entry.value);
  return result.empty() ? "{}" : "{" + result + " }";
}

/// Tables in a list stand in a line each: a model is read more often than anything else.
std::string list_text(const List& list, bool lines) {
  std::string result;
  for (const Value& element : list)
    result += (lines ? "\n  " : result.empty() ? "" : ", ") + value_text(element) + (lines ? "," : "");
  return "[" + result + (lines ? "\n]" : "]");
}

std::string value_text(const Value& value) {
  if (const auto* boolean = value.as<bool>()) return *boolean ? "true" : "false";
  if (const auto* integer = value.as<std::int64_t>()) return fmt::format("{}", *integer);
  if (const auto* real = value.as<double>()) return float_text(*real);
  if (const auto* text = value.as<std::string>()) return in_quotes(value.secret ? value.original : escape_variables(*text));
  if (const auto* table = value.as<Table>()) return inline_table(*table);
  return list_text(*value.as<List>(), false);
}

std::string lines_of(const Table& table) {
  std::string result;
  for (const Entry& entry : table) {
    const bool lines = is_list_of_tables(entry.value);
    result += key_text(entry.key) + " = " + (lines ? list_text(*entry.value.as<List>(), true) : value_text(entry.value)) + "\n";
  }
  return result;
}

/// [key] or [[key]] with its lines; nothing for plain values.
std::string section_text(const Entry& entry) {
  if (const auto* table = entry.value.as<Table>()) return fmt::format("\n[{}]\n{}", key_text(entry.key), lines_of(*table));
  std::string result;
  if (is_list_of_tables(entry.value))
    for (const Value& element : *entry.value.as<List>())
      result += fmt::format("\n[[{}]]\n{}", key_text(entry.key), lines_of(*element.as<Table>()));
  return result;
}

}  // namespace

std::string to_toml(const Table& document) {
  // After the first header no plain key could be one of the document's own.
  std::string result;
  for (const Entry& entry : document)
    if (section_text(entry).empty()) result += key_text(entry.key) + " = " + value_text(entry.value) + "\n";
  for (const Entry& entry : document) result += section_text(entry);
  return result.substr(result.find_first_not_of('\n') == result.npos ? 0 : result.find_first_not_of('\n'));
}

}  // namespace treino::manifest
