// The model, the optimizer and the current batch, as plugins may see them.
#pragma once
#include <vector>

#include "host/session.hpp"
#include "nn/model.hpp"
#include "nn/optimizer.hpp"
#include "train/measure.hpp"

namespace treino::train {

class ModelBackend final : public host::Backend {
 public:
  ModelBackend(nn::Model& model, nn::Optimizer& optimizer, const treino_problem& problem);

  void show(const BatchViews* views) { views_ = views; }  // null: no batch to see

  std::uint32_t parameter_count() const override { return static_cast<std::uint32_t>(views_of_.size()); }
  const char* parameter_name(std::uint32_t index) const override { return model_.parameters()[index].name.c_str(); }
  bool trainable(std::uint32_t index) const override { return model_.parameters()[index].trainable; }
  treino_tensor parameter(std::uint32_t index) override { return tensor(index, model_.parameters()[index].value.data()); }
  treino_tensor gradient(std::uint32_t index) override { return tensor(index, model_.parameters()[index].gradient.data()); }
  std::uint32_t layer_count() const override { return static_cast<std::uint32_t>(model_.layers().size()); }
  void layer(std::uint32_t index, treino_layer_facts& facts) const override;
  const treino_problem& problem() const override { return problem_; }
  bool prediction(treino_tensor& view) override;
  bool target(treino_tensor& view) override;
  bool rows(treino_tensor& view) override;
  void remember() override;
  bool remembers() const override { return !memory_.empty(); }

  /// Goes back to what was remembered.
  void roll_back();
  /// Everything remembered as one array, for checkpoints; empty where nothing is. And back.
  const std::vector<float>& memory() const { return memory_; }
  std::uint64_t remembered_steps() const { return remembered_steps_; }
  void set_memory(std::vector<float> memory, std::uint64_t steps);

 private:
  treino_tensor tensor(std::uint32_t index, float* data) const;
  template <class Function>
  void each_array(Function&& function);

  nn::Model& model_;
  nn::Optimizer& optimizer_;
  treino_problem problem_;
  const BatchViews* views_ = nullptr;
  struct Layout {
    std::vector<std::int64_t> shape, strides;
  };
  std::vector<Layout> views_of_;
  std::vector<float> memory_;
  std::uint64_t remembered_steps_ = 0;
};

}  // namespace treino::train
