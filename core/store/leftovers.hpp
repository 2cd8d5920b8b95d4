// What writers that were killed have left.
#pragma once
#include <filesystem>

#include "store/store_error.hpp"

namespace treino::store {

/// Removes temporaries that a killed process left beside `path` (recognized by this module's naming, and by the lock that every
/// living writer holds on its own). Does nothing where the folder does not exist. Throws StoreError.
void remove_leftovers(const std::filesystem::path& path);

}  // namespace treino::store
