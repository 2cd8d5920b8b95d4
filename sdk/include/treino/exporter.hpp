// Exporters in C++ (a draft kind, see abi/draft/exporter.h): a view of a trained model, and files to write it to.
#pragma once
#include <treino/abi/draft/exporter.h>

#include <algorithm>
#include <array>
#include <map>
#include <treino/detail/component.hpp>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// Sizes without the batch: {64}, or {channels, height, width}.
using SampleShape = std::vector<std::int64_t>;

/// What a layer has learned or measured: float32, without gaps.
class ModelArray {
 public:
  explicit ModelArray(const treino_model_array& array) : array_(&array) {}
  const char* name() const { return array_->name; }
  bool learned() const { return array_->learned != 0; }
  SampleShape shape() const { return {array_->values.shape, array_->values.shape + array_->values.rank}; }
  std::int64_t size() const {
    std::int64_t size = 1;
    for (std::uint32_t i = 0; i < array_->values.rank; ++i) size *= array_->values.shape[i];
    return size;
  }
  const float* data() const {
    return reinterpret_cast<const float*>(static_cast<const char*>(array_->values.data) + array_->values.byte_offset);
  }

 private:
  const treino_model_array* array_;
};

class ModelLayer {
 public:
  ModelLayer(const treino_trained_model& model, std::size_t number)
      : model_(&model), layer_(&model.layers[number]), number_(number) {}
  std::string type() const { return layer_->type; }
  std::string name() const { return layer_->name; }
  std::size_t number() const { return number_; }  // from 0
  /// One of several inputs of the model, which come before all other layers: the sample's features from its setting `first` on, in
  /// the shape of its output.
  bool is_input() const { return type() == "input"; }
  /// Numbers of the layers that it reads, of those before it; model_input: the model's input.
  std::vector<std::size_t> inputs() const {
    std::vector<std::size_t> numbers;
    for (std::uint32_t i = 0; i < layer_->input_count; ++i)
      numbers.push_back(layer_->inputs[i] == TREINO_MODEL_INPUT ? model_input : layer_->inputs[i]);
    return numbers;
  }
  static constexpr std::size_t model_input = static_cast<std::size_t>(-1);
  SampleShape input() const { return {layer_->input_shape, layer_->input_shape + layer_->input_rank}; }
  /// Of one of several inputs.
  SampleShape input(std::size_t which) const {
    const std::size_t from = inputs().at(which);
    if (from == model_input) return {model_->input->shape, model_->input->shape + model_->input->rank};
    return ModelLayer(*model_, from).output();
  }
  SampleShape output() const { return {layer_->output_shape, layer_->output_shape + layer_->output_rank}; }
  /// T as for Setup::get; throws where the type has no such setting.
  template <class T>
  T setting(const char* name) const {
    return Setup(nullptr, layer_->settings, layer_->setting_count).get<T>(name);
  }
  /// The same of one that need not be given; empty where it was not.
  template <class T>
  std::optional<T> find_setting(const char* name) const {
    return Setup(nullptr, layer_->settings, layer_->setting_count).find<T>(name);
  }
  std::vector<ModelArray> arrays() const {
    std::vector<ModelArray> all;
    for (std::uint32_t i = 0; i < layer_->array_count; ++i) all.emplace_back(layer_->arrays[i]);
    return all;
  }
  /// Empty where the layer has none of that name, such as a bias.
  std::optional<ModelArray> find(const char* name) const {
    for (const ModelArray& array : arrays())
      if (std::strcmp(array.name(), name) == 0) return array;
    return std::nullopt;
  }
  ModelArray array(const char* name) const {
    if (const auto found = find(name)) return *found;
    refuse(std::string("has no array '") + name + "'");
  }
  /// Throws "layer 3 (attention_1) <text>".
  [[noreturn]] void refuse(const std::string& text) const {
    throw std::runtime_error("layer " + std::to_string(number_ + 1) + " (" + name() + ") " + text);
  }
  /// The entry of this layer's type in a table of the types that an exporter can write; throws where it is not among them.
  template <class Entry>
  const Entry& entry_in(const std::map<std::string, Entry>& types) const {
    const auto found = types.find(type());
    if (found == types.end()) refuse("is of type " + type() + ", which this exporter cannot write yet; nothing was written");
    return found->second;
  }

 private:
  const treino_trained_model* model_;
  const treino_model_layer* layer_;
  std::size_t number_;
};

/// Where the kernel of a convolution or a pool goes; {vertical, horizontal}. Of sequences, which have no height, vertically: 1 and no
/// padding. Of conv2d_transpose, on its output.
struct ModelWindow {
  std::array<std::int64_t, 2> kernel, stride, before, after;  // before, after: padding at the top and left, the bottom and right
  std::array<std::int64_t, 2> dilation;
};

