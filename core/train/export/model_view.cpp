// Whatever scales a feature becomes an offset and a gain, so that exporters know one way of preparing data.
#include "train/export/model_view.hpp"

#include <string_view>

#include "train/layer_inputs.hpp"

namespace treino::train {

namespace {

manifest::Value to_value(const nn::Settings::Value& setting) {
  manifest::Value value;
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&setting)) {
    manifest::List integers;
    for (const std::int64_t integer : *list) integers.push_back({integer, {}});
    value.data = std::move(integers);
    return value;
  }
  std::visit(
      [&](const auto& plain) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(plain)>, std::vector<std::int64_t>>) value.data = plain;
      },
      setting);
  return value;
}

manifest::Table to_table(const nn::Settings& settings) {
  manifest::Table table;
  for (const auto& [name, setting] : settings.all()) table.push_back({name, {}, to_value(setting)});
  return table;
}

std::vector<const char*> borrow(const std::vector<std::string>& names) {
  std::vector<const char*> result;
  result.reserve(names.size());
  for (const std::string& name : names) result.push_back(name.c_str());
  return result;
}

template <class T>
const T* data_or_null(const std::vector<T>& values) {
  return values.empty() ? nullptr : values.data();
}

/// The layer's arrays are "<layer>/<name>".
bool belongs_to(const nn::Parameter& parameter, std::string_view layer) {
  return parameter.name.size() > layer.size() && parameter.name.compare(0, layer.size(), layer) == 0 &&
         parameter.name[layer.size()] == '/';
}

/// Of each layer: whether it is the last, or that reads it, directly or not.
std::vector<bool> read_by_last(const std::vector<nn::LayerInfo>& layers) {
  std::vector<bool> read(layers.size());
  read.back() = true;
  for (std::size_t i = layers.size(); i-- > 0;)
    for (const std::size_t input : layers[i].inputs)
      if (read[i] && input != nn::model_input) read[input] = true;
  return read;
}

}  // namespace

ModelView::ModelView(Run& run) : run_(run), preparation_(run.data.preparation) {
  view_input();
  // What further outputs alone need is of no use for the last layer's.
  const std::vector<bool> read = read_by_last(run.model.layers());
  layers_.reserve(read.size());
  numbers_.resize(read.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (!read[i]) continue;
    numbers_[i] = layers_.size();
    view_layer(i);
  }
  model_.size = sizeof model_;
  model_.layer_count = static_cast<std::uint32_t>(layers_.size());
  model_.name = run.plan.manifest.run.name.value.c_str();
  model_.input = &input_;
  model_.layers = layers_.data();
  model_.problem = &run.problem();
  const std::vector<std::string>& targets = preparation_.target_names;
  const bool sequence = run.model.output_shape().size() > 1;  // whose targets are names of steps
  if (!sequence && static_cast<std::int64_t>(targets.size()) == run.problem().outputs) output_names_ = borrow(targets);
  model_.output_names = data_or_null(output_names_);
}

void ModelView::view_input() {
  const std::size_t features = static_cast<std::size_t>(nn::size_of(preparation_.sample_shape));
  offset_ = preparation_.offset;
  gain_ = preparation_.gain;
  if (preparation_.scaling == data::Scaling::scale) {
    offset_.assign(features, 0.0);
    gain_.assign(features, preparation_.factor);
  }
  view_missing();
  feature_names_ = borrow(preparation_.feature_names);
  input_.size = sizeof input_;
  input_.rank = static_cast<std::uint32_t>(preparation_.sample_shape.size());
  input_.shape = preparation_.sample_shape.data();
  input_.features = static_cast<std::int64_t>(features);
  input_.offset = data_or_null(offset_);
  input_.gain = data_or_null(gain_);
  input_.missing = data_or_null(missing_);
  input_.names = data_or_null(feature_names_);
}

/// As the run's data file was read; a missing value that was an error there is none that the model could be given.
void ModelView::view_missing() {
  const auto& file = run_.plan.manifest.data.train;
  if (!file) return;
  if (file->missing == "mean") missing_ = preparation_.missing_mean;
  if (file->missing == "zero") missing_.assign(static_cast<std::size_t>(nn::size_of(preparation_.sample_shape)), 0.0);
}

void ModelView::view_layer(std::size_t number) {
  const nn::LayerSpec& spec = run_.plan.layers[number];
  const nn::LayerInfo& info = run_.model.layers()[number];
  const std::size_t before = info.inputs.front();
  const nn::Shape& input = before == nn::model_input ? run_.model.input_shape() : run_.model.layers()[before].output;
  const host::ParameterPack& settings = settings_.emplace_back(to_table(spec.settings));
  treino_model_layer layer{};
  layer.type = info.type.c_str();
  layer.name = info.name.c_str();
  layer.settings = settings.data();
  layer.setting_count = settings.count();
  layer.input_shape = input.data();
  layer.input_rank = static_cast<std::uint32_t>(input.size());
  layer.output_shape = info.output.data();
  layer.output_rank = static_cast<std::uint32_t>(info.output.size());
  std::vector<std::size_t> inputs;
  for (const std::size_t from : info.inputs) inputs.push_back(from == nn::model_input ? from : numbers_[from]);
  layer.inputs = inputs_.emplace_back(to_abi(inputs)).data();
  layer.input_count = static_cast<std::uint32_t>(info.inputs.size());
  view_arrays(layer);
  layers_.push_back(layer);
}

void ModelView::view_arrays(treino_model_layer& layer) {
  std::vector<treino_model_array>& arrays = arrays_.emplace_back();
  for (const nn::Parameter& parameter : run_.model.parameters()) {
    if (!belongs_to(parameter, layer.name)) continue;
    const char* name = parameter.name.c_str() + std::string_view(layer.name).size() + 1;
    arrays.push_back({name, view_of(parameter), parameter.gradient.empty() ? 0u : 1u, 0});
  }
  layer.arrays = arrays.data();
  layer.array_count = static_cast<std::uint32_t>(arrays.size());
}

treino_tensor ModelView::view_of(const nn::Parameter& parameter) {
  std::vector<std::int64_t>& strides = strides_.emplace_back(parameter.shape.size(), 1);
  for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * parameter.shape[i];
  treino_tensor view{};
  view.data = parameter.value.data();
  view.shape = parameter.shape.data();
  view.strides = strides.data();
  view.rank = static_cast<std::uint32_t>(parameter.shape.size());
  view.type_code = TREINO_DTYPE_FLOAT;
  view.type_bits = 32;
  view.type_lanes = 1;
  view.device_type = TREINO_DEVICE_CPU;
  return view;
}

}  // namespace treino::train
