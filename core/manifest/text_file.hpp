// A manifest's bytes, whatever lies at its path.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "manifest/value.hpp"

namespace treino::manifest {

/// The text of a regular file of at most `most` bytes, else a fault at `location` and nothing. Never blocks on a FIFO or a
/// device.
std::optional<std::string> read_text_file(const std::filesystem::path& file, std::size_t most, const Location& location,
                                          Faults& faults);

/// Why this is not a file or a folder that can be read, by looking at its entry only; empty where it can be.
std::string why_unreadable(const std::filesystem::path& file);

}  // namespace treino::manifest
