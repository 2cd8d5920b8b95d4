// The kinds of plugins, and in what they differ: whoever needs to know asks here, so that a further kind is an enumerator, a row in
// kind.cpp, and its table of functions in host/library/load_tables.cpp.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace treino::manifest {

enum class Kind { callback, scheduler, loss, metric, exporter, collective, optimizer, layer, reader };

/// How a manifest names plugins of a kind: not at all, in one section [loss], in any number of sections [[metric]], among the
/// layers of [model], or as the format of a file in [data].
enum class Sections { none, one, any, layers, files };

struct KindTraits {
  Kind kind;
  std::string name;    // in descriptions, in manifests, and in treino_component::kind
  std::string plural;  // the sub-folder of a plugins folder
  Sections sections = Sections::any;
  bool may_be_disabled = true;  // a run can go on without a plugin that fails: `on_error = "disable"`
  bool child = false;           // may be a parameter of other plugins: { plugin = "<id>", ... }
  std::uint32_t draft = 0;  // the number of its contract's draft, which descriptions have to name; 0: the contract is no draft
  // Keys of descriptions that not every kind has: those that it needs, and further ones that it may have.
  std::vector<std::string> needed_keys{}, further_keys{};
};

/// All of them, in the order in which messages list them.
const std::vector<KindTraits>& kinds();
const KindTraits& traits(Kind kind);
/// Its name.
inline const std::string& to_text(Kind kind) { return traits(kind).name; }

/// Nothing where no kind is called so.
std::optional<Kind> kind_named(std::string_view name);
/// The kind of plugin that a parameter of this type is; nothing for other types.
std::optional<Kind> child_kind(std::string_view type);

/// "[loss]", "[[metric]]", or where else a manifest names it; to be asked only of kinds that have sections.
std::string section_heading(Kind kind);
/// "a loss", "an exporter"
std::string with_article(const KindTraits& kind);

/// What is wrong with the `draft` of a description of this kind, or with its lack; "" where nothing is.
std::string fault_in_draft(const KindTraits& kind, std::optional<std::int64_t> described);

}  // namespace treino::manifest
