// A trained model as exporters see it: the contract's arrays and names, over what the run holds.
#pragma once
#include <treino/abi/draft/exporter.h>

#include <deque>
#include <vector>

#include "host/session/parameters.hpp"
#include "train/run/run.hpp"

namespace treino::train {

/// Good as long as the run, whose weights are not copied.
class ModelView {
 public:
  explicit ModelView(Run& run);
  ModelView(const ModelView&) = delete;
  ModelView& operator=(const ModelView&) = delete;

  const treino_trained_model& model() const { return model_; }

 private:
  void view_input();
  void view_missing();
  void view_layer(std::size_t number);
  void view_arrays(treino_model_layer& layer);
  treino_tensor view_of(const nn::Parameter& parameter);

  Run& run_;
  const data::Preparation& preparation_;
  std::vector<double> offset_, gain_, missing_;
  std::vector<const char*> feature_names_, output_names_;
  std::deque<host::ParameterPack> settings_;  // of each layer
  std::deque<std::vector<treino_model_array>> arrays_;
  std::deque<std::vector<std::int64_t>> strides_;
  std::deque<std::vector<std::uint32_t>> inputs_;  // of each layer
  std::vector<treino_model_layer> layers_;
  std::vector<std::size_t> numbers_;  // in layers_, of each of the run's layers that is there
  treino_model_input input_{};
  treino_trained_model model_{};
};

}  // namespace treino::train
