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

#if defined(__AVX512F__)
// Rationale: the processor's square root and division take longer than all else in Adam. These begin with the 14 bits that it
// gives quickly, and double them; together they are good to 3e-7.
Vector root(Vector x) {
  constexpr float infinity = __builtin_inff();
  const Vector inverse = __builtin_ia32_rsqrt14ps512_mask(x, x, 0xffff), near = x * inverse;
  const Vector better = near + 0.5f * inverse * (x - near * near);
  return ((x == 0) | (x == infinity)) ? x : better;
}
Vector quotient(Vector x, Vector y) {
  const Vector inverse = __builtin_ia32_rcp14ps512_mask(y, y, 0xffff), near = x * inverse;
  return y > 0x1p125f ? x * 0.0f : near + inverse * (x - near * y);  // of infinity, the second would be NaN
}
#endif

// rate / (1 - beta1^t) * first / (sqrt(second) / root + epsilon), with `root` multiplied into all: divisions are what takes time
// here.
void adam(int64_t size, float* __restrict weight, const float* __restrict gradient, float* __restrict first,
          float* __restrict second, const AdamStep& step) {
  const AdamStep s = step;
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + lanes <= size; i += lanes) {
    const Vector w = load(weight + i), g = load(gradient + i) + s.weight_decay * w;
    const Vector mean = s.beta1 * load(first + i) + s.beta1_rest * g;
    const Vector square = s.beta2 * load(second + i) + s.beta2_rest * g * g;
    store(first + i, mean);
    store(second + i, square);
    store(weight + i, s.shrink * w - s.step_size * quotient(mean, root(square) + s.epsilon));
  }
#endif
  for (; i < size; ++i) {
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
