// treino_catalogue, treino_schema: the C functions.
#include "library/catalogue_json.hpp"
#include "library/guarded.hpp"

using treino::library::guarded;
using treino::library::Writer;

namespace {

std::vector<std::filesystem::path> folders(const char* const* given, std::uint32_t count) {
  return treino::library::texts<std::filesystem::path>(given, count, "plugin_folders");
}

}  // namespace

extern "C" {

treino_status treino_catalogue(const char* const* plugin_folders, uint32_t plugin_folder_count, const char* id,
                               treino_write_function write, void* context, treino_error* error) {
  return guarded(error, [&] {
    const Writer to(write, context);
    to(treino::library::catalogue_json(folders(plugin_folders, plugin_folder_count), id == nullptr ? "" : id));
  });
}

treino_status treino_schema(const char* const* plugin_folders, uint32_t plugin_folder_count, treino_write_function write,
                            void* context, treino_error* error) {
  return guarded(error, [&] {
    const Writer to(write, context);
    to(treino::library::schema_json(folders(plugin_folders, plugin_folder_count)));
  });
}
}
