// The optimizers' inner loops, a part of kernel_loops.hpp: the formulas of torch.optim 1.13, one pass over all arrays.

void sgd(int64_t size, float* __restrict weight, const float* __restrict gradient, float* __restrict momentum,
         const SgdStep& step) {
  const SgdStep s = step;
  if (momentum == nullptr) {
    for (int64_t i = 0; i < size; ++i) weight[i] -= s.rate * (gradient[i] + s.weight_decay * weight[i]);
  } else if (s.nesterov) {
    for (int64_t i = 0; i < size; ++i) {
      const float g = gradient[i] + s.weight_decay * weight[i];
      momentum[i] = s.momentum * momentum[i] + g;
      weight[i] -= s.rate * (g + s.momentum * momentum[i]);
    }
  } else {
    for (int64_t i = 0; i < size; ++i) {
      momentum[i] = s.momentum * momentum[i] + (gradient[i] + s.weight_decay * weight[i]);
      weight[i] -= s.rate * momentum[i];
    }
  }
}

// rate / (1 - beta1^t) * first / (sqrt(second) / root + epsilon), with `root` multiplied into all: divisions are what takes time
// here.
void adam(int64_t size, float* __restrict weight, const float* __restrict gradient, float* __restrict first,
          float* __restrict second, const AdamStep& step) {
  const AdamStep s = step;
  for (int64_t i = 0; i < size; ++i) {
    const float g = gradient[i] + s.weight_decay * weight[i];
    first[i] = s.beta1 * first[i] + s.beta1_rest * g;
    second[i] = s.beta2 * second[i] + s.beta2_rest * g * g;
    weight[i] = s.shrink * weight[i] - s.step_size * (first[i] / (__builtin_sqrtf(second[i]) + s.epsilon));
  }
}

void rmsprop(int64_t size, float* __restrict weight, const float* __restrict gradient, float* __restrict square,
             float* __restrict momentum, const RmspropStep& step) {
  const RmspropStep s = step;
  for (int64_t i = 0; i < size; ++i) {
    const float g = gradient[i] + s.weight_decay * weight[i];
    square[i] = s.rho * square[i] + s.rho_rest * g * g;
    const float change = g / (__builtin_sqrtf(square[i]) + s.epsilon);
    if (momentum == nullptr) {
      weight[i] -= s.rate * change;
    } else {
      momentum[i] = s.momentum * momentum[i] + change;
      weight[i] -= s.rate * momentum[i];
    }
  }
}

void adagrad(int64_t size, float* __restrict weight, const float* __restrict gradient, float* __restrict sum,
             const AdagradStep& step) {
  const AdagradStep s = step;
  for (int64_t i = 0; i < size; ++i) {
    const float g = gradient[i] + s.weight_decay * weight[i];
    sum[i] += g * g;
    weight[i] -= s.rate * (g / (__builtin_sqrtf(sum[i]) + s.epsilon));
  }
}
