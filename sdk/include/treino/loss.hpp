// Losses in C++: value and gradient of a batch in one pass.
#pragma once
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

/// A loss over a batch is sum / weight; 0 where weight is 0.
using LossValue = treino_loss_value;

/// What a loss takes the model's outputs for.
enum class Takes {
  values,
  probabilities,
  logits,              // of one choice among the outputs (softmax)
  independent_logits,  // of a yes/no question an output (sigmoid)
  independent_probabilities
};

class Loss : public Plugin {
 public:
  /// Before the first batch: checks that the loss fits data and model (throws with the fix in the text), allocates.
  virtual void prepare(const Problem&) {}
  virtual Takes takes() const { return Takes::values; }
  /// prediction  batch x outputs
  /// target      as the description's `target` says
  /// gradient    batch x outputs; set to d(sum / weight)/d(prediction), never added to; false where it is not wanted
  virtual LossValue evaluate(Matrix<const float> prediction, const Target& target, Weights weights, Matrix<float> gradient) = 0;
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Loss, T>>> {
  using Base = Loss;
  static constexpr const char* kind = "loss";
  static treino_status prepare(void* self, const treino_problem* problem, treino_error* error) {
    return guarded(error, [&] { Lifecycle<T, Loss>::get(self).prepare(Problem(*problem)); });
  }
  static std::uint32_t takes(void* self, std::uint32_t* independent) {
    const Takes takes = Lifecycle<T, Loss>::get(self).takes();
    *independent = takes == Takes::independent_logits || takes == Takes::independent_probabilities;
    if (takes == Takes::values) return TREINO_PREDICTION_VALUES;
    return takes == Takes::logits || takes == Takes::independent_logits ? TREINO_PREDICTION_LOGITS : TREINO_PREDICTION_PROBABILITIES;
  }
  static treino_status evaluate(void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                                const treino_tensor* gradient, treino_loss_value* value, treino_error* error) {
    return guarded(error, [&] {
      static thread_local Batch batch;
      batch.bind(prediction, target, weight);
      Matrix<float> out;
      if (gradient != nullptr) {
        const Elements<float> elements(*gradient);
        if (gradient->rank != 2 || gradient->shape[0] != batch.prediction.rows() || gradient->shape[1] != batch.prediction.columns() ||
            !elements.contiguous())
          throw std::invalid_argument("the gradient's buffer must be contiguous and of the prediction's shape");
        out = Matrix<float>(elements.data(), gradient->shape[0], gradient->shape[1], gradient->shape[1]);
      }
      *value = Lifecycle<T, Loss>::get(self).evaluate(batch.prediction, batch.target, batch.weights, out);
    });
  }
  static constexpr treino_loss table() { return {sizeof(treino_loss), 0, prepare, takes, evaluate}; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
