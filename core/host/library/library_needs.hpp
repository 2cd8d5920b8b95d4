// Whether the libraries that a plugin is linked with are there, found out without loading anything.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "host/library/elf_dynamic.hpp"

namespace treino::host {

/// The end of the sentence "needs the library X".
inline constexpr const char* not_found = ", which is not found: install it, or name its folder in LD_LIBRARY_PATH";

/// Folders beside the library in which its author put what it needs ("$ORIGIN/../lib" in the run path).
std::vector<std::filesystem::path> companion_folders(const std::string& run_path, const std::filesystem::path& library);

/// All folders of its run path.
std::vector<std::filesystem::path> run_path_folders(const std::string& run_path, const std::filesystem::path& library);
/// An entry of the run path that means another folder wherever the program is started ("lib"); empty where there is none.
std::string relative_entry(const std::string& run_path);
/// The first of its libraries that the dynamic linker would not find; empty where it would find all. Looked for where the linker
/// looks: run path, LD_LIBRARY_PATH, its cache, the system's folders.
std::string missing_library(const ElfDependencies& dependencies, const std::filesystem::path& library);

}  // namespace treino::host
