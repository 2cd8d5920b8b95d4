// One run from its first batch to its summary.
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "cli/commands.hpp"
#include "cli/signals.hpp"
#include "host/session/log.hpp"
#include "train/result.hpp"
#include "train/run/run.hpp"
#include "train/run/run_folder.hpp"

namespace treino::cli {

class Training {
 public:
  Training(train::Run& run, const train::RunFolder& folder, host::Log& log, Signals& signals, const CommonOptions& common)
      : run_(run), folder_(folder), log_(log), signals_(signals), common_(common) {}

  /// Trains, keeps the model, tests it, says where everything is. Returns the exit code.
  int execute();

 private:
  train::Result fit();
  void keep_model(train::Result& result);
  void test(train::Result& result);
  void keep_and_show_tables(train::Result& result);
  int report(train::Result& result);
  void give_up(const std::string& what, const std::function<bool()>& held_up);
  std::string resume_command() const;
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  train::Run& run_;
  const train::RunFolder& folder_;
  host::Log& log_;
  Signals& signals_;
  const CommonOptions& common_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace treino::cli
