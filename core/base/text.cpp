// Which characters act on a terminal, and how they are shown instead.
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace treino::base {
namespace {

struct Character {
  std::uint32_t code;
  std::size_t length;  // 0 where the bytes are no UTF-8
};

constexpr Character invalid{0, 0};

/// By the table of Unicode 15, section 3.9: no overlong forms, no surrogates, nothing beyond 10FFFF.
Character decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return invalid;
  std::uint32_t code = lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return invalid;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < least[length] || surrogate || code > 0x10ffff ? invalid : Character{code, length};
}

/// Control characters of ASCII and Latin 1, separators of lines, and marks that turn the direction of writing.
bool acts_on_a_terminal(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/// Most text is this, and is copied at once.
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f;
}

std::string escaped(const char* format, std::uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, format, static_cast<unsigned>(number));
  return text;
}

template <class Keep>
std::string clean(std::string_view text, Keep&& keep) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto* const rest = text.data() + at;
    const auto plain = static_cast<std::size_t>(
        std::find_if(rest, text.data() + text.size(), [&](char c) { return !is_plain(c) && !keep(c); }) - rest);
    result.append(rest, plain);
    at += plain;
    if (at < text.size()) result += clean_character(text, at);
  }
  return result;
}

}  // namespace

std::string clean_character(std::string_view text, std::size_t& at) {
  const Character character = decode(text.substr(at));
  const std::size_t begin = at;
  at += std::max<std::size_t>(1, character.length);
  if (character.length == 0) return escaped("\\x%02x", static_cast<unsigned char>(text[begin]));
  if (!acts_on_a_terminal(character.code)) return std::string(text.substr(begin, character.length));
  return escaped(character.code < 0x80 ? "\\x%02x" : "\\u%04x", character.code);
}

std::string clean_line(std::string_view text) {
  return clean(text, [](char) { return false; });
}

std::string clean_text(std::string_view text) {
  return clean(text, [](char c) { return c == '\n' || c == '\t'; });
}

bool is_clean_line(std::string_view text) {
  while (!text.empty()) {
    const Character character = decode(text);
    if (character.length == 0 || acts_on_a_terminal(character.code)) return false;
    text.remove_prefix(character.length);
  }
  return true;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

}  // namespace treino::base
