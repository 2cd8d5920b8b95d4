// Event files for TensorBoard: the run's scalars by epoch and, if wanted, by step, the learning rate, histograms and pictures of
// weights and gradients, and the graph of the layers. Name and parameters are Keras'. Look at them with: tensorboard --logdir
// <run folder>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <treino/callback.hpp>
#include <treino/kit/worker.hpp>
#include <vector>

#include "image.hpp"
#include "job.hpp"
#include "profiled_batches.hpp"
#include "step_clock.hpp"
#include "writer.hpp"

namespace event_files {
namespace {

using treino::Event;

constexpr std::uint64_t memory = std::uint64_t{64} << 20;  // bytes of weights that may wait for the worker

class TensorBoard final : public treino::Callback {
 public:
  explicit TensorBoard(const treino::Setup& setup)
      : Callback(setup),
        folder_(setup.get<std::string>("log_dir")),
        histogram_freq_(static_cast<std::uint64_t>(setup.get<std::int64_t>("histogram_freq"))),
        gradients_(setup.get<bool>("gradients")),
        write_graph_(setup.get<bool>("write_graph")),
        write_images_(setup.get<bool>("write_images")),
        write_steps_per_second_(setup.get<bool>("write_steps_per_second")),
        update_freq_(frequency(setup)),
        profile_(setup.get<std::vector<std::int64_t>>("profile_batch")),
        writer_(host(), folder_, setup.get<std::string>("sync") == "every_epoch", update_freq_ == 0) {
    if (histogram_freq_ == 0 && (write_images_ || gradients_))
      throw std::invalid_argument(std::string(write_images_ ? "write_images" : "gradients") +
                                  " = true needs histogram_freq: after how many epochs?");
    if (write_graph_ || histogram_freq_ > 0) TREINO_REQUIRE_SERVICE(host(), TREINO_MODEL_SERVICE);
    if (profile_.wanted()) TREINO_REQUIRE_SERVICE(host(), TREINO_PROFILE_SERVICE);
    for (const char* name : {"train", "validation"}) host().claim_output((std::filesystem::path(folder_) / name).string());
  }

  std::uint64_t wanted() const override {
    const auto bit = [](unsigned record) { return std::uint64_t{1} << record; };
    std::uint64_t unused = update_freq_ == 0 && !gradients_ ? bit(TREINO_STEP_END) : 0;
    if (!profile_.wanted()) unused |= bit(TREINO_BATCH_BEGIN) | bit(TREINO_BATCH_END) | bit(TREINO_VALIDATION_BEGIN);
    return ~unused;
  }

  /// Files that cannot be written are found here, before the first batch.
  void on_run_begin(const Event& event) override {
    writer_.begin(event);
    if (write_graph_ && event.resumed == 0 && host().layer_count() > 0) writer_.write_graph(event);
    typename treino::Worker<Job>::Options options;
    options.capacity = treino::items_within_memory(sizeof(Job) + treino::ScalarValues::bytes * writer_.scalar_count());
    options.rest = treino::SyncPolicy::rest;
    options.linger = treino::SyncPolicy::linger;
    options.items = "records";
    worker_ =
        std::make_unique<treino::Worker<Job>>(host(), options, [this](Job* first, Job* last) { writer_.work(first, last); });
    if (histogram_freq_ > 0)
      copies_allowed_ = treino::tensorboard::copies_within(memory, weight_bytes(host()) * (gradients_ ? 2 : 1));
    epoch_clock_ = batch_clock_ = StepClock(event.step);
    profile_.begin(host(), event);
  }

  void on_epoch_begin(const Event& event) override { epoch_clock_ = batch_clock_ = StepClock(event.step); }
  void on_batch_begin(const Event&) override { end_profile(false); }
  void on_batch_end(const Event& event) override { profile_.after_batch(host(), event); }
  void on_validation_begin(const Event&) override { end_profile(false); }

  void on_step_end(const Event& event) override {
    trained_ = true;
    if (!worker_ || update_freq_ == 0 || event.step % update_freq_ != 0) return;
    check();
    std::optional<double> speed;
    if (write_steps_per_second_) {
      speed = batch_clock_.steps_per_second(event.step);
      batch_clock_ = StepClock(event.step);
    }
    hand_over_values(Job::after_step, event, speed);
  }

  void on_epoch_end(const Event& event) override {
    end_profile(false);
    // An interrupted epoch is continued with by `treino resume`, and has its scalars then.
    if (!worker_ || treino::outcome_of(event) == treino::Outcome::failed ||
        treino::outcome_of(event) == treino::Outcome::interrupted)
      return;
    check();
    std::optional<double> speed;
    if (write_steps_per_second_) speed = epoch_clock_.steps_per_second(event.step);
    hand_over_values(Job::after_epoch, event, speed);
    for (std::uint32_t i = 0; i < host().table_count(); ++i)
      if (const auto table = host().table(i)) hand_over_table(*table, event.epoch);
    if (histogram_freq_ > 0 && event.epoch % histogram_freq_ == 0) hand_over_weights(event.epoch);
  }

  void on_run_end(const Event&) override {
    if (!worker_) return;
    end_profile(true);
    worker_->finish();
    const std::string failure = worker_->failure();
    writer_.end(failure.empty());
    if (!failure.empty()) throw std::runtime_error(failure);
  }

  /// What a checkpoint says to have happened is in the files.
  void save(treino::Writer&) const override {
    if (worker_) worker_->flush();
  }
  void load(treino::Reader&, std::uint32_t) override {}

 private:
  static std::uint64_t frequency(const treino::Setup& setup) {
    if (setup.is_integer("update_freq")) return setup.get<std::uint64_t>("update_freq");
    return setup.get<std::string>("update_freq") == "batch" ? 1 : 0;
  }

