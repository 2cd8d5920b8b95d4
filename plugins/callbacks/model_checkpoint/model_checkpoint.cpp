// Writes weights, or everything that a run continues from, as training goes: every epoch or some steps, only what is best, the best
// few. Names and defaults are Keras'; save_top_k, save_last, every_n_epochs, every_n_minutes and on_exception are known from
// PyTorch Lightning.
#include <chrono>
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>

#include "file_names.hpp"
#include "settings.hpp"
#include "shared/files/checkpoint_files.hpp"
#include "shared/training/finite_weights.hpp"

namespace model_checkpoint {
namespace {

using treino::Event;
using treino::OwnFiles;
using treino::short_text;
using Clock = std::chrono::steady_clock;

enum Purpose : std::uint8_t { regular, last, exception };

class ModelCheckpoint final : public treino::Callback {
 public:
  explicit ModelCheckpoint(const treino::Setup& setup)
      : Callback(setup),
        names_(setup.get<std::string>("filepath")),
        monitor_(setup.host(), setup.find<std::string>("monitor").value_or("val_loss"), setup.get<std::string>("mode")),
        settings_(setup),
        files_(setup.host()) {
    if (settings_.keeps_several() && !names_.vary())
      throw std::invalid_argument("to keep several files, filepath needs a placeholder, such as {epoch}");
    if (settings_.chooses()) TREINO_REQUIRE_SERVICE(host(), TREINO_MODEL_SERVICE);
    if (settings_.names_a_set() || (settings_.chooses() && settings_.weights == "measured"))
      TREINO_REQUIRE_SERVICE(host(), TREINO_WEIGHTS_SERVICE);
    if (settings_.chooses() || names_.have_numbers()) TREINO_REQUIRE_SERVICE(host(), TREINO_SCALARS_SERVICE);
    if (settings_.save_last) host().claim_output(names_.of_last());
  }

  void on_run_begin(const Event&) override {
    names_.find(host());
    if (settings_.chooses()) monitor_.find();
    if (settings_.names_a_set()) host().find_weights(settings_.weights);
    saved_ = Clock::now();
    for (const OwnFiles::File& file : files_.asked())
      ask(file, settings_.later && !settings_.chooses());  // killed before the answer came
  }

  void on_epoch_end(const Event& event) override {
    const bool due = settings_.every_steps == 0 && (event.epoch + 1) % settings_.every_epochs.value_or(1) == 0;
    if (due && treino::outcome_of(event) == treino::Outcome::running) save_now(event, settings_.later);
  }

  /// What was measured within an epoch is of weights that the epoch's end has no longer. Waited for: the next validation decides by it.
  void on_validation_end(const Event& event) override {
    if (settings_.every_steps == 0 && !settings_.every_epochs && monitor_.is_due_within_epoch(event)) save_now(event, false);
  }

  void on_step_end(const Event& event) override {
    const bool due = settings_.every_steps > 0 && event.step % settings_.every_steps == 0;
    const double seconds = std::chrono::duration<double>(Clock::now() - saved_).count();
    if (due || (settings_.minutes && seconds >= 60 * *settings_.minutes)) save_now(event, settings_.later);
  }

  void on_run_end(const Event& event) override {
    if (!settings_.on_exception || treino::outcome_of(event) != treino::Outcome::failed) return;
    request({names_.of_exception(host(), event), std::nullopt, exception}, false);
  }

  void on_checkpoint_saved(const Event& event) override {
    std::optional<OwnFiles::File> file = files_.answered(event);
    if (!file || file->purpose != regular) return;
    if (file->value && monitor_.better(*file->value, best_)) best_ = file->value;
    if (!settings_.removes()) return;
    files_.keep(*std::move(file));
    prune();
  }

  std::uint64_t wanted() const override {
    const bool steps = settings_.every_steps > 0 || settings_.minutes;
    return ~((steps ? 0 : std::uint64_t{1} << TREINO_STEP_END) |
             (settings_.chooses() ? 0 : std::uint64_t{1} << TREINO_VALIDATION_END));
  }

  void save(treino::Writer& writer) const override {
    monitor_.save(writer);
    write_optional(writer, best_);
    files_.save(writer);
  }

  void load(treino::Reader& reader, std::uint32_t) override {
    const bool same = monitor_.matches(reader);
    const auto best = treino::read_optional(reader);
    OwnFiles files = OwnFiles::load(host(), reader);
    reader.finish();
    files_ = std::move(files);
    if (same) best_ = best;
    if (!same) files_.forget_values();
    if (!settings_.removes()) files_.forget_all();
  }

