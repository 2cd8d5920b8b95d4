// treino run, treino resume.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/counted.hpp"
#include "base/secrets.hpp"
#include "cli/commands.hpp"
#include "cli/crash_report.hpp"
#include "cli/signals.hpp"
#include "cli/tables.hpp"
#include "cli/text.hpp"
#include "store/atomic_file.hpp"
#include "train/run/own_runs.hpp"
#include "train/run/run_folder.hpp"
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

/// A run that stopped early has done what it was to do; one that was interrupted or diverged has not.
int exit_code_of(std::uint32_t outcome, bool exit_outcome) {
  switch (outcome) {
    case TREINO_DONE:
      return exit_success;
    case TREINO_EARLY_STOPPED:
      return exit_outcome ? exit_early_stopped : exit_success;
    case TREINO_INTERRUPTED:
      return exit_outcome ? exit_interrupted : exit_failed;
    case TREINO_DIVERGED:
      return exit_outcome ? exit_diverged : exit_failed;
    default:
      return exit_failed;
  }
}

/// As a shell takes it.
std::string in_shell(const std::string& text) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("/._-+=:,@%", c) != nullptr; };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

void introduce(host::Screen& screen, const train::Trainer& trainer, const train::RunFolder& folder) {
  std::int64_t parameters = 0;
  for (const nn::LayerInfo& layer : trainer.model().layers()) parameters += layer.parameters;
  const train::RunData& data = trainer.data();
  std::string samples = grouped(data.training.count) + " training";
  if (data.validation.count > 0) samples += ", " + grouped(data.validation.count) + " validation";
  if (data.test.count > 0) samples += ", " + grouped(data.test.count) + " test";
  const auto& run = trainer.plan().manifest.run;
  screen.line(fmt::format("{}: {} samples; {} parameters; seed {}; {}", run.name.value, samples, grouped(parameters), run.seed,
                          base::counted(run.threads, "thread", "threads")));
  screen.line("run folder: " + folder.path().string());
}

nlohmann::json to_json(const train::NamedScalars& numbers) {
  nlohmann::json result = nlohmann::json::object();
  for (const auto& [name, value] : numbers)
    result[name] = std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(exact(value));
  return result;
}

