// Where the time of some batches goes: a trace that Perfetto (ui.perfetto.dev) and chrome://tracing open, and a table on the
// screen. Name and schedule are TorchTNT's (PyTorch's profiler). Prints
//   10 batches from step 25, 0.018 ms each
//   ms per batch         forward  backward   share
//   dense_1              0.002    0.003   24.0 %
//   cross_entropy                 0.004   24.1 %
// With profile_memory each layer's memory stands beside its share.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <treino/callback.hpp>
#include <treino/kit/durable_folders.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/kit/worker.hpp>

#include "picture.hpp"
#include "recording.hpp"
#include "shared/training/trace.hpp"
#include "table.hpp"

namespace profiler {
namespace {

using treino::Event;

using treino::trace::Phase;
using treino::trace::phases;

class Profiler final : public treino::Callback {
 public:
  explicit Profiler(const treino::Setup& setup)
      : Callback(setup),
        folder_(setup.get<std::string>("dir")),
        wait_(setup.get<std::uint64_t>("wait")),
        warmup_(setup.get<std::uint64_t>("warmup")),
        active_(setup.get<std::uint64_t>("active")),
        repeat_(setup.get<std::uint64_t>("repeat")),
        skip_first_(setup.get<std::uint64_t>("skip_first")),
        memory_(setup.get<bool>("profile_memory")),
        phase_(*std::find_if(std::begin(phases), std::end(phases),
                             [&](const Phase& phase) { return phase.name == setup.get<std::string>("phase"); })) {
    const std::filesystem::path trace = path_of("{step}", "{batch}");
    for (const char* extension : {".json", ".svg"})
      host().claim_output(std::filesystem::path(trace).replace_extension(extension).string());
  }

  std::uint64_t wanted() const override { return events_of(phase_); }

  void on_run_begin(const Event& event) override {
    open();
    if (trains()) go_on(event);
  }
  void on_run_end(const Event&) override { close(); }

  /// The last batch that is measured has ended by now, its own batch_end included.
  void on_batch_begin(const Event&) override { finish_whole_round(); }
  void on_batch_end(const Event& event) override { count_batch(event); }
  void on_epoch_end(const Event&) override { finish_whole_round(); }

  void on_validation_begin(const Event& event) override {
    if (trains())
      finish_whole_round();
    else
      begin_pass(event);
  }
  void on_validation_batch_begin(const Event&) override { finish_whole_round(); }
  void on_validation_batch_end(const Event& event) override { count_batch(event); }
  void on_validation_end(const Event&) override { end_pass(); }

  void on_test_begin(const Event& event) override {
    open();
    begin_pass(event);
  }
  void on_test_batch_begin(const Event&) override { finish_whole_round(); }
  void on_test_batch_end(const Event& event) override { count_batch(event); }
  void on_test_end(const Event&) override {
    end_pass();
    close();
  }

  void on_predict_begin(const Event& event) override {
    open();
    begin_pass(event);
  }
  void on_predict_batch_begin(const Event&) override { finish_whole_round(); }
  void on_predict_batch_end(const Event& event) override { count_batch(event); }
  void on_predict_end(const Event&) override {
    end_pass();
    close();
  }

 private:
  bool trains() const { return phase_.batch_begin == TREINO_BATCH_BEGIN; }
  std::string path_of(const std::string& step, const std::string& batch) const {
    const std::string name =
        trains() ? "trace_step_" + step : "trace_" + std::string(phase_.name) + "_step_" + step + "_batch_" + batch;
    return (std::filesystem::path(folder_) / (name + ".json")).string();
  }

  void open() {
    treino::create_folders(folder_);
    typename treino::Worker<Recording>::Options options;
    options.capacity = 4;
    options.items = "recordings";
    worker_ = std::make_unique<treino::Worker<Recording>>(host(), options,
                                                          [this](Recording* first, Recording* last) { write(first, last); });
  }

  void close() {
    if (!worker_) return;
    if (recording_)
      finish();
    else
      host().profile_stop();
    worker_->close();
    const std::string failure = worker_->failure();
    worker_.reset();
    if (!failure.empty()) throw std::runtime_error(failure);
  }

  void count_batch(const Event& event) {
    if (is_over()) return;
    if (recording_) {
      ++measured_;
      samples_ = std::max(samples_, event.samples);
      return;
    }
    if (skipped_ < skip_first_)
      ++skipped_;
    else
      ++seen_;
    go_on(event);
  }
  bool is_over() const { return !worker_ || (repeat_ > 0 && rounds_ == repeat_); }

  void begin_pass(const Event& event) {
    if (!is_over()) go_on(event);
  }
  /// What comes between two passes is not recorded: a round ends with its pass, and one that has no batch yet waits for the next.
  void end_pass() {
    if (!worker_ || !recording_) return;
    if (measured_ > 0) return finish();
    host().profile_stop();
    recording_ = false;
  }

  void go_on(const Event& event) {
    if (skipped_ < skip_first_) return;
    if (seen_ >= wait_ + warmup_) return start(event);
    if (seen_ >= wait_ && !std::exchange(warming_, true)) host().profile_start(treino::trace::every_category, 0);
  }

  void finish_whole_round() {
    if (measured_ == active_) finish();
  }

