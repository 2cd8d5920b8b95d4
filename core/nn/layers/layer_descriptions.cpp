// The layer types as manifests see them. The limits are those of shapes.cpp; a test holds the two together.
#include "nn/spec.hpp"

namespace treino::nn {

std::string_view layer_descriptions() {
  return R"toml([[type]]
id = "dense"
summary = "fully connected: output = input * weight + bias"
[type.parameters.units]
type = "int"
required = true
min = 1
doc = "outputs"
[type.parameters.bias]
type = "bool"
default = true
doc = "add a learned number to each output"
[type.parameters.initializer]
type = "string"
default = "glorot_uniform"
choices = ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "zeros", "ones", "normal", "uniform"]
doc = "how the weights are drawn; biases begin at zero"

[[type]]
id = "relu"
summary = "max(x, 0)"

[[type]]
id = "leaky_relu"
summary = "x above zero, slope * x below"
[type.parameters.slope]
type = "float"
default = 0.01
min = 0.0
doc = "factor below zero"

[[type]]
id = "sigmoid"
summary = "1 / (1 + exp(-x))"

[[type]]
id = "tanh"
summary = "hyperbolic tangent"

[[type]]
id = "gelu"
summary = "x * Phi(x) with the normal distribution function Phi, exact form"

[[type]]
id = "softmax"
summary = "exp(x) / sum of exp(x) over a flat sample; not wanted before a loss that takes logits"

[[type]]
id = "dropout"
summary = "sets random elements to zero while training, scales the others by 1 / (1 - rate)"
[type.parameters.rate]
type = "float"
default = 0.5
min = 0.0
below = 1.0
doc = "share of elements set to zero"

[[type]]
id = "batch_norm"
summary = "normalizes each feature or channel over the batch, then scales and shifts it"
[type.parameters.momentum]
type = "float"
default = 0.1
min = 0.0
max = 1.0
doc = "weight of the new batch in the running mean and variance"
[type.parameters.epsilon]
type = "float"
default = 1e-5
above = 0.0
doc = "added to the variance"

[[type]]
id = "layer_norm"
summary = "normalizes each sample over all its elements (of an image: channels, height and width), then scales and shifts each"
[type.parameters.epsilon]
type = "float"
default = 1e-5
above = 0.0
doc = "added to the variance"

[[type]]
id = "conv2d"
summary = "convolution over channels x height x width"
[type.parameters.filters]
type = "int"
required = true
min = 1
doc = "output channels"
[type.parameters.kernel]
type = "list"
items = "int"
scalar = true
required = true
min = 1
doc = "height and width of the window; a single integer means both"
[type.parameters.stride]
type = "list"
items = "int"
scalar = true
default = []
min = 1
doc = "vertical and horizontal step; a single integer means both; empty: 1"
[type.parameters.padding]
type = "list"
items = "int"
scalar = true
default = []
min = 0
doc = "vertical and horizontal zeros on each side; a single integer means both; empty: none"
[type.parameters.same_padding]
type = "bool"
default = false
doc = "pad so that the output size is the input size / stride, rounded up"
[type.parameters.bias]
type = "bool"
default = true
doc = "add a learned number to each output"
[type.parameters.initializer]
type = "string"
default = "glorot_uniform"
choices = ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "zeros", "ones", "normal", "uniform"]
doc = "how the weights are drawn; biases begin at zero"

[[type]]
id = "max_pool"
summary = "maximum of each window"
[type.parameters.kernel]
type = "list"
items = "int"
scalar = true
required = true
min = 1
doc = "height and width of the window; a single integer means both"
[type.parameters.stride]
type = "list"
items = "int"
scalar = true
default = []
min = 1
doc = "vertical and horizontal step; a single integer means both; empty: the kernel"
[type.parameters.padding]
type = "list"
items = "int"
scalar = true
default = []
min = 0
doc = "vertical and horizontal rim on each side, smaller than the kernel; a single integer means both; empty: none"
[type.parameters.same_padding]
type = "bool"
default = false
doc = "pad so that the output size is the input size / stride, rounded up"

[[type]]
id = "avg_pool"
summary = "mean of each window; padding is not counted"
[type.parameters.kernel]
type = "list"
items = "int"
scalar = true
required = true
min = 1
doc = "height and width of the window; a single integer means both"
[type.parameters.stride]
type = "list"
items = "int"
scalar = true
default = []
min = 1
doc = "vertical and horizontal step; a single integer means both; empty: the kernel"
[type.parameters.padding]
type = "list"
items = "int"
scalar = true
default = []
min = 0
doc = "vertical and horizontal rim on each side, smaller than the kernel; a single integer means both; empty: none"
[type.parameters.same_padding]
type = "bool"
default = false
doc = "pad so that the output size is the input size / stride, rounded up"

[[type]]
id = "global_avg_pool"
summary = "mean of each channel: channels x height x width becomes channels"

[[type]]
id = "flatten"
summary = "makes a sample flat: channels x height x width becomes one row"
)toml";
}

}  // namespace treino::nn
