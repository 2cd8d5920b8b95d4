// What is behind a treino_run_handle: the options, the data given so far, and the run once it has begun.
#pragma once
#include <treino/treino.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/session/log.hpp"
#include "library/dry_folder.hpp"
#include "library/folder_run.hpp"
#include "library/run_options.hpp"
#include "library/schedule.hpp"
#include "library/training.hpp"
#include "train/plan/plan.hpp"
#include "train/result.hpp"
#include "train/run/interrupt.hpp"

namespace treino::library {

class RunHandle {
 public:
  explicit RunHandle(const treino_run_options& options) : options_(options) {}

  void set_samples(std::uint32_t part, const treino_samples* samples);
  void on_epoch(treino_epoch_function function, void* context) { epoch_function_ = function, epoch_context_ = context; }
  void interrupt() { interrupt_.request(train::Interrupt::by_program); }

  void check() const;
  std::string plan() const;
  treino_schedule schedule(std::uint64_t steps_per_epoch);
  const std::vector<const char*>& input_files();
  treino_run_result fit();
  treino_run_result resume();
  const std::vector<treino_scalar>& evaluate(const treino_samples* samples, std::uint32_t part);
  void save(const std::filesystem::path& path);

 private:
  train::PlanOptions plan_options() const;
  train::Plan checked() const;
  treino_run_result train();
  train::Result fit(Training& training);
  std::string tell_epoch(std::uint64_t epoch, const train::NamedScalars& scalars) const;
  void refuse_second_use() const;
  train::Run& trained();

  RunOptions options_;
  train::DataInMemory in_memory_;
  treino_epoch_function epoch_function_ = nullptr;
  void* epoch_context_ = nullptr;
  train::Interrupt interrupt_;
  std::optional<host::Screen> screen_;
  std::optional<DryFolder> dry_folder_;
  std::unique_ptr<FolderRun> run_;
  RunResult result_;
  train::NamedScalars evaluated_;
  std::vector<treino_scalar> evaluated_scalars_;
  std::optional<Schedule> schedule_;
  std::vector<std::string> input_files_;
  std::vector<const char*> input_file_texts_;
};

}  // namespace treino::library
