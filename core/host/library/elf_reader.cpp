// The headers, checked for this machine and for completeness before anything else is read.
#include "host/library/elf_reader.hpp"

#include <algorithm>

#include "host/library/elf_bytes.hpp"

namespace treino::host {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t host_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t host_machine = EM_AARCH64;
#else
#error "say which ELF machine this processor is"
#endif
constexpr unsigned char host_byte_order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

// Real libraries have a dozen; the limit keeps hostile files from making every address lookup slow.
constexpr std::uint16_t most_segments = 128;
// No file is larger, so whatever claims to lie beyond is damage and not a missing rest.
constexpr std::uint64_t largest_sensible_file = std::uint64_t{1} << 40;

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "32-bit x86";
    case EM_ARM:
      return "32-bit arm";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return "another machine (ELF number " + std::to_string(machine) + ")";
  }
}

bool looks_like_text(std::span<const std::byte> file) {
  const auto head = as_text(file.first(std::min<std::size_t>(file.size(), 512)));
  return std::all_of(head.begin(), head.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' ' || (c >= '\t' && c <= '\r'); });
}

/// Offset just after a part of the file.
std::uint64_t end_of(std::uint64_t offset, std::uint64_t size) {
  if (offset > largest_sensible_file || size > largest_sensible_file)
    throw FormatError("has damaged headers: a part lies at an absurd place");
  return offset + size;
}

}  // namespace

ElfReader::ElfReader(std::span<const std::byte> head, std::uint64_t size) : file_(head), size_(size) {
  if (size == 0) throw FormatError("is empty");
  if (!as_text(head).starts_with(std::string_view(ELFMAG, SELFMAG)))
    throw FormatError(looks_like_text(head) ? "is a text file, not an ELF library" : "is not an ELF library");
  if (size < sizeof header_) throw FormatError("is truncated: " + std::to_string(size) + " bytes, less than an ELF header");
  header_ = read_at<Elf64_Ehdr>(slice(0, sizeof header_), 0);
  check_header();
  const auto table = slice(header_.e_phoff, std::uint64_t{header_.e_phnum} * sizeof(Elf64_Phdr));
  for (std::uint16_t i = 0; i < header_.e_phnum; ++i)
    segments_.push_back(read_at<Elf64_Phdr>(table, std::uint64_t{i} * sizeof(Elf64_Phdr)));
  check_completeness();
}

void ElfReader::check_header() {
  if (header_.e_ident[EI_DATA] != host_byte_order) throw FormatError("is for a machine of another byte order");
  if (header_.e_machine != host_machine)
    throw FormatError("is for " + machine_name(header_.e_machine) + ", this host is " + machine_name(host_machine));
  if (header_.e_ident[EI_CLASS] != ELFCLASS64) throw FormatError("is a 32-bit library, this host is a 64-bit program");
  if (header_.e_type != ET_DYN) throw FormatError("is an ELF file, but not a shared library");
  if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0 || header_.e_phnum > most_segments)
    throw FormatError("has damaged headers: its table of segments makes no sense");
  const std::uint64_t needed = end_of(header_.e_phoff, std::uint64_t{header_.e_phnum} * sizeof(Elf64_Phdr));
  if (needed > size_)
    throw FormatError("is truncated: " + std::to_string(size_) + " of at least " + std::to_string(needed) + " bytes");
}

/// A page of a segment that lies beyond the end of the file is a SIGBUS inside dlopen. Linkers put the section headers last, so
/// that these show the cut of the last few bytes too.
void ElfReader::check_completeness() const {
  std::uint64_t needed = end_of(header_.e_shoff, std::uint64_t{header_.e_shnum} * header_.e_shentsize);
  bool loads = false;
  for (const Elf64_Phdr& segment : segments_) {
    needed = std::max(needed, end_of(segment.p_offset, segment.p_filesz));
    if (segment.p_type != PT_LOAD) continue;
    loads = true;
    if (segment.p_filesz > segment.p_memsz)
      throw FormatError("has damaged headers: a segment is larger in the file than in memory");
  }
  if (needed > size_) throw FormatError("is truncated: " + std::to_string(size_) + " of " + std::to_string(needed) + " bytes");
  if (!loads) throw FormatError("has damaged headers: nothing of it would be loaded");
}

std::span<const std::byte> ElfReader::slice(std::uint64_t offset, std::uint64_t size) const {
  if (offset > size_ || size > size_ - offset) throw FormatError("has damaged headers: a part lies outside the file");
  if (offset + size > file_.size()) throw BeyondHeadError();
  return file_.subspan(offset, size);
}

std::span<const std::byte> ElfReader::image_from(std::uint64_t address) const {
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz) continue;
    return slice(segment.p_offset, segment.p_filesz).subspan(address - segment.p_vaddr);
  }
  throw FormatError("has damaged headers: an address lies outside what would be loaded");
}

std::span<const std::byte> ElfReader::image(std::uint64_t address, std::uint64_t size) const {
  const auto rest = image_from(address);
  if (size > rest.size()) throw FormatError("has damaged headers: a table reaches beyond its segment");
  return rest.first(size);
}

}  // namespace treino::host
