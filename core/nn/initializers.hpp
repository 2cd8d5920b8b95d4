// First values of weights: each parameter's numbers depend on its shape, the seed and its place in the network alone.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/spec.hpp"

namespace treino::nn {

/// How many inputs feed one output of the layer, and how many outputs one input feeds.
struct Fans {
  std::int64_t in = 1, out = 1;
};

/// How weights are drawn: one of initializer_names(), and what multiplies it.
struct InitializerSpec {
  std::string_view name;
  double gain = 1;
  // Of variance_scaling alone:
  double scale = 1;
  std::string_view mode = "fan_in", distribution = "truncated_normal";
};

const std::vector<std::string_view>& initializer_names();
bool is_initializer(std::string_view name);

/// Fills `values`, which have this shape, and multiplies them by the gain. `parameter` is the index in Model::parameters(). Uniform
/// kinds draw from [-limit, limit), normal kinds from an untruncated normal distribution:
///   glorot   variance 2 / (in + out)   Glorot & Bengio, AISTATS 2010
///   he       variance 2 / in           He et al., ICCV 2015
///   lecun    variance 1 / in           LeCun et al., Efficient BackProp, 1998
///   normal   standard deviation 0.05; uniform: limit 0.05
///   truncated_normal  of standard deviation 0.05 before what lies beyond two of them is drawn again
/// variance_scaling: variance scale / fan, the fan being in ("fan_in"), out ("fan_out") or their mean ("fan_avg"), of a distribution
/// "truncated_normal" (at two standard deviations, and stretched to have the variance all the same), "untruncated_normal" or
/// "uniform". Keras's VarianceScaling.
/// orthogonal: of the matrix W of shape[0] rows, W W^T = 1, or W^T W = 1 where it has more rows than columns; it is the Q of a QR
/// decomposition of normal numbers, with the signs that make R's diagonal positive. Saxe et al., ICLR 2014;
/// torch.nn.init.orthogonal_. Throws std::invalid_argument for another name.
void initialize(const InitializerSpec& how, std::uint64_t seed, std::uint64_t parameter, const Shape& shape, Fans fans,
                std::span<float> values);

}  // namespace treino::nn
