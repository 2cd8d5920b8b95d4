// Layers in C++ (a draft kind, see abi/draft/layer.h): what a part of the model computes, and its gradients.
#pragma once
#include <treino/abi/draft/layer.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <treino/detail/component.hpp>
#include <treino/detail/layer_setup.hpp>
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>
#include <type_traits>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// Some samples of a batch, in both directions. A matrix has a row for each sample; that of a parameter has the last axis as columns.
/// Valid during the call.
template <class Pass>
class LayerPass {
 public:
  LayerPass(const LayerSetup& setup, const Pass& pass) : setup_(setup), pass_(pass) {}

  /// Number of samples.
  std::int64_t rows() const { return pass_.rows; }
  /// In backward throws where release_inputs() was called.
  Matrix<const float> input(std::size_t index = 0) const {
    return by_rows(pass_.inputs[index], setup_.input(index).size(), "input", "release_inputs() has given it away");
  }
  Matrix<const float> parameter(std::size_t index) const { return by_last_axis(pass_.parameters[index], index); }
  /// The numbers that LayerSetup::workspace() has asked for.
  Matrix<float> workspace() const {
    return by_rows(pass_.workspace, setup_.workspace_, "workspace", "prepare() has asked for none");
  }
  /// A random number in [0, 1) for the sample in this row: the same for an index in forward() and in backward(), another one in each
  /// step and each layer.
  double uniform(std::int64_t row, std::uint64_t index) const {
    constexpr std::uint64_t stride = 0x9e3779b97f4a7c15u;
    const std::uint64_t sample = mixed(pass_.seed + static_cast<std::uint64_t>(pass_.first_row + row) * stride);
    return static_cast<double>(mixed(sample + (index + 1) * stride) >> 11) * 0x1p-53;
  }

 protected:
  template <class T>
  Matrix<T> by_rows(T* values, std::int64_t columns, const char* what, const char* reason) const {
    if (values == nullptr) throw std::logic_error(std::string(what) + "() is not there: " + reason);
    return {values, pass_.rows, columns, columns};
  }
  template <class T>
  Matrix<T> by_last_axis(T* values, std::size_t index) const {
    const Shape& shape = setup_.parameters_[index].shape;
    return {values, shape.size() / shape.back(), shape.back(), shape.back()};
  }
  std::int64_t output_size() const { return setup_.output_.size(); }

  const LayerSetup& setup_;
  const Pass& pass_;

 private:
  /// The mixing function of SplitMix64: Steele et al., OOPSLA 2014.
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
};

class Forward : public LayerPass<treino_layer_forward> {
 public:
  using LayerPass::LayerPass;
  /// Whether a backward may follow, and samples are dropped or disturbed where the layer does that.
  bool is_training() const { return pass_.training != 0; }
  /// Is set.
  Matrix<float> output() const { return {pass_.output, rows(), output_size(), output_size()}; }
};

/// Of the rows of a forward of training. Gradients are added to: where nothing has been added yet, they are 0.
class Backward : public LayerPass<treino_layer_backward> {
 public:
  using LayerPass::LayerPass;
  /// Throws where keep_output() was not called.
  Matrix<const float> output() const {
    return by_rows(pass_.output, output_size(), "output", "prepare() has not called keep_output()");
  }
  Matrix<const float> output_gradient() const { return {pass_.output_gradient, rows(), output_size(), output_size()}; }
  /// False where nothing before that input has anything to learn.
  bool wants_input(std::size_t index = 0) const { return pass_.input_gradients[index] != nullptr; }
  /// Throws where it is not wanted.
  Matrix<float> input_gradient(std::size_t index = 0) const {
    return by_rows(pass_.input_gradients[index], setup_.input(index).size(), "input_gradient", "ask wants_input() first");
  }
  /// False for what does not learn, and while it is frozen.
  bool wants_parameter(std::size_t index) const { return pass_.parameter_gradients[index] != nullptr; }
  /// Throws where it is not wanted.
  Matrix<float> parameter_gradient(std::size_t index) const {
    if (!wants_parameter(index)) throw std::logic_error("parameter_gradient() is not there: ask wants_parameter() first");
    return by_last_axis(pass_.parameter_gradients[index], index);
  }
};

class Layer : public Plugin {
 public:
  /// Checks the inputs' shapes, asks for parameters and workspace, and returns the shape of the output. Throws where the inputs do not
  /// fit: what it says is told at the layer's place in the manifest.
  virtual Shape prepare(LayerSetup& setup) = 0;
  /// Sets the output. Hence const: what a backward needs is kept in the workspace.
  virtual void forward(const Forward& pass) const = 0;
  /// Adds to the gradients that are wanted.
  virtual void backward(const Backward& pass) const = 0;

 private:
  template <class, class>
  friend struct detail::Kind;
  LayerSetup setup_;
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Layer, T>>> {
  using Base = Layer;
  static constexpr const char* kind = "layer";
  static_assert(!Lifecycle<T, Layer>::has_state, "a layer has no save() and load(): the host keeps its parameters");

  static treino_status prepare(void* self, const treino_layer_shape* inputs, std::uint32_t count, treino_layer_plan* plan,
                               treino_error* error) {
    return guarded(error, [&] {
      T& layer = Lifecycle<T, Layer>::get(self);
      LayerSetup& setup = static_cast<Layer&>(layer).setup_;
      setup = LayerSetup();
      for (std::uint32_t i = 0; i < count; ++i)
        setup.inputs_.push_back(Shape(std::vector<std::int64_t>(inputs[i].sizes, inputs[i].sizes + inputs[i].rank)));
      setup.output_ = layer.prepare(setup);
      setup.fill(*plan);
    });
  }
  static treino_status forward(void* self, const treino_layer_forward* pass, treino_error* error) {
    return guarded(error, [&] {
      const T& layer = Lifecycle<T, Layer>::get(self);
      layer.forward(Forward(static_cast<const Layer&>(layer).setup_, *pass));
    });
  }
  static treino_status backward(void* self, const treino_layer_backward* pass, treino_error* error) {
    return guarded(error, [&] {
      const T& layer = Lifecycle<T, Layer>::get(self);
      layer.backward(Backward(static_cast<const Layer&>(layer).setup_, *pass));
    });
  }
  static constexpr treino_layer table() { return {sizeof(treino_layer), 0, prepare, forward, backward}; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
