// Evaluates a compiled formula over a batch, block by block, and its derivative by the predictions backwards through the same blocks.
#pragma once
#include <cstdint>
#include <treino/tensor.hpp>
#include <vector>

#include "shared/formula/program.hpp"

namespace treino {
namespace formula {

/// What a formula is evaluated on. Samples of weight 0 are left out, whatever they hold.
struct Batch {
  Matrix<const float> prediction;
  Target target;  // a class index is a row with a 1 at its class, or, of one output, the index itself
  Weights weights;
  const double* inputs = nullptr;  // of a formula of numbers
};

class Evaluator {
 public:
  Evaluator() = default;
  /// Allocates what evaluations of up to `samples` need; larger ones let it grow once.
  Evaluator(Program program, std::int64_t outputs, std::int64_t samples);

  /// Adds to totals what each root adds up to over the batch: what is one number once. Throws
  /// std::domain_error where a target that counts is not finite. Where a prediction that counts is NaN, totals are.
  void add(const Batch& batch, double* totals) { evaluate(batch, totals, 0, {}); }
  /// Of a formula of numbers, with one root.
  double number(const double* inputs);
  /// The same of a program with one root; and sets the gradient to `scale` times that of the total.
  void evaluate(const Batch& batch, double* totals, double scale, const Matrix<float>& gradient);

  const Program& program() const { return program_; }

 private:
  static constexpr std::int64_t block_size = 256;  // what is between two operations stays in the first cache
  struct alignas(64) Register {
    double values[block_size];
    double gap[8];  // so that no two registers are a power of two apart, where processors take them for each other
  };
  /// A part of what a pass goes over.
  struct Block {
    std::int64_t row, rows, column, columns;
    std::int64_t size() const { return rows * columns; }
  };
  struct Backward {
    bool wanted = false;
    double scale = 0;
    Matrix<float> gradient = {};
    bool first = true;  // sets the gradient, and does not add to it
  };

  void make_room(std::int64_t rows);
  void find_counted(const Batch& batch, const Matrix<float>& gradient);
  [[noreturn]] void refuse_target(const Batch& batch, const Block& block, std::int64_t row) const;
  void run_part(const Batch& batch, double* totals, Backward backward);
  void clear_slots();
  void run(const Pass& pass, const Batch& batch, double* totals, Backward* backward);

  // Within a pass, compiled for each instruction set (evaluator_blocks.hpp).
  template <class Work>
  void for_each_block(const Pass& pass, const Work& work) const;
  void load_numbers(const Pass& pass, const Batch& batch, const Backward* backward);
  void load(const Pass& pass, const Batch& batch, const Block& block);
  void load_samples(const Load& load, const Batch& batch, const Block& block, double* to);
  void compute(const Pass& pass, const Block& block);
  void take_outputs(const Pass& pass, const Block& block);
  void take_roots(const Pass& pass, const Batch& batch, const Block& block, double* totals) const;
  void differentiate(const Pass& pass, const Batch& batch, const Block& block, const Backward& backward);
  void seed(const Pass& pass, const Batch& batch, const Block& block, double scale);
  void hand_on(const Pass& pass, const Block& block, const Backward& backward);
  void write_gradient(const double* from, const Block& block, const Backward& backward) const;
  void add_up(const double* from, const Block& block, Shape to, double* slot) const;
  void spread(const double* slot, Shape of, const Block& block, double* to) const;
  void keep_largest(const double* from, const Block& block, Shape to, double* slot, double* ties) const;

  double* values(int place) { return registers_[static_cast<std::size_t>(place)].values; }
  double* gradients(int place) { return gradients_[static_cast<std::size_t>(place)].values; }
  bool is_weighted(const Pass& pass, const Pass::PassRoot& root) const {
    return pass.shape.samples && program_.roots[static_cast<std::size_t>(root.which)].weighted;
  }
  std::int64_t sample(std::int64_t row) const { return counted_[static_cast<std::size_t>(begin_ + row)]; }
  bool is_contiguous(const Block& block) const {
    return sample(block.row + block.rows - 1) - sample(block.row) == block.rows - 1;
  }

  struct Slot {
    std::vector<double> values, gradients, ties;  // ties: how many are the largest
  };
  Program program_;
  std::int64_t outputs_ = 1, part_ = 1;  // rows that are worked on together
  std::vector<std::int64_t> counted_;    // samples of the batch whose weight is above 0
  std::int64_t begin_ = 0, rows_ = 0;    // the part that is being worked on, of counted_
  double sum_of_weights_ = 0;            // of all that are counted
  bool defined_ = true;                  // no prediction of those is NaN
  std::vector<Register> registers_, gradients_;
  std::vector<Slot> slots_;
};

}  // namespace formula
}  // namespace treino
