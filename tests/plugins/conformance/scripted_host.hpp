// A host of one callback, with every service of the contract, that keeps account of what it is asked for. It trains nothing: the
// numbers come from a script, the weights are a function of how many steps were applied, checkpoints are short texts.
#pragma once
#include <treino/abi.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace treino::conformance {

struct ScriptedNumber {
  std::string name;
  std::uint32_t direction = TREINO_LOWER_IS_BETTER;
  std::optional<double> value;  // now
  bool declared = false;        // by the callback
};

/// What a full checkpoint would hold of the host.
struct World {
  std::uint64_t steps = 0;                          // applied
  std::vector<float> weight, bias, mean;            // 2 x 3 with rows four apart, 3, and 3 that are not trained
  std::optional<std::vector<float>> remembered[3];  // by remember()
  struct WeightSet {
    std::string name;
    std::vector<float> values[3];
    bool in_model = false;
  };
  std::vector<WeightSet> sets;
  std::vector<ScriptedNumber> numbers;
  double schedule = 0.1;  // the rate before the callback's factor
};

class ScriptedHost {
 public:
  ScriptedHost(std::filesystem::path folder, std::uint32_t columns, std::uint64_t epochs, std::uint64_t batches,
               std::uint64_t steps);
  ScriptedHost(const ScriptedHost&) = delete;
  ScriptedHost& operator=(const ScriptedHost&) = delete;

  const treino_host* handle() const { return &handle_.host; }
  World& world() { return world_; }
  const std::filesystem::path& folder() const { return folder_; }

  // The model.
  void set_weights_of(std::uint64_t steps);
  bool weights_are_of(std::uint64_t steps) const;
  void roll_back();
  void make_gradients(bool broken);  // of a step; broken: NaN in one of them
  void lock_weights(bool locked) { locked_ = locked; }
  std::vector<float> all_weights() const;
  void swap(World::WeightSet& set);
  /// Frozen ones keep the values they have.
  bool trainable(std::uint32_t index) const { return trainable_[index]; }

  // The rate: that of the script for this epoch, times the callback's factor.
  void set_schedule(double rate) { world_.schedule = rate; }
  double rate() const;
  void forget_factor() { factor_ = 1, floor_ = 0, trainable_[0] = trainable_[1] = true; }
  void set_resumed(bool resumed) { info_.resumed = resumed ? 1 : 0; }
  void set_columns(std::uint32_t columns) { columns_ = columns; }

  // The clock that plugins ask, which only the script moves.
  void pass_time(double seconds) { clock_ += static_cast<std::uint64_t>(std::llround(seconds * 1e9)); }
  void wait_for_data(double seconds) {
    const std::uint64_t begin = clock_;
    pass_time(seconds);
    waited_ += clock_ - begin;
  }
  /// As a host without the service of this name.
  void withhold(std::string service) { withheld_ = std::move(service); }
  bool withholds(const char* service) const { return withheld_ == service; }
  /// Before every call of the plugin: the clock's function has no argument to say whose time is asked for.
  void enter() const { entered_ = this; }

  // What was asked for and not yet acted on.
  struct Stop {
    std::uint32_t outcome;
    std::string reason;
  };
  struct Save {
    std::string path;
    bool everything;
    std::string weights;  // the set's name
  };
  std::optional<Stop> stop;  // the first
  std::optional<std::string> skip, back;
  std::vector<Save> saves;

  // What was said and shown.
  std::vector<std::string> log, lines, statuses;

 private:
  struct Handle {
    treino_host host;
    ScriptedHost* self;
  };
  struct Services;
  static ScriptedHost& of(const treino_host* host) { return *reinterpret_cast<const Handle*>(host)->self; }
  treino_tensor view(std::uint32_t index, bool gradient);
  std::vector<float>& values(std::uint32_t index);

  Handle handle_;
  std::filesystem::path folder_;
  std::string folder_text_;
  std::uint32_t columns_;  // 0: no terminal
  World world_;
  std::vector<float> gradients_ = std::vector<float>(9, 0.01f);
  std::string withheld_;
  bool locked_ = false, trainable_[3] = {true, true, false};
  double factor_ = 1, floor_ = 0;
  std::uint64_t clock_ = 1'000'000'000, waited_ = 0, recorded_from_ = 0;  // nanoseconds
  bool recording_ = false;
  static inline const ScriptedHost* entered_ = nullptr;
  treino_run_info info_{};
  treino_problem problem_{};
};

}  // namespace treino::conformance
