// Patterns with a parameter's name in braces, and globs with one star: as much as descriptions need, and no more.
#include "manifest/scalar_names.hpp"

#include <algorithm>

namespace treino::manifest {

std::string parameter_in(std::string_view pattern) {
  const std::size_t begin = pattern.find('{');
  const std::size_t end = begin == std::string_view::npos ? begin : pattern.find('}', begin);
  return end == std::string_view::npos ? "" : std::string(pattern.substr(begin + 1, end - begin - 1));
}

std::vector<std::string> emitted(const Description& description, const Table& parameters) {
  std::vector<std::string> names;
  for (const std::string& pattern : description.scalars) {
    const std::string parameter = parameter_in(pattern);
    if (parameter.empty()) {
      names.push_back(pattern);
      continue;
    }
    const std::size_t at = pattern.find('{');
    const auto add = [&](const std::string* text) {
      if (text != nullptr) names.push_back(std::string(pattern).replace(at, parameter.size() + 2, *text));
    };
    const Value* value = find(parameters, parameter);
    if (value == nullptr) continue;
    add(value->as<std::string>());
    if (const auto* list = value->as<List>())
      for (const Value& element : *list) add(element.as<std::string>());
  }
  return names;
}

std::string default_name(std::string id) {
  std::replace(id.begin(), id.end(), '/', '_');
  return id;
}

bool fits(std::string_view pattern, std::string_view name) {
  std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (name.substr(0, star) != pattern.substr(0, star)) return false;
  name.remove_prefix(star);
  // What stands between two stars may be taken where it comes first.
  for (pattern.remove_prefix(star + 1); (star = pattern.find('*')) != std::string_view::npos; pattern.remove_prefix(star + 1)) {
    const std::size_t found = name.find(pattern.substr(0, star));
    if (found == std::string_view::npos) return false;
    name.remove_prefix(found + star);
  }
  return name.size() >= pattern.size() && name.substr(name.size() - pattern.size()) == pattern;
}

}  // namespace treino::manifest
