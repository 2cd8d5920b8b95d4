// A walk over the text that knows strings and comments, and nothing else of TOML.
#include "manifest/toml_guard.hpp"

#include <fmt/format.h>

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

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// The character that begins at `at` as U+XXXX, or its first byte where it is not UTF-8.
std::string character_name(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  std::uint32_t code = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size() || !continues_character(text[at + i])) return fmt::format("the byte 0x{:02X}", first);
    code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
  }
  return fmt::format("the character U+{:04X}", code);
}

/// Walks over the text; what stands in strings and comments counts for the place only.
class Walk {
 public:
  Walk(std::string_view text, std::size_t deepest) : text_(text), deepest_(deepest) {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") text_.remove_prefix(3);  // a byte order mark
  }

  std::optional<TomlError> first_fault() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        advance(after_string(text_, at_));
        continue;
      }
      if (c == '#') {
        advance(std::min(text_.find('\n', at_), text_.size()));
        continue;
      }
      if (!is_ascii(c)) return fault(character_name(text_, at_) + " may stand in quotes and in comments only");
      if (c == '.' && ++dots_ >= deepest_) return fault(fmt::format("a key of more than {} parts", deepest_));
      if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) dots_ = 0;
      advance(at_ + 1);
    }
    return std::nullopt;
  }

 private:
  TomlError fault(std::string what) const { return {line_, column_, std::move(what)}; }

  void advance(std::size_t next) {
    for (; at_ < next; ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else if (!continues_character(text_[at_])) {
        ++column_;
      }
    }
  }

  std::string_view text_;
  std::size_t deepest_, at_ = 0, dots_ = 0;
  std::uint32_t line_ = 1, column_ = 1;
};

}  // namespace

std::optional<TomlError> fault_before_parsing(std::string_view toml, std::size_t deepest) {
  return Walk(toml, deepest).first_fault();
}

}  // namespace treino::manifest
