// UTF-8 as RFC 3629 has it: no longer forms than needed, no surrogates, nothing above U+10FFFF.
#include "characters.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "shared/readers/byte_source.hpp"

namespace treino::readers {

namespace {

struct Sequence {
  std::size_t bytes;  // 0: what stands there is no UTF-8
  char32_t character;
};

/// How many bytes a character takes that begins with this one; 0: none does.
std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

Sequence sequence_at(std::string_view text) {
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = length_of(byte(0));
  if (length == 0 || text.size() < length) return {0, 0};
  char32_t character = length == 1 ? byte(0) : byte(0) & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    character = character << 6 | (byte(i) & 0x3fu);
  }
  const bool surrogate = character >= 0xd800 && character < 0xe000;
  return character < least[length] || surrogate || character > 0x10ffff ? Sequence{0, 0} : Sequence{length, character};
}

std::string utf8(char32_t character) {
  const auto part = [&](unsigned shift, char32_t mark, char32_t mask) {
    return static_cast<char>(mark | (character >> shift & mask));
  };
  if (character < 0x80) return {part(0, 0, 0x7f)};
  if (character < 0x800) return {part(6, 0xc0, 0x1f), part(0, 0x80, 0x3f)};
  if (character < 0x10000) return {part(12, 0xe0, 0x0f), part(6, 0x80, 0x3f), part(0, 0x80, 0x3f)};
  return {part(18, 0xf0, 0x07), part(12, 0x80, 0x3f), part(6, 0x80, 0x3f), part(0, 0x80, 0x3f)};
}

bool is_control(char32_t character) { return character < 0x20 || character == 0x7f; }

std::string read_all(const std::string& path) {
  const auto source = open_bytes(std::make_shared<const InputFile>(path));
  std::string bytes;
  std::array<char, 65536> part;
  for (std::size_t got = part.size(); got == part.size();) {
    got = source->read(part);
    bytes.append(part.data(), got);
  }
  return bytes;
}

}  // namespace

std::u32string read_characters(const std::string& path) { return decoded(read_all(path), path); }

std::u32string decoded(std::string_view text, const std::string& name) {
  std::u32string characters;
  Place place;
  while (!text.empty()) {
    const Sequence one = sequence_at(text);
    if (one.bytes == 0)
      throw std::runtime_error(fmt::format("{}:{}:{}: expected a UTF-8 text, found the byte 0x{:02x}", name, place.line,
                                           place.column, static_cast<unsigned char>(text.front())));
    if (one.character == 0) throw std::runtime_error(fmt::format("{}:{}:{}: a NUL character", name, place.line, place.column));
    characters += one.character;
    place.pass(one.character == U'\n');
    text.remove_prefix(one.bytes);
  }
  return characters;
}

std::string name_of(char32_t character) {
  switch (character) {
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
    default:
      return is_control(character) ? fmt::format("\\x{:02x}", static_cast<unsigned>(character)) : utf8(character);
  }
}

std::optional<char32_t> character_named(const std::string& name) {
  for (char32_t character = 1; character < 0x80; ++character)
    if (is_control(character) && name_of(character) == name) return character;
  const Sequence one = name.empty() ? Sequence{0, 0} : sequence_at(name);
  return one.bytes > 0 && one.bytes == name.size() ? std::optional(one.character) : std::nullopt;
}

}  // namespace treino::readers
