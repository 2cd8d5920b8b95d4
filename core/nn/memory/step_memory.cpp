// How long what a layer asks for is in use, from the layers' traits and from who reads whom.
#include "nn/memory/step_memory.hpp"

#include <algorithm>
#include <utility>

namespace treino::nn {

void StepMemory::next(std::int64_t output_size, std::vector<std::size_t> inputs) {
  for (const std::size_t input : inputs)
    if (input != model_input) readers_[input].push_back(layers());
  output_sizes_.push_back(output_size);
  inputs_.push_back(std::move(inputs));
  readers_.emplace_back();
}

void StepMemory::build(std::span<const Traits> traits) {
  for (const Request& request : requests_) {
    if (request.use != Use::always) arena_.limit(request.block, lifetime(request, traits));
  }
  request_gradients(traits);
  arena_.build();
}

int StepMemory::last_use_of_output(std::size_t layer, std::span<const Traits> traits) const {
  if (layer + 1 == layers()) return end();
  int last = traits[layer].reads_output ? backward(layer) : forward(layer);
  for (const std::size_t reader : readers_[layer]) {
    const Traits& how = traits[reader];
    last = std::max(last, how.reads_input || (how.passes_input && how.reads_output) ? backward(reader) : forward(reader));
    if (how.passes_input) last = std::max(last, last_use_of_output(reader, traits));
  }
  return last;
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

void StepMemory::request_gradients(std::span<const Traits> traits) {
  for (const GradientBlock& block : place_gradients(traits))
    arena_.limit(arena_.request(gradients_.emplace_back(), block.size), block.lifetime);
}

/// A gradient of a layer's output is made by the backward of those that read it, and used up by its own: unless that works in place,
/// and hands the memory on.
std::vector<StepMemory::GradientBlock> StepMemory::place_gradients(std::span<const Traits> traits) {
  std::vector<GradientBlock> blocks;
  gradient_of_.assign(layers(), nowhere);
  places_.resize(layers());
  for (std::size_t layer = layers(); layer-- > 0;) {
    if (gradient_of_[layer] == nowhere) {  // that of the last layer is the loss's
      gradient_of_[layer] = blocks.size();
      blocks.push_back({0, {backward(layer), 0}});
    }
    GradientBlock& own = blocks[gradient_of_[layer]];
    own.size = std::max(own.size, output_sizes_[layer]);
    own.lifetime.last = backward(layer);
    place_input_gradients(layer, traits[layer].gradient_in_place, blocks);
  }
  return blocks;
}

void StepMemory::place_input_gradients(std::size_t layer, bool in_place, std::vector<GradientBlock>& blocks) {
  const std::vector<std::size_t>& inputs = inputs_[layer];
  const bool several = inputs.size() > 1;
  const auto times_read = [&](std::size_t input) { return std::ranges::count(inputs, input); };
  for (const std::size_t input : inputs) {
    Place& place = places_[layer].emplace_back();
    if (input == model_input) continue;
    std::size_t& sum = gradient_of_[input];
    if (sum != nowhere) {
      place.sum = sum;
      if (several) continue;
      place.values = in_place ? gradient_of_[layer] : blocks.size();
      if (!in_place) blocks.push_back({output_sizes_[input], {backward(layer), backward(layer)}});
      continue;
    }
    // The first to set it, backward. Read twice by this layer, it is added to while the output's gradient is still read.
    const bool takes_over = in_place && times_read(input) == 1;
    sum = takes_over ? gradient_of_[layer] : blocks.size();
    if (takes_over)
      in_place = false;
    else
      blocks.push_back({0, {backward(layer), 0}});
    place.values = sum;
  }
}

InputPlace StepMemory::input_gradient(std::size_t layer, std::size_t input) {
  const auto at = [&](std::size_t block) { return block == nowhere ? nullptr : gradients_[block].data(); };
  const Place& place = places_[layer][input];
  return {at(place.values), at(place.sum)};
}

}  // namespace treino::nn
