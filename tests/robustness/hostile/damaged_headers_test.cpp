// Libraries whose headers point to where nothing is. Offsets are those of the ELF specification.
#include "host/library/elf_dynamic.hpp"
#include "host/library/elf_notes.hpp"
#include "host/library/library_inspection.hpp"
#include "robustness/hostile/elf_file.hpp"
#include "support/catch.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;

namespace {

std::string good() { return read_file(sample_path("good/plain.so")); }

std::string refusal(const std::string& bytes) {
  treino::host::Candidate candidate;
  candidate.path = "damaged.so";
  treino::host::inspect_bytes(std::as_bytes(std::span(bytes)), candidate);
  return candidate.refusal;
}

const std::string absurd = "has damaged headers: a part lies at an absurd place";
const std::string outside = "has damaged headers: an address lies outside what would be loaded";

}  // namespace

TEST_CASE("the undamaged library is taken") { CHECK(refusal(good()) == ""); }

TEST_CASE("a table of segments that makes no sense is refused") {
  const std::string senseless = "has damaged headers: its table of segments makes no sense";
  CHECK(refusal(with(good(), offsetof(Elf64_Ehdr, e_phentsize), std::uint16_t{32})) == senseless);
  CHECK(refusal(with(good(), offsetof(Elf64_Ehdr, e_phnum), std::uint16_t{0})) == senseless);
  CHECK(refusal(with(good(), offsetof(Elf64_Ehdr, e_phnum), std::uint16_t{0xffff})) == senseless);
  CHECK(refusal(with(good(), offsetof(Elf64_Ehdr, e_phoff), ~std::uint64_t{0})) == absurd);
  CHECK(refusal(with(good(), offsetof(Elf64_Ehdr, e_shoff), ~std::uint64_t{0})) == absurd);
}

TEST_CASE("segments that overflow, or are larger in the file than in memory, are refused") {
  const std::string bytes = good();
  const std::size_t load = segment(bytes, PT_LOAD);
  CHECK(refusal(with(bytes, load + offsetof(Elf64_Phdr, p_offset), ~std::uint64_t{0} - 8)) == absurd);
  CHECK(refusal(with(bytes, load + offsetof(Elf64_Phdr, p_filesz), ~std::uint64_t{0})) == absurd);
  CHECK(refusal(with(bytes, load + offsetof(Elf64_Phdr, p_memsz), std::uint64_t{1})) ==
        "has damaged headers: a segment is larger in the file than in memory");
  std::string nothing_loaded = bytes;
  for (int n = 0; n < 4; ++n) nothing_loaded = with(nothing_loaded, segment(nothing_loaded, PT_LOAD), std::uint32_t{PT_NULL});
  CHECK(refusal(nothing_loaded) == "has damaged headers: nothing of it would be loaded");
}

TEST_CASE("a dynamic section that points nowhere is refused") {
  const std::string bytes = good();
  const std::size_t pointer = offsetof(Elf64_Dyn, d_un);
  CHECK(refusal(with(bytes, dynamic_entry(bytes, DT_STRTAB) + pointer, ~std::uint64_t{0})) == outside);
  CHECK(refusal(with(bytes, dynamic_entry(bytes, DT_GNU_HASH) + pointer, std::uint64_t{1} << 50)) == outside);
  CHECK(refusal(with(bytes, dynamic_entry(bytes, DT_SYMTAB) + pointer, std::uint64_t{1} << 50)) == outside);
  CHECK(refusal(with(bytes, dynamic_entry(bytes, DT_STRSZ) + pointer, std::uint64_t{1} << 50)) ==
        "has damaged headers: a table reaches beyond its segment");
}

TEST_CASE("a hash table that does not end is refused") {
  const std::string bytes = good();
  const std::size_t hash = dynamic_table(bytes, DT_GNU_HASH);
  CHECK(refusal(with(bytes, hash, ~std::uint32_t{0})) == "has damaged headers: its hash table is cut short");
  // Buckets that begin at a symbol far beyond the table: its chain would lie behind the end.
  const auto bloom_words = at<std::uint32_t>(bytes, hash + 8);
  CHECK(refusal(with(bytes, hash + 16 + 8 * bloom_words, std::uint32_t{0x7fffffff})) ==
        "has damaged headers: a table is cut short");
  // No bucket at all.
  CHECK(refusal(with(bytes, hash, std::uint32_t{0})) == "exports no treino_plugin_v0: not a Treino plugin");
}

