// The training loop. It knows when things happen; what happens is the plugins' business.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batches/batches.hpp"
#include "host/session/session.hpp"
#include "nn/model.hpp"
#include "nn/optimizers/optimizer.hpp"
#include "store/safetensors.hpp"
#include "train/backend.hpp"
#include "train/run/interrupt.hpp"
#include "train/loss_and_metrics.hpp"
#include "train/plan/plan.hpp"
#include "train/run/run_data.hpp"

namespace treino::train {

using NamedScalars = std::vector<std::pair<std::string, double>>;

/// The epoch with the lowest validation loss, or loss where there is no validation; NaN is never the lowest.
struct BestEpoch {
  std::uint64_t epoch = 0;  // from 0
  NamedScalars numbers;     // loss and metrics
};

struct Result {
  std::uint32_t outcome = TREINO_DONE;  // TREINO_DONE ... TREINO_RUN_FAILED
  std::string reason;
  NamedScalars numbers;  // the last of each
  std::optional<BestEpoch> best;
  NamedScalars last;  // loss and metrics of the last epoch; empty where the run ended within one
  std::uint64_t epochs = 0;  // that were ended
  bool trained = true;       // the weights are worth keeping, although what came afterwards may have failed
};

/// Where a run stands, as far as the loop itself is concerned.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t batch = 0;    // trained in this epoch
  bool in_epoch = false;      // epoch_begin has been received, epoch_end not
  std::uint64_t step = 0;     // optimizer steps applied
  std::uint64_t batches = 0;  // trained in all epochs: the address of dropout's random numbers
  double learning_rate = 0;   // of the step taken last, or of the first one of an epoch that begins
};

class Trainer {
 public:
  /// Builds the model and, after `before_plugins`, every plugin. `folder` is the run's, where outputs go. `values`: zero where
  /// load_weights or restore comes next. Throws manifest::ManifestError, data::DataError, nn::ShapeError, host::LoadError or
  /// host::CallError, before anything is trained.
  Trainer(Plan plan, std::filesystem::path folder, host::Log& log, nn::InitialValues values = nn::InitialValues::drawn,
          const std::function<void()>& before_plugins = {});
  /// For what comes after training: nothing is read, the data are what `recorded` says of them, and batches of test() and
  /// predict() come from data sets of at most `rows` rows. Weights are to be loaded; fit() is not for it. Throws likewise.
  Trainer(Plan plan, RunData recorded, std::int64_t rows, std::filesystem::path folder, host::Log& log);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  const Plan& plan() const { return plan_; }
  const RunData& data() const { return data_; }
  const nn::Model& model() const { return *model_; }
  /// 0 where it differs from epoch to epoch.
  std::uint64_t steps_per_epoch() const;

  /// Goes on from a full checkpoint; before fit(). Throws store::StoreError, CallError or std::runtime_error where it does
  /// not fit.
  void restore(const std::filesystem::path& checkpoint);
  /// Where the run stood that a file was saved from; empty for weights alone. Throws store::StoreError for a damaged file.
  static std::optional<Position> position_in(const std::filesystem::path& checkpoint);
  /// Weights only (and from any file that has them under the parameters' names). Throws likewise.
  void load_weights(const std::filesystem::path& file);
  void load_weights(const store::TensorReader& file, const std::filesystem::path& path);  // path: for errors
  void save_weights(const std::filesystem::path& file);
  /// The same from another thread while a plugin's call holds up the one that trains. False, and nothing is written, where the
  /// model holds no weights worth keeping, or where held_up() is false when they have been copied. Throws store::StoreError.
  bool save_weights_meanwhile(const std::filesystem::path& file, const std::function<bool()>& held_up);

