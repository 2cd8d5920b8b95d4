// Event files for TensorBoard: the run's numbers by epoch and, if wanted, by step, the learning rate, histograms and pictures of
// weights and gradients, and the graph of the layers. Name and parameters are Keras'. Look at them with: tensorboard --logdir
// <run folder>
#include "shared/tensorboard/tensorboard.hpp"

#include <tensorboard.pb.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <treino/callback.hpp>
#include <treino/tensor.hpp>

#include "graph.hpp"
#include "image.hpp"
#include "profiled_batches.hpp"
#include "shared/files/recorder.hpp"

namespace event_files {
namespace {

using treino::Event;
using Record = treino::events::Event;  // TensorBoard calls it Event
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t memory = std::uint64_t{64} << 20;  // bytes of weights that may wait for the worker

double wall_time() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

Record record_at(std::uint64_t step, double time = wall_time()) {
  Record record;
  record.set_wall_time(time);
  record.set_step(static_cast<std::int64_t>(step));
  return record;
}

void add(Record& record, const std::string& tag, double value) {
  auto* added = record.mutable_summary()->add_value();
  added->set_tag(tag);
  added->set_simple_value(static_cast<float>(value));
}

/// What the training thread hands over: values as they are. The worker makes records of them.
struct Job {
  enum Kind : std::uint8_t { after_step, after_epoch, weights, table, trace };
  Kind kind = after_step;
  std::uint64_t step = 0, epoch = 0;
  double time = 0, rate = 0;
  std::optional<double> steps_per_second;
  std::vector<double> values;        // of the run's scalars, in their order
  std::vector<unsigned char> there;  // whether each of them has one
  std::vector<Array> arrays;         // weights
  Table picture;
  treino::trace::Recording recording;
};

/// One of the run's scalars.
struct Scalar {
  bool validation = false, test = false;
  std::string epoch_tag, batch_tag;
};

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
        disk_(setup.get<std::string>("sync") == "every_epoch", [this] { sync(); }) {
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
    begin_file(train_, "train", event);
    if (host().run().validation_samples > 0) begin_file(validation_, "validation", event);
    if (write_graph_ && event.resumed == 0) {
      Record record = record_at(event.step);
      record.set_graph_def(graph_of(host()));
      train_->add(record.SerializeAsString());
      train_->flush();
    }
    name_scalars();
    last_.assign(scalars_.size(), std::nullopt);
    typename treino::Worker<Job>::Options options;
    options.capacity = treino::items_within_memory(sizeof(Job) + 9 * scalars_.size());
    options.rest = treino::SyncPolicy::rest;
    options.linger = treino::SyncPolicy::linger;
    options.items = "records";
    worker_ = std::make_unique<treino::Worker<Job>>(host(), options, [this](Job* first, Job* last) { work(first, last); });
    if (histogram_freq_ > 0) limit_copies();
    begin_clock(event);
    profile_.begin(host(), event);
  }

  void on_epoch_begin(const Event& event) override { begin_clock(event); }
  void on_batch_begin(const Event&) override { end_profile(false); }
  void on_batch_end(const Event& event) override { profile_.after_batch(host(), event); }
  void on_validation_begin(const Event&) override { end_profile(false); }

  void on_step_end(const Event& event) override {
    trained_ = true;
    if (!worker_ || update_freq_ == 0 || event.step % update_freq_ != 0) return;
    check();
    std::optional<double> speed;
    if (write_steps_per_second_) {
      speed = steps_per_second(event.step, batch_begun_, batch_step_);
      batch_begun_ = Clock::now();
      batch_step_ = event.step;
    }
    hand_over_values(Job::after_step, event, speed);
  }

  void on_epoch_end(const Event& event) override {
    end_profile(false);
    // An interrupted epoch is continued with by `treino resume`, and has its numbers then.
    if (!worker_ || treino::outcome_of(event) == treino::Outcome::failed ||
        treino::outcome_of(event) == treino::Outcome::interrupted)
      return;
    check();
    std::optional<double> speed;
    if (write_steps_per_second_) speed = steps_per_second(event.step, epoch_begun_, epoch_step_);
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
    if (failure.empty()) disk_.sync();
    train_.reset();
    validation_.reset();
    if (!failure.empty()) throw std::runtime_error(failure);
  }

  /// What a checkpoint says to have happened is in the files.
  void save(treino::Writer&) const override {
    if (worker_) worker_->flush();
  }
  void load(treino::Reader&, std::uint32_t) override {}

