// The arguments of a loss or a metric, from the contract into C++: held against what prepare was told, and made contiguous.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <treino/tensor.hpp>
#include <type_traits>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace detail {

/// Throws std::invalid_argument, naming `what`, unless it is a view of this rank and of T on the CPU, with memory where it has
/// elements.
template <class T>
void check_view(const treino_tensor* view, std::uint32_t rank, const char* what) {
  constexpr unsigned code = std::is_floating_point_v<T> ? TREINO_DTYPE_FLOAT : TREINO_DTYPE_INT;
  const auto refuse = [what](const std::string& why) { throw std::invalid_argument(std::string("the ") + what + " " + why); };
  if (view == nullptr) refuse("is missing");
  if (view->device_type != TREINO_DEVICE_CPU) refuse("lies on device " + std::to_string(view->device_type) + ", not on the CPU");
  if (view->type_code != code || view->type_bits != 8 * sizeof(T) || view->type_lanes != 1)
    refuse(std::string("is not of ") + (std::is_floating_point_v<T> ? "float32" : "int32"));
  if (view->rank != rank) refuse("has rank " + std::to_string(view->rank) + ", expected " + std::to_string(rank));
  for (std::uint32_t i = 0; i < rank; ++i)
    if (view->shape[i] < 0) refuse("has a negative dimension");
  if (view->data == nullptr && size_of(*view) > 0) refuse("has no memory");
}

/// Rows made contiguous: the view itself where it is so already, else a copy in `scratch`, which grows once to the largest batch.
template <class T>
Matrix<const T> matrix(const treino_tensor& view, std::vector<T>& scratch) {
  const Elements<T> elements(view);
  const std::int64_t rows = view.shape[0], columns = view.shape[1];
  if (columns <= 1 || view.strides[1] == 1) {
    if (columns == 1 || view.strides[1] == 1) return {elements.data(), rows, columns, view.strides[0]};
  }
  scratch.resize(static_cast<std::size_t>(elements.size()) + 1);
  for (std::int64_t i = 0; i < elements.size(); ++i) scratch[static_cast<std::size_t>(i)] = elements[i];
  return {scratch.data(), rows, columns, columns};
}

template <class T>
const T* vector(const treino_tensor& view, std::int64_t expected, const char* what, std::vector<T>& scratch) {
  const Elements<T> elements(view);
  if (view.shape[0] != expected)
    throw std::invalid_argument(std::string("the ") + what + " has " + std::to_string(view.shape[0]) + " entries for " +
                                std::to_string(expected) + " samples");
  if (elements.contiguous()) return elements.data();
  scratch.resize(static_cast<std::size_t>(expected));
  for (std::int64_t i = 0; i < expected; ++i) scratch[static_cast<std::size_t>(i)] = elements[i];
  return scratch.data();
}

/// The arguments of a loss or a metric, with room for the rare views whose rows are not contiguous. All that a call is given is
/// held against what prepare was told, so that no plugin reads beyond it.
class Batch {
 public:
  Matrix<const float> prediction;
  Target target;
  Weights weights;

