// A run of the scripted host with one callback: played at one go, or taken apart and put together again as kill and resume do.
#pragma once
#include <map>
#include <memory>

#include "host/session/parameters.hpp"
#include "plugins/conformance/callback_script.hpp"
#include "plugins/conformance/instance.hpp"

namespace treino::conformance {

/// What is to be the same, whichever way the run was played.
struct Record {
  std::uint32_t outcome = TREINO_RUNNING;
  std::string reason;
  std::uint64_t epochs = 0;             // begun
  std::vector<double> rates;            // at the beginning of each epoch
  std::vector<std::string> saved;       // "weights a/b.safetensors", in order; "failed: " before those that failed
  std::vector<std::uint64_t> skipped;   // batches whose step was not taken
  std::vector<std::uint64_t> returned;  // batches after which the weights went back
  using Values = std::map<std::string, std::vector<std::optional<double>>>;
  Values at_epochs, at_batches;  // what numbers were at the end of each, those that the case's expectations name
  bool operator==(const Record&) const = default;
};

/// What a full checkpoint holds.
struct Snapshot {
  std::size_t next = 0;
  World world;
  Bytes state;
  Record record;
  std::uint64_t saves = 0;
};

class Play {
 public:
  /// The files of the script are written into `folder`. Throws Refusal, as the others do, where the plugin refuses. `withheld`: a
  /// service that the host does not have.
  Play(const PluginUnderTest& plugin, const Script& script, const std::filesystem::path& folder,
       const std::string& withheld = "");
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;
  ~Play();

  void begin();
  /// The next piece of the run (an epoch's beginning, a batch, a validation, an epoch's end) without what was asked for in it;
  /// false where the run is over.
  bool advance();
  /// Acts on what was asked for.
  void act();
  /// The end of the run.
  void end();
  void play() {
    begin();
    go_on();
  }
  void go_on() {
    while (advance()) act();
    end();
  }

  /// At the end of a batch or an epoch: could a checkpoint be written here?
  bool at_checkpoint() const { return at_checkpoint_ && !host_->stop && !host_->back && record_.outcome == TREINO_RUNNING; }
  Snapshot snapshot() const;
  /// As after a kill and a resume: another instance, with the saved state.
  void resume(const Snapshot& from);

  const Record& record() const { return record_; }
  ScriptedHost& host() { return *host_; }
  Bytes state() const;
  /// Calls the callback, where it wants the event.
  void fire(std::uint32_t event, treino_event_info info);
  void* instance() const { return self_; }

 private:
  enum class Piece { epoch_begin, batch, validation, epoch_end };
  struct Step {
    Piece piece;
    std::uint64_t epoch, batch;
  };
  void create();
  void destroy();
  void start(bool resumed);
  treino_event_info info(std::uint64_t epoch, std::uint64_t batch) const;
  void begin_epoch(std::uint64_t epoch);
  void train(std::uint64_t epoch, std::uint64_t batch);
  void step(treino_event_info& event, std::uint64_t number);
  void validate(std::uint64_t epoch);
  void pass(std::uint32_t begin_event, treino_event_info now, std::uint64_t batches, const char* prefix);
  void pass_after_training();
  void write_down(const std::set<std::string>& names, Record::Values& values);
  void show_numbers(std::uint64_t epoch, const std::string& prefix);
  void save(const ScriptedHost::Save& wanted);

  const PluginUnderTest& plugin_;
  const Script& script_;
  const host::ParameterPack parameters_;
  std::unique_ptr<ScriptedHost> host_;
  void* self_ = nullptr;
  std::uint64_t wanted_ = 0;

  std::vector<Step> steps_;
  std::size_t next_ = 0;
  bool at_checkpoint_ = false, begun_ = false;
  Record record_;
  std::uint64_t saves_ = 0;
};

}  // namespace treino::conformance
