// A file that cannot be read or written as it should.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace treino::store {

/// The text begins with the path and ends with the system's reason ("No space left on device").
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws StoreError "PATH: WHAT: the system's text for `error`".
[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what, int error);

}  // namespace treino::store
