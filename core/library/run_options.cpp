// From the C structs and back.
#include "library/run_options.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/input_error.hpp"
#include "base/secrets.hpp"
#include "base/text.hpp"
#include "library/guarded.hpp"
#include "train/run/own_runs.hpp"

namespace treino::library {

using base::InputError;

RunOptions::RunOptions(const treino_run_options& given)
    : manifest(given.manifest != nullptr ? given.manifest : "manifest.toml"),
      settings(texts<std::string>(given.settings, given.setting_count, "settings")),
      plugin_folders(texts<std::filesystem::path>(given.plugin_folders, given.plugin_folder_count, "plugin_folders")),
      quiet(given.quiet != 0),
      trust(given.trust != 0),
      restart(given.restart != 0),
      dry(given.dry != 0),
      log(given.log),
      log_context(given.log_context) {
  if (given.text != nullptr) text = given.text;
  if (given.folder != nullptr) folder = treino::library::given(given.folder, "the run's folder");
  if (given.manifest == nullptr && !text && !folder)
    throw InputError("treino_run_options: neither a manifest nor its text nor a run's folder is given");
  if (dry && folder) throw InputError("a dry run keeps nothing, so that it has no folder: leave one of the two out");
}

train::PlanOptions RunOptions::plan() const {
  train::PlanOptions options{manifest, settings, plugin_folders, true, folder};
  options.text = text;
  return options;
}

train::PlanOptions RunOptions::plan_of(const train::RunFolder& own) const {
  train::PlanOptions options{own.manifest(), settings, plugin_folders, true, own.path()};
  options.trusted = trust || train::is_own_run(own.path());
  options.recorded = true;
  return options;
}

void RunOptions::open_screen(std::optional<host::Screen>& screen, bool manifest_is_quiet) const {
  if (log == nullptr)
    screen.emplace(STDOUT_FILENO, quiet || manifest_is_quiet);
  else
    screen.emplace([log = log, context = log_context](const std::string& line) { log(context, line.c_str()); });
}

void RunOptions::say_error(const std::string& words) const {
  const std::string line = "error: " + base::clean_line(base::without_secrets(words));
  if (log != nullptr)
    log(log_context, line.c_str());
  else
    std::fprintf(stderr, "%s\n", line.c_str());
}

std::vector<treino_scalar> to_c(const train::NamedScalars& scalars) {
  std::vector<treino_scalar> result;
  for (const auto& [name, value] : scalars) result.push_back({name.c_str(), value});
  return result;
}

treino_run_result RunResult::keep(train::Result result, const std::filesystem::path& folder, std::string resume_command,
                                  std::string output_failure) {
  result_ = std::move(result);
  folder_ = folder.string();
  resume_command_ = std::move(resume_command);
  output_failure_ = std::move(output_failure);
  scalars_ = to_c(result_.scalars);
  treino_run_result told{};
  told.size = sizeof told;
  told.outcome = static_cast<std::uint32_t>(result_.outcome);
  told.epochs = result_.epochs;
  told.reason = result_.reason.c_str();
  told.folder = folder_.c_str();
  told.scalar_count = static_cast<std::uint32_t>(scalars_.size());
  told.scalars = scalars_.data();
  told.resume_command = resume_command_.c_str();
  told.output_failure = output_failure_.empty() ? nullptr : output_failure_.c_str();
  return told;
}

}  // namespace treino::library
