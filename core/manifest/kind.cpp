// The one list of kinds.
#include "manifest/kind.hpp"

#include <fmt/format.h>
#include <treino/abi/draft/collective.h>
#include <treino/abi/draft/exporter.h>
#include <treino/abi/draft/layer.h>
#include <treino/abi/draft/optimizer.h>
#include <treino/abi/draft/reader.h>

#include <algorithm>

namespace treino::manifest {
namespace {

const KindTraits* find_kind(std::string_view name) {
  const auto found = std::find_if(kinds().begin(), kinds().end(), [&](const KindTraits& each) { return each.name == name; });
  return found == kinds().end() ? nullptr : &*found;
}

}  // namespace

const std::vector<KindTraits>& kinds() {
  static const std::vector<KindTraits> all = {
      {.kind = Kind::callback,
       .name = "callback",
       .plural = "callbacks",
       .needed_keys = {"phase", "events"},
       .further_keys = {"scalars", "no_direction", "needs", "ranks"}},
      {.kind = Kind::scheduler, .name = "scheduler", .plural = "schedulers", .child = true, .needed_keys = {"unit"}},
      {.kind = Kind::loss,
       .name = "loss",
       .plural = "losses",
       .sections = Sections::one,
       .child = true,
       .needed_keys = {"target"}},
      {.kind = Kind::metric,
       .name = "metric",
       .plural = "metrics",
       .child = true,
       .needed_keys = {"target"},
       .further_keys = {"scalars", "no_direction"}},
      {.kind = Kind::exporter,
       .name = "exporter",
       .plural = "exporters",
       .sections = Sections::none,
       .draft = TREINO_EXPORTER_DRAFT},
      {.kind = Kind::collective,
       .name = "collective",
       .plural = "collectives",
       .sections = Sections::one,
       .may_be_disabled = false,
       .draft = TREINO_COLLECTIVE_DRAFT},
      {.kind = Kind::optimizer,
       .name = "optimizer",
       .plural = "optimizers",
       .sections = Sections::one,
       .may_be_disabled = false,
       .draft = TREINO_OPTIMIZER_DRAFT,
       .further_keys = {"closure"}},
      {.kind = Kind::layer,
       .name = "layer",
       .plural = "layers",
       .sections = Sections::layers,
       .may_be_disabled = false,
       .draft = TREINO_LAYER_DRAFT,
       .further_keys = {"inputs"}},
      {.kind = Kind::reader,
       .name = "reader",
       .plural = "readers",
       .sections = Sections::files,
       .may_be_disabled = false,
       .draft = TREINO_READER_DRAFT,
       .further_keys = {"files", "magic"}},
  };
  return all;
}

const KindTraits& traits(Kind kind) {
  return *std::find_if(kinds().begin(), kinds().end(), [&](const KindTraits& each) { return each.kind == kind; });
}

std::optional<Kind> kind_named(std::string_view name) {
  const KindTraits* found = find_kind(name);
  return found ? std::optional(found->kind) : std::nullopt;
}

std::optional<Kind> child_kind(std::string_view type) {
  const KindTraits* found = find_kind(type);
  return found && found->child ? std::optional(found->kind) : std::nullopt;
}

std::string section_heading(Kind kind) {
  if (traits(kind).sections == Sections::layers) return "{ plugin = \"...\" } among the layers of [model]";
  if (traits(kind).sections == Sections::files) return "{ file = \"...\", format = \"...\" } in [data]";
  return traits(kind).sections == Sections::one ? "[" + to_text(kind) + "]" : "[[" + to_text(kind) + "]]";
}

std::string with_article(const KindTraits& kind) {
  const bool vowel = std::string_view("aeiou").find(kind.name.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + kind.name;
}

std::string fault_in_draft(const KindTraits& kind, std::optional<std::int64_t> described) {
  if (kind.draft == 0) return described ? with_article(kind) + " has no 'draft'" : "";
  if (!described) return fmt::format("{} needs 'draft', which is {} here", with_article(kind), kind.draft);
  if (*described == kind.draft) return "";
  return fmt::format("{} of draft {}; this host speaks draft {}: build it against this host's SDK", with_article(kind),
                     *described, kind.draft);
}

}  // namespace treino::manifest
