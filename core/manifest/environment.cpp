// Variables are looked up once, when the manifest is read, and registered as secrets before anything else can print them.
#include "manifest/environment.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/secrets.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view kDigits = "0123456789";

bool is_variable_name(std::string_view name) {
  return !name.empty() && kDigits.find(name[0]) == kDigits.npos &&
         name.find_first_not_of(std::string(kLetters) + std::string(kDigits)) == name.npos;
}

/// What stands between the braces that begin at `at`; the fault otherwise.
std::string variable(const Value& value, std::string_view text, std::size_t at, std::size_t end, Faults& faults) {
  const std::string name(text.substr(at + 2, end == text.npos ? text.npos : end - at - 2));
  const char* content = end != text.npos && is_variable_name(name) ? std::getenv(name.c_str()) : nullptr;
  if (end == text.npos) {
    faults.add(value.location,
               fmt::format("\"${{\" without its \"}}\" in \"{}\"; write \"$${{\" for the characters themselves", shown(text)));
  } else if (!is_variable_name(name)) {
    faults.add(
        value.location,
        fmt::format("'{}' is not the name of an environment variable; write \"$${{\" for the characters \"${{\" themselves",
                    shown(name)));
  } else if (!content) {
    faults.add(value.location, fmt::format("the environment variable '{}' is not set", shown(name)));
  }
  if (content) base::keep_secret(name, content);
  return content ? content : "";
}

void replace_in(Value& value, Faults& faults) {
  const std::string text = *value.as<std::string>();
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 3, "$${") == 0) {
      result += "${";
      i += 3;
    } else if (text.compare(i, 2, "${") == 0) {
      const std::size_t end = text.find('}', i);
      result += variable(value, text, i, end, faults);
      value.secret = true;
      i = end == text.npos ? text.size() : end + 1;
    } else {
      result += text[i++];
    }
  }
  if (value.secret) value.original = text;
  value.data = std::move(result);
}

void replace_anywhere(Value& value, Faults& faults) {
  if (value.as<std::string>()) replace_in(value, faults);
  if (auto* list = std::get_if<List>(&value.data))
    for (Value& element : *list) replace_anywhere(element, faults);
  if (auto* table = std::get_if<Table>(&value.data)) replace_variables(*table, faults);
}

}  // namespace

void replace_variables(Table& table, Faults& faults) {
  for (Entry& entry : table) replace_anywhere(entry.value, faults);
}

std::string escape_variables(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) result += text.substr(i, 2) == "${" ? "$$" : std::string(1, text[i]);
  return result;
}

}  // namespace treino::manifest
