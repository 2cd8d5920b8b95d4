// The run's scalars as they are at one moment: what a training thread hands over to a worker.
#pragma once
#include <cstdint>
#include <optional>
#include <treino/host.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// In the run's order. Kept from one time to the next, it allocates nothing.
class ScalarValues {
 public:
  /// Takes the first `count`.
  void take(const Host& host, std::size_t count) {
    values_.resize(count);
    there_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::optional<double> value = host.value(static_cast<Scalar>(i));
      there_[i] = value ? 1 : 0;
      values_[i] = value.value_or(0);
    }
  }

  std::size_t size() const { return values_.size(); }
  /// Whether the scalar has a value; NaN is one.
  bool has(std::size_t index) const { return there_[index] != 0; }
  double operator[](std::size_t index) const { return values_[index]; }
  /// That each scalar takes.
  static constexpr std::size_t bytes = sizeof(double) + 1;

 private:
  std::vector<double> values_;
  std::vector<unsigned char> there_;
};

}  // namespace sdk0
}  // namespace treino
