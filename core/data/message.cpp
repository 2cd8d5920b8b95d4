// Data come from anywhere, so that nothing of them is shown as it is.
#include "data/message.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "base/nearest.hpp"

namespace treino::data {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t limit = 40;
  std::string result = "'";
  for (const char character : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += character;
    }
  }
  return result + (text.size() > limit ? "...'" : "'");
}

std::string nearest_hint(std::string_view wrong, std::span<const std::string> known) {
  const std::string* nearest = base::nearest(wrong, known);
  return nearest == nullptr || nearest->empty() ? "" : fmt::format(" Did you mean {}?", in_quotes(*nearest));
}

std::string listed(std::span<const std::string> names, std::size_t limit) {
  std::string result;
  for (std::size_t i = 0; i < names.size() && i < limit; ++i) result += (i == 0 ? "" : ", ") + in_quotes(names[i]);
  if (names.size() > limit) result += fmt::format(" and {} more", names.size() - limit);
  return result;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || text.size() < length) return false;
    std::uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xc0) != 0x80) return false;
      code = code << 6 | (byte & 0x3f);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace treino::data
