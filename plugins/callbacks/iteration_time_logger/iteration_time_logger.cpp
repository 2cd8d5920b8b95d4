// How long a step takes, from the end of the one before to its own, and a batch of validation, test and prediction. Name and
// parameters are TorchTNT's, but the time logged at a step's end is that step's and not the one's before.
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

#include "shared/training/clock.hpp"

namespace {

using treino::Event;

/// Mean of the last few.
class MovingAverage {
 public:
  explicit MovingAverage(std::size_t size) : size_(size) {}
  void add(std::uint64_t value) {
    if (last_.size() < size_)
      last_.push_back(value);
    else
      last_[next_ % size_] = value;
    next_ = (next_ + 1) % size_;
  }
  bool empty() const { return last_.empty(); }
  std::size_t size() const { return last_.size(); }
  void clear() {
    last_.clear();
    next_ = 0;
  }
  double seconds() const {
    double sum = 0;
    for (const std::uint64_t value : last_) sum += static_cast<double>(value);
    return sum / static_cast<double>(last_.size()) * 1e-9;
  }
  void save(treino::Writer& writer) const {
    std::vector<std::uint64_t> ordered;  // the oldest first
    const std::size_t oldest = last_.size() < size_ ? 0 : next_;
    for (std::size_t i = 0; i < last_.size(); ++i) ordered.push_back(last_[(oldest + i) % last_.size()]);
    writer.write(ordered);
  }
  /// Values that another window size has left.
  void restore(const std::vector<std::uint64_t>& values) {
    clear();
    for (const std::uint64_t value : values) add(value);
  }

 private:
  std::size_t size_, next_ = 0;
  std::vector<std::uint64_t> last_;
};

class IterationTimeLogger final : public treino::Callback {
 public:
  explicit IterationTimeLogger(const treino::Setup& setup)
      : Callback(setup),
        clock_(setup.host()),
        every_(setup.get<std::uint64_t>("log_every_n_steps")),
        warmup_(setup.get<std::uint64_t>("warmup_steps")),
        steps_(setup.get<std::size_t>("moving_avg_window")),
        batches_(setup.get<std::size_t>("moving_avg_window")),
        step_time_(host().declare("iteration_time", treino::Direction::lower)),
        validation_time_(host().declare("val_iteration_time", treino::Direction::lower)) {}

  void on_run_begin(const Event&) override { begin_ = clock_.now() - std::exchange(spent_before_, 0); }
  void on_epoch_begin(const Event&) override { begin_ = clock_.now(); }

  void on_backward_end(const Event&) override { vetoed_ = true; }
  void on_step_end(const Event& event) override {
    vetoed_ = false;
    const std::uint64_t now = clock_.now(), took = now - std::exchange(begin_, now);
    if (event.step <= warmup_) return;
    steps_.add(took);
    if (event.step % every_ == 0) host().log_scalar(step_time_, steps_.seconds());
  }
  /// The time of a step that was skipped belongs to no other.
  void on_batch_end(const Event&) override {
    if (std::exchange(vetoed_, false)) begin_ = clock_.now();
  }

  void on_validation_begin(const Event&) override { begin_pass(); }
  void on_validation_batch_end(const Event&) override { end_batch(); }
  void on_validation_end(const Event&) override {
    if (!batches_.empty()) host().log_scalar(validation_time_, batches_.seconds());
  }

  void on_test_begin(const Event&) override { begin_pass(); }
  void on_test_batch_end(const Event&) override { end_batch(); }
  void on_test_end(const Event&) override { tell("test"); }

  void on_predict_begin(const Event&) override { begin_pass(); }
  void on_predict_batch_end(const Event&) override { end_batch(); }
  void on_predict_end(const Event&) override { tell("prediction"); }

  void save(treino::Writer& writer) const override {
    steps_.save(writer);
    writer.write(clock_.now() - begin_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    std::vector<std::uint64_t> values;
    reader.read(values);
    const auto spent = reader.get<std::uint64_t>();
    reader.finish();
    steps_.restore(values);
    spent_before_ = spent;
  }

 private:
  void begin_pass() {
    batches_.clear();
    begin_ = clock_.now();
  }
  void end_batch() {
    const std::uint64_t now = clock_.now();
    batches_.add(now - std::exchange(begin_, now));
  }
  /// After training nobody records scalars any more.
  void tell(const char* pass) const {
    if (batches_.empty()) return;
    const std::string averaged =
        batches_.size() == 1 ? "the last batch" : "the mean of the last " + std::to_string(batches_.size()) + " batches";
    host().info(std::string(pass) + ": iteration time " + treino::short_text(batches_.seconds()) + " s (" + averaged + ")");
  }

  treino::Clock clock_;
  std::uint64_t every_, warmup_;
  MovingAverage steps_, batches_;
  treino::Scalar step_time_, validation_time_;

  std::uint64_t begin_ = 0, spent_before_ = 0;  // of the step under way: since when, and before a resume
  bool vetoed_ = false;                         // between backward_end and step_end: it may be
};

}  // namespace

TREINO_PLUGIN(IterationTimeLogger, R"toml(
kind = "callback"
id = "iteration_time_logger"
version = "1.0.0"
summary = "Logs the time per step, and per batch of validation, test and prediction."
phase = "measure"
events = ["run_begin", "epoch_begin", "batch_end", "backward_end", "step_end", "validation_begin", "validation_batch_end",
          "validation_end", "test_begin", "test_batch_end", "test_end", "predict_begin", "predict_batch_end", "predict_end"]
scalars = ["iteration_time", "val_iteration_time"]
help = """
iteration_time: seconds from the end of the step before (or the beginning of the epoch) to the end of this one, waiting for data and
other callbacks included; of several batches where these are gathered into one step. It is logged at the end of the step that it
belongs to. A step that was skipped counts for nothing.
val_iteration_time: seconds per batch of the validation took, logged at its end. Those of a test and of a prediction are said in the log,
since no scalars are recorded after training.
All are means over the last moving_avg_window ones.
State: these last ones, and how long the step under way has taken. They are times of the machine: the same run gives others.
"""

[parameters.moving_avg_window]
type = "int"
default = 1
min = 1
max = 1000000
doc = "steps (or batches of the other passes) that are averaged"

[parameters.log_every_n_steps]
type = "int"
default = 1
min = 1
doc = "steps from one value to the next"

[parameters.warmup_steps]
type = "int"
default = 0
min = 0
doc = "first steps of the run that are not counted"
)toml")
