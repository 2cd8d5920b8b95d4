// Writes weights, or everything that a run goes on from, as training goes: every epoch or some steps, only what is best, the best
// few. Names and defaults are Keras'; save_top_k, save_last, every_n_minutes and on_exception are known from PyTorch Lightning.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/frequency.hpp>
#include <treino/monitor.hpp>
#include <treino/path_template.hpp>

namespace {

using treino::Moment;
using Clock = std::chrono::steady_clock;

enum class Purpose : std::uint8_t { regular, last, exception };

struct Save {
  std::string path;
  std::optional<double> value;  // of the monitor
  Purpose purpose;
};

class ModelCheckpoint final : public treino::Callback {
 public:
  explicit ModelCheckpoint(const treino::Setup& setup)
      : Callback(setup),
        path_(setup.get<std::string>("filepath")),
        monitor_(setup.host(), setup.find<std::string>("monitor").value_or("val_loss"), setup.get<std::string>("mode")),
        best_only_(setup.get<bool>("save_best_only")),
        weights_only_(setup.get<bool>("save_weights_only")),
        last_(setup.get<bool>("save_last")),
        exception_(setup.get<bool>("on_exception")),
        every_steps_(treino::steps_between(setup.get<std::string>("save_freq"))),
        threshold_(setup.find<double>("initial_value_threshold")),
        minutes_(setup.find<double>("every_n_minutes")),
        top_(setup.find<std::uint64_t>("save_top_k")),
        newest_(setup.find<std::uint64_t>("keep_last_n")) {
    if (threshold_ && !chooses()) throw std::invalid_argument("initial_value_threshold needs save_best_only or save_top_k");
    if (top_ && newest_) throw std::invalid_argument("save_top_k and keep_last_n exclude each other");
    if (std::max(top_.value_or(1), newest_.value_or(1)) > 1 && !path_.varies())
      throw std::invalid_argument("to keep several files, filepath needs a placeholder, such as {epoch}");
  }

  void on_run_begin(const Moment&) override {
    path_.find(host());
    if (chooses()) monitor_.find();
    saved_ = Clock::now();
    for (const Save& save : asked_) ask(save);  // killed before the answer came; nothing has changed since
  }

  void on_epoch_end(const Moment& moment) override {
    if (every_steps_ == 0 && moment.outcome == TREINO_RUNNING) save_now(moment);
  }

  void on_step_end(const Moment& moment) override {
    const bool due = every_steps_ > 0 && moment.step % every_steps_ == 0;
    const double seconds = std::chrono::duration<double>(Clock::now() - saved_).count();
    if (due || (minutes_ && seconds >= 60 * *minutes_)) save_now(moment);
  }

  void on_run_end(const Moment& moment) override {
    if (!exception_ || moment.outcome != TREINO_RUN_FAILED) return;
    const std::filesystem::path path = path_.fill(host(), moment);
    const std::string name = path.stem().string() + "-exception" + path.extension().string();
    request({(path.parent_path() / name).string(), std::nullopt, Purpose::exception});
  }

  /// Answers come in the order of the requests.
  void on_checkpoint_saved(const Moment& moment) override {
    if (asked_.empty()) return;
    const Save save = asked_.front();
    asked_.erase(asked_.begin());
    if (moment.outcome != TREINO_DONE) return host().error(save.path + " is not saved: " + moment.text);
    if (save.purpose != Purpose::regular) return;
    if (save.value && monitor_.better(*save.value, best_)) best_ = save.value;
    files_.erase(std::remove_if(files_.begin(), files_.end(), [&](const Save& file) { return file.path == save.path; }),
                 files_.end());
    files_.push_back(save);
    prune();
  }

  std::uint64_t wanted() const override {
    const bool steps = every_steps_ > 0 || minutes_;
    return ~(steps ? 0 : std::uint64_t{1} << TREINO_STEP_END);
  }

  void save(treino::Writer& writer) const override {
    monitor_.save(writer);
    write_optional(writer, best_);
    write(writer, files_);
    write(writer, asked_);
  }

  void load(treino::Reader& reader, std::uint32_t) override {
    const bool same = monitor_.matches(reader);
    const auto best = treino::read_optional(reader);
    std::vector<Save> files = read(reader), asked = read(reader);
    reader.finish();
    if (same) best_ = best;
    for (Save& file : files)
      if (!same) file.value.reset();
    files_ = std::move(files);
    asked_ = std::move(asked);
  }

 private:
  /// Whether the monitor decides what is saved.
  bool chooses() const { return best_only_ || top_; }

  void save_now(const Moment& moment) {
    saved_ = Clock::now();
    if (last_) request({(path_.folder() / ("last" + path_.extension())).string(), std::nullopt, Purpose::last});
    const std::optional<double> value = chooses() ? monitor_.value() : std::nullopt;
    if (!chooses() || good_enough(value)) request({path_.fill(host(), moment), value, Purpose::regular});
  }

  bool good_enough(const std::optional<double>& value) {
    if (!value && !std::exchange(complained_, true))
      host().warn(monitor_.name() + " has no value here, so that nothing can be the best (said once)");
    if (!value || std::isnan(*value) || (threshold_ && !monitor_.better(*value, *threshold_))) return false;
    if (best_only_ && !monitor_.better(*value, best_)) return false;
    return !top_ || files_.size() < *top_ || monitor_.better(*value, worst()->value);
  }

