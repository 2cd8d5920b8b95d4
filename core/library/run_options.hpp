// treino_run_options with memory of its own, and treino_run_result with what it points to.
#pragma once
#include <treino/treino.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/session/log.hpp"
#include "train/plan/plan.hpp"
#include "train/result.hpp"
#include "train/run/run_folder.hpp"

namespace treino::library {

struct RunOptions {
  /// Throws base::InputError.
  explicit RunOptions(const treino_run_options& given);

  train::PlanOptions plan() const;
  /// Of a run's folder that is continued; whether it is trusted is part of them.
  train::PlanOptions plan_of(const train::RunFolder& folder) const;
  void open_screen(std::optional<host::Screen>& screen, bool quiet) const;
  /// The last words of a run that cannot end: "error: ..." on standard error, or a line for the program's function.
  void say_error(const std::string& words) const;

  std::filesystem::path manifest;
  std::optional<std::string> text;
  std::optional<std::filesystem::path> folder;
  std::vector<std::string> settings;
  std::vector<std::filesystem::path> plugin_folders;
  bool quiet, trust, restart, dry;
  void (*log)(void* context, const char* line);
  void* log_context;
};

std::vector<treino_scalar> to_c(const train::NamedScalars& scalars);

class RunResult {
 public:
  /// `resume_command` and `output_failure` as in treino_run_result.
  treino_run_result keep(train::Result result, const std::filesystem::path& folder, std::string resume_command = "",
                         std::string output_failure = "");
  bool is_trained() const { return result_.trained; }

 private:
  train::Result result_;
  std::string folder_, resume_command_, output_failure_;
  std::vector<treino_scalar> scalars_;
};

}  // namespace treino::library