  // All of these wait where the worker is too far behind: a record that is not written is lost.

  void hand_over_values(Job::Kind kind, const Event& event, std::optional<double> steps_per_second) {
    worker_->put([&](Job& job) {
      job.kind = kind;
      job.steps_per_second = steps_per_second;
      set_values(job, host(), event, writer_.scalar_count());
    });
  }

  void hand_over_table(const treino_table& table, std::uint64_t epoch) {
    const std::string name = table.name;
    if (table.rows * table.columns == 0 || starts_with(name, "test_")) return;
    worker_->put([&](Job& job) { set_table(job, table, epoch); });
  }

  void end_profile(bool at_once) {
    if (!worker_ || !(at_once ? profile_.recording() : profile_.ended())) return;
    treino::trace::Recording recording = profile_.end(host());
    recording.path = (std::filesystem::path(folder_) / "train" / profile_.file_name()).string();
    worker_->put([&](Job& job) {
      job.kind = Job::trace;
      job.recording = std::move(recording);
    });
  }

  void hand_over_weights(std::uint64_t epoch) {
    if (writer_.copies() >= copies_allowed_) worker_->wait();
    // Right after a resume there is no gradient yet.
    std::vector<Array> arrays = weights_of(host(), write_images_, gradients_ && trained_);
    writer_.expect_copy();
    worker_->put([&](Job& job) {
      job.kind = Job::weights;
      job.epoch = epoch;
      job.time = wall_time();
      job.arrays = std::move(arrays);
    });
  }

  void check() {
    const std::string failure = worker_->failure();
    if (!failure.empty()) throw std::runtime_error(failure);
  }

  std::string folder_;
  std::uint64_t histogram_freq_;
  bool gradients_, write_graph_, write_images_, write_steps_per_second_;
  std::uint64_t update_freq_;  // 0: by epoch

  ProfiledBatches profile_;

  bool trained_ = false;
  StepClock epoch_clock_, batch_clock_;
  std::size_t copies_allowed_ = 2;
  Writer writer_;  // the worker's while it is there
  std::unique_ptr<treino::Worker<Job>> worker_;
};

}  // namespace
}  // namespace event_files

TREINO_PLUGIN(event_files::TensorBoard, R"toml(
kind = "callback"
id = "tensorboard"
version = "1.2.0"
summary = "Writes event files for TensorBoard: scalars, histograms, images, graph."
phase = "report"
events = ["run_begin", "epoch_begin", "batch_begin", "batch_end", "validation_begin", "step_end", "epoch_end", "run_end"]
help = """
Folders train and validation under log_dir. By epoch (from 0): epoch_<number>, those of validation without their val_;
<parameter>/histogram, <parameter>/gradient/histogram (of the epoch's last step), <parameter>/image (blue below zero, red above;
kernels beside each other, a row a filter); of the tables of metrics an image, epoch_<table>, with a row of squares for each row (the
deeper the red the larger the value). By step, counted over the whole run: learning_rate and, with update_freq,
batch_<number>, the running value that everybody sees; a value that has not changed is not repeated.
The files are written by a thread of their own, at most 0.01 s later; where it cannot write, the next event fails with the reason, and
what was written stays whole. No record is left out: where the thread is too far behind, the run waits. Checkpoints wait until all is
written, so that nothing is lost when the run is killed; the thread forces the files onto the disk once per second at most, when it has
nothing to write, and at checkpoints, so that a power cut takes at most what came since then; the end of the run waits for that. sync = "every_epoch" does so
each time something is written.
The step is the run's own and continues across a resume; a checkpoint waits for what was handed to the thread before it. A resumed
run writes new files, and tells TensorBoard (SessionLog START) that steps of the old ones from there on are void. Rows by epoch
that a killed run wrote after its last checkpoint are there twice, with the same values. An interrupted epoch has its rows when
the run has continued with it.
profile_batch = 5, or [10, 20], records where the time of these batches goes (counted over the run from 1 on, both ends included; 0:
none): train/batches_10_to_20.trace.json beside the event file, Chrome's trace events, for Perfetto or chrome://tracing, since
TensorBoard's own profile page reads TensorFlow's traces only. While it records, the loop reads the clock twice for each piece. A run that
ends among them leaves those that it had. For a picture, a table and more rounds see the callback `profiler`.
embeddings_freq and embeddings_metadata are not offered: there is no embedding layer yet.
Format: TFRecord (length, masked CRC-32C) of Event messages; plugins/shared/tensorboard/tensorboard.proto.
"""

[parameters]
log_dir = { type = "output", folder = true, default = "logs", doc = "the folder" }
histogram_freq = { type = "int", default = 0, min = 0, doc = "epochs from one set of histograms to the next; 0: none" }
gradients = { type = "bool", default = false, doc = "histograms of the gradients too" }
write_graph = { type = "bool", default = true, needs = "layers", doc = "the layers as a graph" }
write_images = { type = "bool", default = false, doc = "the weights as images, as often as histograms" }

[parameters.write_steps_per_second]
type = "bool"
default = false
doc = "epoch_steps_per_second and, with update_freq, batch_steps_per_second"

[parameters.profile_batch]
type = "list"
items = "int"
scalar = true
default = [0]
min = 0
doc = "a batch, or the first and the last of some, whose time is recorded as a trace; 0: none"

[parameters.sync]
type = "string"
default = "background"
choices = ["background", "every_epoch"]
doc = "when records are forced onto the disk: by and by, or each time"

[parameters.update_freq]
type = "string"
or = "int"
default = "epoch"
choices = ["epoch", "batch"]
min = 1
doc = "scalars by epoch only, after every step too, or after every so many steps"
)toml")
