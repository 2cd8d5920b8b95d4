// Where the time of some batches goes: a trace that Perfetto (ui.perfetto.dev) and chrome://tracing open, and a table on the
// screen. Name and schedule are TorchTNT's (PyTorch's profiler). Prints
//   10 batches from step 25, 0.018 ms each
//   ms per batch         forward  backward   share
//   dense_1              0.002    0.003   24.0 %
//   cross_entropy                 0.004   24.1 %
// With profile_memory each layer's memory stands beside its share.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <treino/callback.hpp>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/text.hpp>
#include <treino/kit/worker.hpp>

#include "shared/drawing/svg_timeline.hpp"
#include "shared/training/trace.hpp"

namespace {

using treino::Event;

using treino::trace::is_batch_of;
using treino::trace::Phase;
using treino::trace::phases;
using treino::trace::Piece;

struct Recording : treino::trace::Recording {
  std::string first;                            // "step 25", "batch 25"
  std::map<std::string, std::uint64_t> memory;  // bytes by layer; empty where nobody asked

  bool trains() const { return phase.batch_begin == TREINO_BATCH_BEGIN; }
};

class Table {
 public:
  Table(const Recording& recording, const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) add(recording, piece);
  }

  void print(const treino::Host& host, const Recording& recording) const {
    if (batches_ == 0) return;
    const bool trains = recording.trains(), memory = !recording.memory.empty();
    const std::size_t room = std::clamp<std::size_t>(host.columns(), 40, 80) - 26 - (memory ? 10 : 0);
    std::size_t wide = 12;
    for (const auto* rows : {&layers_, &others_})
      for (const auto& [name, time] : *rows) wide = std::max(wide, name.size());
    wide = std::clamp<std::size_t>(wide, 9, std::max<std::size_t>(room, 9));
    const double total = batch_time_ + data_time_;
    const std::string kind = trains ? "" : std::string(recording.phase.name) + " ";
    host.print(std::to_string(batches_) + " " + kind + "batches from " + recording.first + ", " + milliseconds(total) +
               " ms each");
    host.print(cell("ms a batch", wide) + right("forward", 9) + right(trains ? "backward" : "", 9) + right("share", 8) +
               (memory ? right("memory", 10) : ""));
    for (const auto& [name, time] : layers_) {
      const auto back = backward_.find(name);
      const double backward = back == backward_.end() ? 0 : back->second;
      const auto bytes = recording.memory.find(name);
      host.print(cell(name, wide) + right(milliseconds(time), 9) + right(trains ? milliseconds(backward) : "", 9) +
                 share(time + backward, total) + (bytes == recording.memory.end() ? "" : right(size(bytes->second), 10)));
    }
    for (const auto& [name, time] : others_) host.print(cell(name, wide) + right(milliseconds(time), 18) + share(time, total));
    host.print(cell("data wait", wide) + right(milliseconds(data_time_), 18) + share(data_time_, total));
    host.print(cell("the loop", wide) + right(milliseconds(loop_time_), 18) + share(loop_time_, total));
    if (recording.dropped > 0)
      host.print(std::to_string(recording.dropped) + " further spans found no room: choose fewer `active` batches");
  }

 private:
  using Row = std::pair<std::string, double>;  // nanoseconds, over all batches

  void add(const Recording& recording, const Piece& piece) {
    const auto own = static_cast<double>(piece.own);
    const std::uint32_t category = piece.span.category;
    if (category == TREINO_SPAN_DATA) data_time_ += own;
    if (!piece.in_batch) return;
    const std::string name = recording.subject(piece.span);
    if (is_batch_of(recording.phase, piece.span)) {
      ++batches_;
      batch_time_ += static_cast<double>(piece.span.end - piece.span.begin);
      loop_time_ += own;
      return;
    }
    switch (category) {
      case TREINO_SPAN_FORWARD:
        row(layers_, name) += own;
        break;
      case TREINO_SPAN_BACKWARD:
        row(layers_, name);
        backward_[name] += own;
        break;
      default:
        if (category < TREINO_SPAN_COUNT) row(others_, name.empty() ? treino::trace::category_name(category) : name) += own;
    }
  }
  static double& row(std::vector<Row>& rows, const std::string& name) {
    for (Row& each : rows)
      if (each.first == name) return each.second;
    return rows.emplace_back(name, 0).second;
  }

