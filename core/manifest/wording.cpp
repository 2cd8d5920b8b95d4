// One wording for what was found and what was expected, used by every check.
#include "manifest/wording.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/text.hpp"
#include "manifest/suggestion.hpp"

namespace treino::manifest {
namespace {

constexpr std::size_t kLongest = 60;

std::string number(double value) { return fmt::format("{}", value); }

/// " of at least 0 and less than 1".
std::string range(const ParameterDescription& parameter) {
  std::string low, high;
  if (parameter.min) low = "of at least " + number(*parameter.min);
  if (parameter.above) low = "greater than " + number(*parameter.above);
  if (parameter.max) high = (low.empty() ? "of at most " : "at most ") + number(*parameter.max);
  if (parameter.below) high = "less than " + number(*parameter.below);
  const char* between = low.empty() || high.empty() ? "" : " and ";
  return low.empty() && high.empty() ? "" : " " + low + between + high;
}

std::string choices(const ParameterDescription& parameter) {
  std::vector<std::string> quoted;
  for (const std::string& choice : parameter.choices) quoted.push_back('"' + choice + '"');
  return (quoted.size() == 1 ? "" : "one of ") + enumerate(quoted, 30);
}

/// "integers of at least 1": what a list of these holds.
std::string plural(const ParameterDescription& list) {
  if (!list.choices.empty()) return "strings out of " + choices(list).substr(list.choices.size() == 1 ? 0 : 7);
  if (list.items == "bool") return "booleans";
  if (list.items == "int") return "integers" + range(list);
  if (list.items == "float") return "numbers" + range(list);
  if (list.items == "string") return "strings";
  if (list.items == "monitor") return "names of scalars";
  if (list.items == "output" || list.items == "input") return "paths";
  if (list.items == "column") return "column numbers or names";
  return list.items == "table" ? "tables" : "tables { plugin = \"<id>\", ... }";
}

}  // namespace

std::string shown(std::string_view text) {
  std::string result;
  std::size_t taken = 0;
  while (taken < text.size() && result.size() < kLongest) result += base::clean_character(text, taken);
  return taken < text.size() ? result + "..." : result;
}

std::string describe(const Value& value) {
  if (value.secret) return fmt::format("the value of \"{}\"", shown(value.original));
  if (const auto* boolean = value.as<bool>()) return *boolean ? "the boolean true" : "the boolean false";
  if (const auto* integer = value.as<std::int64_t>()) return fmt::format("the integer {}", *integer);
  if (const auto* real = value.as<double>()) return "the float " + float_text(*real);
  if (const auto* text = value.as<std::string>()) return fmt::format("the string \"{}\"", shown(*text));
  return value.type_name();
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      result += fmt::format("\\u{:04X}", byte);
    else
      result += c;
  }
  return result + '"';
}

std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".enf") == std::string::npos ? text + ".0" : text;
}

std::string expectation(const ParameterDescription& parameter) {
  const std::string& type = parameter.type;
  if (type == "list") return (parameter.scalar ? "one or a list of " : "a list of ") + plural(parameter);
  const std::string integer = parameter.or_int ? " or an integer" + range(parameter) : "";
  if (!parameter.choices.empty()) return choices(parameter) + integer;
  if (type == "bool") return "true or false";
  if (type == "int") return "an integer" + range(parameter);
  if (type == "float") return "a number" + range(parameter);
  if (type == "string") return "a string" + integer;
  if (type == "table") return "a table";
  if (type == "monitor") return "the name of a scalar, as a string";
  if (type == "output" || type == "input") return "a path, as a string";
  if (type == "column") return "a column's number or name";
  return "a table { plugin = \"<id>\", ... }";
}

}  // namespace treino::manifest
