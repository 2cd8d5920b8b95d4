// The optimizer types as manifests see them; the rate is not among their parameters, it comes from outside at each step.
#include "nn/spec.hpp"

namespace treino::nn {

std::string_view optimizer_descriptions() {
  return R"toml([[type]]
id = "sgd"
summary = "weight -= rate * gradient, with momentum or without"
[type.parameters.momentum]
type = "float"
default = 0.0
min = 0.0
below = 1.0
doc = "velocity = momentum * velocity + gradient, weight -= rate * velocity; a new rate acts on all of the velocity, as in PyTorch"
[type.parameters.nesterov]
type = "bool"
default = false
doc = "weight -= rate * (gradient + momentum * velocity); momentum must be above 0"
[type.parameters.weight_decay]
type = "float"
default = 0.0
min = 0.0
doc = "times the weight, added to the gradient"

[[type]]
id = "adam"
summary = "step sizes from running means of gradients and their squares (Kingma & Ba, 2015)"
[type.parameters.beta1]
type = "float"
default = 0.9
min = 0.0
below = 1.0
doc = "decay of the mean of gradients; plays the part of momentum"
[type.parameters.beta2]
type = "float"
default = 0.999
min = 0.0
below = 1.0
doc = "decay of the mean of squared gradients"
[type.parameters.epsilon]
type = "float"
default = 1e-8
min = 0.0
doc = "added to the denominator"
[type.parameters.weight_decay]
type = "float"
default = 0.0
min = 0.0
doc = "times the weight, added to the gradient"

[[type]]
id = "adamw"
summary = "adam with weight decay apart from the gradient (Loshchilov & Hutter, 2019)"
[type.parameters.beta1]
type = "float"
default = 0.9
min = 0.0
below = 1.0
doc = "decay of the mean of gradients; plays the part of momentum"
[type.parameters.beta2]
type = "float"
default = 0.999
min = 0.0
below = 1.0
doc = "decay of the mean of squared gradients"
[type.parameters.epsilon]
type = "float"
default = 1e-8
min = 0.0
doc = "added to the denominator"
[type.parameters.weight_decay]
type = "float"
default = 0.0
min = 0.0
doc = "weights shrink by rate * weight_decay a step"

[[type]]
id = "rmsprop"
summary = "gradient over the root of its running mean square (Tieleman & Hinton, 2012)"
[type.parameters.rho]
type = "float"
default = 0.99
min = 0.0
below = 1.0
doc = "decay of the mean of squared gradients"
[type.parameters.epsilon]
type = "float"
default = 1e-8
min = 0.0
doc = "added to the denominator"
[type.parameters.momentum]
type = "float"
default = 0.0
min = 0.0
below = 1.0
doc = "velocity = momentum * velocity + gradient / root, weight -= rate * velocity"
[type.parameters.weight_decay]
type = "float"
default = 0.0
min = 0.0
doc = "times the weight, added to the gradient"

[[type]]
id = "adagrad"
summary = "gradient over the root of the sum of all its squares (Duchi et al., 2011)"
[type.parameters.epsilon]
type = "float"
default = 1e-8
min = 0.0
doc = "added to the denominator"
[type.parameters.weight_decay]
type = "float"
default = 0.0
min = 0.0
doc = "times the weight, added to the gradient"
)toml";
}

}  // namespace treino::nn
