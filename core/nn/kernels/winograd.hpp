// Convolutions of 3x3 with stride 1 by Winograd's algorithm F(4x4, 3x3), for where oneDNN has none: version 3 dropped it. Images
// are in blocks of channels. For tiles of 4x4 outputs, 36 matrix products of tiles x channels take the place of the sums over 3x3
// weights: a quarter of the multiplications. Lavin & Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
#pragma once
#include <cstddef>
#include <cstdint>

#include "nn/kernels/window.hpp"

namespace treino::nn {

class Winograd {
 public:
  /// For as many threads as the pool has at this moment; see Convolution.
  Winograd(const Window& window, std::int64_t filters, std::int64_t batch, std::int64_t input_block, std::int64_t output_block);

  /// True where the loops of this processor can work on such blocks.
  static bool can_run(const Window& window, std::int64_t filters, std::int64_t input_block, std::int64_t output_block);

  /// Bytes, of each of the three; with them the calls are those of Convolution.
  std::size_t scratch() const;
  void forward(const float* input, const float* weight, const float* bias, float* output, std::byte* scratch) const;
  void backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient,
                        std::byte* scratch) const;
  void backward_data(const float* output_gradient, const float* weight, float* input_gradient, std::byte* scratch) const;

 private:
  /// One side of the convolution: images of so many channels.
  struct Side {
    std::int64_t channels, height, width, block;
    std::int64_t area() const { return height * width; }
    const float* plane(const float* images, std::int64_t n, std::int64_t first_channel) const {
      return images + (n * channels + first_channel) * area();
    }
    float* plane(float* images, std::int64_t n, std::int64_t first_channel) const {
      return images + (n * channels + first_channel) * area();
    }
  };
  struct Tile {
    std::int64_t n, row, column;  // image, and the first of its 4x4 places
  };
  struct Memory {  // of one thread
    float *from, *to, *product, *sums;
  };

  Memory memory_of(float* base, int part) const;
  std::int64_t memory_size() const;
  static std::int64_t tiles_of(const Side& side) { return (side.height + 3) / 4 * ((side.width + 3) / 4); }
  static Tile tile_at(const Side& side, std::int64_t number);
  /// to = the correlation of `from` with weights that are transformed already; `row`, `column`: where the window of the first
  /// output begins.
  void correlate(const Side& from_side, const float* from, const float* weights, const float* bias, const Side& to_side,
                 float* to, std::int64_t row, std::int64_t column, float* memory) const;
  void sum_products(const float* input, const float* output_gradient, std::int64_t first, std::int64_t last,
                    const Memory& memory) const;

  Side input_, output_;
  std::int64_t batch_, top_, left_, chunk_;
  int threads_;
};

}  // namespace treino::nn
