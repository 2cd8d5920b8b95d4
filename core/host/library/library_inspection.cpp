// Versions, descriptions and dependencies: every reason for which a library is refused is found here, before its code could run.
#include "host/library/library_inspection.hpp"

#include <treino/abi.h>

#include <algorithm>
#include <set>

#include "host/library/elf_bytes.hpp"
#include "host/library/elf_notes.hpp"
#include "host/library/events.hpp"
#include "host/library/library_needs.hpp"

namespace treino::host {
namespace {

// The longest of our own has a tenth of it. Keeps hostile files from keeping the TOML parser busy.
constexpr std::size_t largest_description = std::size_t{64} << 10;
constexpr std::uint32_t most_components = 256;

std::string version(std::uint32_t major, std::uint32_t minor) { return std::to_string(major) + "." + std::to_string(minor); }
std::string host_version() { return version(TREINO_ABI_MAJOR, TREINO_ABI_MINOR); }

/// The numbers at the beginning of treino_plugin, which no relocation touches, so that they can be read from the file.
struct PluginHead {
  std::uint32_t size, abi_major, built_minor, needed_minor, component_count;
};

PluginHead read_head(const ElfReader& elf) {
  constexpr std::string_view prefix = "treino_plugin_v";
  const auto symbols = elf_symbols(elf, prefix);
  const auto ours =
      std::find_if(symbols.begin(), symbols.end(), [](const ElfSymbol& s) { return s.name == TREINO_PLUGIN_SYMBOL; });
  if (ours != symbols.end()) return read_at<PluginHead>(elf.image(ours->address, sizeof(PluginHead)), 0);
  if (symbols.empty()) throw FormatError("exports no " TREINO_PLUGIN_SYMBOL ": not a Treino plugin");
  throw FormatError("speaks ABI " + std::string(symbols.front().name.substr(prefix.size())) + ", this host " + host_version() +
                    ": build it against this host's SDK, or use a newer host");
}

void check_versions(const PluginHead& head) {
  if (head.abi_major != TREINO_ABI_MAJOR)
    throw FormatError("says ABI " + std::to_string(head.abi_major) +
                      " under the name " TREINO_PLUGIN_SYMBOL ": damaged, or built with a wrong header");
  if (head.needed_minor > TREINO_ABI_MINOR)
    throw FormatError("needs ABI " + version(TREINO_ABI_MAJOR, head.needed_minor) + ", this host speaks " + host_version() +
                      ": use a newer host, or build it against this host's SDK");
  if (head.built_minor < TREINO_ABI_OLDEST_MINOR)
    throw FormatError("was built for ABI " + version(TREINO_ABI_MAJOR, head.built_minor) + ", this host takes " +
                      version(TREINO_ABI_MAJOR, TREINO_ABI_OLDEST_MINOR) + " and later: build it against this host's SDK");
  if (head.size < sizeof(treino_plugin))
    throw FormatError("has a " TREINO_PLUGIN_SYMBOL " of " + std::to_string(head.size) + " bytes, " +
                      std::to_string(sizeof(treino_plugin)) + " are the least: damaged, or built with a wrong header");
}

std::string text_of(std::string_view note) {
  const std::string_view text = note.substr(0, note.find_last_not_of('\0') + 1);
  if (text.size() > largest_description) throw FormatError("has a description of more than 64 KiB");
  if (text.find('\0') != std::string_view::npos) throw FormatError("has a zero byte within its description");
  return std::string(text);
}

manifest::Description description_of(const std::string& text, const std::string& origin) {
  try {
    return manifest::parse_description(text, origin);
  } catch (const manifest::ManifestError& error) {
    const auto& faults = error.faults();
    const auto& first = faults.front();
    const std::string place =
        first.location.line == 0 ? "" : std::to_string(first.location.line) + ":" + std::to_string(first.location.column) + ": ";
    const std::string more = faults.size() > 1 ? " (and " + std::to_string(faults.size() - 1) + " more)" : "";
    throw FormatError("has a faulty description: " + place + first.text + more);
  }
}

void check_description(const manifest::Description& description) {
  for (const std::string& event : description.events)
    if (event_number(event) < 0) throw FormatError("wants the event '" + event + "', which this host does not know");
}

/// Returns what is wrong with them.
std::string read_descriptions(const ElfReader& elf, Candidate& candidate) {
  try {
    for (const std::string_view note : elf_notes(elf, TREINO_NOTE_NAME, TREINO_NOTE_TYPE)) {
      if (candidate.texts.size() == most_components)
        throw FormatError("has more than " + std::to_string(most_components) + " descriptions");
      candidate.texts.push_back(text_of(note));
    }
    for (const std::string& text : candidate.texts) {
      candidate.descriptions.push_back(description_of(text, candidate.path.string()));
      check_description(candidate.descriptions.back());
    }
    return "";
  } catch (const FormatError& refusal) {
    return refusal.what();
  }
}

void check_components(std::uint32_t count, const Candidate& candidate) {
  if (candidate.texts.empty()) throw FormatError("has no description (.note.treino)");
  if (count != candidate.texts.size())
    throw FormatError("holds " + std::to_string(count) + " components but " + std::to_string(candidate.texts.size()) +
                      " descriptions (.note.treino)");
  std::set<std::pair<std::string, std::string>> names;
  for (const auto& description : candidate.descriptions)
    if (!names.emplace(description.kind, description.id).second)
      throw FormatError("holds the " + description.kind + " '" + description.id + "' twice");
}

}  // namespace

void inspect_bytes(std::span<const std::byte> bytes, Candidate& candidate) {
  try {
    const ElfReader elf(bytes);
    // First, so that a library of the wrong version can still be named by its id; but the version is the better reason to give.
    const std::string faulty_description = read_descriptions(elf, candidate);
    const PluginHead head = read_head(elf);
    candidate.built_minor = head.built_minor;
    candidate.needed_minor = head.needed_minor;
    check_versions(head);
    if (!faulty_description.empty()) throw FormatError(faulty_description);
    check_components(head.component_count, candidate);
    if (const std::string missing = missing_library(elf_dependencies(elf), candidate.path); !missing.empty())
      throw FormatError("needs the library " + missing + not_found);
  } catch (const FormatError& refusal) {
    candidate.refusal = refusal.what();
  }
}

}  // namespace treino::host
