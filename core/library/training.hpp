// One run from its first batch to its summary.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "host/session/log.hpp"
#include "train/loop.hpp"
#include "train/result.hpp"
#include "train/run/run.hpp"
#include "train/run/run_folder.hpp"

namespace treino::library {

class Training {
 public:
  Training(train::Run& run, const train::RunFolder& folder, host::Log& log) : run_(run), folder_(folder), log_(log) {}

  /// Called after each epoch; what it returns ends the run where it is not empty: the reason.
  using AfterEpoch = std::function<std::string(std::uint64_t epoch, const train::NamedScalars&)>;
  void after_epoch(AfterEpoch function) { after_epoch_ = std::move(function); }
  /// Columns that tables on the screen may take.
  void set_width(unsigned columns) { width_ = columns; }

  /// What is to be told after each epoch of a loop.
  train::LoopEvents::TellEpoch teller();
  /// Says what is about to begin.
  void introduce();
  /// Trains. Failures are part of the result, here and in finish().
  train::Result fit();
  /// Keeps the model, tests it, says where everything is.
  void finish(train::Result& result);
  /// On another thread than the run's, which hangs in a plugin's call: `what` is why the run ends. Keeps the weights where that can
  /// be done while `held_up`, and writes the summary. `say` is called with each sentence for the user; `resume` is the command for it.
  void give_up(const std::string& what, const std::function<bool()>& held_up, const std::string& resume,
               const std::function<void(const std::string&)>& say);

 private:
  void tell_epoch(std::uint64_t epoch, const train::NamedScalars& scalars, bool shown);
  void keep_model(train::Result& result);
  void test(train::Result& result);
  void keep_and_show_tables(train::Result& result);
  void report(train::Result& result);
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  train::Run& run_;
  const train::RunFolder& folder_;
  host::Log& log_;
  AfterEpoch after_epoch_;
  unsigned width_ = 100;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace treino::library
