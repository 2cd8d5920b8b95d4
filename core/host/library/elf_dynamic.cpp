// The dynamic section: what the linker at run time works with, and what strip leaves in place.
#include "host/library/elf_dynamic.hpp"

#include <algorithm>

#include "host/library/elf_bytes.hpp"

namespace treino::host {
namespace {

// Who asks for a prefix expects one name; without a limit a hostile file could make us measure millions of endless ones.
constexpr std::size_t most_matches = 64;

struct DynamicTables {
  std::uint64_t symbols = 0, hash = 0, gnu_hash = 0;
  std::string_view strings;
};

std::vector<Elf64_Dyn> dynamic_entries(const ElfReader& elf) {
  std::vector<Elf64_Dyn> entries;
  for (const Elf64_Phdr& segment : elf.segments()) {
    if (segment.p_type != PT_DYNAMIC) continue;
    const auto bytes = elf.slice(segment.p_offset, segment.p_filesz);
    for (std::uint64_t at = 0; bytes.size() - at >= sizeof(Elf64_Dyn); at += sizeof(Elf64_Dyn)) {
      entries.push_back(read_at<Elf64_Dyn>(bytes, at));
      if (entries.back().d_tag == DT_NULL) break;
    }
  }
  return entries;
}

DynamicTables dynamic_tables(const ElfReader& elf) {
  DynamicTables tables;
  std::uint64_t strings = 0, strings_size = 0;
  for (const Elf64_Dyn& entry : dynamic_entries(elf)) {
    switch (entry.d_tag) {
      case DT_SYMTAB:
        tables.symbols = entry.d_un.d_ptr;
        break;
      case DT_STRTAB:
        strings = entry.d_un.d_ptr;
        break;
      case DT_STRSZ:
        strings_size = entry.d_un.d_val;
        break;
      case DT_HASH:
        tables.hash = entry.d_un.d_ptr;
        break;
      case DT_GNU_HASH:
        tables.gnu_hash = entry.d_un.d_ptr;
        break;
      default:
        break;
    }
  }
  if (strings_size != 0) tables.strings = as_text(elf.image(strings, strings_size));
  return tables;
}

std::string_view string_at(const DynamicTables& tables, std::uint64_t offset) {
  const std::size_t end = tables.strings.find('\0', offset);
  if (offset >= tables.strings.size() || end == std::string_view::npos)
    throw FormatError("has damaged headers: a name lies outside its table");
  return tables.strings.substr(offset, end - offset);
}

/// The table of symbols does not say its own length; the chains of the hash table end at its last symbol.
std::uint64_t count_by_gnu_hash(const ElfReader& elf, std::uint64_t address) {
  const auto table = elf.image_from(address);
  const std::uint64_t buckets = read_at<std::uint32_t>(table, 0), first = read_at<std::uint32_t>(table, 4);
  const std::uint64_t bloom_words = read_at<std::uint32_t>(table, 8);
  const std::uint64_t buckets_at = 16 + 8 * bloom_words, chains_at = buckets_at + 4 * buckets;
  if (chains_at > table.size()) throw FormatError("has damaged headers: its hash table is cut short");
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < buckets; ++i)
    last = std::max<std::uint64_t>(last, read_at<std::uint32_t>(table, buckets_at + 4 * i));
  if (last < first) return first;
  while ((read_at<std::uint32_t>(table, chains_at + 4 * (last - first)) & 1u) == 0) ++last;
  return last + 1;
}

std::uint64_t symbol_count(const ElfReader& elf, const DynamicTables& tables) {
  if (tables.symbols == 0) return 0;
  if (tables.gnu_hash != 0) return count_by_gnu_hash(elf, tables.gnu_hash);
  if (tables.hash != 0) return read_at<std::uint32_t>(elf.image_from(tables.hash), 4);
  return 0;
}

}  // namespace

std::vector<ElfSymbol> elf_symbols(const ElfReader& elf, std::string_view prefix) {
  const DynamicTables tables = dynamic_tables(elf);
  const std::uint64_t count = symbol_count(elf, tables);
  std::vector<ElfSymbol> found;
  if (count == 0) return found;
  const auto table = elf.image(tables.symbols, count * sizeof(Elf64_Sym));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto symbol = read_at<Elf64_Sym>(table, i * sizeof(Elf64_Sym));
    const auto type = ELF64_ST_TYPE(symbol.st_info);
    if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL || (type != STT_OBJECT && type != STT_NOTYPE))
      continue;
    if (symbol.st_name >= tables.strings.size() || !tables.strings.substr(symbol.st_name).starts_with(prefix)) continue;
    if (found.size() == most_matches) throw FormatError("has damaged headers: its table of symbols repeats itself");
    found.push_back({string_at(tables, symbol.st_name), symbol.st_value});
  }
  return found;
}

ElfDependencies elf_dependencies(const ElfReader& elf) {
  const DynamicTables tables = dynamic_tables(elf);
  ElfDependencies dependencies;
  std::string old_path;
  for (const Elf64_Dyn& entry : dynamic_entries(elf)) {
    if (entry.d_tag == DT_NEEDED) dependencies.libraries.emplace_back(string_at(tables, entry.d_un.d_val));
    if (entry.d_tag == DT_RUNPATH) dependencies.run_path = string_at(tables, entry.d_un.d_val);
    if (entry.d_tag == DT_RPATH) old_path = string_at(tables, entry.d_un.d_val);
  }
  if (dependencies.run_path.empty()) dependencies.run_path = old_path;
  return dependencies;
}

}  // namespace treino::host
