// The order of passes: forwards through all, then, where a gradient is wanted, back through them; the last one's two ways are one.
#include "shared/formula/evaluator.hpp"

#include <algorithm>
#include <limits>
#include <treino/kit/loss_curve.hpp>
#include <utility>

#include "shared/formula/evaluator_blocks.hpp"

namespace treino {
namespace formula {
namespace {

// So many elements of predictions and targets stay in the second cache from one pass to the next.
constexpr std::int64_t elements_together = 16384;

}  // namespace

Evaluator::Evaluator(Program program, std::int64_t outputs, std::int64_t samples)
    : program_(std::move(program)),
      outputs_(outputs),
      part_(program_.whole_batch ? std::max<std::int64_t>(samples, 1) : std::max<std::int64_t>(elements_together / outputs, 1)) {
  counted_.reserve(static_cast<std::size_t>(samples));
  registers_.resize(static_cast<std::size_t>(program_.registers));
  gradients_.resize(static_cast<std::size_t>(program_.registers));
  slots_.resize(program_.slots.size());
  make_room(part_);
}

void Evaluator::make_room(std::int64_t rows) {
  part_ = rows;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Shape shape = program_.slots[i];
    const auto size = static_cast<std::size_t>(shape.samples ? rows : shape.outputs ? outputs_ : 1);
    for (std::vector<double>* each : {&slots_[i].values, &slots_[i].gradients, &slots_[i].ties}) each->resize(size);
  }
}

double Evaluator::number(const double* inputs) {
  double total = 0;
  Batch nothing;
  nothing.inputs = inputs;
  rows_ = 0;
  run_part(nothing, &total, {});
  return total;
}

void Evaluator::evaluate(const Batch& batch, double* totals, double scale, const Matrix<float>& gradient) {
  find_counted(batch, gradient);
  const auto counted = static_cast<std::int64_t>(counted_.size());
  if (program_.whole_batch && counted > part_) make_room(counted);
  defined_ = true;
  for (begin_ = 0; begin_ < counted; begin_ += part_) {
    rows_ = std::min(part_, counted - begin_);
    run_part(batch, totals, {static_cast<bool>(gradient), scale, gradient, true});
  }
  if (!defined_) std::fill_n(totals, program_.roots.size(), std::numeric_limits<double>::quiet_NaN());
}

void Evaluator::find_counted(const Batch& batch, const Matrix<float>& gradient) {
  counted_.clear();
  sum_of_weights_ = 0;
  for (std::int64_t row = 0; row < batch.prediction.rows(); ++row) {
    const double weight = static_cast<double>(batch.weights[row]);
    if (weight == 0) {
      if (gradient) std::fill_n(gradient.row(row), outputs_, 0.0f);
      continue;
    }
    counted_.push_back(row);
    sum_of_weights_ += weight;
  }
}

/// With the first target of the block's rows, from `row` on, that is not finite.
void Evaluator::refuse_target(const Batch& batch, const Block& block, std::int64_t row) const {
  constexpr double most = std::numeric_limits<double>::max();
  for (; row < block.rows; ++row) {
    const std::int64_t at = sample(block.row + row);
    check_targets(batch.target.values().row(at) + block.column, block.columns, at, -most, most);
  }
  throw std::logic_error("a target changed while it was read");
}

void Evaluator::run_part(const Batch& batch, double* totals, Backward backward) {
  clear_slots();
  const std::vector<Pass>& passes = program_.passes;
  for (const Pass& pass : passes) {
    const bool turns = backward.wanted && &pass == &passes.back();
    run(pass, batch, totals, turns ? &backward : nullptr);
  }
  for (std::size_t i = passes.size() - 1; backward.wanted && i-- > 0;) run(passes[i], batch, nullptr, &backward);
}

void Evaluator::clear_slots() {
  for (const Pass& pass : program_.passes)
    for (const Output& output : pass.outputs) {
      Slot& slot = slots_[static_cast<std::size_t>(output.slot)];
      const double none = output.op == Op::sum ? 0 : -std::numeric_limits<double>::infinity();
      std::fill(slot.values.begin(), slot.values.end(), none);
      std::fill(slot.gradients.begin(), slot.gradients.end(), 0.0);
      std::fill(slot.ties.begin(), slot.ties.end(), 0.0);
    }
}

void Evaluator::run(const Pass& pass, const Batch& batch, double* totals, Backward* backward) {
  with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    load_numbers(pass, batch, backward);
    for_each_block(pass, [&](const Block& block) TREINO_ALWAYS_INLINE {
      load(pass, batch, block);
      compute(pass, block);
      if (totals != nullptr) {
        take_outputs(pass, block);
        take_roots(pass, batch, block, totals);
      }
      if (backward != nullptr) differentiate(pass, batch, block, *backward);
    });
  });
  if (backward == nullptr) return;
  const auto reaches = [](const Load& load) { return load.active && load.op == Op::prediction; };
  if (std::any_of(pass.loads.begin(), pass.loads.end(), reaches)) backward->first = false;
}

}  // namespace formula
}  // namespace treino
