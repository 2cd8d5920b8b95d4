// The run's scalars as lines of JSON, one per epoch and, if asked, one every few steps, in a file that resumes to the same bytes
// after a kill. Prints
//   {"event":"step","epoch":0,"step":50,"loss":0.71,"learning_rate":0.001}
//   {"event":"epoch","epoch":0,"step":94,"learning_rate":0.001,"loss":0.6931471805599453,"val_loss":0.7}
#include <nlohmann/json.hpp>
#include <treino/callback.hpp>
#include <treino/kit/replaced_file.hpp>

#include "lines.hpp"
#include "shared/files/recorder.hpp"
#include "shared/training/scalar_values.hpp"

namespace {

using treino::Event;
using Json = nlohmann::ordered_json;

/// What an event hands over.
struct Seen {
  bool epoch_end = false;
  std::uint64_t epoch = 0, step = 0;
  double loss = 0, learning_rate = 0;
  treino::ScalarValues scalars;  // epoch_end
};

class JsonlLogger final : public treino::Callback {
 public:
  explicit JsonlLogger(const treino::Setup& setup)
      : Callback(setup),
        path_(setup.get<std::string>("filename")),
        append_(setup.get<bool>("append")),
        every_(setup.get<std::uint64_t>("every_n_steps")),
        sync_(setup.get<std::string>("sync")),
        disk_(false, [this] { sync(); }) {
    if (sync_ == "every_epoch") sync_ = "epoch";
  }
  /// Where the plugin was put aside with lines that could not be written, they have a last chance here.
  ~JsonlLogger() override {
    worker_.reset();
    try {
      flush(true);
    } catch (const std::exception& failure) {
      host().error(std::string(failure.what()) + "; " + std::to_string(unwritten_lines_) + " lines are lost");
    }
  }

  void on_run_begin(const Event& event) override {
    names_.clear();
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number) {
      const std::string name = host().name(number);
      const bool taken = name == "event" || name == "epoch" || name == "step" || name == "learning_rate";
      names_.push_back(taken ? "" : "," + json(name) + ":");
    }
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    entries_.make_folder(folder);
    entries_.add(folder);
    if (event.resumed != 0 || append_)
      go_on(event.resumed != 0 && loaded_);
    else
      treino::begin_file(path_);
    flush(true);
    treino::Worker<Seen>::Options options;
    options.capacity = treino::items_within_memory(sizeof(Seen) + names_.size() * treino::ScalarValues::bytes);
    options.linger = treino::SyncPolicy::linger;
    options.items = "lines";
    options.rest = sync_ == "background" ? treino::SyncPolicy::rest : std::chrono::milliseconds(0);
    worker_.emplace(host(), options, [this](Seen* first, Seen* last) { write(first, last); });
  }

  // Both wait where the worker is too far behind: a line that is not written is a line lost.
  void on_step_end(const Event& event) override {
    if (!worker_ || event.step % every_ != 0) return;
    worker_->put([&](Seen& seen) { take(seen, event, false); });
    complain();
  }

  void on_epoch_end(const Event& event) override {
    if (!worker_ || treino::outcome_of(event) == treino::Outcome::failed) return;
    worker_->put([&](Seen& seen) {
      take(seen, event, true);
      seen.scalars.take(host(), names_.size());
    });
    complain();
  }

  void on_run_end(const Event&) override {
    if (!worker_) return;
    worker_->finish();
    flush(true);
    if (sync_ == "end") sync();  // also what came before
    disk_.sync();
    worker_->failure();
  }

  std::uint64_t wanted() const override { return ~(every_ == 0 ? std::uint64_t{1} << TREINO_STEP_END : 0); }

