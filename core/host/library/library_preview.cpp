// Reads the first kilobytes, where linkers put notes; whatever is not certain from them is left to inspect().
#include "host/library/library_preview.hpp"

#include <treino/abi.h>

#include <array>

#include "host/library/elf_notes.hpp"
#include "host/library/library_file.hpp"
#include "manifest/description.hpp"
#include "manifest/description_head.hpp"

namespace treino::host {
namespace {

// Linkers put notes right after the headers; the longest description of our own is one of 4 KiB.
constexpr std::size_t head_size = std::size_t{8} << 10;

}  // namespace

Preview preview_components(std::span<const std::byte> head, std::uint64_t size) {
  Preview glance;
  try {
    for (const std::string_view note : elf_notes(ElfReader(head, size), TREINO_NOTE_NAME, TREINO_NOTE_TYPE)) {
      auto name = manifest::kind_and_id(note);
      if (!name) return {false, {}};
      glance.names.push_back(std::move(*name));
    }
    return glance;
  } catch (const FormatError&) {
    return {};
  } catch (const BeyondHeadError&) {
    return {false, {}};
  }
}

Preview preview_components(const std::filesystem::path& path) {
  try {
    const base::OpenedFile file = open_library(path);
    std::array<std::byte, head_size> head;
    const std::size_t count = read_next(file, head);
    return preview_components(std::span(head).first(count), count < head_size ? count : file.size());
  } catch (const FormatError&) {
    return {};
  }
}

}  // namespace treino::host