  /// Called at the end of each epoch in which no plugin has written to the screen: (epoch from 0, its numbers).
  void on_epoch_without_progress(std::function<void(std::uint64_t, const NamedScalars&)> tell) { tell_epoch_ = std::move(tell); }
  /// "val_loss" or "loss": what the best epoch has the lowest of.
  const char* compared_by() const { return data_.validation.count > 0 ? "val_loss" : "loss"; }
  /// The run ends where this is requested; it outlives fit().
  void obey(const Interrupt& interrupt) { interrupt_ = &interrupt; }
  /// Trains. Plugins' failures become outcome TREINO_RUN_FAILED; every begin that was received gets its end.
  Result fit();
  /// Loss and metrics over a data set, with the test events. Names are prefixed with `prefix` ("test_").
  std::vector<std::pair<std::string, double>> test(const data::Dataset& dataset, const std::string& prefix);
  /// The metrics' tables, as they were at the end of the last pass of each kind.
  const host::Tables& tables() { return session_.tables(); }
  /// What metrics have to show of the last test beside their numbers: (metric's name, text), for those that have.
  std::vector<std::pair<std::string, std::string>> reports();
  /// Gives every batch's outputs to `take` (row of the data set, outputs), with the predict events.
  using Take = std::function<void(std::uint32_t, std::span<const float>)>;
  void predict(const data::Dataset& dataset, const Take& take);
  /// What the model's outputs are: as the loss takes them, or as the last layer makes them.
  const treino_problem& problem() const { return problem_; }

 private:
  struct Scope {  // the numbers of one pass through data: the loss and the metrics' values
    std::uint32_t loss = 0;
    std::vector<std::uint32_t> values, tables;
  };

  // setup.cpp
  enum class Use { training, afterwards };
  Trainer(Plan&& plan, RunData data, Use use, std::int64_t rows, std::filesystem::path folder, host::Log& log,
          nn::InitialValues values, const std::function<void()>& before_plugins);
  std::int64_t batch_capacity(std::int64_t rows) const;
  void build_model(std::int64_t rows, nn::InitialValues values);
  std::uint64_t batches_per_epoch() const;
  data::BatchOptions training_options() const;
  void build_plugins();
  void describe_problem();
  void check_momentum();
  void prepare_losses_and_metrics();
  host::Instance& create(const PlannedPlugin& plugin);
  void check_outputs(manifest::Faults& faults) const;
  void check_accumulation() const;
  void state_problem_for_metrics();
  Scope add_numbers(const std::string& prefix);

  // loop.cpp
  void begin();
  void begin_epoch();
  void train_epoch();
  bool next_batch(data::Batches& batches, data::Batch& batch, std::uint64_t number, unsigned fetch_begin);
  void train_batch(const data::Batch& batch);
  void scale_batch_gradient(const treino_loss_value& loss, std::span<float> gradient, bool first_of_group);
  void finish_group_gradient();
  void apply_step();
  void validate();
  void end_epoch();
  NamedScalars measured();
  void compare_with_best(std::uint64_t epoch);
  void end(Result& result);
  void tell_of_failure(const std::string& reason);
  void close_after_failure(std::uint32_t outcome, const std::string& reason);
  void afterwards(const std::function<void()>& action);
  struct PassEvents {  // each is followed by its end
    unsigned begin, batch_begin, fetch_begin;
  };
  void pass(const data::Dataset& dataset, const Scope& scope, const PassEvents& events);
  void predict_all(const data::Dataset& dataset, const Take& take);
  void fire(unsigned event) { session_.fire(event_, event); }
  void clear_batch_fields();  // between events: moment_ without a batch
  void safe_point();
  void roll_back(const std::string& reason);
  std::int64_t evaluation_batch_size() const {
    const manifest::DataSection& section = plan_.manifest.data;
    return std::min(section.evaluation_batch_size > 0 ? section.evaluation_batch_size : section.batch_size, capacity_);
  }
  bool stopping() const { return stop_.has_value(); }
  int interrupted() const { return interrupt_ == nullptr ? 0 : interrupt_->received(); }
  void start_numbers(const Scope& scope);
  void finish_numbers(const Scope& scope);
  void warn_of_nan();
  std::string damaged_weights(const ModelBackend::WeightSet* set);
  void warn_of_predictions(std::uint64_t bad, std::int64_t all);

