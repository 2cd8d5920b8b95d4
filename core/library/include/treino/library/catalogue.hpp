// What there is to choose from, as JSON.
#pragma once
#include <treino/library/catalogue.h>

#include <string>
#include <treino/library/result.hpp>
#include <vector>

namespace treino {

/// Plugins, layers and sections of the manifest as JSON (catalogue.h says what is in it); only what `id` names, where
/// it is not empty. Throws Error where it names nothing.
inline std::string catalogue(const std::vector<std::string>& plugin_folders = {}, const std::string& id = "") {
  const std::vector<const char*> folders = library_detail::pointers(plugin_folders);
  return library_detail::text_of([&](treino_write_function write, void* context, treino_error* error) {
    return treino_catalogue(folders.data(), static_cast<std::uint32_t>(folders.size()), id.empty() ? nullptr : id.c_str(), write,
                            context, error);
  });
}

/// A JSON Schema of manifests, with the plugins found. Throws Error.
inline std::string schema(const std::vector<std::string>& plugin_folders = {}) {
  const std::vector<const char*> folders = library_detail::pointers(plugin_folders);
  return library_detail::text_of([&](treino_write_function write, void* context, treino_error* error) {
    return treino_schema(folders.data(), static_cast<std::uint32_t>(folders.size()), write, context, error);
  });
}

}  // namespace treino