 private:
  /// The set of weights to be saved; "": those being trained.
  std::string set_to_save() const {
    if (settings_.weights == "measured") return settings_.chooses() ? monitor_.measured_with() : "";
    return settings_.weights == "current" ? "" : settings_.weights;
  }

  void save_now(const Event& event, bool later) {
    saved_ = Clock::now();
    if (settings_.save_last) request({names_.of_last(), std::nullopt, last}, later);
    const std::optional<double> value = settings_.chooses() ? monitor_.value() : std::nullopt;
    // An epoch without a validation at its end is nothing to be told of.
    if (settings_.chooses() && !value && event.type == TREINO_EPOCH_END && monitor_.is_of_validation()) return;
    if (settings_.chooses() && !good_enough(value)) return;
    const std::string path = names_.of_regular(host(), event, files_, settings_.keeps_several());
    if (settings_.verbose) tell(event, value, path);
    request({path, value, regular}, later);
  }

  /// As Keras does: what is done and why, before it is. One that fails is told besides.
  void tell(const Event& event, const std::optional<double>& value, const std::string& path) const {
    std::string text =
        event.type == TREINO_EPOCH_END ? "epoch " + std::to_string(event.epoch + 1) : "step " + std::to_string(event.step);
    if (value && best_ && monitor_.better(*value, *best_))
      text += ": " + monitor_.name() + " improved from " + short_text(*best_) + " to " + short_text(*value);
    else if (value)
      text += ": " + monitor_.name() + " is " + short_text(*value) +
              (best_ ? ", one of the best " + std::to_string(*settings_.top) : "");
    host().info(text + (value ? ", saving " : ": saving ") + (settings_.weights_only ? "the weights to " : "the run to ") + path);
  }

  bool good_enough(const std::optional<double>& value) {
    if (!value && !std::exchange(complained_, true))
      host().warn(monitor_.name() + " has no value here, so that nothing can be the best (said once)");
    if (!value || std::isnan(*value) || !finite_weights() ||
        (settings_.threshold && !monitor_.better(*value, *settings_.threshold)))
      return false;
    if (settings_.best_only && !monitor_.better(*value, best_)) return false;
    return !settings_.top || files_.there().size() < *settings_.top || monitor_.better(*value, worst()->value);
  }

  /// A value may be good that was measured before the last step spoilt the weights.
  bool finite_weights() {
    const auto bad = treino::damaged_parameter(host(), set_to_save());
    if (bad && !std::exchange(complained_of_weights_, true))
      host().warn(host().parameter_name(*bad) + " is NaN or infinite, so that these weights cannot be the best (said once)");
    return !bad;
  }

  OwnFiles::Place worst() const {
    const auto worse = [&](const OwnFiles::File& left, const OwnFiles::File& right) {
      return right.value && (!left.value || monitor_.better(*right.value, *left.value));
    };
    return std::min_element(files_.there().begin(), files_.there().end(), worse);
  }

  void request(OwnFiles::File file, bool later) {
    files_.ask(std::move(file));
    ask(files_.asked().back(), later);
  }
  void ask(const OwnFiles::File& file, bool later) const {
    const std::string set = file.purpose == regular || settings_.names_a_set() ? set_to_save() : "";
    if (file.purpose == exception)
      host().save_weights(file.path, set);
    else if (settings_.weights_only)
      later ? host().save_weights_later(file.path, set) : host().save_weights(file.path, set);
    else
      later ? host().save_everything_later(file.path, set) : host().save_everything(file.path, set);
  }

  /// The new file is on the disk and has been read back: now older ones of our own may go.
  void prune() {
    while (settings_.top && files_.there().size() > *settings_.top) files_.remove(worst());
    while (settings_.newest && files_.there().size() > *settings_.newest) files_.remove(files_.there().begin());
  }

  FileNames names_;
  treino::Monitor monitor_;
  const Settings settings_;

  std::optional<double> best_;
  OwnFiles files_;  // those of regular saves, so that only they are ever removed
  Clock::time_point saved_;
  bool complained_ = false, complained_of_weights_ = false;
};

}  // namespace
}  // namespace model_checkpoint

