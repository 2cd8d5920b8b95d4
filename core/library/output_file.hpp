// The files that commands write for their user, at a place that he chose.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/atomic_file.hpp"

namespace treino::library {

/// A regular file appears whole, at commit(), or not at all. A device, a FIFO or an open stream (/dev/stdout, /dev/fd/3) is
/// written to as it is.
class OutputFile {
 public:
  /// Throws base::InputError where this is one of `inputs`, by its path or as the same file under another name, and
  /// store::StoreError where it cannot be opened.
  OutputFile(const std::filesystem::path& path, std::span<const std::filesystem::path> inputs);
  /// Both throw store::StoreError.
  void write(std::string_view text);
  void commit();

 private:
  std::filesystem::path path_;
  std::optional<store::AtomicFile> file_;
  base::FileDescriptor stream_;  // where it is no regular file
};

/// Throws base::InputError where `path` is one of `inputs`, by its path or as the same file under another name.
void refuse_inputs(const std::filesystem::path& path, std::span<const std::filesystem::path> inputs);

/// Whether this is the name of a stream that is open already: what goes there is not to be mixed with anything.
bool is_open_stream(const std::filesystem::path& path);

/// All at once.
void write_output(const std::filesystem::path& path, std::string_view text, std::span<const std::filesystem::path> inputs);

}  // namespace treino::library
