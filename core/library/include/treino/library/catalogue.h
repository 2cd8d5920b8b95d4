/* What there is to choose from: plugins, layers, sections of the manifest. */
#ifndef TREINO_LIBRARY_CATALOGUE_H
#define TREINO_LIBRARY_CATALOGUE_H

#include "treino/library/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* JSON (UTF-8), in one piece. Runs no plugin's code. An object of arrays:
 *   "plugins": what names in a manifest mean, with "kind", "id", "version", "summary", "help", "parameters" ("name", "type", "doc",
 *      "required", and where they have them "default", "items", "choices", "min", "max", "above", "below"), "file", "sha256", "abi";
 *   "layers", "sections": the same of what is no plugin;
 *   "left_out": each "file" that is no plugin for this version, with the "reason";
 *   "hidden": components "by" whose file another one of the same name is hidden.
 * `id`: "dense", "data", with its kind "loss/mse": only what it names, and TREINO_BAD_INPUT with the nearest name where that is
 * nothing; NULL: everything. `plugin_folders`: searched first, as --plugin-path. */
TREINO_API treino_status treino_catalogue(const char* const* plugin_folders, uint32_t plugin_folder_count, const char* id,
                                          treino_write_function write, void* context, treino_error* error);

/* A JSON Schema of manifests, with the plugins found, for editors. */
TREINO_API treino_status treino_schema(const char* const* plugin_folders, uint32_t plugin_folder_count,
                                       treino_write_function write, void* context, treino_error* error);

#ifdef __cplusplus
}
#endif

#endif
