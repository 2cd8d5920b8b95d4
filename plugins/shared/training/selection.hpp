// Choosing layers and parameters by pattern: what parameters such as `include`, `exclude` and `layers` mean.
#pragma once
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <treino/kit/text.hpp>
#include <treino/plugin.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// '*' stands for any text, '/' included, '?' for one character; everything else for itself.
inline bool matches(const std::string& pattern, const std::string& text) {
  std::size_t p = 0, t = 0, star = std::string::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// "dense_1" of "dense_1/weight".
inline std::string layer_of(const std::string& parameter) { return parameter.substr(0, parameter.find('/')); }

/// Which parameters belong to a layer, found once for all layers.
class ParametersByLayer {
 public:
  explicit ParametersByLayer(const Host& host) {
    for (std::uint32_t i = 0; i < host.parameter_count(); ++i) {
      const std::string name = host.parameter_name(i);
      // A layer's own name may hold a '/': each beginning of the name that ends before one may be it.
      for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1))
        layers_[name.substr(0, at)].push_back(i);
    }
  }
  /// In the model's order.
  const std::vector<std::uint32_t>& of(const std::string& layer) const {
    static const std::vector<std::uint32_t> none;
    const auto found = layers_.find(layer);
    return found == layers_.end() ? none : found->second;
  }

 private:
  std::unordered_map<std::string, std::vector<std::uint32_t>> layers_;
};

/// The indices of the model's parameters whose name or layer fits a pattern of `include` and none of `exclude`. Throws
/// std::invalid_argument with the nearest right name where a pattern fits nothing.
inline std::vector<std::uint32_t> selected_parameters(const Host& host, const std::vector<std::string>& include,
                                                      const std::vector<std::string>& exclude = {}) {
  std::vector<std::string> parameters, names;
  std::unordered_set<std::string> layers;
  for (std::uint32_t i = 0; i < host.parameter_count(); ++i) {
    parameters.push_back(host.parameter_name(i));
    names.push_back(parameters.back());
    if (layers.insert(layer_of(parameters.back())).second) names.push_back(layer_of(parameters.back()));
  }
  const auto fits = [](const std::vector<std::string>& patterns, const std::string& name) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches(pattern, name) || matches(pattern, layer_of(name)); });
  };
  for (const auto* patterns : {&include, &exclude})
    for (const std::string& pattern : *patterns) {
      if (std::any_of(names.begin(), names.end(), [&](const std::string& name) { return matches(pattern, name); })) continue;
      const std::string near = nearest_name(pattern, names);
      throw std::invalid_argument("'" + pattern + "' fits no layer and no parameter with weights." +
                                  (near.empty() ? " The model has none." : " Did you mean '" + near + "'?"));
    }
  std::vector<std::uint32_t> selected;
  for (std::uint32_t i = 0; i < parameters.size(); ++i)
    if (fits(include, parameters[i]) && !fits(exclude, parameters[i])) selected.push_back(i);
  return selected;
}

}  // namespace sdk0
}  // namespace treino
