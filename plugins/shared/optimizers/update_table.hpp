// The inner loops of optimizers, as functions with their coefficients. Included by sources compiled for instruction sets that the
// processor may lack, so nothing here may be a function: an inline one could be linked from such a source into the rest of a plugin.
#pragma once
#include <stdint.h>

namespace treino::optimizers {

// Coefficients of one update, already rounded to float where PyTorch's kernels do that. `rest` is 1 minus a coefficient, taken in
// double; weight_decay, where it stands here, is added to the gradient.
struct SgdStep {
  float learning_rate, momentum, weight_decay;
  bool nesterov;
};
struct AdamStep {
  float beta1, beta1_rest, beta2, beta2_rest;
  float step_size, epsilon;  // learning_rate * root / (1 - beta1^t) and epsilon * root, root being sqrt(1 - beta2^t)
  float weight_decay;
  float shrink;  // 1 - learning_rate * decay, multiplied into the weights first; 1 for none
};
struct NadamStep {
  float beta1, beta1_rest, beta2, beta2_rest;
  float gradient_size, mean_size, epsilon;  // of the gradient and of its mean in a step, and epsilon, times root as above
  float weight_decay;
};
struct RadamStep {
  float beta1, beta1_rest, beta2, beta2_rest;
  float step_size, epsilon;  // step_size: with the rectification; where it is not defined yet, epsilon is not used
  float weight_decay;
  bool rectified;
};
struct RmspropStep {
  float learning_rate, rho, rho_rest, epsilon, weight_decay, momentum;
};
struct AdagradStep {
  float learning_rate, epsilon, weight_decay;
};
struct AdadeltaStep {
  float learning_rate, rho, rho_rest, epsilon, weight_decay;
};
struct LionStep {
  float learning_rate, beta1, beta1_rest, beta2, beta2_rest;
  float shrink;  // 1 - learning_rate * decay
};
struct LambStep {
  float beta1, beta1_rest, beta2, beta2_rest;
  float mean_size, epsilon;  // root / (1 - beta1^t) and epsilon * root, root being sqrt(1 - beta2^t)
  float weight_decay;        // times the weight, added to the update
};

/// Sums of squares of a whole parameter, added in an order that only the instruction set decides.
struct LambSums {
  double weight, update;
};

// All arrays have `size` elements and do not overlap.
struct UpdateLoops {
  void (*sgd)(int64_t size, float* weight, const float* gradient, float* momentum, const SgdStep& step);  // momentum: may be null
  void (*adam)(int64_t size, float* weight, const float* gradient, float* first, float* second, const AdamStep& step);
  void (*amsgrad)(int64_t size, float* weight, const float* gradient, float* first, float* second, float* largest,
                  const AdamStep& step);
  void (*nadam)(int64_t size, float* weight, const float* gradient, float* first, float* second, const NadamStep& step);
  void (*radam)(int64_t size, float* weight, const float* gradient, float* first, float* second, const RadamStep& step);
  void (*rmsprop)(int64_t size, float* weight, const float* gradient, float* square, float* momentum, const RmspropStep& step);
  /// mean: of the gradients. momentum may be null here and above.
  void (*rmsprop_centered)(int64_t size, float* weight, const float* gradient, float* square, float* momentum, float* mean,
                           const RmspropStep& step);
  void (*adagrad)(int64_t size, float* weight, const float* gradient, float* sum, const AdagradStep& step);
  void (*adadelta)(int64_t size, float* weight, const float* gradient, float* square, float* change, const AdadeltaStep& step);
  void (*lion)(int64_t size, float* weight, const float* gradient, float* momentum, const LionStep& step);
  /// Updates the moments alone.
  LambSums (*lamb_moments)(int64_t size, const float* weight, const float* gradient, float* first, float* second,
                           const LambStep& step);
  /// After it: weight -= step_size * update.
  void (*lamb)(int64_t size, float* weight, const float* first, const float* second, float step_size, const LambStep& step);
};

}  // namespace treino::optimizers
