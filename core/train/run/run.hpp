// What a run consists of: the plan, the data, the model and the plugins, built from a plan and held against each other. What
// happens to it is told elsewhere: TrainingLoop trains it, Evaluation tests it, CheckpointWriter and CheckpointReader save and
// restore it.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batches/batches.hpp"
#include "host/session/session.hpp"
#include "nn/model.hpp"
#include "train/backend.hpp"
#include "train/best_epoch.hpp"
#include "train/loss_and_metrics.hpp"
#include "train/optimizer.hpp"
#include "train/pass_scalars.hpp"
#include "train/plan/plan.hpp"
#include "train/progress.hpp"
#include "train/ranks/agreement.hpp"
#include "train/ranks/processes.hpp"
#include "train/regularization.hpp"
#include "train/run/interrupt.hpp"
#include "train/run/run_data.hpp"
#include "train/run_threads.hpp"
#include "train/trial_steps.hpp"
#include "train/validation_schedule.hpp"

namespace treino::train {

/// One of the model's outputs beside the last layer's, which has a loss of its own.
struct FurtherOutput {
  std::size_t layer;                  // its number
  std::size_t number;                 // among nn::Model::further_outputs()
  host::Instance* loss;               // null where there are no losses: for predictions
  double weight;                      // of the loss
  std::optional<std::size_t> target;  // among the further ones of the data; nothing: the data's own
  std::int64_t steps;                 // rows of a sample, as its loss sees them
  treino_problem problem;
};

class Run {
 public:
  enum class Use { training, afterwards, own_loop };

  /// Reads the data, builds the model and, after `before_plugins`, every plugin. `folder` is the run's, where outputs go. `values`:
  /// zero where weights are loaded or a checkpoint is restored next. `processes`: that share the work; null: this one alone. Throws manifest::ManifestError, data::DataError,
  /// nn::ShapeError, host::LoadError or host::CallError, before anything is trained.
  Run(Plan plan, std::filesystem::path folder, host::Log& log, nn::InitialValues values = nn::InitialValues::drawn,
      const std::function<void()>& before_plugins = {}, std::shared_ptr<Processes> processes = nullptr);
  /// For what comes after training: nothing is read, the data and the outputs are what `recorded` says of them, and batches come
  /// from data sets of at most `rows` rows. Weights are to be loaded; it cannot be trained. Throws likewise.
  Run(Plan plan, Recorded recorded, std::int64_t rows, std::filesystem::path folder, host::Log& log);
  /// For a training loop of somebody's own, as `plan.own_loop` describes it: no data are read, and `parameters` are what is trained.
  Run(Plan plan, std::vector<nn::Parameter> parameters, std::filesystem::path folder, host::Log& log,
      const std::function<void()>& before_plugins);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// As the manifest asks for it, whatever a dry run does of it.
  manifest::RunLength planned_length() const;
  /// From its beginning; what is left of a run that was resumed, `progress` knows. No epochs where there is nothing to tell of them.
  manifest::RunLength length() const;
  std::uint64_t batches_per_epoch() const;
  /// 0 where it differs from epoch to epoch.
  std::uint64_t steps_per_epoch() const;
  data::BatchOptions training_options() const;
  /// For a pass over so many samples that is no training; `limited`: by limit_validation.
  data::BatchOptions evaluation_options(std::int64_t samples, bool limited = false) const;
  bool has_validation() const { return data.record.validation_samples > 0; }
  /// What the model's outputs are: as the loss takes them, or as the last layer makes them.
  const treino_problem& problem() const { return backend.problem(); }

  /// The output of the layer of this name; null: the last layer's, which "" is too. Throws base::InputError where there is none.
  const FurtherOutput* find_output(const std::string& layer) const;

  /// Sends an event to every callback that wants it. Throws host::CallError where one fails that may not.
  void fire(host::Event event) {
    if (!session.has_receivers(event)) return;
    treino_event_info info = progress.event();
    session.fire(info, event);
  }
  /// Callbacks with a cadence receive the events of the step and the epoch that come next, or do not.
  void take_turns() { session.listeners().move_to(progress.position().epoch, progress.steps_due()); }
  /// Half a group of accumulated gradients is in no checkpoint: what is asked for within one waits for its end.
  bool is_within_group() const;
  bool is_stopping() const { return stop.has_value(); }
  /// The signal that asked for the run's end, or Interrupt::by_time; 0 for none.
  int interrupted() const {
    const int received = interrupt == nullptr ? 0 : interrupt->received();
    return received == 0 && plan.manifest.run.max_time && std::chrono::steady_clock::now() >= end_ ? Interrupt::by_time
                                                                                                   : received;
  }
  /// Goes back to the weights that were remembered last.
  void roll_back(const std::string& reason);
  void warn(const std::string& text) { session.log().message(host::Log::Level::warning, "", text); }

  // Members are built in this order, each from those before it.
  const Plan plan;
  const Use use;
  const std::filesystem::path folder;
  const std::string folder_text;
  const std::string model_text;  // what a file of its weights says of the model
  const RunData data;
  const std::int64_t capacity;                 // samples of the largest batch
  RunThreads threads;                          // that plugins share
  std::map<std::string, std::string> digests;  // of instances' parameters, by name
  host::Session session;
  const std::shared_ptr<Processes> processes;  // not null
  Agreement agreement;
  nn::Model model;
  Regularization regularization;
  Optimizer optimizer;                   // takes no step before create_plugins, nor where nothing is trained
  std::optional<data::Batches> batches;  // of training; none afterwards
  Progress progress;
  ModelBackend backend;
  TrialSteps trial_steps;
  ValidationSchedule validation_schedule{*this};
  host::Instance* loss = nullptr;      // of the last layer's output
  std::vector<FurtherOutput> further;  // in the order of their losses
  std::vector<host::Instance*> metrics;
  std::optional<LossAndMetrics> measured;  // none for predictions
  PassScalars training_scalars, validation_scalars;
  std::map<std::string, PassScalars> test_scalars;  // by prefix

  // What is decided while it runs.
  std::optional<host::Requests::Stop> stop;
  std::optional<BestEpoch> best;
  bool warned_of_nan = false, failure_told = false;
  const Interrupt* interrupt = nullptr;  // the run ends where this is requested; it outlives the run

 private:
  using BuildModel = std::function<nn::Model(Run&)>;
  Run(Plan&& plan, RunData data, Use use, const std::optional<OutputKinds>& outputs, std::int64_t rows,
      std::filesystem::path folder, host::Log& log, const BuildModel& build_model, const std::function<void()>& before_plugins,
      std::shared_ptr<Processes> processes = nullptr);
  nn::Model make_model(const BuildModel& build);
  void begin_batches();
  void check_output(const std::string& what, std::size_t layer, std::optional<std::size_t> target,
                    const manifest::Location& at) const;
  void check_weights(const std::string& output, std::int64_t steps, const manifest::Location& at) const;
  treino_problem describe_problem(std::size_t layer, std::optional<std::size_t> target) const;
  treino_problem describe_main_problem(const std::optional<OutputKinds>& recorded);
  void describe_further_outputs(const std::optional<OutputKinds>& recorded);
  void connect_backend();
  void describe_run();

  std::chrono::steady_clock::time_point end_of_time() const;

  const std::chrono::steady_clock::time_point end_ = end_of_time();
  std::vector<const char*> class_names_;
  std::vector<std::vector<const char*>> further_class_names_;  // of the further targets
};

}  // namespace treino::train
