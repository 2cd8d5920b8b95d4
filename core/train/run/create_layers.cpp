// Instances are named like their layers, which have their names already.
#include "train/run/create_layers.hpp"

#include "train/layer.hpp"
#include "train/run/create_plugins.hpp"
#include "train/run/run.hpp"

namespace treino::train {

std::vector<nn::LayerSpec> create_layers(Run& run) {
  std::vector<nn::LayerSpec> layers = run.plan.layers;
  for (const auto& [number, plugin] : run.plan.layer_plugins)
    layers[number].foreign = std::make_shared<Layer>(create_plugin(run, plugin));
  return layers;
}

}  // namespace treino::train
