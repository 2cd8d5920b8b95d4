// What there is to choose from, as JSON: for the program's `plugins` and `describe`, and for other programs.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace treino::library {

/// As catalogue.h says. `id`: only what it names, "mse" or "loss/mse"; empty: everything. Throws base::InputError where it names
/// nothing.
std::string catalogue_json(const std::vector<std::filesystem::path>& plugin_folders, const std::string& id);

/// A JSON Schema of manifests that use the plugins found.
std::string schema_json(const std::vector<std::filesystem::path>& plugin_folders);

}  // namespace treino::library
