// Files put together by hand, as other programs write them or as damage makes them.
#pragma once
#include <cstdint>
#include <string>

namespace treino::test {

/// 8 bytes of little-endian header length, the header, the data.
inline std::string raw_safetensors(const std::string& header, const std::string& data = "", std::uint64_t more_length = 0) {
  std::string file;
  for (int shift = 0; shift < 64; shift += 8) file += static_cast<char>((header.size() + more_length) >> shift & 0xff);
  return file + header + data;
}

}  // namespace treino::test