TREINO_PLUGIN(model_checkpoint::ModelCheckpoint, R"toml(
kind = "callback"
id = "model_checkpoint"
version = "1.5.0"
summary = "Saves the model during training."
phase = "persist"
events = ["run_begin", "epoch_end", "validation_end", "step_end", "checkpoint_saved", "run_end"]
help = """
filepath may hold {epoch} and {batch} (the last one trained, from 0), {step} (how many were taken) and the run's scalars, formatted as in
{epoch:03d} or {val_loss:.2f}; a scalar without a value gives "none". Without placeholders each save replaces the one before. Files are
safetensors, written beside the old one, synced, renamed and read back by the host; only after that an older file is removed, and only one
that this callback has made.
Saves come after each epoch, with every_n_epochs = 5 after each fifth one, or with save_freq = 500 after each 500 steps. An epoch's end
comes after its validation, and nothing is saved between the two: Lightning's save_on_train_epoch_end would have no effect, a monitor
without "val_" does what it is for. every_n_minutes adds one after the first step that finds the last save so long ago.
Where [run] validate_every asks for validation within epochs, save_best_only and save_top_k with a value of validation look after each
(unless save_freq or every_n_epochs is given), and not at the ends of epochs without one.
save_best_only saves what is better than the best so far; save_top_k what is among the k best so far, and removes the worst beyond
them. Where the pattern gives the name of a file that is kept again, as {val_loss:.0f} may, the new one gets "-v1" (or -v2, ...) before its
extension. NaN is never among the best. keep_last_n removes all but the newest n. save_last also writes "last" with filepath's extension, in
the folder before the first placeholder, each time a save is due, the best or not. on_exception writes the weights as "...-exception"
when the run fails.
What is kept as the best is what was measured: with weights = "measured", save_best_only and save_top_k save the weights that the
monitored value was measured with, so the averages where swap_ema_weights has them in the model during validation; otherwise those that
are being trained. "current" saves these in any case, also while averages stand in the model for them; "ema" the averages of
swap_ema_weights, "swa" those of stochastic_weight_averaging. A full checkpoint holds them all; `treino evaluate --weights` and
`treino predict --weights` take from it those that were measured. Weights that are NaN or infinite are never among the best.
`treino resume` continues from files with everything in them, so not from those of save_weights_only.
With async_checkpoint the run does not wait for the disk: what is saved is copied, and a thread of the host's writes it while the next
epoch continues, which waits at its end if need be. That takes as much memory as the file; what does not fit is written at once. Sets of
weights of 1 MB and more (averages, the best ones) are not copied: who changes one meanwhile waits until it has been written. A run
that is killed meanwhile has the file before. (Saves within epochs that look for the best are always waited for.)
A file that cannot be written is a failure of this callback: on_error says whether the run ends. Older ones stay.
State: the best value; with save_top_k or keep_last_n the list of own files. With another monitor or mode than the saved one the best starts from nothing.
"""

[parameters.filepath]
type = "output"
required = true
placeholders = true
doc = "the file, or a pattern for files, such as weights/{epoch:03d}-{val_loss:.3f}.safetensors"
)toml" TREINO_MODE_TOML TREINO_SAVE_FREQ_TOML R"toml(
[parameters.weights]
type = "string"
default = "measured"
doc = "\"measured\", \"current\", or, with save_weights_only, the set of weights of another callback: \"ema\", \"swa\""
[parameters]
monitor = { type = "monitor", doc = "the metric that save_best_only and save_top_k look at; val_loss where not given" }
save_best_only = { type = "bool", default = false, doc = "save only what is better than all before" }
save_weights_only = { type = "bool", default = false, doc = "weights alone, instead of all that a run continues from" }
every_n_epochs = { type = "int", min = 1, doc = "save after each n-th epoch; not with save_freq = a number of steps" }
verbose = { type = "int", default = 0, min = 0, max = 1, doc = "1: a log line at each save, with what the monitored metric was and is" }
initial_value_threshold = { type = "float", doc = "save only what is better than this; with save_best_only or save_top_k" }
save_top_k = { type = "int", min = 1, doc = "keep the k best files" }
save_last = { type = "bool", default = false, doc = "also write last.safetensors at each save" }
keep_last_n = { type = "int", min = 1, doc = "keep the n newest files" }
every_n_minutes = { type = "float", above = 0.0, doc = "also save after so many minutes without a save" }
on_exception = { type = "bool", default = false, doc = "also save the weights when the run fails" }
)toml" TREINO_ASYNC_CHECKPOINT_TOML)