  /// What the calls to come are given.
  void expect(const treino_problem& problem) {
    outputs_ = problem.outputs;
    index_ = problem.target == TREINO_TARGET_INDEX;
    classes_ = problem.classes > 0 ? problem.classes : problem.outputs > 1 ? problem.outputs : 2;
    target_columns_ = problem.target_columns;
  }
  /// Throws std::invalid_argument where something has another shape, type or kind than expected, std::domain_error where a weight
  /// is none or an index no class; `ignored(sample)` says which samples' index may be anything.
  template <class Ignored>
  void bind(const treino_tensor* prediction_view, const treino_tensor* target_view, const treino_tensor* weight_view,
            const Ignored& ignored) {
    if (outputs_ <= 0) throw std::logic_error("was called before prepare");
    check_view<float>(prediction_view, 2, "prediction");
    check_columns(*prediction_view, outputs_, "prediction");
    prediction = matrix<float>(*prediction_view, prediction_scratch_);
    const std::int64_t samples = prediction.rows();
    weights = Weights();
    if (weight_view != nullptr) {
      check_view<float>(weight_view, 1, "weight");
      weights = Weights(vector<float>(*weight_view, samples, "weight", weight_scratch_));
      if (samples > 0) check_weights(samples);
    }
    if (index_) {
      bind_classes(target_view, samples, ignored);
    } else {
      bind_rows(target_view, samples);
    }
  }
  /// The gradient's buffer, of the prediction's shape.
  Matrix<float> gradient(const treino_tensor* view) const {
    if (view == nullptr) return {};
    check_view<float>(view, 2, "gradient");
    const Elements<float> elements(*view);
    if (view->shape[0] != prediction.rows() || view->shape[1] != prediction.columns() || !elements.contiguous())
      throw std::invalid_argument("the gradient's buffer must be contiguous and of the prediction's shape");
    return {elements.data(), view->shape[0], view->shape[1], view->shape[1]};
  }

 private:
  static void check_columns(const treino_tensor& view, std::int64_t expected, const char* what) {
    if (view.shape[1] != expected)
      throw std::invalid_argument(std::string("the ") + what + " has " + std::to_string(view.shape[1]) +
                                  " columns; prepare was told " + std::to_string(expected));
  }
  void check_weights(std::int64_t samples) const {
    const float* const values = weights.data();
    constexpr float most = std::numeric_limits<float>::max();
    std::int32_t wrong = 0;
    for (std::int64_t i = 0; i < samples; ++i) wrong |= static_cast<std::int32_t>(!((values[i] >= 0) & (values[i] <= most)));
    for (std::int64_t i = 0; wrong != 0 && i < samples; ++i)
      if (!(values[i] >= 0 && values[i] <= most))
        throw std::domain_error("weight of sample " + std::to_string(i) + " is " + std::to_string(values[i]) +
                                ", not a finite number from 0 up");
  }
  template <class Ignored>
  void bind_classes(const treino_tensor* view, std::int64_t samples, const Ignored& ignored) {
    if (view != nullptr && view->rank != 1)
      throw std::invalid_argument("the target has rank " + std::to_string(view->rank) +
                                  "; prepare was told of class indices, a vector");
    check_view<std::int32_t>(view, 1, "target");
    static const std::int32_t none = 0;
    const std::int32_t* labels = vector<std::int32_t>(*view, samples, "target", class_scratch_);
    target = Target(labels == nullptr ? &none : labels);
    const std::uint32_t limit = classes_ < 0x7fffffff ? static_cast<std::uint32_t>(classes_) : 0x7fffffffu;
    std::uint32_t wrong = 0;
    for (std::int64_t i = 0; i < samples; ++i)
      wrong |= static_cast<std::uint32_t>(static_cast<std::uint32_t>(labels[i]) >= limit);
    for (std::int64_t i = 0; wrong != 0 && i < samples; ++i)
      if ((labels[i] < 0 || labels[i] >= classes_) && !ignored(i))
        throw std::domain_error("target of sample " + std::to_string(i) + " is class " + std::to_string(labels[i]) + " of " +
                                std::to_string(classes_));
  }
  void bind_rows(const treino_tensor* view, std::int64_t samples) {
    if (view != nullptr && view->rank == 1)
      throw std::invalid_argument("the target has rank 1; prepare was told of rows with " + std::to_string(target_columns_) +
                                  " columns");
    check_view<float>(view, 2, "target");
    if (target_columns_ > 0) check_columns(*view, target_columns_, "target");
    target = Target(matrix<float>(*view, target_scratch_));
    if (target.values().rows() != samples) throw std::invalid_argument("prediction and target differ in their number of samples");
  }

  std::int64_t outputs_ = 0, classes_ = 0, target_columns_ = 0;
  bool index_ = false;
  std::vector<float> prediction_scratch_, target_scratch_, weight_scratch_;
  std::vector<std::int32_t> class_scratch_;
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
