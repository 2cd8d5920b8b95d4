// Which reader a file is for.
#pragma once
#include <filesystem>
#include <string>

namespace treino::data {

/// "csv", "idx", "npy" or "npz": `told`, or where that is empty what the file is. Throws DataError where `told` is none of them.
std::string format_of(const std::filesystem::path& path, const std::string& told);

}  // namespace treino::data
