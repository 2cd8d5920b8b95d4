// treino run, treino resume.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "store/atomic_file.hpp"
#include "train/run_folder.hpp"
#include "train/trainer.hpp"

namespace treino::cli {

namespace {

const char* name_of(std::uint32_t outcome) {
  switch (outcome) {
    case TREINO_DONE:
      return "done";
    case TREINO_EARLY_STOPPED:
      return "early_stopped";
    case TREINO_INTERRUPTED:
      return "interrupted";
    case TREINO_DIVERGED:
      return "diverged";
    default:
      return "failed";
  }
}

int exit_code_of(std::uint32_t outcome) {
  switch (outcome) {
    case TREINO_DONE:
      return exit_done;
    case TREINO_EARLY_STOPPED:
      return exit_early_stopped;
    case TREINO_INTERRUPTED:
      return exit_interrupted;
    case TREINO_DIVERGED:
      return exit_diverged;
    default:
      return exit_failed;
  }
}

void introduce(host::Screen& screen, const train::Trainer& trainer, const train::RunFolder& folder) {
  std::int64_t parameters = 0;
  for (const nn::LayerInfo& layer : trainer.model().layers()) parameters += layer.parameters;
  const train::RunData& data = trainer.data();
  std::string samples = grouped(data.training.count) + " training";
  if (data.validation.count > 0) samples += ", " + grouped(data.validation.count) + " validation";
  if (data.test.count > 0) samples += ", " + grouped(data.test.count) + " test";
  const auto& run = trainer.plan().manifest.run;
  screen.line(fmt::format("{}: {} samples; {} parameters; seed {}; {} thread{}", run.name.value, samples, grouped(parameters),
                          run.seed, run.threads, run.threads == 1 ? "" : "s"));
  screen.line("run folder: " + folder.path().string());
}

void write_summary(const train::RunFolder& folder, const train::Result& result, double seconds) {
  nlohmann::json numbers = nlohmann::json::object();
  for (const auto& [name, value] : result.numbers)
    numbers[name] = std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(exact(value));
  const nlohmann::json summary = {
      {"outcome", name_of(result.outcome)}, {"reason", result.reason}, {"seconds", seconds}, {"numbers", numbers}};
  store::write_durably(folder.summary(), summary.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

/// The first few; all of them are in the summary.
std::string figures(const std::vector<std::pair<std::string, double>>& numbers) {
  constexpr std::size_t shown = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, numbers.size()); ++i)
    text += (text.empty() ? "" : "  ") + numbers[i].first + " " + brief(numbers[i].second);
  if (numbers.size() > shown) text += fmt::format("  and {} more in summary.json", numbers.size() - shown);
  return text;
}

/// Trains, keeps the model, tests it, says where everything is.
int train_and_report(train::Trainer& trainer, const train::RunFolder& folder, host::Log& log) {
  host::Screen& screen = log.screen();
  introduce(screen, trainer, folder);
  const auto start = std::chrono::steady_clock::now();
  train::Result result = trainer.fit();
  try {
    if (result.outcome != TREINO_RUN_FAILED) trainer.save_weights(folder.model());
    const bool healthy = result.outcome == TREINO_DONE || result.outcome == TREINO_EARLY_STOPPED;
    if (healthy && trainer.data().test.count > 0) {
      const auto tested = trainer.test(trainer.data().test, "test_");
      screen.line("test: " + figures(tested));
      result.numbers.insert(result.numbers.end(), tested.begin(), tested.end());
    }
  } catch (const std::exception& error) {
    result.outcome = TREINO_RUN_FAILED;
    result.reason = error.what();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  log.record("end", {host::field("outcome", std::string_view(name_of(result.outcome))), host::field("reason", result.reason),
                     host::field("seconds", seconds)});
  write_summary(folder, result, seconds);
  const std::string line = fmt::format("{} after {:.1f} s: {}", name_of(result.outcome), seconds, result.reason);
  screen.line(line);
  if (result.outcome == TREINO_RUN_FAILED) {
    print_error(result.reason);
    return exit_failed;
  }
  screen.line("model: " + folder.model().string());
  if (result.outcome == TREINO_INTERRUPTED) screen.line("go on with: treino resume " + folder.path().string());
  return exit_code_of(result.outcome);
}

/// The whole checkpoint that is furthest; what is damaged is named and passed over.
std::optional<std::filesystem::path> newest_checkpoint(const train::RunFolder& folder, host::Log& log) {
  std::optional<std::filesystem::path> newest;
  std::pair<std::uint64_t, std::uint64_t> furthest;
  for (const std::filesystem::path& path : folder.checkpoints()) {
    try {
      const auto position = train::Trainer::position_in(path);
      if (!position) continue;
      const std::pair reached(position->epoch, position->batch);
      if (newest && reached <= furthest) continue;
      newest = path;
      furthest = reached;
    } catch (const std::exception& error) {
      log.message(host::Log::Level::warning, "", std::string(error.what()) + "; looking for another");
    }
  }
  return newest;
}

/// A folder that was made for a run which then could not begin is not left behind.
void discard(const train::RunFolder& folder) {
  std::error_code ignored;
  for (const char* name : {"lock", "log.jsonl", "manifest.toml", "plugins.json"})
    std::filesystem::remove(folder.path() / name, ignored);
  std::filesystem::remove(folder.path(), ignored);  // stays where something else is in it
}

}  // namespace

int run(const CommonOptions& common, const RunOptions& options) {
  train::Plan plan = train::make_plan({options.manifest, common.settings, common.plugin_folders});
  const train::RunFolder folder = train::RunFolder::create(plan, options.folder);
  host::Screen screen(STDOUT_FILENO, common.quiet);
  host::Log log(screen);
  std::optional<train::Trainer> trainer;
  try {
    std::future<void> description = folder.write_description(plan);
    log.open(folder.path());
    trainer.emplace(std::move(plan), folder.path(), log);
    description.get();
  } catch (...) {
    discard(folder);
    throw;
  }
  return train_and_report(*trainer, folder, log);
}

int resume(const CommonOptions& common, const std::filesystem::path& path) {
  const train::RunFolder folder = train::RunFolder::open(path);
  folder.remove_leftovers();
  train::Plan plan = train::make_plan({folder.manifest(), common.settings, common.plugin_folders});
  host::Screen screen(STDOUT_FILENO, common.quiet);
  host::Log log(screen);
  log.open(folder.path());
  train::Trainer trainer(std::move(plan), folder.path(), log);
  if (const auto checkpoint = newest_checkpoint(folder, log)) {
    trainer.restore(*checkpoint);
    log.message(host::Log::Level::info, "", "going on from " + checkpoint->string());
  } else {
    log.message(host::Log::Level::info, "", "nothing was saved before the run ended; beginning again");
  }
  return train_and_report(trainer, folder, log);
}

}  // namespace treino::cli