  /// Of nanoseconds over all batches, those of one.
  std::string milliseconds(double nanoseconds) const {
    return treino::fixed_text(nanoseconds / 1e6 / static_cast<double>(batches_), 3);
  }
  /// "812 B", "1.5 kB", "20.3 MB"
  static std::string size(std::uint64_t bytes) {
    if (bytes < 1000) return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes);
    const char* const units[] = {"kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    for (value /= 1000; value >= 999.95 && unit < 3; value /= 1000) ++unit;
    return treino::fixed_text(value, 1) + " " + units[unit];
  }
  static std::string share(double part, double total) { return right(treino::fixed_text(100 * part / total, 1) + " %", 8); }
  static std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
  }
  static std::string cell(const std::string& text, std::size_t width) {
    return (text + std::string(width, ' ')).substr(0, width);
  }

  std::vector<Row> layers_, others_;
  std::map<std::string, double> backward_;
  std::uint64_t batches_ = 0;
  double batch_time_ = 0, data_time_ = 0, loop_time_ = 0;
};

/// The batch that took as long as half of them did not, as a picture.
std::string picture(const Recording& recording, const std::vector<Piece>& pieces) {
  std::vector<const Piece*> batches;
  for (const Piece& piece : pieces)
    if (is_batch_of(recording.phase, piece.span)) batches.push_back(&piece);
  if (batches.empty()) return "";
  const auto length = [](const Piece* piece) { return piece->span.end - piece->span.begin; };
  std::sort(batches.begin(), batches.end(), [&](const Piece* a, const Piece* b) { return length(a) < length(b); });
  const Piece& median = *batches[batches.size() / 2];
  treino::svg::Timeline timeline{"A " + (recording.trains() ? "" : std::string(recording.phase.name) + " ") + "batch of " +
                                     recording.run + ": the median of " + std::to_string(batches.size()) + " from " +
                                     recording.first + " on",
                                 "microseconds",
                                 {"batch", "forward", "backward", "loss", "metric", "optimizer", "callback"},
                                 {}};
  for (const Piece& piece : pieces) {
    if (piece.span.begin < median.span.begin || piece.span.end > median.span.end) continue;
    const std::string subject = recording.subject(piece.span), category = treino::trace::category_name(piece.span.category);
    const auto kind = std::find(timeline.kinds.begin(), timeline.kinds.end(), category);
    const std::string event = piece.span.category == TREINO_SPAN_EVENT ? treino::trace::event_name(piece.span.event) : "";
    timeline.bars.push_back({static_cast<double>(piece.span.begin - median.span.begin) / 1e3,
                             static_cast<double>(piece.span.end - median.span.begin) / 1e3, piece.depth - median.depth,
                             static_cast<std::size_t>(kind - timeline.kinds.begin()),
                             (subject.empty() ? category : subject) + (event.empty() ? "" : " " + event)});
  }
  return treino::svg::sheet({timeline.panel()});
}

class Profiler final : public treino::Callback {
 public:
  explicit Profiler(const treino::Setup& setup)
      : Callback(setup),
        folder_(setup.get<std::string>("dir")),
        wait_(number(setup, "wait")),
        warmup_(number(setup, "warmup")),
        active_(number(setup, "active")),
        repeat_(number(setup, "repeat")),
        skip_first_(number(setup, "skip_first")),
        memory_(setup.get<bool>("profile_memory")),
        phase_(*std::find_if(std::begin(phases), std::end(phases),
                             [&](const Phase& phase) { return phase.name == setup.get<std::string>("phase"); })) {
    const std::filesystem::path trace = path_of("{step}", "{batch}");
    for (const char* extension : {".json", ".svg"})
      host().claim_output(std::filesystem::path(trace).replace_extension(extension).string());
  }

