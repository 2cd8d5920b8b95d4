// What the evaluator does with one block, for vector_loops.hpp's loops: filling registers, adding them up, and the way back.
#pragma once
#include <algorithm>
#include <limits>
#include <treino/kit/fast_sums.hpp>

#include "shared/formula/block_loops.hpp"
#include "shared/formula/evaluator.hpp"

namespace treino {
namespace formula {

/// Rows as they are, as many as fit, or parts of one row.
template <class Work>
TREINO_ALWAYS_INLINE inline void Evaluator::for_each_block(const Pass& pass, const Work& work) const {
  const std::int64_t rows = pass.shape.samples ? rows_ : 1, columns = pass.shape.outputs ? outputs_ : 1;
  const std::int64_t together = std::max<std::int64_t>(block_size / columns, 1);
  for (std::int64_t row = 0; row < rows; row += together)
    for (std::int64_t column = 0; column < columns; column += block_size)
      work(Block{row, std::min(together, rows - row), column, std::min(block_size, columns - column)});
}

/// What is the same for all blocks: numbers, and what reaches the root of samples that all count alike.
TREINO_ALWAYS_INLINE inline void Evaluator::load_numbers(const Pass& pass, const Batch& batch, const Backward* backward) {
  for (const Pass::PassRoot& root : pass.roots)
    if (backward != nullptr) std::fill_n(gradients(root.from), block_size, backward->scale);
  for (const Load& load : pass.loads) {
    if (load.shape != single) continue;
    const double number = load.op == Op::number           ? load.number
                          : load.op == Op::sum_of_weights ? sum_of_weights_
                          : load.op == Op::count          ? static_cast<double>(counted_.size())
                          : load.op == Op::input          ? batch.inputs[static_cast<std::int64_t>(load.number)]
                                                          : slots_[static_cast<std::size_t>(load.slot)].values[0];
    std::fill_n(values(load.to), block_size, number);
  }
}

/// Into a register, what a slot holds for each element of the block.
TREINO_ALWAYS_INLINE inline void Evaluator::spread(const double* slot, Shape of, const Block& block, double* to) const {
  if (of.samples && block.columns == 1) {
    std::copy_n(slot + block.row, block.rows, to);
    return;
  }
  for (std::int64_t row = 0; row < block.rows; ++row, to += block.columns) {
    if (of.outputs) {
      std::copy_n(slot + block.column, block.columns, to);
    } else {
      std::fill_n(to, block.columns, slot[of.samples ? block.row + row : 0]);
    }
  }
}

/// Into a register; returns whether all are within -most .. most, where NaN never is.
TREINO_ALWAYS_INLINE inline bool load_floats(const float* TREINO_RESTRICT from, std::int64_t count, float most,
                                             double* TREINO_RESTRICT to) {
  std::int32_t wrong = 0;
  prefetch_ahead(from, count);  // there are many loops until these are read
  for (std::int64_t i = 0; i < count; ++i) {
    to[i] = static_cast<double>(from[i]);
    wrong |= static_cast<std::int32_t>(!(std::abs(from[i]) <= most));
  }
  return wrong == 0;
}

/// Predictions, targets or weights. Remembers whether a prediction is NaN; throws where a target is not finite.
TREINO_ALWAYS_INLINE inline void Evaluator::load_samples(const Load& load, const Batch& batch, const Block& block, double* to) {
  constexpr float finite = std::numeric_limits<float>::max(), any = std::numeric_limits<float>::infinity();
  const bool predictions = load.op == Op::prediction;
  const auto take = [&](const float* from, std::int64_t row, std::int64_t count) TREINO_ALWAYS_INLINE {
    if (load_floats(from, count, predictions ? any : finite, to)) return;
    if (predictions) {
      defined_ = false;
    } else {
      refuse_target(batch, block, row);
    }
  };
  const bool rows = predictions || !batch.target.is_index();
  const Matrix<const float>& from = predictions ? batch.prediction : batch.target.values();
  if (load.op != Op::weight && rows && from.row_stride() == outputs_ && is_contiguous(block)) {
    return take(from.row(sample(block.row)) + block.column, 0, block.size());
  }
  for (std::int64_t row = 0; row < block.rows; ++row, to += block.columns) {
    const std::int64_t at = sample(block.row + row);
    if (load.op == Op::weight) {
      std::fill_n(to, block.columns, static_cast<double>(batch.weights[at]));
    } else if (rows) {
      take(from.row(at) + block.column, row, block.columns);
    } else if (outputs_ == 1) {
      *to = static_cast<double>(batch.target.index(at));
    } else {
      std::fill_n(to, block.columns, 0.0);
      const std::int64_t column = batch.target.index(at) - block.column;
      if (column >= 0 && column < block.columns) to[column] = 1;
    }
  }
}

TREINO_ALWAYS_INLINE inline void Evaluator::load(const Pass& pass, const Batch& batch, const Block& block) {
  for (const Load& load : pass.loads) {
    if (load.shape == single) continue;
    if (load.slot >= 0) {
      spread(slots_[static_cast<std::size_t>(load.slot)].values.data(), load.shape, block, values(load.to));
    } else {
      load_samples(load, batch, block, values(load.to));
    }
  }
}

TREINO_ALWAYS_INLINE inline void Evaluator::compute(const Pass& pass, const Block& block) {
  const auto operand = [&](int place) { return place < 0 ? nullptr : values(place); };
  for (const Instruction& one : pass.instructions)
    apply(one.op, block.size(), values(one.to), operand(one.a), operand(one.b), operand(one.c));
}

/// To a slot, along what it does not vary along.
TREINO_ALWAYS_INLINE inline void Evaluator::add_up(const double* from, const Block& block, Shape to, double* slot) const {
  if (to == single) {
    *slot += fast::sum(from, block.size());
    return;
  }
  for (std::int64_t row = 0; row < block.rows; ++row, from += block.columns) {
    if (to.outputs) {
      for (std::int64_t i = 0; i < block.columns; ++i) slot[block.column + i] += from[i];
    } else {
      slot[block.row + row] += fast::sum(from, block.columns);
    }
  }
}

TREINO_ALWAYS_INLINE inline void Evaluator::keep_largest(const double* from, const Block& block, Shape to, double* slot,
                                                         double* ties) const {
  for (std::int64_t row = 0; row < block.rows; ++row)
    for (std::int64_t i = 0; i < block.columns; ++i) {
      const double value = *from++;
      const std::int64_t at = to.outputs ? block.column + i : to.samples ? block.row + row : 0;
      if (value > slot[at] || value != value) slot[at] = value, ties[at] = 0;
      if (value == slot[at]) ties[at] += 1;
    }
}

TREINO_ALWAYS_INLINE inline void Evaluator::take_outputs(const Pass& pass, const Block& block) {
  for (const Output& output : pass.outputs) {
    Slot& slot = slots_[static_cast<std::size_t>(output.slot)];
    const Shape shape = program_.slots[static_cast<std::size_t>(output.slot)];
    if (output.op == Op::sum) {
      add_up(values(output.from), block, shape, slot.values.data());
    } else {
      keep_largest(values(output.from), block, shape, slot.values.data(), slot.ties.data());
    }
  }
}

TREINO_ALWAYS_INLINE inline void Evaluator::take_roots(const Pass& pass, const Batch& batch, const Block& block,
                                                       double* totals) const {
  for (const Pass::PassRoot& root : pass.roots) {
    const double* from = registers_[static_cast<std::size_t>(root.from)].values;
    double& total = totals[root.which];
    if (!is_weighted(pass, root) || !batch.weights) {
      total += fast::sum(from, block.size());
      continue;
    }
    for (std::int64_t row = 0; row < block.rows; ++row, from += block.columns)
      total += static_cast<double>(batch.weights[sample(block.row + row)]) * fast::sum(from, block.columns);
  }
}

/// What reaches the registers that a pass hands out.
TREINO_ALWAYS_INLINE inline void Evaluator::seed(const Pass& pass, const Batch& batch, const Block& block, double scale) {
  for (const Pass::PassRoot& root : pass.roots) {  // of the one root of a program that is differentiated
    double* to = gradients(root.from);
    if (!is_weighted(pass, root) || !batch.weights) continue;  // it is the same for all blocks
    for (std::int64_t row = 0; row < block.rows; ++row, to += block.columns)
      std::fill_n(to, block.columns, scale * static_cast<double>(batch.weights[sample(block.row + row)]));
  }
  Register reached;
  for (const Output& output : pass.outputs) {
    if (output.chain == Chain::none) continue;
    const Slot& slot = slots_[static_cast<std::size_t>(output.slot)];
    const Shape shape = program_.slots[static_cast<std::size_t>(output.slot)];
    double* TREINO_RESTRICT to = gradients(output.from);
    spread(slot.gradients.data(), shape, block, reached.values);
    if (output.op == Op::sum) {
      chain_each(output.chain, block.size(), to, [&](std::int64_t i) TREINO_ALWAYS_INLINE { return reached.values[i]; });
      continue;
    }
    // Those that are the largest share it.
    Register largest, ties;
    spread(slot.values.data(), shape, block, largest.values);
    spread(slot.ties.data(), shape, block, ties.values);
    const double* TREINO_RESTRICT from = values(output.from);
    chain_each(output.chain, block.size(), to, [&](std::int64_t i) TREINO_ALWAYS_INLINE {
      return fast::select(from[i] == largest.values[i], reached.values[i] / ties.values[i], 0.0);
    });
  }
}

TREINO_ALWAYS_INLINE inline void Evaluator::write_gradient(const double* TREINO_RESTRICT from, const Block& block,
                                                           const Backward& backward) const {
  for (std::int64_t row = 0; row < block.rows; ++row, from += block.columns) {
    float* TREINO_RESTRICT to = backward.gradient.row(sample(block.row + row)) + block.column;
    prefetch_ahead(to, block.columns);
    if (backward.first) {
      for (std::int64_t i = 0; i < block.columns; ++i) to[i] = fast::normal_or_zero(static_cast<float>(from[i]));
    } else {
      for (std::int64_t i = 0; i < block.columns; ++i)
        to[i] = fast::normal_or_zero(static_cast<float>(static_cast<double>(to[i]) + from[i]));
    }
  }
}

/// What has reached the registers that were loaded.
TREINO_ALWAYS_INLINE inline void Evaluator::hand_on(const Pass& pass, const Block& block, const Backward& backward) {
  for (const Load& load : pass.loads) {
    if (!load.active) continue;
    if (load.op == Op::prediction) {
      write_gradient(gradients(load.to), block, backward);
    } else {
      add_up(gradients(load.to), block, load.shape, slots_[static_cast<std::size_t>(load.slot)].gradients.data());
    }
  }
}

TREINO_ALWAYS_INLINE inline void Evaluator::differentiate(const Pass& pass, const Batch& batch, const Block& block,
                                                          const Backward& backward) {
  seed(pass, batch, block, backward.scale);
  for (auto one = pass.instructions.rbegin(); one != pass.instructions.rend(); ++one) {
    const auto operand = [&](int place) { return place < 0 ? nullptr : values(place); };
    const Applied done{one->op, operand(one->a), operand(one->b), values(one->to), gradients(one->to)};
    if (one->op == Op::choose && one->to_b == Chain::set && one->to_c == Chain::set) {
      chain_branches(done, block.size(), gradients(one->b), gradients(one->c));
      continue;
    }
    if (one->to_a != Chain::none) chain_first(done, one->to_a, block.size(), gradients(one->a));
    if (one->to_b != Chain::none) chain_second(done, one->to_b, block.size(), gradients(one->b));
    if (one->to_c != Chain::none) chain_third(done, one->to_c, block.size(), gradients(one->c));
  }
  hand_on(pass, block, backward);
}

}  // namespace formula
}  // namespace treino
