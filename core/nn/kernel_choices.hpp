// Who computes which matrix product of a model, where that was measured: else a fixed rule decides.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/kernels/multiply.hpp"

namespace treino::nn {

/// Smaller products are computed by the fixed rule without being looked up: there is a microsecond or two to be gained.
constexpr std::int64_t worth_choosing = 100'000;

class KernelChoices {
 public:
  std::optional<ProductKernel> find(const ProductShape& shape) const;
  void set(const ProductShape& shape, ProductKernel kernel) { chosen_[shape] = kernel; }
  /// What `others` have and this has not.
  void add(const KernelChoices& others) { chosen_.insert(others.chosen_.begin(), others.chosen_.end()); }
  std::size_t count() const { return chosen_.size(); }

  /// A line for each, which from_text() reads:  rows columns inner plain|transposed plain|transposed kernel
  std::string to_text() const;
  /// Nothing where a line is another.
  static std::optional<KernelChoices> from_text(std::string_view text);

 private:
  std::map<ProductShape, ProductKernel> chosen_;
};

/// The time that measure_kernels() takes for a model, at most but for the call that is under way when it is over.
constexpr double kernel_budget = 0.5;  // seconds

/// Times the kernels on the shapes that `known` has not, from the largest on, until `budget` is spent; those that are left over
/// then have what the fixed rule says, also the next time. That stays too where nothing is 5 % faster. Shapes that are not
/// worth_choosing are not among what is returned.
KernelChoices measure_kernels(std::vector<ProductShape> shapes, const KernelChoices& known, int threads,
                              double budget = kernel_budget);

/// What a choice holds for: processor, instructions, threads and oneDNN's version.
std::string kernel_choices_key(int threads);

}  // namespace treino::nn
