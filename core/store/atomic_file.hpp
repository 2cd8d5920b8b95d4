// Files that are whole or not there: temporary name in the same folder, fsync, rename, fsync of the folder.
#pragma once
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace treino::store {

/// The text begins with the path and ends with the system's reason ("No space left on device").
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that appears under its name only when commit() succeeds; without commit the temporary one is removed.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);  // throws StoreError
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  void write(std::span<const std::byte> bytes);  // throws StoreError
  void write(std::string_view text);
  void commit();  // throws StoreError; the old file of that name, if any, is then still whole

 private:
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

void write_durably(const std::filesystem::path& path, std::string_view content);
/// Whole content; throws StoreError (also for what is no regular file, or longer than `limit`).
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{1} << 40);
/// Removes temporaries that a killed process left beside `path` (recognised by this module's naming).
void remove_leftovers(const std::filesystem::path& path);

}  // namespace treino::store
