// Puts completed parameters back into the document, in its own order.
#include "manifest/resolved.hpp"

#include "manifest/reading.hpp"
#include "manifest/sections.hpp"

namespace treino::manifest {
namespace {

/// The host's keys of the table as they stand, then `parameters`.
void replace_parameters(Value& section_value, const Description& host_keys, const Table& parameters) {
  auto* table = std::get_if<Table>(&section_value.data);
  if (!table) return;
  *table = split_by_keys(host_keys, *table).first;
  fill(*table, parameters);
}

void replace_in_list(Value* value, const Description& host_keys, const auto& sections) {
  if (value && value->as<Table>() && sections.size() == 1)  // [loss]
    return replace_parameters(*value, host_keys, sections.front().parameters);
  auto* list = value ? std::get_if<List>(&value->data) : nullptr;
  // After faults some may have been left out; then nobody can tell which.
  if (!list || list->size() != sections.size()) return;
  for (std::size_t i = 0; i < sections.size(); ++i) replace_parameters((*list)[i], host_keys, sections[i].parameters);
}

}  // namespace

Table resolved(const Manifest& manifest) {
  Table document = manifest.source;
  if (Value* model = find(document, "model"); model && model->as<Table>())
    replace_in_list(find(std::get<Table>(model->data), "layers"), section("layer"), manifest.layers);
  for (const KindTraits& kind : kinds()) {
    Value* value = find(document, kind.name);
    if (const auto* one = section_of(manifest, kind.kind); one && *one && value)
      replace_parameters(*value, section(kind.kind), (*one)->parameters);
    if (const auto* sections = sections_of(manifest, kind.kind)) replace_in_list(value, section(kind.kind), *sections);
  }
  return document;
}

}  // namespace treino::manifest
