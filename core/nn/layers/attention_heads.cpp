// Each head by one thread, with memory of its own: the bits depend on no number of threads.
#include "nn/layers/attention_heads.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/kernels/kernels.hpp"

namespace treino::nn {

AttentionHeads::AttentionHeads(const LayerContext& context)
    : length_(context.input[0]),
      width_(context.input[1]),
      heads_(context.setting<std::int64_t>("num_heads")),
      size_(width_ / heads_),
      causal_(context.setting<bool>("causal")),
      rate_(context.setting<double>("dropout")),
      random_(context.seed, context.number, rate_),
      products_(context.products),
      threads_(context.threads) {
  const std::int64_t weights = context.capacity * heads_ * length_ * length_;
  context.memory.request(weights_, weights, Use::kept);
  context.memory.request(factors_, rate_ > 0 ? weights : 0, Use::kept);
  context.memory.request(forward_memory_, threads_ * thread_memory(), Use::forward);
  context.memory.request(backward_memory_, threads_ * thread_memory(), Use::backward);
}

std::int64_t AttentionHeads::thread_memory() const {
  const std::int64_t numbers = 4 * length_ * size_ + 2 * length_ * length_;
  return (numbers + 15) / 16 * 16 + product_scratch;
}

/// work(head), shared out to the threads.
template <class Work>
void AttentionHeads::each_head(std::int64_t batch, ArenaSpan<float>& memory, Work work) {
  struct Shared {
    AttentionHeads& self;
    Work& work;
    float* memory;
    std::int64_t heads;
  } shared{*this, work, memory.data(), batch * heads_};
  const auto compute = [](void* data, int part, int parts) {
    const FlushScope flush_scope;
    const Shared& all = *static_cast<Shared*>(data);
    const AttentionHeads& self = all.self;
    const std::int64_t rows = self.length_ * self.size_, table = self.length_ * self.length_;
    float* const own = all.memory + part * self.thread_memory();
    for (std::int64_t i = part * all.heads / parts; i < (part + 1) * all.heads / parts; ++i) {
      all.work(Head{.query = own,
                    .key = own + rows,
                    .value = own + 2 * rows,
                    .mixed = own + 3 * rows,
                    .table = own + 4 * rows,
                    .gradients = own + 4 * rows + table,
                    .scratch = own + self.thread_memory() - product_scratch,
                    .weights = all.self.weights_.data() + i * table,
                    .factors = self.drops_ ? all.self.factors_.data() + i * table : nullptr,
                    .sample = i / self.heads_,
                    .number = i % self.heads_});
    }
  };
  const int parts = static_cast<int>(std::min<std::int64_t>(threads_, shared.heads));
  if (parts < 2) return compute(&shared, 0, 1);
  run_on_pool(threads_, parts, compute, &shared);
}

/// Rows of one head, which lie so far apart, side by side, as products take them.
void AttentionHeads::take(const float* from, std::int64_t row_step, float* to) const {
  for (std::int64_t t = 0; t < length_; ++t) std::copy_n(from + t * row_step, size_, to + t * size_);
  products_.round(to, length_ * size_);
}

void AttentionHeads::put(const float* from, float* to, std::int64_t row_step, float factor) const {
  for (std::int64_t t = 0; t < length_; ++t)
    for (std::int64_t i = 0; i < size_; ++i) to[t * row_step + i] = from[t * size_ + i] * factor;
}

/// C = A * B, of which one is length x length, or with `square` C is; a transposed operand is as it lies the other way round.
void AttentionHeads::product(const Head& head, bool square, const float* a, bool a_transposed, const float* b, bool b_transposed,
                             float* c) const {
  const std::int64_t inner = square ? size_ : length_, columns = square ? length_ : size_;
  kernels().product({.rows = length_,
                     .columns = columns,
                     .inner = inner,
                     .a = a,
                     .a_row = a_transposed ? 1 : inner,
                     .a_inner = a_transposed ? length_ : 1,
                     .b = b,
                     .b_inner = b_transposed ? 1 : columns,
                     .b_column = b_transposed ? inner : 1,
                     .c = c,
                     .add = false},
                    head.scratch);
}

void AttentionHeads::hide(const SequenceMask& padding, std::int64_t sample, float* scores) const {
  constexpr float hidden = -std::numeric_limits<float>::infinity();
  for (std::int64_t t = 0; causal_ && t < length_; ++t)
    std::fill(scores + t * length_ + t + 1, scores + (t + 1) * length_, hidden);
  for (std::int64_t other = 0; padding.is_given() && other < length_; ++other)
    for (std::int64_t t = 0; padding.is_padding(sample, other) && t < length_; ++t) scores[t * length_ + other] = hidden;
}

/// The softmax over nothing has no value.
void AttentionHeads::clear_blind(const SequenceMask& padding, std::int64_t sample, float* weights) const {
  std::int64_t first_seen = 0;
  while (first_seen < length_ && padding.is_padding(sample, first_seen)) ++first_seen;
  const std::int64_t blind = causal_ ? first_seen : first_seen == length_ ? length_ : 0;
  std::fill_n(weights, blind * length_, 0.0f);
}

/// The weights as a product takes them, with some set to zero where there is dropout.
const float* AttentionHeads::dropped(const Head& head, float* to) const {
  const std::int64_t size = length_ * length_;
  if (head.factors != nullptr)
    kernels().multiply(head.weights, head.factors, to, size, false);
  else if (products_.rounds())
    std::copy_n(head.weights, size, to);
  else
    return head.weights;
  products_.round(to, size);
  return to;
}

void AttentionHeads::forward(const float* projected, const SequenceMask& padding, const Pass& pass, float* mixed) {
  drops_ = rate_ > 0 && pass.mode == Mode::train;
  const float scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size_)));
  each_head(pass.batch, forward_memory_, [&](const Head& head) {
    const float* from = projected + head.sample * length_ * 3 * width_ + head.number * size_;
    take(from, 3 * width_, head.query);
    take(from + width_, 3 * width_, head.key);
    take(from + 2 * width_, 3 * width_, head.value);
    product(head, true, head.query, false, head.key, true, head.table);
    for (std::int64_t i = 0; i < length_ * length_; ++i) head.table[i] *= scale;
    hide(padding, head.sample, head.table);
    kernels().softmax(head.table, head.weights, length_, length_);
    clear_blind(padding, head.sample, head.weights);
    if (head.factors != nullptr) {
      const std::int64_t size = length_ * length_, first = (pass.first_row + head.sample) * heads_ + head.number;
      random_.draw(pass.step, first * size, size, head.factors);
    }
    product(head, false, dropped(head, head.table), false, head.value, false, head.mixed);
    put(head.mixed, mixed + head.sample * length_ * width_ + head.number * size_, width_, 1);
  });
}