 private:
  static bool starts_with(const std::string& text, const char* head) { return text.compare(0, std::strlen(head), head) == 0; }
  static bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }
  static std::uint64_t frequency(const treino::Setup& setup) {
    if (setup.is_integer("update_freq")) return setup.get<std::uint64_t>("update_freq");
    return setup.get<std::string>("update_freq") == "batch" ? 1 : 0;
  }

  void begin_file(std::optional<treino::tensorboard::EventFile>& file, const char* name, const Event& event) const {
    file.emplace(std::filesystem::path(folder_) / name);
    Record version = record_at(0);
    version.set_file_version("brain.Event:2");
    file->add(version.SerializeAsString());
    // The first of a folder is a beginning; every further one voids what is there from its step, the next to be written, on.
    Record start = record_at(event.resumed == 0 ? 0 : event.step + 1);
    start.mutable_session_log()->set_status(treino::events::SessionLog::START);
    file->add(start.SerializeAsString());
    file->flush();
  }

  void limit_copies() {
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      bytes += sizeof(float) * static_cast<std::uint64_t>(treino::size_of(host().parameter(i)));
    copies_allowed_ = treino::tensorboard::copies_within(memory, bytes * (gradients_ ? 2 : 1));
  }

  void begin_clock(const Event& event) {
    epoch_begun_ = batch_begun_ = Clock::now();
    epoch_step_ = batch_step_ = event.step;
  }
  static double steps_per_second(std::uint64_t step, Clock::time_point begun, std::uint64_t from) {
    return static_cast<double>(step - from) / std::max(1e-9, std::chrono::duration<double>(Clock::now() - begun).count());
  }

