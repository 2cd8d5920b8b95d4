// Saves everything that a run continues from, every so many steps or epochs, without making it wait for the disk. Name and
// parameters are TorchTNT's; its best_checkpoint_config is `monitor` and `mode` here.
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/state_version.hpp>
#include <utility>

#include "shared/files/checkpoint_files.hpp"
#include "shared/training/frequency.hpp"

namespace {

using treino::Event;
using treino::OwnFiles;

class SnapshotSaver final : public treino::Callback {
 public:
  explicit SnapshotSaver(const treino::Setup& setup)
      : Callback(setup),
        folder_(setup.get<std::string>("dirpath")),
        monitor_(setup.host(), setup.find<std::string>("monitor").value_or(""), setup.get<std::string>("mode")),
        chooses_(setup.has("monitor")),
        later_(setup.get<bool>("async_checkpoint")),
        every_steps_(setup.find<std::uint64_t>("save_every_n_train_steps")),
        every_epochs_(setup.find<std::uint64_t>("save_every_n_epochs")),
        every_evaluations_(setup.find<std::uint64_t>("save_every_n_eval_epochs")),
        most_(setup.find<std::uint64_t>("keep_last_n_checkpoints")),
        files_(setup.host()) {
    if (!every_steps_ && !every_epochs_ && !every_evaluations_)
      throw std::invalid_argument(
          "say when: give save_every_n_train_steps, save_every_n_epochs or save_every_n_eval_epochs (or several)");
    host().claim_output((std::filesystem::path(folder_) / "epoch_{epoch}_step_{step}.safetensors").string());
  }

  void on_run_begin(const Event&) override {
    if (chooses_) monitor_.find();
    if (every_evaluations_ && host().run().validation_samples == 0)
      throw std::invalid_argument("save_every_n_eval_epochs needs validation data, and this run has none");
    for (const OwnFiles::File& file : files_.asked()) ask(file);  // killed before the answer came; nothing has changed since
  }

  void on_step_end(const Event& event) override {
    if (event.step % *every_steps_ == 0) save_now(event);
  }

  /// One within an epoch is saved at once. At an epoch's end, what is asked for there is saved when all have received that.
  void on_validation_end(const Event& event) override {
    if (event.step == 0) return;  // before the first step
    const bool due = ++validations_ % *every_evaluations_ == 0;
    if (due && event.batch < event.batches) return save_now(event);
    validation_is_due_ = due;
  }
  void on_epoch_end(const Event& event) override {
    const bool due = std::exchange(validation_is_due_, false) || (every_epochs_ && (event.epoch + 1) % *every_epochs_ == 0);
    if (due && treino::outcome_of(event) == treino::Outcome::running) save_now(event);
  }

  void on_checkpoint_saved(const Event& event) override {
    std::optional<OwnFiles::File> file = files_.answered(event);
    if (!file) return;
    host().info(file->path + " is saved" +
                (file->value ? " (" + monitor_.name() + " " + treino::short_text(*file->value) + ")" : ""));
    if (!most_) return;
    files_.keep(*std::move(file));
    for (auto each = files_.there().begin(); each != files_.there().end();)
      each = is_one_too_many(each) ? files_.remove(each) : each + 1;
  }

  std::uint64_t wanted() const override {
    return ~((every_steps_ ? 0 : std::uint64_t{1} << TREINO_STEP_END) |
             (every_epochs_ || every_evaluations_ ? 0 : std::uint64_t{1} << TREINO_EPOCH_END) |
             (every_evaluations_ ? 0 : std::uint64_t{1} << TREINO_VALIDATION_END));
  }

  void save(treino::Writer& writer) const override {
    monitor_.save(writer);
    files_.save(writer);
    writer.write(validations_);
  }
  void load(treino::Reader& reader, std::uint32_t version) override {
    treino::expect_state_version(version, 2);
    const bool same = monitor_.matches(reader);
    OwnFiles files = OwnFiles::load(host(), reader);
    validations_ = reader.get<std::uint64_t>();
    reader.finish();
    files_ = std::move(files);
    if (!same) files_.forget_values();
    if (!most_) files_.forget_all();
  }

