// Reading the bytes of a file that claims to be a plugin library: never blocks, never trusts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/file.hpp"
#include "host/library/elf_reader.hpp"

namespace treino::host {

inline constexpr std::uint64_t largest_library = std::uint64_t{256} << 20;

/// A file of at most `largest_library` bytes. Throws FormatError.
base::OpenedFile open_library(const std::filesystem::path& path);
/// The next bytes: fewer than asked for only where the file ends. Throws FormatError.
std::size_t read_next(const base::OpenedFile& file, std::span<std::byte> bytes);

}  // namespace treino::host
