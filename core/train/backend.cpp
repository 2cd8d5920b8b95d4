// Views of parameters, and sets of weights that take their place.
#include "train/backend.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "train/layer_inputs.hpp"

namespace treino::train {

ModelBackend::ModelBackend(nn::Model& model, Optimizer& optimizer, double weight_decay, host::Profile& profile)
    : model_(model), optimizer_(optimizer), weight_decay_(weight_decay), layer_spans_(profile) {
  std::size_t offset = 0;
  for (const nn::Parameter& parameter : model_.parameters()) {
    Layout layout{parameter.shape, std::vector<std::int64_t>(parameter.shape.size(), 1)};
    for (std::size_t i = layout.shape.size(); i-- > 1;) layout.strides[i - 1] = layout.strides[i] * layout.shape[i];
    views_of_.push_back(std::move(layout));
    offsets_.push_back(offset);
    offset += parameter.value.size();
  }
  offsets_.push_back(offset);
  for (const nn::LayerInfo& layer : model_.layers()) layer_inputs_.push_back(to_abi(layer.inputs));
  profile.on_change([this](std::uint64_t mask) {
    const std::uint64_t layers = std::uint64_t{1} << TREINO_SPAN_FORWARD | std::uint64_t{1} << TREINO_SPAN_BACKWARD;
    model_.set_observer((mask & layers) != 0 ? &layer_spans_ : nullptr);
  });
}

void ModelBackend::LayerSpans::layer_end(std::size_t layer, bool backward) {
  const unsigned category = backward ? TREINO_SPAN_BACKWARD : TREINO_SPAN_FORWARD;
  if (profile_.wants(category)) profile_.add(category, static_cast<std::uint32_t>(layer), 0, begin_, host::Profile::now());
}

void ModelBackend::set_loop(std::function<void(std::uint64_t, Next, void*)> trial_steps,
                            std::function<bool()> estimate_statistics) {
  trial_steps_ = std::move(trial_steps);
  estimate_statistics_ = std::move(estimate_statistics);
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

void ModelBackend::layer(std::uint32_t index, treino_layer_info& info) const {
  const nn::LayerInfo& layer = model_.layers()[index];
  info.name = layer.name.c_str();
  info.type = layer.type.c_str();
  info.output_shape = layer.output.data();
  info.output_rank = layer.output.size();
  info.parameters = layer.parameters;
  info.trainable = layer.trainable;
  info.flops = layer.flops;
  info.activation_bytes = layer.activation_bytes;
  info.inputs = layer_inputs_[index].data();
  info.input_count = layer_inputs_[index].size();
}

std::span<float> ModelBackend::trained_values(std::size_t parameter) {
  if (own_loop_ != nullptr && own_loop_->fetch_values) own_loop_->fetch_values(parameter);
  return model_.parameters()[parameter].value;
}

treino_tensor ModelBackend::gradient(std::uint32_t index) {
  if (own_loop_ != nullptr && own_loop_->fetch_gradient) own_loop_->fetch_gradient(index);
  return tensor(index, model_.parameters()[index].gradient.data());
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
  for (std::size_t i = 0; i < views_of_.size(); ++i) function(trained_values(i));
  for (OptimizerState& state : optimizer_.state()) function(state.value);
}

std::vector<float> ModelBackend::copy_of_arrays() {
  std::size_t size = 0;
  each_array([&](std::span<float> array) { size += array.size(); });
  std::vector<float> arrays;
  arrays.reserve(size);
  each_array([&](std::span<float> array) { arrays.insert(arrays.end(), array.begin(), array.end()); });
  return arrays;
}

void ModelBackend::put_arrays(const std::vector<float>& arrays, std::uint64_t optimizer_steps) {
  std::size_t at = 0;
  each_array([&](std::span<float> array) {
    std::copy_n(arrays.begin() + static_cast<std::ptrdiff_t>(at), array.size(), array.begin());
    at += array.size();
  });
  optimizer_.set_steps(optimizer_steps);
}

void ModelBackend::remember() {
  memory_ = copy_of_arrays();
  if (own_loop_ != nullptr && own_loop_->save) own_memory_ = own_loop_->save();
  remembered_steps_ = optimizer_.steps();
}

void ModelBackend::roll_back() {
  put_arrays(memory_, remembered_steps_);
  if (own_loop_ != nullptr && own_loop_->restore) own_loop_->restore(own_memory_);
}

void ModelBackend::set_memory(std::vector<float> memory, std::uint64_t steps) {
  std::size_t size = 0;
  each_array([&](std::span<float> array) { size += array.size(); });
  if (memory.size() != size) throw std::runtime_error("the remembered weights are of another model");
  memory_ = std::move(memory);
  remembered_steps_ = steps;
}

// ---- sets of weights

std::uint32_t ModelBackend::make_weights(const std::string& name, const std::string& owner) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed))
    throw std::invalid_argument("a set of weights has a name of lower-case letters, digits and underscores, not '" + name + "'");
  if (const WeightSet* taken = find_set(name))
    throw std::invalid_argument("the set of weights '" + name + "' belongs to " + taken->owner + " already");
  sets_.push_back({name, owner, {}});
  sets_.back().values.reserve(offsets_.back());
  for (std::size_t i = 0; i < views_of_.size(); ++i) {
    const std::span<const float> values = trained_values(i);
    sets_.back().values.insert(sets_.back().values.end(), values.begin(), values.end());
  }
  return static_cast<std::uint32_t>(sets_.size() - 1);
}

