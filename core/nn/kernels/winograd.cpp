// How tiles go to threads and through the transforms and products of Winograd's algorithm; the inner loops are the kernels'.
#include "nn/kernels/winograd.hpp"

#include <algorithm>
#include <utility>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/parallel_for.hpp"

namespace treino::nn {
namespace {

constexpr std::int64_t products = 36;

// Transformed tiles of both sides that are worked on at a time fit a second-level cache.
std::int64_t chunk_for(std::int64_t channels) {
  constexpr std::int64_t bytes = 640 * 1024;
  return std::clamp<std::int64_t>(bytes / (products * channels * std::int64_t{sizeof(float)}) / 8 * 8, 8, row_block);
}

/// work(part) for each part on a thread of the pool.
template <class Work>
void each_part(int threads, Work work) {
  run_on_pool(
      threads, threads,
      [](void* data, int part, int) {
        const FlushScope flush_scope;
        (*static_cast<Work*>(data))(part);
      },
      &work);
}

/// Part `part` of `parts` of [0, count).
std::pair<std::int64_t, std::int64_t> part_of(std::int64_t count, int part, int parts) {
  return {count * part / parts, count * (part + 1) / parts};
}

}  // namespace

Winograd::Winograd(const Window& window, std::int64_t filters, std::int64_t batch, std::int64_t input_block,
                   std::int64_t output_block)
    : input_{window.channels, window.height, window.width, input_block},
      output_{filters, window.output_height, window.output_width, output_block},
      batch_(batch),
      top_(window.top),
      left_(window.left),
      chunk_(chunk_for(window.channels + filters)),
      threads_(pool_threads()) {}

bool Winograd::can_run(const Window& window, std::int64_t filters, std::int64_t input_block, std::int64_t output_block) {
  const std::int64_t lanes = kernels().lanes;
  return input_block % lanes == 0 && output_block % lanes == 0 && window.channels % lanes == 0 && filters % lanes == 0;
}

std::int64_t Winograd::memory_size() const {
  const std::int64_t channels = input_.channels + output_.channels;
  return chunk_ * products * channels + product_scratch + products * input_.channels * output_.channels;
}

std::size_t Winograd::scratch() const {
  const std::int64_t weights = input_.channels * output_.channels;
  return static_cast<std::size_t>((products + 9) * weights + threads_ * memory_size()) * sizeof(float);
}

Winograd::Memory Winograd::memory_of(float* base, int part) const {
  float* const from = base + part * memory_size();
  float* const to = from + chunk_ * products * input_.channels;
  float* const product = to + chunk_ * products * output_.channels;
  return {from, to, product, product + product_scratch};
}

Winograd::Tile Winograd::tile_at(const Side& side, std::int64_t number) {
  const std::int64_t columns = (side.width + 3) / 4, per_image = tiles_of(side), at = number % per_image;
  return {number / per_image, at / columns * 4, at % columns * 4};
}

void Winograd::correlate(const Side& from_side, const float* from, const float* weights, const float* bias, const Side& to_side,
                         float* to, std::int64_t row, std::int64_t column, float* base) const {
  const std::int64_t from_channels = from_side.channels, to_channels = to_side.channels;
  each_part(threads_, [&](int part) {
    const auto [first, last] = part_of(batch_ * tiles_of(to_side), part, threads_);
    const Memory memory = memory_of(base, part);
    // The two arrays lie side by side, and which side of the convolution is the larger one depends on the direction.
    float *const v = memory.from, *const m = memory.from + chunk_ * products * from_channels;
    for (std::int64_t begin = first; begin < last; begin += chunk_) {
      const std::int64_t tiles = std::min(chunk_, last - begin);
      for (std::int64_t t = 0; t < tiles; ++t) {
        const Tile tile = tile_at(to_side, begin + t);
        const WinogradTile place{from_side.block, from_side.height, from_side.width, tile.row + row, tile.column + column};
        for (std::int64_t c = 0; c < from_channels; c += from_side.block) {
          kernels().winograd_input(from_side.plane(from, tile.n, c), place, v + t * from_channels + c, tiles * from_channels);
        }
      }
      for (std::int64_t k = 0; k < products; ++k) {
        kernels().product({tiles, to_channels, from_channels, v + k * tiles * from_channels, from_channels, 1,
                           weights + k * from_channels * to_channels, to_channels, 1, m + k * tiles * to_channels, false},
                          memory.product);
      }
      for (std::int64_t t = 0; t < tiles; ++t) {
        const Tile tile = tile_at(to_side, begin + t);
        const WinogradTile place{to_side.block, to_side.height, to_side.width, tile.row, tile.column};
        for (std::int64_t c = 0; c < to_channels; c += to_side.block) {
          kernels().winograd_output(m + t * to_channels + c, tiles * to_channels, bias == nullptr ? nullptr : bias + c, place,
                                    to_side.plane(to, tile.n, c));
        }
      }
    }
  });
}

void Winograd::forward(const float* input, const float* weight, const float* bias, float* output, std::byte* scratch) const {
  const std::int64_t channels = input_.channels, filters = output_.channels;
  float *const transformed = reinterpret_cast<float*>(scratch), *const turned = transformed + products * channels * filters;
  kernels().transpose(weight, turned, filters, channels * 9);
  for (std::int64_t c = 0; c < channels; ++c) {
    kernels().winograd_weights(turned + c * 9 * filters, filters, false, transformed + c * filters, channels * filters);
  }
  correlate(input_, input, transformed, bias, output_, output, -top_, -left_, turned + 9 * channels * filters);
}

void Winograd::backward_data(const float* output_gradient, const float* weight, float* input_gradient, std::byte* scratch) const {
  const std::int64_t channels = input_.channels, filters = output_.channels;
  float *const transformed = reinterpret_cast<float*>(scratch), *const turned = transformed + products * channels * filters;
  for (std::int64_t f = 0; f < filters; ++f) {
    kernels().transpose(weight + f * channels * 9, turned, channels, 9);
    kernels().winograd_weights(turned, channels, true, transformed + f * channels, channels * filters);
  }
  correlate(output_, output_gradient, transformed, nullptr, input_, input_gradient, top_ - 2, left_ - 2,
            turned + 9 * channels * filters);
}

void Winograd::sum_products(const float* input, const float* output_gradient, std::int64_t first, std::int64_t last,
                            const Memory& memory) const {
  const std::int64_t channels = input_.channels, filters = output_.channels;
  std::fill_n(memory.sums, products * channels * filters, 0.0f);
  for (std::int64_t begin = first; begin < last; begin += chunk_) {
    const std::int64_t tiles = std::min(chunk_, last - begin);
    for (std::int64_t t = 0; t < tiles; ++t) {
      const Tile tile = tile_at(output_, begin + t);
      const WinogradTile from{input_.block, input_.height, input_.width, tile.row - top_, tile.column - left_};
      for (std::int64_t c = 0; c < channels; c += input_.block) {
        kernels().winograd_input(input_.plane(input, tile.n, c), from, memory.from + t * channels + c, tiles * channels);
      }
      const WinogradTile to{output_.block, output_.height, output_.width, tile.row, tile.column};
      for (std::int64_t f = 0; f < filters; f += output_.block) {
        kernels().winograd_gradient(output_.plane(output_gradient, tile.n, f), to, memory.to + t * filters + f, tiles * filters);
      }
    }
    for (std::int64_t k = 0; k < products; ++k) {
      kernels().product({channels, filters, tiles, memory.from + k * tiles * channels, 1, channels,
                         memory.to + k * tiles * filters, filters, 1, memory.sums + k * channels * filters, true},
                        memory.product);
    }
  }
}

void Winograd::backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient,
                                std::byte* scratch) const {
  const std::int64_t channels = input_.channels, filters = output_.channels, size = products * channels * filters;
  float *const turned = reinterpret_cast<float*>(scratch) + size, *const base = turned + 9 * channels * filters;
  each_part(threads_, [&](int part) {
    const auto [first, last] = part_of(batch_ * tiles_of(output_), part, threads_);
    sum_products(input, output_gradient, first, last, memory_of(base, part));
  });
  float* const sums = memory_of(base, 0).sums;
  for (int part = 1; part < threads_; ++part) kernels().add(sums, memory_of(base, part).sums, size);
  for (std::int64_t c = 0; c < channels; ++c) {
    kernels().winograd_weight_gradient(sums + c * filters, channels * filters, filters, turned + c * 9 * filters);
  }
  kernels().transpose(turned, weight_gradient, channels * 9, filters);
  if (bias_gradient == nullptr) return;
  for (std::int64_t n = 0; n < batch_; ++n) {
    for (std::int64_t f = 0; f < filters; f += output_.block) {
      // Without a mask it changes nothing.
      kernels().bias_gradient(const_cast<float*>(output_.plane(output_gradient, n, f)), nullptr, bias_gradient + f,
                              output_.area(), output_.block, output_.block, n > 0);
    }
  }
}

}  // namespace treino::nn
