// What the dynamic section of an ELF library says: exported symbols, and the libraries that it needs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/library/elf_reader.hpp"

namespace treino::host {

/// A data symbol that the library exports.
struct ElfSymbol {
  std::string_view name;
  std::uint64_t address;
};

/// What the dynamic linker will look for.
struct ElfDependencies {
  std::vector<std::string> libraries;  // DT_NEEDED
  std::string run_path;                // DT_RUNPATH, or DT_RPATH where there is none
};

/// Exported data symbols whose names begin with `prefix`. Throws FormatError.
std::vector<ElfSymbol> elf_symbols(const ElfReader& elf, std::string_view prefix);
/// Throws FormatError.
ElfDependencies elf_dependencies(const ElfReader& elf);

}  // namespace treino::host