  // trial_steps.cpp
  void trial_steps(std::uint64_t steps, host::Backend::Next next, void* context);
  void end_interrupted_trial();
  bool estimate_statistics();

  // saves.cpp
  void process_save_requests();
  bool save_async(const host::Requests::Save& wanted);
  void finish_pending_save(bool wait);
  void answer_save(host::Instance& who, const std::string& path, const std::string& failure);

  // state.cpp
  struct Saved {  // what a checkpoint is made of; the tensors point into the run, or into `bytes`
    std::vector<store::StoredTensor> tensors;
    store::Metadata metadata;
    std::vector<std::vector<unsigned char>> states;
    std::vector<std::byte> bytes;
    /// Copies what the tensors point into, so that the run can go on; into the memory that `bytes` has, if it fits. Large sets of
    /// weights are left where they stand: whether there are any, which are to be lent until they are written.
    bool own();
  };
  /// `weights`: empty for those being trained, null for whatever is in the model.
  Saved collect(bool everything, const std::string* weights = nullptr);
  void save_everything(const std::filesystem::path& path);
  void restore_optimizer(const store::TensorReader& file, const std::filesystem::path& path);
  void restore_base_rate(double saved, std::optional<double> of_manifest);
  void compare_schedule(const host::LearningRate::Schedule& before);
  std::string digest_of(const std::string& instance) const;
  void save(const std::filesystem::path& path, bool everything, const std::string* weights = nullptr);
  void record_checkpoint(const std::filesystem::path& path);

  Plan plan_;
  std::filesystem::path folder_;
  std::string folder_text_;
  RunData data_;
  const Use use_;
  std::vector<const char*> class_names_;
  treino_problem problem_{};
  std::int64_t capacity_ = 0;  // samples of the largest batch
  std::optional<nn::Model> model_;
  std::optional<nn::Optimizer> optimizer_;
  host::Session session_;
  std::optional<ModelBackend> backend_;
  host::Instance* loss_ = nullptr;
  std::vector<host::Instance*> metrics_;
  std::map<std::string, std::string> digests_;  // of instances' parameters, by name
  std::optional<LossAndMetrics> measure_;
  std::optional<data::Batches> batches_;  // of training; none afterwards
  std::optional<BatchViews> views_;
  Scope training_scope_, validation_scope_;
  std::map<std::string, Scope> test_scopes_;  // by prefix
  const Scope* live_scope_ = nullptr;
  struct SaveUnderWay {
    host::Instance* who;
    std::string path;
    bool awaited;  // by the ends of epochs
    std::shared_ptr<Saved> saved;
    std::future<std::string> failure;  // empty where all went well
  };
  std::optional<SaveUnderWay> save_under_way_;
  std::vector<std::byte> memory_for_saves_;  // of the last one, for the next

  const Interrupt* interrupt_ = nullptr;
  std::function<void(std::uint64_t, const NamedScalars&)> tell_epoch_;
  std::optional<BestEpoch> best_;
  treino_event_info event_{};
  Position position_;
  std::optional<host::Requests::Stop> stop_;
  bool resumed_ = false, run_open_ = false, afterwards_open_ = false, warned_of_nan_ = false, batch_open_ = false,
       batch_end_due_ = false, began_ = false, failure_told_ = false;
  std::atomic<bool> in_trial_{false};  // the model holds weights that will be taken back
  bool trial_interrupted_ = false;
  std::optional<unsigned> open_fetch_, open_pass_;  // the event that ends it
  double first_weight_ = 0, group_weight_ = 0;  // of the batches whose gradients are being accumulated; no group is saved half
};

}  // namespace treino::train
