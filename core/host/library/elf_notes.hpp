// The notes of an ELF library: plugins carry their descriptions in them, so that these are read without running code.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "host/library/elf_reader.hpp"

namespace treino::host {

/// Contents of all notes of this name and type, in the order of the file; they lie in the reader's bytes. Throws FormatError.
std::vector<std::string_view> elf_notes(const ElfReader& elf, std::string_view name, std::uint32_t type);

}  // namespace treino::host
