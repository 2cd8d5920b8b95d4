// A matcher for the texts of StoreError.
#pragma once
#include <fstream>
#include <string>

#include "store/store_error.hpp"

namespace treino::test {

/// The text of the StoreError that `action` throws; "" if it throws none. Other exceptions fail the test.
template <class Action>
std::string store_error_of(Action action) {
  try {
    action();
  } catch (const store::StoreError& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Plain, not durable: for files that a test makes up.
inline void put_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

}  // namespace treino::test