/// From the settings of a layer with a window: kernel, stride, padding and same_padding, of convolutions dilation too.
/// `default_stride`: of a layer whose stride is not given; 0: a whole kernel, as of pools.
inline ModelWindow window_of(const ModelLayer& layer, std::int64_t default_stride) {
  const bool conv1d = layer.type() == "conv1d", transposed = layer.type() == "conv2d_transpose";
  const bool line = layer.input().size() == 2;
  const auto pair = [&](const char* name, std::array<std::int64_t, 2> missing) {
    if (conv1d) return std::array<std::int64_t, 2>{missing[0], layer.setting<std::int64_t>(name)};
    const auto values = layer.setting<std::vector<std::int64_t>>(name);
    return values.empty() ? missing : std::array<std::int64_t, 2>{line ? missing[0] : values.front(), values.back()};
  };
  ModelWindow window{};
  window.kernel = pair("kernel", {1, 1});
  window.stride =
      pair("stride", default_stride == 0 ? window.kernel : std::array<std::int64_t, 2>{default_stride, default_stride});
  window.before = window.after = pair("padding", {0, 0});
  window.dilation = default_stride == 0 ? std::array<std::int64_t, 2>{1, 1} : pair("dilation", {1, 1});
  const auto reach = [&](std::size_t axis) { return (window.kernel[axis] - 1) * window.dilation[axis] + 1; };
  if (conv1d && layer.setting<bool>("causal_padding")) window.before[1] = reach(1) - 1;
  if (!layer.setting<bool>("same_padding")) return window;
  const SampleShape large = transposed ? layer.output() : layer.input(), small = transposed ? layer.input() : layer.output();
  // An odd padding has its larger half at the end.
  for (std::size_t axis = line ? 1 : 0; axis < 2; ++axis) {
    const std::size_t of_shape = line ? axis : axis + 1;
    const std::int64_t end = (small[of_shape] - 1) * window.stride[axis] + reach(axis);
    const std::int64_t padding = std::max<std::int64_t>(end - large[of_shape], 0);
    window.before[axis] = padding / 2;
    window.after[axis] = padding - padding / 2;
  }
  return window;
}

/// The axis of a sample along which a concat joins its inputs.
inline std::int64_t axis_of(const ModelLayer& layer) {
  const auto axis = layer.setting<std::vector<std::int64_t>>("axis");
  const auto rank = static_cast<std::int64_t>(layer.output().size());
  if (axis.empty()) return rank == 3 ? 0 : rank - 1;
  return axis.front() < 0 ? axis.front() + rank : axis.front();
}

class TrainedModel {
 public:
  explicit TrainedModel(const treino_trained_model& model) : model_(&model) {}
  std::string name() const { return model_->name; }
  std::vector<ModelLayer> layers() const {
    std::vector<ModelLayer> all;
    for (std::uint32_t i = 0; i < model_->layer_count; ++i) all.emplace_back(*model_, i);
    return all;
  }
  /// Whether each layer reads the one before it alone.
  bool is_chain() const {
    for (const ModelLayer& layer : layers())
      if (layer.inputs() != std::vector<std::size_t>{layer.number() == 0 ? ModelLayer::model_input : layer.number() - 1})
        return false;
    return true;
  }
  /// Of several; none where the sample is the only one.
  std::vector<ModelLayer> inputs() const {
    std::vector<ModelLayer> all = layers();
    all.erase(std::find_if(all.begin(), all.end(), [](const ModelLayer& layer) { return !layer.is_input(); }), all.end());
    return all;
  }
  Problem problem() const { return Problem(*model_->problem); }
  SampleShape input() const { return {model_->input->shape, model_->input->shape + model_->input->rank}; }
  std::int64_t features() const { return model_->input->features; }
  /// Of each feature; see treino_model_input. Null where nothing is scaled, or nothing can be missing.
  const double* offset() const { return model_->input->offset; }
  const double* gain() const { return model_->input->gain; }
  const double* missing() const { return model_->input->missing; }
  /// Empty where the data named none.
  std::vector<std::string> feature_names() const { return names(model_->input->names, features()); }
  std::vector<std::string> output_names() const { return names(model_->output_names, problem().outputs()); }
  std::vector<std::string> class_names() const { return names(model_->problem->class_names, problem().classes()); }

 private:
  static std::vector<std::string> names(const char* const* from, std::int64_t count) {
    return from == nullptr ? std::vector<std::string>() : std::vector<std::string>(from, from + count);
  }
  const treino_trained_model* model_;
};

class ExportFiles {
 public:
  explicit ExportFiles(const treino_export_files& files) : files_(&files) {}
  std::string stem() const { return files_->stem; }
  /// To the file that was asked for; throws where it cannot be written.
  void write(const std::string& bytes) const { put(nullptr, bytes); }
  /// To one beside it, with this extension: ".h".
  void write_beside(const char* extension, const std::string& bytes) const { put(extension, bytes); }

 private:
  void put(const char* extension, const std::string& bytes) const {
    detail::ErrorText text;
    text.check(files_->write(files_->context, extension, bytes.data(), bytes.size(), &text.error));
  }
  const treino_export_files* files_;
};

class Exporter : public Plugin {
 public:
  /// Throws where the model cannot be written, before anything is.
  virtual void write(const TrainedModel& model, const ExportFiles& files) = 0;
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Exporter, T>>> {
  using Base = Exporter;
  static constexpr const char* kind = "exporter";
  static treino_status write(void* self, const treino_trained_model* model, const treino_export_files* files,
                             treino_error* error) {
    return guarded(error, [&] { Lifecycle<T, Exporter>::get(self).write(TrainedModel(*model), ExportFiles(*files)); });
  }
  static constexpr treino_exporter table() { return {sizeof(treino_exporter), 0, write}; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
