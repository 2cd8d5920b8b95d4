// dlopen, by way of Boost.DLL: the only place that includes it.
#pragma once
#include <treino/abi.h>

#include <filesystem>
#include <string>

#include "host/library/sealed_copy.hpp"

namespace treino::host {

struct LoadedLibrary {
  const treino_plugin* plugin;
  std::string floating_point_change;  // what its start-up code did to the floating-point mode (restored by now); usually empty
};

/// Runs the library's start-up code. `path` is where the copy was made from. It stays loaded permanently. Throws FormatError.
LoadedLibrary load_library(SealedCopy& copy, const std::filesystem::path& path);

}  // namespace treino::host
