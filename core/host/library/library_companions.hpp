// Libraries that a plugin's author put beside it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "host/library/elf_dynamic.hpp"

namespace treino::host {

struct Companion {
  std::string name;  // by which it is asked for
  std::filesystem::path file;
  std::string sha256;
  bool whole = true;     // a shared library, as far as its headers tell
  std::string unsafety;  // why strangers could have written it; empty where they could not
};

/// What `library` brings along: the libraries it needs that lie in folders of its run path, and what these bring along. Each once.
/// Throws FormatError where one cannot be read.
std::vector<Companion> companions_of(const ElfDependencies& dependencies, const std::filesystem::path& library);

/// Why the libraries cannot all be those that were brought: the dynamic linker keeps one library of a name for the whole process.
/// Empty where nothing is in the way; then they are remembered as belonging to `library`. To be called before they are loaded.
std::string conflict_of(const std::vector<Companion>& companions, const std::filesystem::path& library);

}  // namespace treino::host