  std::uint64_t wanted() const override {
    const auto bits = [](std::initializer_list<unsigned> chosen) {
      std::uint64_t mask = 0;
      for (const unsigned event : chosen) mask |= std::uint64_t{1} << event;
      return mask;
    };
    switch (phase_.batch_begin) {
      case TREINO_BATCH_BEGIN:
        return bits(
            {TREINO_RUN_BEGIN, TREINO_BATCH_BEGIN, TREINO_BATCH_END, TREINO_VALIDATION_BEGIN, TREINO_EPOCH_END, TREINO_RUN_END});
      case TREINO_VALIDATION_BATCH_BEGIN:
        return bits({TREINO_RUN_BEGIN, TREINO_VALIDATION_BEGIN, TREINO_VALIDATION_BATCH_BEGIN, TREINO_VALIDATION_BATCH_END,
                     TREINO_VALIDATION_END, TREINO_RUN_END});
      case TREINO_TEST_BATCH_BEGIN:
        return bits({TREINO_TEST_BEGIN, TREINO_TEST_BATCH_BEGIN, TREINO_TEST_BATCH_END, TREINO_TEST_END});
      default:
        return bits({TREINO_PREDICT_BEGIN, TREINO_PREDICT_BATCH_BEGIN, TREINO_PREDICT_BATCH_END, TREINO_PREDICT_END});
    }
  }

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
  static std::uint64_t number(const treino::Setup& setup, const char* name) {
    return static_cast<std::uint64_t>(setup.get<std::int64_t>(name));
  }
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
    Recording fresh{treino::trace::recorded(host(), begun_, last_end(host().profile_spans())), {}, {}};
    fresh.phase = phase_;
    fresh.step = step_;
    fresh.first = trains() ? "step " + std::to_string(step_) : "batch " + std::to_string(batch_);
    fresh.path = path_of(std::to_string(step_), std::to_string(batch_));
    if (memory_) fresh.memory = memory_of_layers();
    worker_->put([&](Recording& recording) { recording = std::move(fresh); });  // waits where the worker is too far behind
  }

  /// A layer's outputs for a batch, and its parameters with, while training, their gradients.
  std::map<std::string, std::uint64_t> memory_of_layers() const {
    std::map<std::string, std::uint64_t> bytes;
    for (std::uint32_t i = 0; i < host().layer_count(); ++i) {
      const treino_layer_info layer = host().layer(i);
      const auto parameters = static_cast<std::uint64_t>(layer.parameters);
      const auto gradients = trains() ? static_cast<std::uint64_t>(layer.trainable) : 0;
      bytes[layer.name] =
          static_cast<std::uint64_t>(layer.activation_bytes) * samples_ + (parameters + gradients) * sizeof(float);
    }
    return bytes;
  }

  /// Of the batches to be measured: what began before them is half of something, what comes after is not theirs. All there is
  /// where the run has ended among them.
  std::uint64_t last_end(const treino::Host::Spans& spans) const {
    std::uint64_t end = 0, batches = 0;
    for (std::uint64_t i = 0; i < spans.count; ++i)
      if (is_batch_of(phase_, spans.data[i]) && spans.data[i].begin >= begun_) end = spans.data[i].end, ++batches;
    return batches == active_ ? end : std::numeric_limits<std::uint64_t>::max();
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

TREINO_PLUGIN(Profiler, R"toml(
kind = "callback"
id = "profiler"
version = "1.0.0"
summary = "Profiles the run: a trace for Perfetto, a chart and a table."
phase = "report"
events = ["run_begin", "batch_begin", "batch_end", "validation_begin", "validation_batch_begin", "validation_batch_end",
  "validation_end", "epoch_end", "run_end", "test_begin", "test_batch_begin", "test_batch_end", "test_end", "predict_begin",
  "predict_batch_begin", "predict_batch_end", "predict_end"]
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

[parameters.wait]
type = "int"
default = 20
min = 0
doc = "batches that are let pass"

[parameters.warmup]
type = "int"
default = 5
min = 0
doc = "batches that are measured and thrown away"

[parameters.active]
type = "int"
default = 10
min = 1
max = 100000
doc = "batches that are recorded"

[parameters.repeat]
type = "int"
default = 1
min = 0
doc = "rounds; 0: until the run ends"

[parameters.skip_first]
type = "int"
default = 0
min = 0
doc = "batches that are let pass before the first round"

[parameters.phase]
type = "string"
default = "train"
choices = ["train", "validation", "test", "predict"]
doc = "whose batches are recorded"

[parameters.profile_memory]
type = "bool"
default = false
doc = "true: the table says what memory each layer takes"

[parameters.dir]
type = "output"
folder = true
default = "profile"
doc = "the folder for traces"
)toml")
