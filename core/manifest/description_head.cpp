// The first lines of a description, for whoever has a hundred of them and wants to know which one is meant.
#include "manifest/description_head.hpp"

#include <algorithm>

#include "manifest/description.hpp"

namespace treino::manifest {
namespace {

using HeadEntry = std::pair<std::string_view, std::string_view>;

constexpr std::string_view blanks = " \t";

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text;
}

bool is_blank_or_comment(std::string_view line) {
  const std::string_view rest = without_blanks(line);
  return rest.empty() || rest.front() == '#';
}

bool is_key_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '\\'; }

/// key = "text", with nothing in it that TOML would read otherwise than it stands there.
std::optional<HeadEntry> plain_entry(std::string_view line) {
  line = without_blanks(line);
  const auto key_end = std::find_if_not(line.begin(), line.end(), is_key_letter);
  const std::string_view key = line.substr(0, static_cast<std::size_t>(key_end - line.begin()));
  line = without_blanks(line.substr(key.size()));
  if (key.empty() || !line.starts_with('=')) return std::nullopt;
  line = without_blanks(line.substr(1));
  if (!line.starts_with('"')) return std::nullopt;
  line.remove_prefix(1);
  const std::string_view text = line.substr(0, line.find('"'));
  if (text.size() == line.size() || !std::all_of(text.begin(), text.end(), is_plain)) return std::nullopt;
  if (!is_blank_or_comment(line.substr(text.size() + 1))) return std::nullopt;
  return HeadEntry(key, text);
}

}  // namespace

std::optional<std::pair<std::string, std::string>> kind_and_id(std::string_view toml) {
  std::optional<std::string_view> kind, id;
  while (!kind || !id) {
    const std::string_view line = toml.substr(0, toml.find('\n'));
    if (line.size() == toml.size()) return std::nullopt;  // needs more than these two, so this is not the last line
    toml.remove_prefix(line.size() + 1);
    if (is_blank_or_comment(line)) continue;
    const auto entry = plain_entry(line);
    if (!entry) return std::nullopt;
    if (entry->first == "kind") kind = entry->second;
    if (entry->first == "id") id = entry->second;
  }
  return std::pair(std::string(*kind), std::string(*id));
}

}  // namespace treino::manifest
