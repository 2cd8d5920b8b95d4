#include "train/backend.hpp"

#include <algorithm>
#include <stdexcept>

namespace treino::train {

ModelBackend::ModelBackend(nn::Model& model, nn::Optimizer& optimizer, const treino_problem& problem)
    : model_(model), optimizer_(optimizer), problem_(problem) {
  for (const nn::Parameter& parameter : model_.parameters()) {
    Layout layout{parameter.shape, std::vector<std::int64_t>(parameter.shape.size(), 1)};
    for (std::size_t i = layout.shape.size(); i-- > 1;) layout.strides[i - 1] = layout.strides[i] * layout.shape[i];
    views_of_.push_back(std::move(layout));
  }
}

treino_tensor ModelBackend::tensor(std::uint32_t index, float* data) const {
  treino_tensor view{};
  view.data = data;
  view.shape = views_of_[index].shape.data();
  view.strides = views_of_[index].strides.data();
  view.rank = static_cast<std::uint32_t>(views_of_[index].shape.size());
  view.type_code = TREINO_DTYPE_FLOAT;
  view.type_bits = 32;
  view.type_lanes = 1;
  view.device_type = TREINO_DEVICE_CPU;
  return view;
}

void ModelBackend::layer(std::uint32_t index, treino_layer_facts& facts) const {
  const nn::LayerInfo& info = model_.layers()[index];
  facts.name = info.name.c_str();
  facts.type = info.type.c_str();
  facts.output_shape = info.output.data();
  facts.output_rank = info.output.size();
  facts.parameters = info.parameters;
  facts.trainable = info.trainable;
  facts.flops = info.flops;
  facts.activation_bytes = info.activation_bytes;
}

bool ModelBackend::prediction(treino_tensor& view) {
  if (views_ == nullptr) return false;
  view = views_->prediction();
  return true;
}

bool ModelBackend::target(treino_tensor& view) {
  if (views_ == nullptr || !views_->has_target()) return false;
  view = views_->target();
  return true;
}

bool ModelBackend::rows(treino_tensor& view) {
  if (views_ == nullptr) return false;
  view = views_->rows();
  return true;
}

template <class Function>
void ModelBackend::each_array(Function&& function) {
  for (nn::Parameter& parameter : model_.parameters()) function(parameter.value);
  for (nn::OptimizerState& state : optimizer_.state()) function(state.value);
}

void ModelBackend::remember() {
  std::size_t size = 0;
  each_array([&](std::span<float> array) { size += array.size(); });
  memory_.resize(size);
  std::size_t at = 0;
  each_array([&](std::span<float> array) {
    std::copy(array.begin(), array.end(), memory_.begin() + static_cast<std::ptrdiff_t>(at));
    at += array.size();
  });
  remembered_steps_ = optimizer_.steps();
}

void ModelBackend::roll_back() {
  std::size_t at = 0;
  each_array([&](std::span<float> array) {
    std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(at), array.size(), array.begin());
    at += array.size();
  });
  optimizer_.set_steps(remembered_steps_);
}

void ModelBackend::set_memory(std::vector<float> memory, std::uint64_t steps) {
  std::size_t size = 0;
  each_array([&](std::span<float> array) { size += array.size(); });
  if (memory.size() != size) throw std::runtime_error("the remembered weights are of another model");
  memory_ = std::move(memory);
  remembered_steps_ = steps;
}

}  // namespace treino::train
