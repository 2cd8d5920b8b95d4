// Keeps a file from which a run that was cut off continues as if nothing had happened: `treino resume` takes the newest whole one.
// Name and parameters are Keras'.
#include <chrono>
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/state_version.hpp>

#include "shared/training/frequency.hpp"

namespace {

using treino::Event;
using Clock = std::chrono::steady_clock;

/// Between two that are written while training continues. A copy takes the loop some time, and all callbacks are asked for their
/// states: where epochs take less than a millisecond, that would be most of what the run does.
constexpr std::chrono::milliseconds interval{100};

class BackupAndRestore final : public treino::Callback {
 public:
  explicit BackupAndRestore(const treino::Setup& setup)
      : Callback(setup),
        folder_(setup.get<std::string>("backup_dir")),
        every_steps_(treino::steps_between(setup)),
        double_(setup.get<bool>("double_checkpoint")),
        delete_(setup.get<bool>("delete_checkpoint")),
        later_(setup.get<bool>("async_checkpoint")) {
    for (const std::string& name : names()) host().claim_output(file(name));
  }

  void on_run_begin(const Event& event) override {
    if (!asked_.empty()) host().save_everything(file(asked_));  // killed before the answer came; nothing has changed since
    if (event.resumed != 0) {
      if (later_ && double_) second_ = newer(file("backup-a"), file("backup-b"));
      return;
    }
    for (const std::string name : {"backup", "backup-a", "backup-b"})
      if (std::filesystem::exists(file(name)))
        throw std::runtime_error(file(name) +
                                 " is the backup of a run that has not ended: resume that run, or give another backup_dir");
  }

  void on_epoch_end(const Event& event) override {
    if (every_steps_ == 0 && treino::outcome_of(event) == treino::Outcome::running) back_up();
  }
  void on_step_end(const Event& event) override {
    if (event.step % every_steps_ == 0) back_up();
  }

  void on_checkpoint_saved(const Event& event) override {
    const std::string path = file(std::exchange(asked_, ""));
    if (treino::outcome_of(event) != treino::Outcome::done)
      throw std::runtime_error(path + ": the run is not backed up: " + event.text);
  }

  void on_run_end(const Event& event) override {
    if (!delete_ ||
        (treino::outcome_of(event) != treino::Outcome::done && treino::outcome_of(event) != treino::Outcome::early_stopped))
      return;
    std::error_code error;
    for (const std::string& name : names())
      if (!std::filesystem::remove(file(name), error) && error)
        host().warn(file(name) + " cannot be removed: " + error.message());
    std::filesystem::remove(folder_, error);  // stays where something else is in it
  }

  std::uint64_t wanted() const override { return ~(std::uint64_t{1} << (every_steps_ > 0 ? TREINO_EPOCH_END : TREINO_STEP_END)); }

  /// Which saves are left out in the background depends on the clock, and what is saved must depend on the run alone: so of two
  /// files the older one comes next there.
  void save(treino::Writer& writer) const override {
    writer.write(!later_ && second_);
    writer.write(asked_);
  }
  void load(treino::Reader& reader, std::uint32_t version) override {
    treino::expect_state_version(version, 2);
    const bool second = reader.get<bool>();
    auto asked = reader.get<std::string>();
    reader.finish();
    second_ = second;
    asked_ = std::move(asked);
  }

 private:
  std::vector<std::string> names() const {
    return double_ ? std::vector<std::string>{"backup-a", "backup-b"} : std::vector<std::string>{"backup"};
  }
  static bool newer(const std::string& file, const std::string& other) {
    std::error_code missing;
    const auto time = std::filesystem::last_write_time(file, missing);
    if (missing) return false;
    const auto other_time = std::filesystem::last_write_time(other, missing);
    return missing || time > other_time;
  }
  std::string file(const std::string& name) const { return (std::filesystem::path(folder_) / name).string() + ".safetensors"; }

  /// While one is being written no further one is asked for: the next will be newer.
  void back_up() {
    if (!asked_.empty() || (later_ && begun_ && Clock::now() - *begun_ < interval)) return;
    begun_ = Clock::now();
    asked_ = !double_ ? "backup" : second_ ? "backup-b" : "backup-a";
    second_ = !second_;
    if (later_)
      host().save_everything_unawaited(file(asked_));
    else
      host().save_everything(file(asked_));
  }

  std::string folder_;
  std::uint64_t every_steps_;
  bool double_, delete_, later_;

  std::optional<Clock::time_point> begun_;  // the last one

  bool second_ = false;  // which of the two names comes next
  // A name, not a path: a run's folder may be moved or copied, and what the other one holds is not ours.
  std::string asked_;  // not yet answered
};

}  // namespace

TREINO_PLUGIN(BackupAndRestore, R"toml(
kind = "callback"
id = "backup_and_restore"
version = "1.3.0"
summary = "Backs up the whole run, so that one that was cut off resumes bit for bit."
phase = "persist"
events = ["run_begin", "epoch_end", "step_end", "checkpoint_saved", "run_end"]
state_version = 2
help = """
Saves everything (weights, optimizer, schedulers, metrics half-way, every callback's state, random streams, the place in the data) after
each epoch, or with save_freq = 500 after each 500 steps, as backup_dir/backup.safetensors.
With async_checkpoint the run does not wait for the disk: what is saved is copied, and a thread of the host's writes it while training
continues. While it writes, and within 0.1 s of the last, further saves that come due are left out, so that short epochs or a slow disk make
backups fewer, not the run longer; a run that is killed finds the newest whole one, and continues from there to the same result. The copy takes as much
memory as the file; what does not fit is written at once. Sets of weights of 1 MB and more (averages, the best ones) are not copied: who
changes one meanwhile waits until it has been written.
The file is written beside the old one, synced, renamed and read back by the host. double_checkpoint writes backup-a.safetensors and
backup-b.safetensors in turn, so that the save before the last stays, too.
When the run ends done or early stopped, the files that were made here are removed, and the folder where it is empty then; after every other end they stay for
`treino resume`. A backup_dir with a backup of another run in it is refused.
A backup that cannot be written is a failure of this callback: on_error says whether the run ends. The one before stays.
State: what was asked for, and which name comes next (in the background that of the older file).
"""

[parameters.backup_dir]
type = "output"
folder = true
required = true
doc = "the folder of the backup"
)toml" TREINO_SAVE_FREQ_TOML R"toml(
[parameters.double_checkpoint]
type = "bool"
default = false
doc = "keep the save before the last as well"
)toml" TREINO_ASYNC_CHECKPOINT_TOML R"toml(
[parameters.delete_checkpoint]
type = "bool"
default = true
doc = "remove the backup when the run has ended well"
)toml")
