// Versions compare as in semver.org, without its ranges: comparisons joined by commas are enough and need no explanation.
#include "manifest/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstdint>
#include <vector>

#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

struct Version {
  std::array<std::uint64_t, 4> numbers{};
  bool release = true;
  std::string_view before;  // "beta" of 1.2-beta
  auto operator<=>(const Version&) const = default;
};

/// False where the text is no version.
bool parse(std::string_view text, Version& version) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  version.release = dash == text.size();
  if (!version.release) version.before = text.substr(dash + 1);
  if (!version.release && version.before.empty()) return false;
  text = text.substr(0, std::min(dash, text.find('+')));  // a build's name has no rank
  for (std::uint64_t& number : version.numbers) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return true;
    if (text.front() != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

struct Comparison {
  std::string_view sign;
  Version with;
};

/// False where the text is no comparison.
bool parse(std::string_view text, Comparison& comparison) {
  text = trimmed(text);
  for (const std::string_view sign : {">=", "<=", "!=", "==", ">", "<", "="})
    if (text.starts_with(sign)) {
      comparison.sign = sign;
      return parse(trimmed(text.substr(sign.size())), comparison.with);
    }
  return false;
}

bool holds(const Comparison& comparison, const Version& version) {
  const auto order = version <=> comparison.with;
  if (comparison.sign == ">=") return order >= 0;
  if (comparison.sign == "<=") return order <= 0;
  if (comparison.sign == ">") return order > 0;
  if (comparison.sign == "<") return order < 0;
  return comparison.sign == "!=" ? order != 0 : order == 0;
}

template <class Each>
void each_part(std::string_view range, Each&& each) {
  for (;;) {
    const std::size_t comma = range.find(',');
    each(range.substr(0, comma));
    if (comma == std::string_view::npos) return;
    range.remove_prefix(comma + 1);
  }
}

}  // namespace

bool is_version(std::string_view text) {
  Version version;
  return parse(text, version);
}

std::string fault_in_range(std::string_view range) {
  std::string fault;
  each_part(range, [&](std::string_view part) {
    Comparison comparison;
    if (!fault.empty() || parse(part, comparison)) return;
    const std::string hint = is_version(trimmed(part)) ? fmt::format(". Did you mean \">={}\"?", shown(trimmed(part))) : "";
    fault = fmt::format("expected comparisons like \">=1.2\" or \">=1.2, <2\", got the string \"{}\"{}", shown(range), hint);
  });
  return fault;
}

bool in_range(std::string_view range, std::string_view text) {
  Version version;
  if (!parse(text, version)) return false;
  bool all = true;
  each_part(range, [&](std::string_view part) {
    Comparison comparison;
    all = all && parse(part, comparison) && holds(comparison, version);
  });
  return all;
}

}  // namespace treino::manifest
