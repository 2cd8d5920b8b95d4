// What the layers of a network learn: made while it is built, in the order of its layers.
#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/initializers.hpp"
#include "nn/memory/buffer.hpp"
#include "nn/mode.hpp"
#include "nn/parameter.hpp"

namespace treino::nn {

/// The parameters of a network while it is built, in the order of its layers.
class Parameters {
 public:
  Parameters(std::uint64_t seed, int threads, InitialValues values) : seed_(seed), threads_(threads), values_(values) {}

  /// For the same network again, which shares `first`'s values and has gradients of its own. `first` outlives this.
  explicit Parameters(std::span<const Parameter> first) : seed_(0), threads_(1), values_(InitialValues::zero), first_(first) {}

  struct Pointers {
    float* value;
    float* gradient;  // null where not trainable
  };
  Pointers add(const std::string& name, const Shape& shape, const InitializerSpec& initializer, Fans fans = {},
               bool trainable = true);
  /// Whether what is added is drawn; else it is loaded, or another's.
  bool draws() const { return first_.empty() && values_ == InitialValues::drawn; }
  std::vector<Parameter>& list() { return list_; }

 private:
  std::uint64_t seed_;
  int threads_;
  InitialValues values_;
  std::span<const Parameter> first_;
  std::vector<Parameter> list_;
  std::deque<Buffer> buffers_;
};

}  // namespace treino::nn
