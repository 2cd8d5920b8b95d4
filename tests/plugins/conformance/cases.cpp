// Reads cases.toml into the cases that the conformance tests run.
#include "plugins/conformance/cases.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "manifest/complete.hpp"
#include "manifest/toml_reader.hpp"

namespace treino::conformance {
namespace {

using manifest::List;
using manifest::Table;
using manifest::Value;

[[noreturn]] void wrong(std::string_view key, const char* expected, const Value* value) {
  const std::string place = value == nullptr ? "" : manifest::to_text(value->location) + ": ";
  throw std::runtime_error(place + "'" + std::string(key) + "' should be " + expected +
                           (value == nullptr ? ", but is missing" : ""));
}

double to_number(std::string_view key, const Value& value) {
  if (const auto* real = value.as<double>()) return *real;
  if (const auto* integer = value.as<std::int64_t>()) return static_cast<double>(*integer);
  wrong(key, "a number", &value);
}

const List& list(const Table& table, std::string_view key) {
  const Value* value = find(table, key);
  const List* found = value == nullptr ? nullptr : value->as<List>();
  if (found == nullptr) wrong(key, "a list", value);
  return *found;
}

std::vector<double> to_numbers(std::string_view key, const List& list) {
  std::vector<double> numbers;
  for (const Value& value : list) numbers.push_back(to_number(key, value));
  return numbers;
}

}  // namespace

Table read_cases(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  manifest::Faults faults;
  std::optional<Table> document = manifest::parse_toml(bytes.str(), file.filename().string(), faults);
  if (!document || !faults.empty()) throw manifest::ManifestError(faults);
  return *std::move(document);
}

std::vector<Table> cases_of(const PluginUnderTest& plugin) {
  const Table document = read_cases(plugin.cases);
  return has(document, "case") ? tables(document, "case") : std::vector<Table>();
}

bool has(const Table& table, std::string_view key) { return find(table, key) != nullptr; }

std::string text(const Table& table, std::string_view key, const std::string& otherwise) {
  const Value* value = find(table, key);
  if (value == nullptr) return otherwise;
  if (const auto* found = value->as<std::string>()) return *found;
  wrong(key, "a text", value);
}

double number(const Table& table, std::string_view key, std::optional<double> otherwise) {
  const Value* value = find(table, key);
  if (value != nullptr) return to_number(key, *value);
  if (!otherwise) wrong(key, "a number", nullptr);
  return *otherwise;
}

bool flag(const Table& table, std::string_view key, bool otherwise) {
  const Value* value = find(table, key);
  if (value == nullptr) return otherwise;
  if (const auto* found = value->as<bool>()) return *found;
  wrong(key, "true or false", value);
}

Table table(const Table& of, std::string_view key) {
  const Value* value = find(of, key);
  if (value == nullptr) return {};
  if (const auto* found = value->as<Table>()) return *found;
  wrong(key, "a table", value);
}

std::vector<double> numbers(const Table& table, std::string_view key) { return to_numbers(key, list(table, key)); }

std::vector<std::string> texts(const Table& table, std::string_view key) {
  std::vector<std::string> found;
  for (const Value& value : list(table, key)) {
    if (value.as<std::string>() == nullptr) wrong(key, "a list of texts", &value);
    found.push_back(*value.as<std::string>());
  }
  return found;
}

std::vector<std::vector<double>> rows(const Table& table, std::string_view key) {
  std::vector<std::vector<double>> found;
  for (const Value& value : list(table, key)) {
    if (value.as<List>() == nullptr) wrong(key, "a list of rows", &value);
    found.push_back(to_numbers(key, *value.as<List>()));
    if (found.back().size() != found.front().size()) wrong(key, "a list of rows of one length", &value);
  }
  return found;
}

std::vector<Table> tables(const Table& of, std::string_view key) {
  std::vector<Table> found;
  for (const Value& value : list(of, key)) {
    if (value.as<Table>() == nullptr) wrong(key, "a list of tables", &value);
    found.push_back(*value.as<Table>());
  }
  return found;
}

bool is_rows(const Table& table, std::string_view key) {
  const List& found = list(table, key);
  return !found.empty() && found.front().as<List>() != nullptr;
}

std::optional<Table> completed(const PluginUnderTest& plugin, const Table& given, std::string& refusal) {
  manifest::Faults faults;
  const manifest::Location place{plugin.cases.filename().string(), 1, 1};
  Table parameters = manifest::complete(plugin.description, given, place, plugin.description.id, faults);
  if (faults.empty()) return parameters;
  for (const manifest::Fault& fault : faults.sorted()) refusal += to_text(fault) + "\n";
  return std::nullopt;
}

std::vector<Table> valid_parameters(const PluginUnderTest& plugin) {
  std::vector<Table> valid;
  std::string refusal;
  for (const Table& one : cases_of(plugin)) {
    if (has(one, "refused")) continue;
    if (auto parameters = completed(plugin, table(one, "parameters"), refusal)) valid.push_back(*std::move(parameters));
  }
  if (!valid.empty()) return valid;
  if (auto parameters = completed(plugin, {}, refusal)) valid.push_back(*std::move(parameters));
  return valid;
}

}  // namespace treino::conformance
