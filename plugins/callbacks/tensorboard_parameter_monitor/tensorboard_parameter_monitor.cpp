// Histograms of all parameters, and of their gradients if wanted, as TensorBoard shows them over the epochs. Name and parameters
// are TorchTNT's. Tags: Parameters/<layer>/<name>, Gradients/<layer>/<name>.
#include <tensorboard.pb.h>

#include <atomic>
#include <chrono>
#include <treino/callback.hpp>
#include <treino/tensor.hpp>

#include "shared/files/recorder.hpp"
#include "shared/tensorboard/tensorboard.hpp"

namespace {

using treino::Event;
using Record = treino::events::Event;  // TensorBoard calls it Event

constexpr std::uint64_t memory = std::uint64_t{64} << 20;  // bytes of copies that may wait for the worker

/// A copy that the worker makes a histogram of.
struct Array {
  std::string tag;
  std::vector<float> values;
};

/// Of one epoch.
struct Job {
  Record record;
  std::vector<Array> arrays;
};

Record record_at(std::uint64_t step) {
  Record record;
  record.set_wall_time(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  record.set_step(static_cast<std::int64_t>(step));
  return record;
}

class TensorBoardParameterMonitor final : public treino::Callback {
 public:
  explicit TensorBoardParameterMonitor(const treino::Setup& setup)
      : Callback(setup),
        folder_(setup.get<std::string>("log_dir")),
        every_(static_cast<std::uint64_t>(setup.get<std::int64_t>("every_n_epochs"))),
        gradients_(setup.get<bool>("gradients")) {
    host().claim_output((std::filesystem::path(folder_) / "parameters").string());
  }

  std::uint64_t wanted() const override { return ~(gradients_ ? std::uint64_t{0} : std::uint64_t{1} << TREINO_STEP_END); }

  /// A file that cannot be written is found here, before the first batch.
  void on_run_begin(const Event& event) override {
    file_.emplace(std::filesystem::path(folder_) / "parameters");
    Record version = record_at(0);
    version.set_file_version("brain.Event:2");
    file_->add(version.SerializeAsString());
    // The first of a folder is a beginning; every further one voids what is there from its epoch on.
    Record start = record_at(event.epoch);
    start.mutable_session_log()->set_status(treino::events::SessionLog::START);
    file_->add(start.SerializeAsString());
    file_->flush();
    typename treino::Worker<Job>::Options options;
    options.capacity = treino::tensorboard::copies_within(memory, weight_bytes() * (gradients_ ? 2 : 1));
    options.items = "epochs of histograms";
    options.rest = treino::SyncPolicy::rest;
    worker_ = std::make_unique<treino::Worker<Job>>(host(), options, [this](Job* first, Job* last) { work(first, last); });
  }

  void on_step_end(const Event&) override { trained_ = true; }

  void on_epoch_end(const Event& event) override {
    const bool cut = treino::outcome_of(event) == treino::Outcome::failed ||
                     treino::outcome_of(event) == treino::Outcome::interrupted;  // will be run again
    if (!worker_ || cut || (event.epoch + 1) % every_ != 0) return;
    const std::string failure = worker_->failure();
    if (!failure.empty()) throw std::runtime_error(failure);
    worker_->put([&](Job& job) {  // waits where the worker is too far behind
      job.record = record_at(event.epoch);
      copy_all(job.arrays);
    });
  }

  void on_run_end(const Event&) override {
    if (!worker_) return;
    worker_->close();
    const std::string failure = worker_->failure();
    worker_.reset();
    if (failure.empty()) disk_.sync();
    file_.reset();
    if (!failure.empty()) throw std::runtime_error(failure);
  }

  /// What a checkpoint says to have happened is in the file.
  void save(treino::Writer&) const override {
    if (worker_) worker_->flush();
  }
  void load(treino::Reader&, std::uint32_t) override {}

 private:
  void copy_all(std::vector<Array>& arrays) const {
    arrays.clear();
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) {
      const std::string name = host().parameter_name(i);
      arrays.push_back({"Parameters/" + name, copy(host().parameter(i))});
      // Right after a resume there is no gradient yet.
      const auto gradient = gradients_ && trained_ ? host().gradient(i) : std::nullopt;
      if (gradient) arrays.push_back({"Gradients/" + name, copy(*gradient)});
    }
  }
  std::uint64_t weight_bytes() const {
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      bytes += sizeof(float) * static_cast<std::uint64_t>(treino::size_of(host().parameter(i)));
    return bytes;
  }
  static std::vector<float> copy(const treino_tensor& view) {
    const treino::Elements<const float> elements(view);
    std::vector<float> values(static_cast<std::size_t>(elements.size()));
    for (std::int64_t i = 0; i < elements.size(); ++i) values[static_cast<std::size_t>(i)] = elements[i];
    return values;
  }

  /// On the worker's thread.
  void work(Job* first, Job* last) {
    if (first == last) return disk_.sync();
    for (Job* job = first; job != last; ++job) {
      for (const Array& array : job->arrays) {
        treino::tensorboard::Histogram histogram;
        histogram.add(array.values.data(), array.values.size());
        if (histogram.not_finite() > 0)
          host().warn(std::to_string(histogram.not_finite()) + " values of " + array.tag +
                      " are not finite and not in its histogram of epoch " + std::to_string(job->record.step()));
        auto* value = job->record.mutable_summary()->add_value();
        value->set_tag(array.tag);
        histogram.fill(*value->mutable_histo());
      }
      file_->add(job->record.SerializeAsString());
    }
    file_->flush();
    file_->expect_there();
    disk_.wrote();
  }

  std::string folder_;
  std::uint64_t every_;
  bool gradients_;

  bool trained_ = false;                                // since this part of the run began
  std::optional<treino::tensorboard::EventFile> file_;  // the worker's while it is there
  treino::SyncPolicy disk_{false, [this] { file_->sync(); }};
  std::unique_ptr<treino::Worker<Job>> worker_;
};

}  // namespace

TREINO_PLUGIN(TensorBoardParameterMonitor, R"toml(
kind = "callback"
id = "tensorboard_parameter_monitor"
version = "1.1.0"
summary = "Writes histograms of all parameters for TensorBoard."
phase = "report"
events = ["run_begin", "step_end", "epoch_end", "run_end"]
help = """
Writes event files into <log_dir>/parameters, where TensorBoard shows them as a run beside those of `tensorboard`:
Parameters/<layer>/<name> and, with gradients = true, Gradients/<layer>/<name> (of the epoch's last step, as the optimizer got
them). The step is the epoch, from 0. A thread of its own counts and writes; where it cannot write, the next event fails with the
reason. Up to 64 MB of copies wait for it; where there is no room for one more, the run waits. The thread forces the file onto the
disk once per second at most, and at the end of the run. A resumed run continues in a new file and tells TensorBoard that epochs from there
on are void in the old one. Buckets are TensorBoard's: each a
tenth wider than the one before. A checkpoint waits for what was handed to the thread before it.
"""

[parameters.every_n_epochs]
type = "int"
default = 1
min = 1
doc = "epochs from one set of histograms to the next"

[parameters.gradients]
type = "bool"
default = false
doc = "of the gradients too"

[parameters.log_dir]
type = "output"
folder = true
default = "logs"
doc = "the folder; files are written to parameters in it"
)toml")
