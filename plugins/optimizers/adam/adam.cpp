// Steps from running means of gradients and of their squares: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, 2015.
#include "shared/optimizers/adam.hpp"

using Adam = treino::optimizers::AdamOf<false>;

TREINO_PLUGIN(Adam, R"toml(
kind = "optimizer"
draft = 1
id = "adam"
version = "1.0.0"
summary = "Adam: step sizes from running means of gradients and of their squares."
help = """
gradient += weight_decay * weight
first = beta1 * first + (1 - beta1) * gradient, second = beta2 * second + (1 - beta2) * gradient^2
weight -= learning_rate * first / (1 - beta1^t) / (sqrt(second / (1 - beta2^t)) + epsilon)
With amsgrad the largest `second` so far takes its place. The results are those of torch.optim.Adam.
State: first_moment, second_moment, and with amsgrad largest_second_moment. A scheduler's momentum takes the place of beta1."""
)toml" TREINO_BETAS_TOML(0.9, 0.999) TREINO_EPSILON_TOML(1e-8) TREINO_AMSGRAD_TOML TREINO_ADDED_DECAY_TOML)
