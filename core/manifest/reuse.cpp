// A run folder's manifest, read again: what of it is not needed.
#include "manifest/reuse.hpp"

#include <algorithm>

#include "manifest/reading.hpp"

namespace treino::manifest {

namespace {

List* list_of(Table& document, std::string_view key) {
  Value* value = find(document, key);
  return value == nullptr ? nullptr : std::get_if<List>(&value->data);
}

bool is_one_of(const Value& value, const std::vector<std::string>& names) {
  const std::string* text = value.as<std::string>();
  return text != nullptr && std::find(names.begin(), names.end(), *text) != names.end();
}

/// From `after` or `before`, which hold a name or several.
void forget(Table& callback, std::string_view key, const std::vector<std::string>& names) {
  Value* value = find(callback, key);
  if (value == nullptr) return;
  if (List* list = std::get_if<List>(&value->data))
    std::erase_if(*list, [&](const Value& name) { return is_one_of(name, names); });
  else if (is_one_of(*value, names))
    std::erase_if(callback, [&](const Entry& entry) { return entry.key == key; });
}

}  // namespace

void leave_out(Table& document, const std::function<bool(Kind, const Table&)>& leaves_out) {
  std::vector<std::string> names;
  for (const KindTraits& kind : kinds()) {
    List* list = kind.sections == Sections::any ? list_of(document, kind.name) : nullptr;
    if (list == nullptr) continue;
    std::erase_if(*list, [&](const Value& element) {
      const Table* table = element.as<Table>();
      if (table == nullptr || !leaves_out(kind.kind, *table)) return false;
      if (const Value* name = find(*table, "name"); name != nullptr && name->as<std::string>() != nullptr)
        names.push_back(*name->as<std::string>());
      return true;
    });
  }
  List* callbacks = list_of(document, to_text(Kind::callback));
  if (callbacks == nullptr) return;
  for (Value& element : *callbacks)
    if (Table* callback = std::get_if<Table>(&element.data)) {
      forget(*callback, "after", names);
      forget(*callback, "before", names);
    }
}

}  // namespace treino::manifest