  /// Before the first batch to be measured is waited for.
  void start(const Event& event) {
    host().profile_start(treino::trace::every_category, std::min(treino::trace::spans_kept, 4096 * active_));
    begun_ = treino::trace::now(host());
    step_ = event.step;
    // In batch_end the next one is meant; in a pass's begin the first.
    batch_ = event.samples > 0 ? event.batch + 1 : 0;
    recording_ = true;
    measured_ = samples_ = 0;
  }

  void finish() {
    host().profile_stop();
    recording_ = warming_ = false;
    seen_ = measured_ = 0;
    ++rounds_;
    if (const std::string failure = worker_->failure(); !failure.empty()) throw std::runtime_error(failure);
    Recording fresh{treino::trace::recorded(host(), begun_, last_end(host().profile_spans(), phase_, begun_, active_)), {}, {}};
    fresh.phase = phase_;
    fresh.step = step_;
    fresh.first = trains() ? "step " + std::to_string(step_) : "batch " + std::to_string(batch_);
    fresh.path = path_of(std::to_string(step_), std::to_string(batch_));
    if (memory_) fresh.memory = memory_of_layers(host(), trains(), samples_);
    worker_->put([&](Recording& recording) { recording = std::move(fresh); });  // waits where the worker is too far behind
  }

  /// On the worker's thread.
  void write(Recording* first, Recording* last) const {
    for (Recording* recording = first; recording != last; ++recording) {
      const std::vector<Piece> pieces = treino::trace::nested(recording->spans, phase_);
      treino::replace_file(recording->path, treino::trace::text(*recording, pieces));
      if (const std::string drawing = picture(*recording, pieces); !drawing.empty())
        treino::replace_file(std::filesystem::path(recording->path).replace_extension(".svg").string(), drawing);
      Table(*recording, pieces).print(host(), *recording);
      host().info("trace of the batches from " + recording->first + " on: " + recording->path);
      *recording = {};
    }
  }

  std::string folder_;
  std::uint64_t wait_, warmup_, active_, repeat_, skip_first_;
  bool memory_;
  Phase phase_;

  bool recording_ = false, warming_ = false;
  std::uint64_t skipped_ = 0;                                     // batches before the first round
  std::uint64_t seen_ = 0, measured_ = 0, rounds_ = 0;            // batches of this round before and while it is recorded
  std::uint64_t begun_ = 0, step_ = 0, batch_ = 0, samples_ = 0;  // of the recording; samples: of its largest batch
  std::unique_ptr<treino::Worker<Recording>> worker_;
};

}  // namespace
}  // namespace profiler

TREINO_PLUGIN(profiler::Profiler, R"toml(
kind = "callback"
id = "profiler"
version = "1.0.0"
summary = "Profiles the run: a trace for Perfetto, a chart and a table."
phase = "report"
events = ["run_begin", "batch_begin", "batch_end", "validation_begin", "validation_batch_begin", "validation_batch_end",
  "validation_end", "epoch_end", "run_end", "test_begin", "test_batch_begin", "test_batch_end", "test_end", "predict_begin",
  "predict_batch_begin", "predict_batch_end", "predict_end"]
needs = ["layers"]
help = """
The schedule is PyTorch's, counted in batches: `skip_first` untouched once; then `wait` untouched, `warmup` measured and thrown away,
`active` recorded; then from `wait` on again, `repeat` times in all (0: until the run ends). Each round gives
dir/trace_step_<first step>.json, a picture of its median batch beside it (.svg), and a table: forward and backward of each layer, loss,
metrics, optimizer, each callback, the wait for data, and what is left to the loop itself. Times within others are counted once. What
lies between batches (validation, saves, ends of epochs) is in the trace only.
With phase = "validation", "test" or "predict" the batches of that pass are counted and recorded instead, also by `treino evaluate` and
`treino predict`; the file is trace_<phase>_step_<step>_batch_<first batch>.json, and a round ends with its pass at the latest. For
several phases name the plugin several times.
memory (with profile_memory) is what a layer's outputs for a batch and its parameters take, in training with the parameters' gradients;
what the optimizer keeps, and what an implementation needs for itself, is not in it.
While it records, the loop reads the clock twice for each piece (about 50 ns); otherwise nothing is measured. Traces are written
by a thread of their own. A run that ends early, or fails, leaves what was recorded until then. A resumed run begins its schedule
again. No state. Format: Chrome's trace events (complete events, microseconds).
"""
[parameters]
wait = { type = "int", default = 20, min = 0, doc = "batches that are let pass" }
warmup = { type = "int", default = 5, min = 0, doc = "batches that are measured and thrown away" }
active = { type = "int", default = 10, min = 1, max = 100000, doc = "batches that are recorded" }
repeat = { type = "int", default = 1, min = 0, doc = "rounds; 0: until the run ends" }
skip_first = { type = "int", default = 0, min = 0, doc = "batches that are let pass before the first round" }
profile_memory = { type = "bool", default = false, doc = "true: the table says what memory each layer takes" }
dir = { type = "output", folder = true, default = "profile", doc = "the folder for traces" }
[parameters.phase]
type = "string"
default = "train"
choices = ["train", "validation", "test", "predict"]
doc = "whose batches are recorded"
)toml")
