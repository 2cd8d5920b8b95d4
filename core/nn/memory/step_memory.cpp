// How long what a layer asks for is in use, from the layers' traits.
#include "nn/memory/step_memory.hpp"

#include <algorithm>

namespace treino::nn {

void StepMemory::build(std::span<const Traits> traits) {
  for (const Request& request : requests_) {
    if (request.use != Use::always) arena_.limit(request.block, lifetime(request, traits));
  }
  request_gradients(traits);
  arena_.build();
}

int StepMemory::last_use_of_output(std::size_t layer, std::span<const Traits> traits) const {
  int last = traits[layer].reads_output ? backward(layer) : forward(layer);
  for (std::size_t reader = layer + 1; reader < layers_; ++reader) {
    const Traits& how = traits[reader];
    last = std::max(last, how.reads_input || (how.passes_input && how.reads_output) ? backward(reader) : forward(reader));
    if (!how.passes_input) return last;
  }
  return end();
}

Lifetime StepMemory::lifetime(const Request& request, std::span<const Traits> traits) const {
  switch (request.use) {
    case Use::output:
      return {forward(request.layer), last_use_of_output(request.layer, traits)};
    case Use::kept:
      return {forward(request.layer), backward(request.layer)};
    case Use::forward:
      return {forward(request.layer), forward(request.layer)};
    case Use::backward:
      return {backward(request.layer), backward(request.layer)};
    case Use::always:
      break;
  }
  return {0, end()};
}

/// That of a layer's output is made by the backward of the layer after it, and used up by its own: unless that works in place,
/// and hands the memory on.
void StepMemory::request_gradients(std::span<const Traits> traits) {
  gradient_of_.resize(layers_);
  for (std::size_t next = layers_; next > 0;) {
    std::size_t layer = next - 1;
    std::int64_t size = output_sizes_[layer];
    const int first = next == layers_ ? backward(layer) : backward(next);
    gradient_of_[layer] = gradients_.size();
    for (; layer > 0 && traits[layer].gradient_in_place; --layer) {
      gradient_of_[layer - 1] = gradients_.size();
      size = std::max(size, output_sizes_[layer - 1]);
    }
    arena_.limit(arena_.request(gradients_.emplace_back(), size), {first, backward(layer)});
    next = layer;
  }
}

}  // namespace treino::nn
