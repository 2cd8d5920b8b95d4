// What is watched of the gradients: which arrays together, and which values of them.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <treino/host.hpp>
#include <unordered_map>
#include <vector>

#include "shared/training/selection.hpp"
#include "shared/training/statistics.hpp"

namespace gradient_monitor {

// |gradient| in bins of half a power of ten: below 1e-10, ..., from 1e2 on.
constexpr int bins = 26;

using Counts = std::array<double, bins>;

/// Ends of the bins but the last.
inline const std::array<float, bins - 1>& bin_ends() {
  static const std::array<float, bins - 1> ends = [] {
    std::array<float, bins - 1> made{};
    for (int i = 0; i < bins - 1; ++i) made[static_cast<std::size_t>(i)] = static_cast<float>(std::pow(10, -10 + i / 2.0));
    return made;
  }();
  return ends;
}

inline double value_of(const treino::Statistics& sums, const std::string& what) {
  if (what == "norm") return sums.norm();
  if (what == "mean") return sums.mean();
  if (what == "std") return sums.deviation();
  if (what == "absmax") return sums.absmax;
  return sums.zeros / sums.count;
}

/// What is watched together: the network, a layer, an array.
struct Item {
  std::string name;  // "" for the network
  std::vector<std::size_t> parts;
  enum { fine, exploding, vanishing };
  std::uint8_t condition = fine;
};

/// One value over time.
struct Column {
  std::size_t item;
  std::string what;  // "norm", ..., "update_ratio", or "histogram"
  bool after;        // clipping
  int bin;           // of a histogram
  treino::Scalar number;
};

/// The items of `scopes`: of the network, of layers, of parameters.
inline std::vector<Item> items_of(const treino::Host& host, const std::vector<std::uint32_t>& parameters,
                                  const std::vector<std::string>& scopes) {
  std::vector<Item> items;
  std::unordered_map<std::string, std::size_t> places;
  const auto part_of = [&](const std::string& name, std::size_t part) {
    const auto [place, added] = places.emplace(name, items.size());
    if (added) items.push_back(Item{name, {}, Item::fine});
    std::vector<std::size_t>& parts = items[place->second].parts;
    // Parts come in order within a scope; a scope that is named twice, or an item of two scopes, brings none again.
    if (parts.empty() || !std::binary_search(parts.begin(), parts.end(), part)) parts.push_back(part);
  };
  for (const std::string& scope : scopes)
    for (std::size_t part = 0; part < parameters.size(); ++part) {
      const std::string name = host.parameter_name(parameters[part]);
      part_of(scope == "global" ? "" : scope == "layer" ? treino::layer_of(name) : name, part);
    }
  return items;
}

/// "gradient_norm/dense_1"; of what is measured after clipping "gradient_norm_after/dense_1".
inline std::string name_of(const Column& column, const std::vector<Item>& items) {
  const std::string& item = items[column.item].name;
  return (column.what == "update_ratio" ? column.what : "gradient_" + column.what + (column.after ? "_after" : "")) +
         (item.empty() ? "" : "/" + item) + (column.what == "histogram" ? " " + std::to_string(column.bin) : "");
}

}  // namespace gradient_monitor
