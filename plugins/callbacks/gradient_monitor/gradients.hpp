// The gradients of a step, looked at once: sums and sizes of each parameter's.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <treino/host.hpp>
#include <vector>

#include "shared/training/statistics.hpp"
#include "watched.hpp"

namespace gradient_monitor {

class Gradients {
 public:
  /// `sizes`: their elements are counted by size as well.
  void prepare(std::size_t parameters, bool sizes) {
    sums_.resize(parameters);
    counts_.resize(sizes ? parameters : 0);
  }
  /// One pass over each; allocates nothing.
  void measure(const treino::Host& host, const std::vector<std::uint32_t>& parameters) {
    for (std::size_t part = 0; part < parameters.size(); ++part) {
      const auto gradient = host.gradient(parameters[part]);
      sums_[part] = gradient ? treino::statistics_of(*gradient) : treino::Statistics();
      if (counts_.empty()) continue;
      counts_[part].fill(0);
      if (gradient)
        treino::each_element(*gradient, [&](float value) {
          const auto end = std::upper_bound(bin_ends().begin(), bin_ends().end(), std::abs(value));
          ++counts_[part][static_cast<std::size_t>(end - bin_ends().begin())];
        });
    }
  }
  treino::Statistics together(const Item& item) const {
    treino::Statistics sums;
    for (const std::size_t part : item.parts) sums.add(sums_[part]);
    return sums;
  }
  /// How many elements have a size of this bin.
  double in_bin(const Item& item, int bin) const {
    double count = 0;
    for (const std::size_t part : item.parts) count += counts_[part][static_cast<std::size_t>(bin)];
    return count;
  }

 private:
  // Of each parameter.
  std::vector<treino::Statistics> sums_;
  std::vector<Counts> counts_;
};

}  // namespace gradient_monitor