void AttentionHeads::backward(const float* mixed_gradient, std::int64_t batch, float* projected) {
  const float scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size_)));
  each_head(batch, backward_memory_, [&](const Head& head) {
    float* at = projected + head.sample * length_ * 3 * width_ + head.number * size_;
    take(at, 3 * width_, head.query);
    take(at + width_, 3 * width_, head.key);
    take(at + 2 * width_, 3 * width_, head.value);
    take(mixed_gradient + head.sample * length_ * width_ + head.number * size_, width_, head.mixed);
    product(head, true, head.mixed, false, head.value, true, head.gradients);  // of the weights
    if (head.factors != nullptr) kernels().multiply(head.gradients, head.factors, head.gradients, length_ * length_, false);
    product(head, false, dropped(head, head.table), true, head.mixed, false, head.value);
    put(head.value, at + 2 * width_, 3 * width_, 1);
    kernels().softmax_gradient(head.weights, head.gradients, length_, length_);
    products_.round(head.gradients, length_ * length_);
    product(head, false, head.gradients, false, head.key, false, head.mixed);
    put(head.mixed, at, 3 * width_, scale);
    product(head, false, head.gradients, true, head.query, false, head.mixed);
    put(head.mixed, at + width_, 3 * width_, scale);
  });
}

}  // namespace treino::nn
