// Files to be afraid of.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace treino::test {

/// A user who is neither root nor the one who runs the tests.
constexpr uid_t stranger = 4242;

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::filesystem::path write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

/// `bytes` with one number replaced, in the machine's byte order.
template <class Number>
std::string with(std::string bytes, std::size_t offset, Number number) {
  return bytes.replace(offset, sizeof number, reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace treino::test
