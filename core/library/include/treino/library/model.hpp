// Trained models: predictions from one file, which is all that they need.
#pragma once
#include <treino/library/model.h>

#include <cstdint>
#include <memory>
#include <string>
#include <treino/library/result.hpp>
#include <vector>

namespace treino {

/// A trained model: one file is all that it needs. One thread at a time; several models may be used at once.
class Model {
 public:
  /// `path`: model.safetensors, or a run's folder. `capacity`: samples that are worked on at a time, for which memory is taken.
  explicit Model(const std::string& path, std::int64_t capacity = 64, std::uint32_t threads = 1) {
    treino_model_options options{};
    options.size = sizeof options;
    options.capacity = capacity;
    options.threads = threads;
    treino_model_handle* handle = nullptr;
    library_detail::check([&](treino_error* error) { return treino_model_open(path.c_str(), &options, &handle, error); });
    handle_.reset(handle);
  }

  std::vector<std::int64_t> shape() const {
    std::uint32_t rank = 0;
    const std::int64_t* shape = treino_model_shape(handle_.get(), &rank);
    return {shape, shape + rank};
  }
  /// Numbers in a sample, and in what is predicted for it.
  std::int64_t inputs() const { return treino_model_inputs(handle_.get()); }
  std::int64_t outputs() const { return treino_model_outputs(handle_.get()); }
  /// Steps of what is predicted where that is a sequence, one after the other; else 1.
  std::int64_t steps() const { return treino_model_steps(handle_.get()); }
  std::vector<std::string> class_names() const {
    std::vector<std::string> names;
    for (std::int64_t i = 0; const char* name = treino_model_class_name(handle_.get(), i); ++i) names.emplace_back(name);
    return names;
  }

  /// Probabilities where the model was trained on classes, else values: count x outputs() of them, from count x inputs() features
  /// as they were before scaling. Throws Error.
  void predict(const float* features, std::int64_t count, float* outputs) {
    if (treino_model_predict(handle_.get(), features, count, outputs, nullptr) == TREINO_OK) return;
    library_detail::check(
        [&](treino_error* error) { return treino_model_predict(handle_.get(), features, count, outputs, error); });
  }
  std::vector<float> predict(const std::vector<float>& features) {
    const auto size = static_cast<std::size_t>(inputs());
    if (features.size() % size != 0)
      throw Error(TREINO_BAD_INPUT,
                  std::to_string(features.size()) + " features are no whole samples of " + std::to_string(size));
    std::vector<float> result(features.size() / size * static_cast<std::size_t>(outputs()));
    predict(features.data(), static_cast<std::int64_t>(features.size() / size), result.data());
    return result;
  }
  /// The class that one sample's outputs speak for, of a sequence those of one step; -1 where the model has no classes.
  std::int64_t class_of(const float* outputs) const { return treino_model_class_of(handle_.get(), outputs); }

 private:
  struct Close {
    void operator()(treino_model_handle* handle) const { treino_model_close(handle); }
  };
  std::unique_ptr<treino_model_handle, Close> handle_;
};

}  // namespace treino
