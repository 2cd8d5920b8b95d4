// Where the lines of a text begin.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace jsonl_logger {

/// Where line `count` (from 0) of `text` begins; the end of the last whole line where there are fewer, and then `count` becomes
/// less.
inline std::size_t begin_of_line(const std::string& text, std::uint64_t& count) {
  std::size_t at = 0;
  for (std::uint64_t line = 0; line < count; ++line) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) {
      count = line;
      break;
    }
    at = end + 1;
  }
  return at;
}

}  // namespace jsonl_logger