void write_summary(const train::RunFolder& folder, const train::Trainer& trainer, const train::Result& result, double seconds) {
  nlohmann::json summary = {{"outcome", name_of(result.outcome)},
                            {"reason", base::without_secrets(result.reason)},
                            {"seconds", seconds},
                            {"epochs", result.epochs},
                            {"numbers", to_json(result.numbers)}};
  if (result.best)
    summary["best"] = {
        {"epoch", result.best->epoch + 1}, {"lowest", trainer.compared_by()}, {"numbers", to_json(result.best->numbers)}};
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

void show_epochs(host::Screen& screen, const train::Trainer& trainer, const train::Result& result) {
  if (!result.last.empty()) screen.line(fmt::format("last epoch {}: {}", result.epochs, figures(result.last)));
  if (result.best)
    screen.line(fmt::format("best epoch {}: {} (lowest {})", result.best->epoch + 1, figures(result.best->numbers),
                            trainer.compared_by()));
}

/// Full checkpoints of the run.
struct Checkpoints {
  std::optional<std::filesystem::path> newest;
  train::Position reached;
  std::vector<std::string> damaged;  // a sentence for each file that cannot be read
};

Checkpoints find_checkpoints(const train::RunFolder& folder) {
  Checkpoints found;
  for (const std::filesystem::path& path : folder.checkpoints()) {
    try {
      const auto position = train::Trainer::position_in(path);
      if (!position) continue;
      if (found.newest && std::pair(position->epoch, position->batch) <= std::pair(found.reached.epoch, found.reached.batch))
        continue;
      found.newest = path;
      found.reached = *position;
    } catch (const std::exception& error) {
      found.damaged.push_back(error.what());
    }
  }
  return found;
}

/// One run from its first batch to its summary.
class Training {
 public:
  Training(train::Trainer& trainer, const train::RunFolder& folder, host::Log& log, Signals& signals, const CommonOptions& common)
      : trainer_(trainer), folder_(folder), log_(log), signals_(signals), common_(common) {}

  /// Trains, keeps the model, tests it, says where everything is.
  int run() {
    introduce(log_.screen(), trainer_, folder_);
    train::Result result = fit();
    show_epochs(log_.screen(), trainer_, result);
    keep_model(result);
    test(result);
    keep_and_show_tables(result);
    return report(result);
  }

 private:
  train::Result fit() {
    train::Interrupt interrupt;
    trainer_.obey(interrupt);
    const std::uint64_t epochs = trainer_.plan().manifest.run.epochs;
    trainer_.on_epoch_without_progress([this, epochs](std::uint64_t epoch, const train::NamedScalars& numbers) {
      if (!log_.screen().is_quiet()) log_.screen().line(fmt::format("epoch {}/{}: {}", epoch + 1, epochs, figures(numbers)));
    });
    const Signals::Watch watch(signals_, {interrupt, host::call_place(), trainer_.plan().manifest.run.stop_timeout,
                                          [this](const std::string& what, const auto& held_up) { give_up(what, held_up); }});
    return trainer_.fit();
  }

  /// The weights are kept also where something else could not be saved.
  void keep_model(train::Result& result) {
    if (!result.trained) return;
    try {
      trainer_.save_weights(folder_.model());
      if (result.outcome == TREINO_RUN_FAILED) result.reason += "; the model is saved: " + folder_.model().string();
    } catch (const std::exception& error) {
      result.trained = false;
      result.outcome = TREINO_RUN_FAILED;
      result.reason += std::string("; the model is not saved: ") + error.what();
    }
  }

  void test(train::Result& result) {
    const bool healthy = result.outcome == TREINO_DONE || result.outcome == TREINO_EARLY_STOPPED;
    if (!healthy || trainer_.data().test.count == 0) return;
    try {
      const auto tested = trainer_.test(trainer_.data().test, "test_");
      log_.screen().line("test: " + figures(tested));
      result.numbers.insert(result.numbers.end(), tested.begin(), tested.end());
    } catch (const std::exception& error) {
      result.outcome = TREINO_RUN_FAILED;
      result.reason = error.what();
    }
  }

  /// The metrics' tables: their files, and their text where it fits.
  void keep_and_show_tables(train::Result& result) {
    try {
      for (const std::string& text : keep_tables(trainer_.tables(), folder_.path(), screen_width())) {
        std::size_t begin = 0;
        for (std::size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin))
          log_.screen().line(text.substr(begin, end - begin));
        if (begin < text.size()) log_.screen().line(text.substr(begin));
      }
    } catch (const std::exception& error) {
      result.outcome = TREINO_RUN_FAILED;
      result.reason = error.what();
    }
  }

  int report(train::Result& result) {
    const double spent = seconds();
    try {
      write_summary(folder_, trainer_, result, spent);
    } catch (const std::exception& error) {
      result.outcome = TREINO_RUN_FAILED;
      result.reason += std::string("; the summary is not saved: ") + error.what();
    }
    log_.record("end", {host::field("outcome", std::string_view(name_of(result.outcome))), host::field("reason", base::without_secrets(result.reason)),
                        host::field("seconds", spent)});
    host::Screen& screen = log_.screen();
    screen.line(fmt::format("{} after {:.1f} s: {}", name_of(result.outcome), spent, result.reason));
    if (result.outcome == TREINO_RUN_FAILED) {
      print_error(result.reason);
      return exit_failed;
    }
    screen.line("model: " + folder_.model().string());
    if (result.outcome == TREINO_INTERRUPTED) screen.line("go on with: " + resume_command());
    // Nothing of the run is lost, but who reads the output must not take it for all that was said.
    if (const std::string failure = screen.failure(); !failure.empty()) {
      print_error("standard output cannot be written: " + failure);
      if (result.outcome == TREINO_DONE || result.outcome == TREINO_EARLY_STOPPED) return exit_failed;
    }
    return exit_code_of(result.outcome, common_.exit_outcome);
  }

  /// The run has been asked to end, and a plugin does not return. On another thread than the run's: what takes a lock that the
  /// plugin may hold comes last.
  void give_up(const std::string& what, const std::function<bool()>& held_up) {
    train::Result result;
    result.outcome = TREINO_RUN_FAILED;
    result.reason = what;
    print_error(what);
    try {
      if (trainer_.save_weights_meanwhile(folder_.model(), held_up))
        result.reason += "; the weights as they were then are saved: " + folder_.model().string();
      const Checkpoints found = find_checkpoints(folder_);
      if (!held_up()) return;
      if (found.newest)
        result.reason +=
            fmt::format("; the newest checkpoint is {} (epoch {}, batch {}): {}", found.newest->string(),
                        found.reached.epoch + 1, found.reached.batch, resume_command());
      else
        result.reason += "; there is no checkpoint to go on from";
      print_error(result.reason.substr(what.size() + 2));
      write_summary(folder_, trainer_, result, seconds());
    } catch (const std::exception& error) {
      print_error(error.what());
    }
    log_.record("end", {host::field("outcome", std::string_view("failed")), host::field("reason", base::without_secrets(result.reason)),
                        host::field("seconds", seconds())});
  }

  /// With what the run's folder does not tell, or would not be believed in.
  std::string resume_command() const {
    std::string command = "treino resume " + in_shell(folder_.path().string());
    for (const std::filesystem::path& plugins : common_.plugin_folders) command += " --plugin-path " + in_shell(plugins.string());
    const bool own = train::is_own_run(folder_.path());
    return command + (!own && train::needs_trust(trainer_.plan(), folder_.path()) ? " --trust" : "");
  }

  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  train::Trainer& trainer_;
  const train::RunFolder& folder_;
  host::Log& log_;
  Signals& signals_;
  const CommonOptions& common_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The checkpoint to go on from; none where nothing was saved. Damaged ones are named, and passed over for another; where there
/// is no other, the run does not begin again unasked.
std::optional<std::filesystem::path> checkpoint_to_resume(const train::RunFolder& folder, host::Log& log) {
  const Checkpoints found = find_checkpoints(folder);
  if (!found.newest && !found.damaged.empty()) {
    for (const std::string& damaged : found.damaged) print_error(damaged);
    throw std::runtime_error(
        folder.path().string() +
        ": no checkpoint is left to go on from; `treino resume --restart` begins again from the first epoch");
  }
  for (const std::string& damaged : found.damaged) log.message(host::Log::Level::warning, "", damaged + "; looking for another");
  return found.newest;
}

/// A run that begins again does not meet its old checkpoints: callbacks would take them for another run's. They are kept.
void set_checkpoints_aside(const train::RunFolder& folder, host::Log& log) {
  for (const std::filesystem::path& path : folder.checkpoints()) {
    bool whole = true;
    try {
      if (!train::Trainer::position_in(path)) continue;  // weights alone
    } catch (const std::exception&) {
      whole = false;
    }
    const std::string relative = path.lexically_relative(folder.path()).string();
    if (relative.rfind("..", 0) == 0) continue;
    std::filesystem::rename(path, path.string() + ".old");
    log.message(host::Log::Level::info, "", relative + (whole ? "" : ", which is damaged,") + " is kept as " + relative + ".old");
  }
}

/// A folder that was made for a run which then could not begin is not left behind.
void discard(const train::RunFolder& folder) {
  std::error_code ignored;
  for (const char* name : {"lock", "log.jsonl", "manifest.toml", "plugins.json", "signature"})
    std::filesystem::remove(folder.path() / name, ignored);
  std::filesystem::remove(folder.path(), ignored);  // stays where something else is in it
}

}  // namespace

