// What is asked of every type of layer: gradients against central differences, the same bits on any number of threads, refusals.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "nn_helpers.hpp"

namespace treino::nn::test {

// Larger changes cross the corners of relu and max_pool too often; networks without any can take larger ones and lose fewer
// digits.
constexpr float corner_safe = 1.0f / 1024, curved = 1.0f / 256, linear = 1.0f / 32;

/// A model on random numbers, and a loss that weighs every output differently: the sum of probe * output.
struct Network {
  Model model;
  std::vector<float> input, probe;
  std::int64_t batch;

  Network(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch_size, std::int64_t capacity,
          int threads = 1);
  double loss();
};

void check_gradients(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch, std::int64_t capacity,
                     float h = corner_safe);

/// The same of a network as it is, on its input.
void check_central_differences(Network& network, float h);

/// As the first layer, and after another, whose gradients see the tested layer's input gradient. Whole batches and smaller ones.
void check_flat(const LayerSpec& spec, std::int64_t size = 6);
void check_image(const LayerSpec& spec, const Shape& shape = {2, 6, 5});
/// For inputs of any shape.
void check_any(const LayerSpec& spec, const Shape& shape, float h = corner_safe);

/// That outputs and gradients, those of accumulated batches too, are the same bits on one thread and on three. The input should be
/// large enough to be worth threads.
void check_threads(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch);

/// The text with which a layer is refused; "nothing" where it is not.
std::string refusal_of(const LayerSpec& spec, const Shape& input);

}  // namespace treino::nn::test