  /// Waits for the worker: a state that knew of lines which are not on the disk would lose them.
  void save(treino::Writer& writer) const override {
    if (worker_) worker_->flush();
    if (sync_ == "end" && worker_) sync_or_say_why_not();
    writer.write(lines_);
    writer.write(unwritten_);
    writer.write(unwritten_lines_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto lines = reader.get<std::uint64_t>();
    auto unwritten = reader.get<std::string>();
    const auto unwritten_lines = reader.get<std::uint64_t>();
    reader.finish();
    lines_ = lines;
    unwritten_ = std::move(unwritten);
    unwritten_lines_ = unwritten_lines;
    loaded_ = true;
  }

 private:
  static void take(Seen& seen, const Event& event, bool epoch_end) {
    seen.epoch_end = epoch_end;
    seen.epoch = event.epoch;
    seen.step = event.step;
    seen.loss = event.loss;
    seen.learning_rate = event.learning_rate;
  }
  void sync() const {
    treino::DurableFile file(path_, O_WRONLY);
    treino::Syncs syncs;
    syncs.add(file);
    syncs.add(entries_);
    syncs.finish();
  }
  void sync_or_say_why_not() const {
    try {
      sync();
    } catch (const std::exception& failure) {  // no reason not to save the run
      host().error(failure.what());
    }
  }
  void complain() {
    if (const std::string failure = worker_->failure(); !failure.empty())
      throw std::runtime_error(failure + "; the lines are kept in memory and written when that is possible again");
  }

  // On the worker's thread, and where that waits or has ended:

  void write(const Seen* first, const Seen* last) {
    if (first == last) return disk_.sync();
    bool epoch_end = false;
    for (const Seen* seen = first; seen != last; ++seen) {
      unwritten_ += line(*seen);
      ++unwritten_lines_;
      epoch_end = epoch_end || seen->epoch_end;
      if (sync_ == "line") flush(true);
    }
    flush(epoch_end && sync_ == "epoch");
  }

  /// Throws, and then the file is as it was.
  void flush(bool sync) {
    if (unwritten_.empty()) return;
    treino::DurableFile(path_, O_WRONLY | O_APPEND).append(unwritten_, sync);
    lines_ += unwritten_lines_;
    unwritten_.clear();
    unwritten_lines_ = 0;
    if (sync) entries_.sync();
    if (sync_ == "background") disk_.wrote();
  }

  template <class Value>
  static std::string json(const Value& value) {
    return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  std::string line(const Seen& seen) const {
    std::string text = std::string("{\"event\":") + (seen.epoch_end ? "\"epoch\"" : "\"step\"") +
                       ",\"epoch\":" + std::to_string(seen.epoch) + ",\"step\":" + std::to_string(seen.step);
    if (!seen.epoch_end) text += ",\"loss\":" + json(seen.loss);
    text += ",\"learning_rate\":" + json(seen.learning_rate);
    for (std::size_t i = 0; seen.epoch_end && i < names_.size(); ++i)
      if (seen.scalars.has(i) && !names_[i].empty()) text += names_[i] + json(seen.scalars[i]);
    return text + "}\n";
  }

  /// Keeps the lines that the state knows of, or, where no state was loaded, all; half a line at the end goes.
  void go_on(bool known) {
    const bool there = std::filesystem::exists(path_);
    if (!there && known && lines_ > 0) host().warn(path_ + " is gone; it begins again");
    if (!there) {
      lines_ = 0;
      return treino::begin_file(path_);
    }
    const std::string text = treino::read_file(path_);
    const std::uint64_t wanted = known ? lines_ : ~std::uint64_t{0};
    lines_ = wanted;
    const std::size_t size = jsonl_logger::begin_of_line(text, lines_);
    if (known && lines_ < wanted)
      host().warn(path_ + " has lost lines: " + std::to_string(lines_) + " of " + std::to_string(wanted) + " are there");
    treino::DurableFile file(path_, O_WRONLY | O_APPEND);
    if (!known && size < text.size())  // of another writer: its last line wants its end only
      return file.append("\n"), void(++lines_);
    file.cut(size);
    file.sync();
  }

  std::string path_;
  bool append_;
  std::uint64_t every_;
  std::string sync_;
  std::vector<std::string> names_;  // of the run's scalars, as they stand in a line; "" for those that a line has anyway

  std::uint64_t lines_ = 0;  // in the file
  std::string unwritten_;
  std::uint64_t unwritten_lines_ = 0;
  bool loaded_ = false;
  mutable treino::NewEntries entries_;  // of the file and its folders, still to be synced
  treino::SyncPolicy disk_;
  mutable std::optional<treino::Worker<Seen>> worker_;  // last: its thread uses the others
};

}  // namespace

TREINO_PLUGIN(JsonlLogger, R"toml(
kind = "callback"
id = "jsonl_logger"
version = "1.1.0"
summary = "Writes the scalars of each epoch, and of every few steps, as lines of JSON."
phase = "report"
events = ["run_begin", "step_end", "epoch_end", "run_end"]
help = """
An epoch: { "event": "epoch", "epoch": from 0, "step": steps applied so far, "learning_rate", and every scalar that has a value }. A step, with
every_n_steps: { "event": "step", "epoch", "step", "loss": of its last batch, "learning_rate" }. Values have the fewest digits that read back as
the same number; NaN and infinities are null, since JSON has neither; a scalar without a value is left out.
A thread of its own writes the lines, at most 0.01 s after the event; checkpoints and the end of the run wait until everything is
written: nothing is lost when the run is killed. No line is left out: where the thread is too far behind, the run waits. sync says when
lines survive a power cut, too: "background" (the thread forces them onto the disk once per second at most, when it has nothing to
write, and at checkpoints; a power cut takes at most the lines since then), "every_epoch" (also called "epoch"), "line", or "end" (at checkpoints and the end
of the run). The end of the run always waits for the disk.
A file that is there keeps its permissions and owner, a symbolic link its place; a device or a FIFO is refused.
On resume the lines of steps that run again are replaced. An epoch that was cut short has a line too, one in which the run failed none.
Where the disk is full, the file stays as it was, the failure is treated as on_error says, and the lines are tried again.
State: how many lines the file has, and lines that could not be written yet.
"""
[parameters]
filename = { type = "output", default = "history.jsonl", doc = "the file; folders on the way are made" }
every_n_steps = { type = "int", default = 0, min = 0, doc = "also a line after each n-th step; 0: epochs only" }
[parameters.sync]
type = "string"
default = "background"
choices = ["background", "every_epoch", "line", "epoch", "end"]
doc = "when lines are forced onto the disk (fsync)"
)toml" TREINO_APPEND_TOML)
