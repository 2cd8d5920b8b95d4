// The host's side of a layer that a plugin computes.
#pragma once
#include <treino/abi/draft/layer.h>

#include "host/session/instance.hpp"
#include "nn/layers/foreign_layer.hpp"

namespace treino::train {

/// An instance of kind layer, as nn's models have it. Throws host::CallError where the plugin fails, or asks for what there is not.
class Layer final : public nn::ForeignLayer {
 public:
  /// The instance outlives it.
  explicit Layer(host::Instance& instance)
      : ForeignLayer(instance.component().description.id, instance.component().description.least_inputs,
                     instance.component().description.most_inputs),
        instance_(instance) {}

  void forward(const Forward& pass) override;
  void backward(const Backward& pass) override;

 private:
  Plan prepare(std::span<const nn::Shape> inputs) override;

  host::Instance& instance_;
};

}  // namespace treino::train