 private:
  void save_now(const Event& event) {
    const std::string name = "epoch_" + std::to_string(event.epoch) + "_step_" + std::to_string(event.step) + ".safetensors";
    files_.ask({(std::filesystem::path(folder_) / name).string(), chooses_ ? monitor_.value() : std::nullopt, 0});
    ask(files_.asked().back());
  }
  void ask(const OwnFiles::File& file) const {
    const std::string set = chooses_ ? monitor_.measured_with() : "";
    if (later_)
      host().save_everything_later(file.path, set);
    else
      host().save_everything(file.path, set);
  }

  /// The newest stays in any case, for a resumed run to continue from.
  bool is_one_too_many(OwnFiles::Place file) const {
    const auto end = files_.there().end();
    std::uint64_t before_it = 0;
    for (auto other = files_.there().begin(); other != end; ++other)
      if (better(*other, *file) || (other > file && !better(*file, *other))) ++before_it;
    return file + 1 != end && before_it >= *most_;
  }
  bool better(const OwnFiles::File& left, const OwnFiles::File& right) const {
    if (!left.value || std::isnan(*left.value)) return false;
    return !right.value || std::isnan(*right.value) || monitor_.better(*left.value, *right.value);
  }

  std::string folder_;
  treino::Monitor monitor_;
  bool chooses_, later_;
  std::optional<std::uint64_t> every_steps_, every_epochs_, every_evaluations_, most_;
  OwnFiles files_;
  std::uint64_t validations_ = 0;
  bool validation_is_due_ = false;  // from an epoch's validation to the epoch's end
};

}  // namespace

TREINO_PLUGIN(SnapshotSaver, R"toml(
kind = "callback"
id = "snapshot_saver"
version = "1.2.0"
state_version = 2
summary = "Saves snapshots of the whole run without making it wait."
phase = "persist"
events = ["run_begin", "epoch_end", "validation_end", "step_end", "checkpoint_saved"]
help = """
Writes dirpath/epoch_<e>_step_<s>.safetensors (the epoch from 0, the steps applied so far): weights, optimizer, schedulers, metrics
half-way, every callback's state, random streams, the place in the data. `treino resume` continues from the newest whole one.
With async_checkpoint the state is copied when all callbacks have received the step or the epoch's end, and a thread of the host's writes
it while training continues; one at a time, a second one waits for the first. Files are written beside their place, synced, renamed and
read back, so that a crash leaves whole snapshots only; "is saved" is said after that, and only then an older one is removed.
keep_last_n_checkpoints removes all but the newest n. With a monitor the n best stay instead, and the newest besides them; among equal
ones the newer is the better, and one without a value (no validation yet in its epoch) or with NaN is the worst. With a monitor alone all
stay. In any case the line that says that one is saved has the monitor's value.
What is chosen is what was measured: `treino evaluate --weights` and `treino predict --weights` take from a snapshot the weights that the
monitor's value was measured with, so the averages where swap_ema_weights has them in the model during validation.
A snapshot that cannot be written is a failure of this callback: on_error says whether the run ends. Older ones stay.
Of TorchTNT's other parameters save_every_n_eval_steps has no counterpart, since a run is never resumed within a validation, and neither
have process_group, replicated, storage_options and knob_options, which are for several processes and remote storage.
State: the count of validations; with keep_last_n_checkpoints the list of own files. With another monitor or mode than the saved one their values are forgotten.
"""

[parameters.dirpath]
type = "output"
folder = true
required = true
doc = "the folder of the snapshots"

[parameters.save_every_n_train_steps]
type = "int"
min = 1
doc = "after every n optimizer steps"

[parameters.save_every_n_epochs]
type = "int"
min = 1
doc = "at the end of every n-th epoch"

[parameters.save_every_n_eval_epochs]
type = "int"
min = 1
doc = "after every n-th validation, or at the end of its epoch where it comes there"

[parameters.keep_last_n_checkpoints]
type = "int"
min = 1
doc = "how many stay; left out: all"

[parameters.monitor]
type = "monitor"
doc = "the metric that says which are the best, and which weights `--weights` takes; with keep_last_n_checkpoints the best stay instead of the newest"
)toml" TREINO_MODE_TOML TREINO_ASYNC_CHECKPOINT_TOML)
