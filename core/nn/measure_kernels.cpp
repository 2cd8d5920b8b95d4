// Times each kernel on arrays of the product's sizes, in turn, so that what else the machine does hits all of them.
#include <algorithm>
#include <chrono>
#include <limits>

#include "nn/kernel_choices.hpp"
#include "nn/kernels/kernels.hpp"
#include "nn/kernels/threads.hpp"
#include "nn/memory/buffer.hpp"

namespace treino::nn {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Not zeros, which lie in one page of memory, and are multiplied as fast as anything.
Buffer operand(std::int64_t size) {
  Buffer buffer = Buffer::unset(size);
  for (std::int64_t i = 0; i < size; ++i) buffer[i] = static_cast<float>(i % 13 - 6) / 8;
  return buffer;
}

/// Arrays for one product.
class Trial {
 public:
  Trial(const ProductShape& shape, int threads)
      : shape_(shape),
        threads_(threads),
        a_(operand(shape.rows * shape.inner)),
        b_(operand(shape.inner * shape.columns)),
        c_(shape.rows * shape.columns),
        scratch_(Buffer::unset(product_scratch * threads)) {}

  /// Seconds of one call.
  double run(ProductKernel kernel) {
    const auto start = Clock::now();
    multiply(product(), kernel, scratch_.data(), threads_);
    return seconds_since(start);
  }

  Product product() {
    return {.rows = shape_.rows,
            .columns = shape_.columns,
            .inner = shape_.inner,
            .a = a_.data(),
            .a_row = shape_.a_transposed ? 1 : shape_.inner,
            .a_inner = shape_.a_transposed ? shape_.rows : 1,
            .b = b_.data(),
            .b_inner = shape_.b_transposed ? 1 : shape_.columns,
            .b_column = shape_.b_transposed ? shape_.inner : 1,
            .c = c_.data(),
            .add = false};
  }

 private:
  ProductShape shape_;
  int threads_;
  Buffer a_, b_, c_, scratch_;
};

std::vector<ProductKernel> kernels_for(int threads) {
  std::vector<ProductKernel> all{ProductKernel::own, ProductKernel::onednn};
  if (threads > 1)
    all.insert(all.end(), {ProductKernel::own_in_parts, ProductKernel::onednn_in_parts, ProductKernel::onednn_threads});
  return all;
}

/// The shortest of several calls of each kernel: the first alone where that is long, since then it tells enough.
std::vector<double> times_of(Trial& trial, const std::vector<ProductKernel>& all) {
  constexpr double long_call = 5e-3, enough = 1e-3;  // seconds
  std::vector<double> best;
  double spent = 0;
  for (const ProductKernel kernel : all) {
    const double first = trial.run(kernel);
    best.push_back(first > long_call ? first : std::numeric_limits<double>::max());
    spent += first > long_call ? first : 0;
  }
  while (*std::ranges::max_element(best) == std::numeric_limits<double>::max() || spent < enough) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double seconds = trial.run(all[i]);
      best[i] = std::min(best[i], seconds);
      spent += seconds;
    }
  }
  return best;
}

ProductKernel fastest(const ProductShape& shape, int threads) {
  Trial trial(shape, threads);
  const std::vector<ProductKernel> all = kernels_for(threads);
  const std::vector<double> times = times_of(trial, all);
  const ProductKernel fixed = fixed_kernel(shape, threads);
  const auto time_of = [&](ProductKernel kernel) {
    return times[static_cast<std::size_t>(std::ranges::find(all, kernel) - all.begin())];
  };
  const ProductKernel first = all[static_cast<std::size_t>(std::ranges::min_element(times) - times.begin())];
  return time_of(first) < 0.95 * time_of(fixed) ? first : fixed;
}

}  // namespace

KernelChoices measure_kernels(std::vector<ProductShape> shapes, const KernelChoices& known, int threads, double budget) {
  std::ranges::sort(shapes, std::greater<>(), &ProductShape::multiplications);
  const FlushScope flush_scope;
  const ThreadScope thread_scope(threads);
  const auto start = Clock::now();
  KernelChoices choices;
  for (const ProductShape& shape : shapes) {
    if (shape.multiplications() < worth_choosing || known.find(shape) || choices.find(shape)) continue;
    const bool is_over = seconds_since(start) >= budget;
    choices.set(shape, is_over ? fixed_kernel(shape, threads) : fastest(shape, threads));
  }
  return choices;
}

}  // namespace treino::nn
