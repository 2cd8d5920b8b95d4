// Adam whose weights shrink apart from the gradient: I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, 2019.
#include "shared/optimizers/adam.hpp"

using AdamW = treino::optimizers::AdamOf<true>;

TREINO_PLUGIN(AdamW, R"toml(
kind = "optimizer"
draft = 1
id = "adamw"
version = "1.0.0"
summary = "Adam with weight decay apart from the gradient."
help = """
weight *= 1 - learning_rate * weight_decay, then a step of adam without weight decay. The results are those of torch.optim.AdamW.
State: first_moment, second_moment, and with amsgrad largest_second_moment. A scheduler's momentum takes the place of beta1."""
)toml" TREINO_BETAS_TOML(0.9, 0.999) TREINO_EPSILON_TOML(1e-8) TREINO_AMSGRAD_TOML TREINO_SHRINKING_DECAY_TOML)
