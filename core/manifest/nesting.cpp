#include "manifest/nesting.hpp"

#include <algorithm>

namespace treino::manifest {
namespace {

/// Position after the string that begins at `at` (its quotes included). An unfinished one ends with its line or with the text.
std::size_t after_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
  const bool several_lines = text.substr(at, 3) == triple;
  std::size_t i = at + (several_lines ? 3 : 1);
  for (; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (!several_lines && (text[i] == quote || text[i] == '\n')) {
      return text[i] == quote ? i + 1 : i;
    } else if (several_lines && text.substr(i, 3) == triple) {
      // One or two quotes may stand right before the closing three.
      std::size_t extra = 0;
      while (extra < 2 && text.substr(i + 3 + extra, 1) == text.substr(at, 1)) ++extra;
      return i + 3 + extra;
    }
  }
  return text.size();
}

}  // namespace

std::optional<Place> too_deep_key(std::string_view text, std::size_t deepest) {
  std::size_t dots = 0, line_start = 0;
  Place place;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    std::size_t next = i + 1;
    if (c == '"' || c == '\'') {
      next = after_string(text, i);
    } else if (c == '#') {
      next = std::min(text.find('\n', i), text.size());
    } else if (c == '.') {
      place.column = static_cast<std::uint32_t>(i - line_start + 1);
      if (++dots >= deepest) return place;
    } else if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) {
      dots = 0;
    }
    for (; i < next; ++i) {
      if (text[i] != '\n') continue;
      ++place.line;
      line_start = i + 1;
    }
  }
  return std::nullopt;
}

}  // namespace treino::manifest