ModelBackend::WeightSet* ModelBackend::find_set(const std::string& name) {
  const auto found = std::find_if(sets_.begin(), sets_.end(), [&](const WeightSet& set) { return set.name == name; });
  return found == sets_.end() ? nullptr : &*found;
}

treino_tensor ModelBackend::weights(std::uint32_t set, std::uint32_t parameter) {
  await_loan();  // its owner may write through the view
  return tensor(parameter, values_of(&sets_[set], parameter).data());
}

std::span<float> ModelBackend::values_of(WeightSet* set, std::size_t parameter) {
  if (set == swapped_) return trained_values(parameter);
  WeightSet& beside = set != nullptr ? *set : *swapped_;
  return std::span(beside.values).subspan(offsets_[parameter], offsets_[parameter + 1] - offsets_[parameter]);
}

ModelBackend::Loan ModelBackend::lend_sets() {
  await_loan();
  lent_ = std::make_shared<std::atomic<bool>>(true);
  return Loan(lent_.get(), [lent = lent_](void*) {
    lent->store(false);
    lent->notify_all();
  });
}

void ModelBackend::await_loan() {
  if (lent_ == nullptr) return;
  lent_->wait(true);
  lent_.reset();
}

void ModelBackend::swap_weights(std::uint32_t set) {
  await_loan();
  WeightSet& wanted = sets_[set];
  if (swapped_ != nullptr && swapped_ != &wanted)
    throw std::logic_error("the set of weights '" + swapped_->name + "' of " + swapped_->owner + " is in the model");
  float* at = wanted.values.data();
  for (std::size_t i = 0; i < views_of_.size(); ++i) {
    const std::span<float> values = trained_values(i);
    at = std::swap_ranges(values.begin(), values.end(), at);
  }
  swapped_ = swapped_ == nullptr ? &wanted : nullptr;
}

void ModelBackend::begin_pass() {
  in_pass_ = true;
  before_pass_ = swapped_;
}

void ModelBackend::end_pass() {
  if (!std::exchange(in_pass_, false) || swapped_ == before_pass_) return;
  const auto toggle = [&](const WeightSet* set) {
    for (std::uint32_t i = 0; set != nullptr && i < sets_.size(); ++i)
      if (&sets_[i] == set) return swap_weights(i);
  };
  toggle(swapped_);
  toggle(before_pass_);
}

const char* ModelBackend::measured_with(std::uint32_t scalar) const {
  const auto found = measured_.find(scalar);
  return found == measured_.end() ? "" : found->second->name.c_str();
}

void ModelBackend::note_measured(std::uint32_t scalar, const WeightSet* set) {
  if (set == nullptr)
    measured_.erase(scalar);
  else
    measured_[scalar] = set;
}

void ModelBackend::reset_sets() {
  await_loan();
  swapped_ = nullptr;
  for (WeightSet& set : sets_) {
    auto at = set.values.begin();
    for (std::size_t i = 0; i < views_of_.size(); ++i) {
      const std::span<const float> values = trained_values(i);
      at = std::copy(values.begin(), values.end(), at);
    }
  }
}

void ModelBackend::resume_with_set(const std::string& name) { swapped_ = name.empty() ? nullptr : find_set(name); }

}  // namespace treino::train
