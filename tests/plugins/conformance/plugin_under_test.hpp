// What the conformance program knows of the plugin it runs on, and the checks that it makes of each kind.
#pragma once
#include <treino/abi.h>
#include <treino/abi/draft/layer.h>
#include <treino/abi/draft/optimizer.h>
#include <treino/abi/draft/reader.h>

#include <filesystem>

#include "manifest/description.hpp"

namespace treino::conformance {

struct PluginUnderTest {
  std::filesystem::path library;
  std::filesystem::path cases;  // cases.toml of its source folder
  manifest::Description description;
  const treino_lifecycle* lifecycle = nullptr;
  // By the description's kind; the others are null.
  const treino_callback* callback = nullptr;
  const treino_scheduler* scheduler = nullptr;
  const treino_loss* loss = nullptr;
  const treino_metric* metric = nullptr;
  const treino_optimizer* optimizer = nullptr;
  const treino_layer* layer = nullptr;
  const treino_reader* reader = nullptr;
};

// Each reports through Catch2's assertions.
void check_callback(const PluginUnderTest& plugin);
void check_scheduler(const PluginUnderTest& plugin);
void check_loss(const PluginUnderTest& plugin);
void check_metric(const PluginUnderTest& plugin);
void check_optimizer(const PluginUnderTest& plugin);
void check_layer(const PluginUnderTest& plugin);
void check_reader(const PluginUnderTest& plugin);

}  // namespace treino::conformance