  std::vector<Save>::const_iterator worst() const {
    return std::min_element(files_.begin(), files_.end(), [&](const Save& left, const Save& right) {
      return right.value && (!left.value || monitor_.better(*right.value, *left.value));
    });
  }

  void request(Save save) {
    asked_.push_back(std::move(save));
    ask(asked_.back());
  }
  void ask(const Save& save) const {
    if (weights_only_ || save.purpose == Purpose::exception)
      host().save_weights(save.path);
    else
      host().save_everything(save.path);
  }

  /// The new file is on the disk and has been read back: now older ones of our own may go.
  void prune() {
    while (top_ && files_.size() > *top_) remove(worst());
    while (newest_ && files_.size() > *newest_) remove(files_.begin());
  }
  void remove(std::vector<Save>::const_iterator file) {
    std::error_code error;
    std::filesystem::remove(file->path, error);
    if (error) host().warn(file->path + " cannot be removed: " + error.message());
    files_.erase(file);
  }

  // Paths are kept relative to the run's folder: it may be moved or copied, and what the other one holds is not ours.
  void write(treino::Writer& writer, const std::vector<Save>& saves) const {
    writer.write(std::uint64_t{saves.size()});
    for (const Save& save : saves) {
      const auto relative = std::filesystem::path(save.path).lexically_relative(host().run().folder);
      const bool inside = !relative.empty() && *relative.begin() != "..";
      writer.write(inside ? relative.string() : save.path);
      write_optional(writer, save.value);
      writer.write(save.purpose);
    }
  }
  std::vector<Save> read(treino::Reader& reader) const {
    std::vector<Save> saves;
    for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
      Save& save = saves.emplace_back();
      save.path = (host().run().folder / std::filesystem::path(reader.get<std::string>())).lexically_normal().string();
      save.value = treino::read_optional(reader);
      reader.read(save.purpose);
    }
    return saves;
  }

  treino::PathTemplate path_;
  treino::Monitor monitor_;
  bool best_only_, weights_only_, last_, exception_;
  std::uint64_t every_steps_;
  std::optional<double> threshold_, minutes_;
  std::optional<std::uint64_t> top_, newest_;

  std::optional<double> best_;
  std::vector<Save> files_;  // made here and not removed since, oldest first
  std::vector<Save> asked_;  // not yet answered
  Clock::time_point saved_;
  bool complained_ = false;
};

}  // namespace

TREINO_PLUGIN(ModelCheckpoint, R"toml(
kind = "callback"
id = "model_checkpoint"
version = "1.0.0"
summary = "saves the model as training goes on"
phase = "persist"
events = ["run_begin", "epoch_end", "step_end", "checkpoint_saved", "run_end"]
help = """
filepath may hold {epoch} (from 0), {step} and the run's numbers, formatted as in {epoch:03d} or {val_loss:.2f}; a number without a
value gives "none". Without placeholders each save replaces the one before. Files are safetensors, written beside the old one, synced,
renamed and read back by the host; only after that an older file is removed, and only one that this callback has made.
Saves come after each epoch, or with save_freq = "500" after each 500 steps (a string, since a parameter has one type). every_n_minutes
adds one after the first step that finds the last save so long ago.
save_best_only saves what is better than the best so far; save_top_k what is among the k best so far, and removes the worst beyond
them. NaN is never among the best. keep_last_n removes all but the newest n. save_last also writes "last" with filepath's extension, in
the folder before the first placeholder, each time a save is due, the best or not. on_exception writes the weights as "...-exception"
when the run fails.
`treino resume` goes on from files with everything in them, so not from those of save_weights_only.
State: the best value, the list of own files. With another monitor or mode than the saved one the best starts from nothing.
"""

[parameters.filepath]
type = "output"
required = true
placeholders = true
doc = "the file, or a pattern for files, such as weights/{epoch:03d}-{val_loss:.3f}.safetensors"

[parameters.monitor]
type = "monitor"
doc = "the number that save_best_only and save_top_k look at; val_loss where not given"

[parameters.save_best_only]
type = "bool"
default = false
doc = "save only what is better than all before"

[parameters.save_weights_only]
type = "bool"
default = false
doc = "weights alone, instead of all that a run goes on from"

[parameters.mode]
type = "string"
default = "auto"
choices = ["auto", "min", "max"]
doc = "which way is better; auto: as the number itself says"

[parameters.save_freq]
type = "string"
default = "epoch"
doc = "\"epoch\", or a number of steps as a string: \"500\""

[parameters.initial_value_threshold]
type = "float"
doc = "save only what is better than this; with save_best_only or save_top_k"

[parameters.save_top_k]
type = "int"
min = 1
doc = "keep the k best files"

[parameters.save_last]
type = "bool"
default = false
doc = "also write last.safetensors at each save"

[parameters.keep_last_n]
type = "int"
min = 1
doc = "keep the n newest files"

[parameters.every_n_minutes]
type = "float"
above = 0.0
doc = "also save after so many minutes without a save"

[parameters.on_exception]
type = "bool"
default = false
doc = "also save the weights when the run fails"
)toml")
