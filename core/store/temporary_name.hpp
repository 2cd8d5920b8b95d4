// How temporaries are called and where they live: what atomic_file.cpp makes, leftovers.cpp recognizes.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.hpp"

namespace treino::store {

/// Where `path` leads: links are followed, also one whose target does not exist yet. Throws StoreError for a loop, for what
/// cannot name a file ("", "folder/", a NUL inside), and, as the kernel does (protected_symlinks), for a link of somebody else's in
/// a folder that everybody may write to.
std::filesystem::path behind_links(const std::filesystem::path& path);

/// Opens a folder; invalid, with errno set, where that fails. "" is the working folder.
base::FileDescriptor open_folder(const std::filesystem::path& folder);

/// ".NAME.treino-PID-DIGITS.tmp", with 16 digits that nobody can guess: hidden, so that globs for results skip it.
std::string temporary_name(const std::string& name);
bool is_temporary_name(std::string_view candidate, const std::string& name);

}  // namespace treino::store