  void name_scalars() {
    scalars_.clear();
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number) {
      const std::string name = host().name(number);
      const bool validation = starts_with(name, "val_");
      scalars_.push_back({validation, starts_with(name, "test_"), "epoch_" + (validation && validation_ ? name.substr(4) : name),
                          "batch_" + name});
    }
  }

  // All of these wait where the worker is too far behind: a record that is not written is lost.

  void hand_over_values(Job::Kind kind, const Event& event, std::optional<double> steps_per_second) {
    worker_->put([&](Job& job) {
      job.kind = kind;
      job.step = event.step;
      job.epoch = event.epoch;
      job.time = wall_time();
      job.rate = event.learning_rate;
      job.steps_per_second = steps_per_second;
      job.values.resize(scalars_.size());
      job.there.resize(scalars_.size());
      for (treino::Scalar number = 0; number < scalars_.size(); ++number) {
        const std::optional<double> value = host().value(number);
        job.there[number] = value ? 1 : 0;
        job.values[number] = value.value_or(0);
      }
    });
  }

  void hand_over_table(const treino_table& table, std::uint64_t epoch) {
    const std::string name = table.name;
    if (table.rows * table.columns == 0 || starts_with(name, "test_")) return;
    worker_->put([&](Job& job) {
      job.kind = Job::table;
      job.epoch = epoch;
      job.time = wall_time();
      job.picture = {name, *table.column_kind != '\0', table.rows, table.columns, {}};
      const auto* values = table.values;
      job.picture.values.assign(values, values + table.rows * table.columns);
    });
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
    if (copies_ >= copies_allowed_) worker_->wait();
    std::vector<Array> arrays;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) {
      arrays.push_back({host().parameter_name(i), {}, {}, true, write_images_});
      copy(host().parameter(i), arrays.back());
      // Right after a resume there is no gradient yet.
      const auto gradient = gradients_ && trained_ ? host().gradient(i) : std::nullopt;
      if (!gradient) continue;
      arrays.push_back({host().parameter_name(i) + "/gradient", {}, {}, true, false});
      copy(*gradient, arrays.back());
    }
    ++copies_;
    worker_->put([&](Job& job) {
      job.kind = Job::weights;
      job.epoch = epoch;
      job.time = wall_time();
      job.arrays = std::move(arrays);
    });
  }

  // On the worker's thread:

  void work(Job* first, Job* last) {
    if (first == last) return disk_.sync();
    for (Job* job = first; job != last; ++job) record(*job);
    train_->flush();
    train_->expect_there();
    if (validation_) validation_->flush(), validation_->expect_there();
    disk_.wrote();
  }

  void record(Job& job) {
    switch (job.kind) {
      case Job::after_step:
        return record_step(job);
      case Job::after_epoch:
        return record_epoch(job);
      case Job::table:
        return record_table(std::exchange(job.picture, {}), record_at(job.epoch, job.time));
      case Job::weights:
        return record_weights(std::exchange(job.arrays, {}), record_at(job.epoch, job.time));
      case Job::trace: {
        const treino::trace::Recording recording = std::exchange(job.recording, {});
        treino::replace_file(recording.path, treino::trace::text(recording, treino::trace::nested(recording.spans)));
      }
    }
  }

  void record_step(const Job& job) {
    Record record = record_at(job.step, job.time);
    for (std::size_t i = 0; i < scalars_.size(); ++i) {
      if (job.there[i] == 0 || scalars_[i].validation || scalars_[i].test) continue;
      if (last_[i] && same(*last_[i], job.values[i])) continue;  // not given again since
      last_[i] = job.values[i];
      add(record, scalars_[i].batch_tag, job.values[i]);
    }
    add(record, "learning_rate", job.rate);
    if (job.steps_per_second) add(record, "batch_steps_per_second", *job.steps_per_second);
    train_->add(record.SerializeAsString());
  }

  void record_epoch(const Job& job) {
    Record train = record_at(job.epoch, job.time), validation = train;
    for (std::size_t i = 0; i < scalars_.size(); ++i)
      if (job.there[i] != 0 && !scalars_[i].test)
        add(scalars_[i].validation && validation_ ? validation : train, scalars_[i].epoch_tag, job.values[i]);
    if (job.steps_per_second) add(train, "epoch_steps_per_second", *job.steps_per_second);
    if (update_freq_ == 0) {
      Record rate = record_at(job.step, job.time);
      add(rate, "learning_rate", job.rate);
      train_->add(rate.SerializeAsString());
    }
    train_->add(train.SerializeAsString());
    if (validation_) validation_->add(validation.SerializeAsString());
  }

  void record_table(const Table& table, Record record) {
    const bool validation = starts_with(table.name, "val_") && validation_;
    add_array(record, table.image("epoch_" + (validation ? table.name.substr(4) : table.name)));
    (validation ? *validation_ : *train_).add(record.SerializeAsString());
  }

  void record_weights(const std::vector<Array>& arrays, Record record) {
    for (const Array& array : arrays) add_array(record, array);
    --copies_;
    train_->add(record.SerializeAsString());
  }

  void sync() {
    treino::Syncs syncs;
    train_->join(syncs);
    if (validation_) validation_->join(syncs);
    syncs.finish();
    train_->expect_there();
    if (validation_) validation_->expect_there();
  }

  void add_array(Record& record, const Array& array) const {
    if (array.histogram) add_histogram(record, array);
    if (!array.image || array.values.empty()) return;
    auto* value = record.mutable_summary()->add_value();
    value->set_tag(array.name + (array.histogram ? "/image" : ""));
    draw(array, *value->mutable_image());
  }
  void add_histogram(Record& record, const Array& array) const {
    treino::tensorboard::Histogram histogram;
    histogram.add(array.values.data(), array.values.size());
    if (histogram.not_finite() > 0)
      host().warn(std::to_string(histogram.not_finite()) + " values of " + array.name +
                  " are not finite and not in its histogram of epoch " + std::to_string(record.step()));
    auto* value = record.mutable_summary()->add_value();
    value->set_tag(array.name + "/histogram");
    histogram.fill(*value->mutable_histo());
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
  std::vector<Scalar> scalars_;
  std::vector<std::optional<double>> last_;  // the worker's: of each scalar, what was last written by step
  Clock::time_point epoch_begun_, batch_begun_;
  std::uint64_t epoch_step_ = 0, batch_step_ = 0;
  std::atomic<std::size_t> copies_{0};  // of the weights, on their way
  std::size_t copies_allowed_ = 2;
  std::optional<treino::tensorboard::EventFile> train_, validation_;  // the worker's while it is there
  treino::SyncPolicy disk_;
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

[parameters.log_dir]
type = "output"
folder = true
default = "logs"
doc = "the folder"

[parameters.histogram_freq]
type = "int"
default = 0
min = 0
doc = "epochs from one set of histograms to the next; 0: none"

[parameters.gradients]
type = "bool"
default = false
doc = "histograms of the gradients too"

[parameters.write_graph]
type = "bool"
default = true
doc = "the layers as a graph"

[parameters.write_images]
type = "bool"
default = false
doc = "the weights as images, as often as histograms"

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
doc = "numbers by epoch only, after every step too, or after every so many steps"
)toml")
