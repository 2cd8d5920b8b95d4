// A plugin that has been loaded: its description and its tables of functions, ready to be called.
#pragma once
#include <treino/abi.h>
#include <treino/abi/draft/collective.h>
#include <treino/abi/draft/exporter.h>
#include <treino/abi/draft/layer.h>
#include <treino/abi/draft/optimizer.h>
#include <treino/abi/draft/reader.h>

#include <filesystem>
#include <string>

#include "manifest/description.hpp"
#include "manifest/kind.hpp"

namespace treino::host {

/// A component of a loaded library: full-size copies of its tables, zero where the library's are older and shorter. Never
/// unloaded.
struct Component {
  std::filesystem::path path;
  std::string sha256;
  manifest::Description description;
  manifest::Kind kind{};  // of the description
  treino_lifecycle lifecycle{};
  treino_callback callback{};  // by kind, the others zero
  treino_scheduler scheduler{};
  treino_loss loss{};
  treino_metric metric{};
  treino_exporter exporter{};
  treino_collective collective{};
  treino_optimizer optimizer{};
  treino_layer layer{};
  treino_reader reader{};
};

}  // namespace treino::host
