// A trained model, ready to predict: what is behind a treino_model_handle.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/session/log.hpp"
#include "train/plan/target_steps.hpp"
#include "train/run/run.hpp"
#include "train/trained_model.hpp"

namespace treino::library {

class Model {
 public:
  /// Throws as train::TrainedModel.
  Model(const std::filesystem::path& path, std::int64_t capacity, int threads);

  const data::Shape& shape() const { return trained_.data().preparation.sample_shape; }
  std::int64_t inputs() const { return inputs_; }
  std::int64_t outputs() const { return steps() * run_->problem().outputs; }
  std::int64_t steps() const { return train::steps_of(run_->model.output_shape()); }
  std::int64_t classes() const { return run_->problem().classes; }
  const char* class_name(std::int64_t index) const;
  std::int64_t class_of(const float* outputs) const;
  /// Throws data::DataError where a feature is missing or infinite and the model does not know what to do with it.
  void predict(const float* features, std::int64_t count, float* outputs);

 private:
  std::span<const float> forward(const float* prepared, std::int64_t count, std::int64_t first);
  const float* prepare(const float* features, std::int64_t count, std::int64_t first);

  train::TrainedModel trained_;
  host::Screen screen_;
  host::Log log_;
  std::unique_ptr<train::Run> run_;
  std::int64_t inputs_, capacity_;
  std::vector<float> prepared_;
};

}  // namespace treino::library
