#include "host/library/library_glance.hpp"

#include <treino/abi.h>

#include <array>

#include "host/library/elf_reader.hpp"
#include "host/library/library_file.hpp"
#include "manifest/description.hpp"

namespace treino::host {
namespace {

// Linkers put notes right behind the headers; the longest description of our own is one of 4 KiB.
constexpr std::size_t head_size = std::size_t{8} << 10;

}  // namespace

Glance glance_at(std::span<const std::byte> head, std::uint64_t size) {
  Glance glance;
  try {
    for (const std::string_view note : ElfReader(head, size).notes(TREINO_NOTE_NAME, TREINO_NOTE_TYPE)) {
      auto name = manifest::kind_and_id(note);
      if (!name) return {false, {}};
      glance.names.push_back(std::move(*name));
    }
    return glance;
  } catch (const Refusal&) {
    return {};
  } catch (const BeyondHead&) {
    return {false, {}};
  }
}

Glance glance_at(const std::filesystem::path& path) {
  try {
    const LibraryFile file = open_library(path);
    std::array<std::byte, head_size> head;
    const std::size_t count = read_next(file, head);
    return glance_at(std::span(head).first(count), count < head_size ? count : file.size());
  } catch (const Refusal&) {
    return {};
  }
}

}  // namespace treino::host
