// Walks over the notes of every segment; sizes that a hostile file gives are checked before they are followed.
#include "host/library/elf_notes.hpp"

#include "host/library/elf_bytes.hpp"

namespace treino::host {
namespace {

std::uint64_t aligned(std::uint64_t offset, std::uint64_t alignment) { return (offset + alignment - 1) / alignment * alignment; }

/// The notes of one segment. Sizes are 32-bit numbers and offsets 64-bit ones, so that no sum overflows.
void collect_notes(std::span<const std::byte> segment, std::uint64_t alignment, std::string_view name, std::uint32_t type,
                   std::vector<std::string_view>& found) {
  std::uint64_t at = 0;
  while (at < segment.size() && segment.size() - at >= sizeof(Elf64_Nhdr)) {
    const auto head = read_at<Elf64_Nhdr>(segment, at);
    if (head.n_namesz == 0) {
      at += alignment;  // nobody's note: the red zones that AddressSanitizer puts between notes
      continue;
    }
    const std::uint64_t name_at = at + sizeof head;
    const std::uint64_t description_at = aligned(name_at + head.n_namesz, alignment);
    if (description_at > segment.size() || head.n_descsz > segment.size() - description_at)
      throw FormatError("has a damaged note: it reaches beyond its segment");
    const std::string_view owner = as_text(segment.subspan(name_at, head.n_namesz));
    if (head.n_type == type && owner.substr(0, owner.find('\0')) == name)
      found.push_back(as_text(segment.subspan(description_at, head.n_descsz)));
    at = aligned(description_at + head.n_descsz, alignment);
  }
}

}  // namespace

std::vector<std::string_view> elf_notes(const ElfReader& elf, std::string_view name, std::uint32_t type) {
  std::vector<std::string_view> found;
  for (const Elf64_Phdr& segment : elf.segments()) {
    if (segment.p_type != PT_NOTE) continue;
    collect_notes(elf.slice(segment.p_offset, segment.p_filesz), segment.p_align == 8 ? 8 : 4, name, type, found);
  }
  return found;
}

}  // namespace treino::host
