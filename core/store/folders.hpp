// Folders that survive a power cut.
#pragma once
#include <filesystem>

namespace treino::store {

/// Makes a folder and those above it that are missing, and brings the entry of each to the disk. True if it was not there. Throws
/// StoreError, whose text begins with the folder that cannot be made.
bool create_folders(const std::filesystem::path& path);

}  // namespace treino::store