int run(const CommonOptions& common, const RunOptions& options) {
  Signals signals;  // before any other thread
  const RunUnderWay under_way;
  train::Plan plan = train::make_plan({options.manifest, common.settings, common.plugin_folders, true, options.folder});
  const train::RunFolder folder = train::RunFolder::create(plan, options.folder);
  host::Screen screen(STDOUT_FILENO, common.quiet || plan.manifest.run.quiet);
  host::Log log(screen);
  std::optional<train::Trainer> trainer;
  try {
    std::future<void> description = folder.write_description(plan, true);
    log.open(folder.path());
    trainer.emplace(std::move(plan), folder.path(), log, nn::InitialValues::drawn, [&] { description.get(); });
  } catch (...) {
    discard(folder);
    throw;
  }
  return Training(*trainer, folder, log, signals, common).run();
}

int resume(const CommonOptions& common, const ResumeOptions& options) {
  Signals signals;  // before any other thread
  const RunUnderWay under_way;
  const train::RunFolder folder = train::RunFolder::open(options.folder);
  folder.remove_leftovers();
  train::PlanOptions plan_options{folder.manifest(), common.settings, common.plugin_folders, true, folder.path()};
  plan_options.trusted = common.trust || train::is_own_run(folder.path());
  train::Plan plan = train::make_plan(plan_options);
  if (!common.trust) train::refuse_links(plan, folder.path(), true);
  host::Screen screen(STDOUT_FILENO, common.quiet || plan.manifest.run.quiet);
  host::Log log(screen);
  log.open(folder.path());
  for (const std::string& changed : folder.changed_plugins(plan)) log.message(host::Log::Level::warning, "", changed);
  std::optional<std::filesystem::path> checkpoint;
  if (options.restart)
    set_checkpoints_aside(folder, log);
  else
    checkpoint = checkpoint_to_resume(folder, log);
  train::Trainer trainer(std::move(plan), folder.path(), log, checkpoint ? nn::InitialValues::zero : nn::InitialValues::drawn);
  if (checkpoint) trainer.restore(*checkpoint);
  folder.write_description(trainer.plan(), plan_options.trusted).get();  // with the settings that are in force from now on
  log.message(host::Log::Level::info, "",
              checkpoint        ? "going on from " + checkpoint->string()
              : options.restart ? "beginning again, as --restart asks"
                                : "nothing was saved before the run ended; beginning again");
  return Training(trainer, folder, log, signals, common).run();
}

}  // namespace treino::cli
