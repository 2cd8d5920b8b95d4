// dlopen, by way of Boost.DLL: the only place that includes it.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace treino::host {

struct LoadedLibrary {
  const treino_plugin* plugin;
  std::string floating_point_change;  // what its start-up code did to the floating-point mode (put back by now); usually empty
};

/// Runs the library's start-up code. `path` is where the bytes came from, `sha256` what they must hash to. It stays loaded for
/// ever. Throws Refusal.
LoadedLibrary load_library(std::span<const std::byte> bytes, const std::filesystem::path& path, const std::string& sha256);

}  // namespace treino::host
