// The fast path of cross-entropy: class indices of few classes from logits, sixteen samples at a time.
#pragma once
#include <cstdint>
#include <optional>
#include <treino/loss.hpp>
#include <vector>

namespace cross_entropy {

/// Which samples count, and how much.
struct Classes {
  const std::vector<double>& weight;  // of each class
  std::optional<std::int64_t> ignore_index;

  bool ignored(const treino::Target& target, std::int64_t sample) const {
    return ignore_index && target.index(sample) == *ignore_index;
  }
};

/// Returns the sum of the samples' losses; at most treino::few_columns classes. gradient may be empty, else it is set to the loss's
/// times `scale`.
double of_few_classes(const treino::Matrix<const float>& prediction, const treino::Target& target, const treino::Weights& weights,
                      const Classes& classes, const treino::Matrix<float>& gradient, double scale);

}  // namespace cross_entropy
