// The model, the optimizer and the current batch, as plugins may see them.
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/session/session.hpp"
#include "nn/model.hpp"
#include "train/loss_and_metrics.hpp"
#include "train/optimizer.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

class ModelBackend final : public host::Backend {
 public:
  ModelBackend(nn::Model& model, Optimizer& optimizer, double weight_decay, host::Profile& profile);

  void set_problem(const treino_problem& problem) { problem_ = problem; }
  /// What only the loop can do.
  void set_loop(std::function<void(std::uint64_t, Next, void*)> trial_steps, std::function<bool()> estimate_statistics);

  /// What the program of an own loop keeps beside its parameters; null: nothing. It outlives this.
  void set_own_loop(const OwnLoop* loop) { own_loop_ = loop; }
  /// Of what is remembered: the program's own part.
  const std::vector<unsigned char>& own_memory() const { return own_memory_; }
  void set_own_memory(std::vector<unsigned char> memory) { own_memory_ = std::move(memory); }

  void show(const BatchViews* views) { views_ = views; }  // null: no batch to see

  std::uint32_t parameter_count() const override { return static_cast<std::uint32_t>(views_of_.size()); }
  const char* parameter_name(std::uint32_t index) const override { return model_.parameters()[index].name.c_str(); }
  bool trainable(std::uint32_t index) const override { return model_.parameters()[index].trainable; }
  treino_tensor parameter(std::uint32_t index) override { return tensor(index, trained_values(index).data()); }
  treino_tensor gradient(std::uint32_t index) override;
  std::uint32_t layer_count() const override { return static_cast<std::uint32_t>(model_.layers().size()); }
  void layer(std::uint32_t index, treino_layer_info& info) const override;
  const treino_problem& problem() const override { return problem_; }
  bool prediction(treino_tensor& view) override;
  bool target(treino_tensor& view) override;
  bool rows(treino_tensor& view) override;
  void remember() override;
  bool remembers() const override { return !memory_.empty(); }
  void set_trainable(std::uint32_t index, bool trainable) override { model_.set_trainable(index, trainable); }
  double momentum() const override { return optimizer_.momentum(); }
  double weight_decay() const override { return weight_decay_; }
  std::uint32_t make_weights(const std::string& name, const std::string& owner) override;
  std::uint32_t weight_sets() const override { return static_cast<std::uint32_t>(sets_.size()); }
  const std::string& weights_name(std::uint32_t set) const override { return sets_[set].name; }
  treino_tensor weights(std::uint32_t set, std::uint32_t parameter) override;
  void swap_weights(std::uint32_t set) override;
  bool swapped(std::uint32_t set) const override { return swapped_ == &sets_[set]; }
  const char* measured_with(std::uint32_t scalar) const override;
  void trial_steps(std::uint64_t steps, Next next, void* context) override { trial_steps_(steps, next, context); }
  bool estimate_statistics() override { return estimate_statistics_(); }

  /// What is swapped between these two is swapped back at the second.
  void begin_pass();
  void end_pass();

  struct WeightSet {
    std::string name, owner;
    std::vector<float> values;  // parameter after parameter; while the set is in the model, what is being trained
  };
  std::deque<WeightSet>& sets() { return sets_; }
  /// Null where none is called so.
  WeightSet* find_set(const std::string& name);
  /// Null: the model holds what is being trained.
  WeightSet* set_in_model() const { return swapped_; }
  /// A parameter's values in a set, such as an average, wherever it is; with null, those being trained.
  std::span<float> values_of(WeightSet* set, std::size_t parameter);
  /// Until it is destroyed, on any thread, the sets' values stay as they are: who is about to change one waits.
  using Loan = std::shared_ptr<void>;
  Loan lend_sets();
  /// Every set becomes what the model holds, and none is in the model.
  void reset_sets();
  /// Of a resumed run: the model, whose arrays were saved so, holds this set and the set's values are what is being trained. Empty:
  /// none.
  void resume_with_set(const std::string& name);

  /// The scalar has been measured with what is in the model now.
  void note_measured(std::uint32_t scalar) { note_measured(scalar, swapped_); }
  void note_measured(std::uint32_t scalar, const WeightSet* set);

  /// All weights and the optimizer's state as one array, and back.
  std::vector<float> copy_of_arrays();
  void put_arrays(const std::vector<float>& arrays, std::uint64_t optimizer_steps);

  /// Goes back to what was remembered.
  void roll_back();
  /// Everything remembered as one array, for checkpoints; empty where nothing is. And back.
  const std::vector<float>& memory() const { return memory_; }
  std::uint64_t remembered_steps() const { return remembered_steps_; }
  void set_memory(std::vector<float> memory, std::uint64_t steps);

 private:
  treino_tensor tensor(std::uint32_t index, float* data) const;
  /// What the model holds, brought here first where the program keeps it elsewhere.
  std::span<float> trained_values(std::size_t parameter);
  void await_loan();
  template <class Function>
  void each_array(Function&& function);

  /// Passes the model's layers' work on to the profile.
  class LayerSpans final : public nn::Observer {
   public:
    explicit LayerSpans(host::Profile& profile) : profile_(profile) {}
    void layer_begin(std::size_t, bool) override { begin_ = host::Profile::now(); }
    void layer_end(std::size_t layer, bool backward) override;

   private:
    host::Profile& profile_;
    std::uint64_t begin_ = 0;
  };

  nn::Model& model_;
  Optimizer& optimizer_;
  treino_problem problem_{};
  double weight_decay_;
  LayerSpans layer_spans_;
  std::function<void(std::uint64_t, Next, void*)> trial_steps_;
  std::function<bool()> estimate_statistics_;
  const BatchViews* views_ = nullptr;
  struct Layout {
    std::vector<std::int64_t> shape, strides;
  };
  std::vector<Layout> views_of_;
  std::vector<std::vector<std::uint32_t>> layer_inputs_;
  std::vector<std::size_t> offsets_;         // of each parameter in a set's values
  std::deque<WeightSet> sets_;               // they stay where they are: plugins hold views
  std::shared_ptr<std::atomic<bool>> lent_;  // whether somebody reads them; null where nobody does
  WeightSet* swapped_ = nullptr;
  WeightSet* before_pass_ = nullptr;
  std::map<std::uint32_t, const WeightSet*> measured_;  // scalars that were measured with a set
  bool in_pass_ = false;
  const OwnLoop* own_loop_ = nullptr;
  std::vector<float> memory_;
  std::vector<unsigned char> own_memory_;
  std::uint64_t remembered_steps_ = 0;
};

}  // namespace treino::train
