// By how much the optimizer changes the weights.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <treino/host.hpp>
#include <treino/tensor.hpp>
#include <vector>

#include "shared/training/statistics.hpp"

namespace gradient_monitor {

class WeightUpdates {
 public:
  /// Allocates what the parameters take.
  void prepare(const treino::Host& host, const std::vector<std::uint32_t>& parameters) {
    parameters_ = parameters;
    moved_.resize(parameters.size());
    lengths_.resize(parameters.size());
    before_.resize(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i)
      before_[i].resize(static_cast<std::size_t>(treino::size_of(host.parameter(parameters[i]))));
  }
  /// Before the optimizer.
  void keep(const treino::Host& host) {
    for (std::size_t part = 0; part < parameters_.size(); ++part) {
      const treino_tensor view = host.parameter(parameters_[part]);
      auto to = before_[part].begin();
      treino::each_element(view, [&](float value) { *to++ = value; });
    }
  }
  /// After it.
  void measure(const treino::Host& host) {
    for (std::size_t part = 0; part < parameters_.size(); ++part) {
      const treino_tensor view = host.parameter(parameters_[part]);
      auto from = before_[part].begin();
      double moved = 0, length = 0;
      treino::each_element(view, [&](float value) {
        const double before = static_cast<double>(*from++), difference = static_cast<double>(value) - before;
        moved += difference * difference;
        length += before * before;
      });
      moved_[part] = moved;
      lengths_[part] = length;
    }
  }
  /// L2 norm of the change of some parameters over that of their weights; empty where these are zeros.
  std::optional<double> ratio(const std::vector<std::size_t>& parts) const {
    double moved = 0, length = 0;
    for (const std::size_t part : parts) moved += moved_[part], length += lengths_[part];
    if (length > 0) return std::sqrt(moved / length);
    return std::nullopt;
  }

 private:
  std::vector<std::uint32_t> parameters_;
  std::vector<double> moved_, lengths_;  // squares of norms
  std::vector<std::vector<float>> before_;
};

}  // namespace gradient_monitor