TEST_CASE("symbols are found by the older hash table too, and not at all without any") {
  const std::string bytes = good();
  const std::size_t entry = dynamic_entry(bytes, DT_GNU_HASH);
  // The first words of a gnu table (buckets, first symbol) read as those of the older one (buckets, symbols): enough of them.
  std::string older = with(bytes, entry, std::int64_t{DT_HASH});
  const auto hash = at<Elf64_Dyn>(bytes, entry).d_un.d_ptr;
  const auto first = at<std::uint32_t>(bytes, hash + 4);
  older = with(older, hash + 4, first + 1);
  CHECK(refusal(older) == "");
  CHECK(refusal(with(bytes, entry, std::int64_t{DT_DEBUG})) == "exports no treino_plugin_v0: not a Treino plugin");
  CHECK(refusal(with(bytes, dynamic_entry(bytes, DT_SYMTAB), std::int64_t{DT_DEBUG})) ==
        "exports no treino_plugin_v0: not a Treino plugin");
}

TEST_CASE("a plugin symbol outside the file's image is refused") {
  const std::string bytes = good();
  const auto first = at<std::uint32_t>(bytes, dynamic_table(bytes, DT_GNU_HASH) + 4);
  const std::size_t symbol = dynamic_table(bytes, DT_SYMTAB) + first * sizeof(Elf64_Sym);
  CHECK(refusal(with(bytes, symbol + offsetof(Elf64_Sym, st_value), ~std::uint64_t{0})) == outside);
  CHECK(refusal(with(bytes, symbol + offsetof(Elf64_Sym, st_name), ~std::uint32_t{0})) ==
        "exports no treino_plugin_v0: not a Treino plugin");
}

TEST_CASE("a note that reaches beyond its segment is refused") {
  const std::string bytes = good();
  const std::size_t note = bytes.find(std::string("Treino\0", 7)) - 12;
  CHECK(refusal(with(bytes, note + 4, ~std::uint32_t{0})) == "has a damaged note: it reaches beyond its segment");
  CHECK(refusal(with(bytes, note, ~std::uint32_t{0})) == "has a damaged note: it reaches beyond its segment");
  CHECK(refusal(with(bytes, note + 8, std::uint32_t{2})) == "holds 2 components but 1 descriptions (.note.treino)");
}

TEST_CASE("zeros between notes are passed over, as AddressSanitizer puts them there") {
  // One PT_LOAD and one PT_NOTE, both of the whole file: 8 zero bytes, then one note "T" of type 5 with the text "hi".
  std::string bytes(sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr), '\0');
  const std::string real = good();
  auto header = at<Elf64_Ehdr>(real, 0);
  header.e_phnum = 2;
  header.e_shoff = header.e_shnum = 0;
  Elf64_Phdr load{}, note{};
  load.p_type = PT_LOAD;
  note.p_type = PT_NOTE;
  note.p_align = 4;
  note.p_offset = bytes.size();
  bytes += std::string(8, '\0') + std::string("\2\0\0\0\2\0\0\0\5\0\0\0T\0\0\0hi\0\0", 20);
  note.p_filesz = bytes.size() - note.p_offset;
  load.p_filesz = load.p_memsz = bytes.size();
  bytes = with(with(with(bytes, 0, header), sizeof header, load), sizeof header + sizeof load, note);
  const treino::host::ElfReader elf(std::as_bytes(std::span(bytes)));
  CHECK(elf_notes(elf, "T", 5) == std::vector<std::string_view>{"hi"});
  CHECK(elf_notes(elf, "T", 6).empty());
  CHECK(elf_notes(elf, "U", 5).empty());
  CHECK(elf_symbols(elf, "").empty());
}
