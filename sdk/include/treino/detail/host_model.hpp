// The model as the host lends it, and further sets of values for its parameters: a part of treino::Host.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <treino/detail/host_requests.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace detail {

class HostModel : public HostRequests {
 public:
  using HostRequests::HostRequests;

  // The model. What it is made of is known from the constructor on, its values from run_begin on.
  std::uint32_t parameter_count() const { return model()->parameter_count(host_); }
  std::string parameter_name(std::uint32_t index) const { return model()->parameter_name(host_, index); }
  bool trainable(std::uint32_t index) const { return model()->parameter_trainable(host_, index) != 0; }
  treino_tensor parameter(std::uint32_t index) const {
    treino_tensor view{};
    if (model()->parameter(host_, index, &view) != TREINO_OK) throw std::out_of_range("no such parameter");
    return view;
  }
  std::optional<treino_tensor> gradient(std::uint32_t index) const {
    treino_tensor view{};
    if (model()->gradient(host_, index, &view) != TREINO_OK) return std::nullopt;
    return view;
  }
  void set_parameter(std::uint32_t index, const treino_tensor& values) const {
    detail::ErrorText text;
    text.check(model()->set_parameter(host_, index, &values, &text.error));
  }
  /// A parameter that is not trainable keeps its value. To be set again in run_begin of a resumed run.
  void set_trainable(std::uint32_t index, bool on) const {
    detail::ErrorText text;
    text.check(newer(&treino_model::set_trainable, model())(host_, index, on ? 1 : 0, &text.error));
  }
  std::uint32_t layer_count() const { return model()->layer_count(host_); }
  treino_layer_info layer(std::uint32_t index) const {
    treino_layer_info info{};
    info.size = sizeof info;
    if (model()->layer(host_, index, &info) != TREINO_OK) throw std::out_of_range("no such layer");
    return info;
  }
  /// Indices of the layers that it reads, or TREINO_MODEL_INPUT. An older host's layers read the one before.
  std::vector<std::uint32_t> layer_inputs(std::uint32_t index) const {
    const treino_layer_info info = layer(index);
    if (info.inputs == nullptr) return {index == 0 ? TREINO_MODEL_INPUT : index - 1};
    return {info.inputs, info.inputs + info.input_count};
  }

  // Further sets of values for all parameters, kept and saved by the host.
  /// In the constructor or run_begin.
  std::uint32_t make_weights(const std::string& name) const {
    std::uint32_t set = 0;
    detail::ErrorText text;
    text.check(weight_sets()->make(host_, name.c_str(), &set, &text.error));
    return set;
  }
  /// From run_begin on: one that any plugin has made. Throws with the nearest right name where there is none.
  std::uint32_t find_weights(const std::string& name) const {
    std::uint32_t set = 0;
    detail::ErrorText text;
    text.check(weight_sets()->find(host_, name.c_str(), &set, &text.error));
    return set;
  }
  /// Its owner may write through it.
  treino_tensor weights(std::uint32_t set, std::uint32_t parameter) const {
    treino_tensor view{};
    if (weight_sets()->view(host_, set, parameter, &view) != TREINO_OK)
      throw std::out_of_range("no such set of weights or parameter");
    return view;
  }
  /// Exchanges the set's values with the model's; during a pass over validation, test or prediction data until its end.
  void swap_weights(std::uint32_t set) const {
    detail::ErrorText text;
    text.check(weight_sets()->swap(host_, set, &text.error));
  }
  bool swapped(std::uint32_t set) const { return weight_sets()->swapped(host_, set) != 0; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
