// From the first batch to the exit code: whatever fails on the way, what was trained is kept and told of.
#include "cli/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/secrets.hpp"
#include "cli/checkpoints.hpp"
#include "cli/summary.hpp"
#include "cli/tables.hpp"
#include "cli/text.hpp"
#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/evaluation.hpp"
#include "train/loop.hpp"
#include "train/plan/trust.hpp"
#include "train/run/own_runs.hpp"

namespace treino::cli {

namespace {

/// As a shell takes it.
std::string in_shell(const std::string& text) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("/._-+=:,@%", c) != nullptr;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

int Training::execute() {
  introduce(log_.screen(), run_, folder_);
  train::Result result = fit();
  show_epochs(log_.screen(), run_, result);
  keep_model(result);
  test(result);
  keep_and_show_tables(result);
  return report(result);
}

train::Result Training::fit() {
  train::Interrupt interrupt;
  run_.interrupt = &interrupt;
  train::TrainingLoop loop(run_);
  const std::uint64_t epochs = run_.plan.manifest.run.epochs;
  loop.on_epoch_without_progress([this, epochs](std::uint64_t epoch, const train::NamedScalars& scalars) {
    if (!log_.screen().is_quiet()) log_.screen().line(fmt::format("epoch {}/{}: {}", epoch + 1, epochs, figures(scalars)));
  });
  const Signals::Watch watch(signals_, {interrupt, host::call_place(), run_.plan.manifest.run.stop_timeout,
                                        [this](const std::string& what, const auto& held_up) { give_up(what, held_up); }});
  train::Result result = loop.fit();
  run_.interrupt = nullptr;
  return result;
}

/// The weights are kept also where something else could not be saved.
void Training::keep_model(train::Result& result) {
  if (!result.trained) return;
  try {
    train::CheckpointWriter(run_).save_weights(folder_.model());
    if (result.outcome == TREINO_RUN_FAILED) result.reason += "; the model is saved: " + folder_.model().string();
  } catch (const std::exception& error) {
    result.trained = false;
    result.outcome = TREINO_RUN_FAILED;
    result.reason += std::string("; the model is not saved: ") + error.what();
  }
}

void Training::test(train::Result& result) {
  if (!result.is_success() || run_.data.test.count == 0) return;
  try {
    const auto tested = train::Evaluation(run_).test(run_.data.test, "test_");
    log_.screen().line("test: " + figures(tested));
    result.scalars.insert(result.scalars.end(), tested.begin(), tested.end());
  } catch (const std::exception& error) {
    result.outcome = TREINO_RUN_FAILED;
    result.reason = error.what();
  }
}

/// The metrics' tables: their files, and their text where it fits.
void Training::keep_and_show_tables(train::Result& result) {
  try {
    for (const std::string& text : keep_tables(run_.session.tables(), folder_.path(), screen_width())) {
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

int Training::report(train::Result& result) {
  const double spent = seconds();
  try {
    write_summary(folder_, run_, result, spent);
  } catch (const std::exception& error) {
    result.outcome = TREINO_RUN_FAILED;
    result.reason += std::string("; the summary is not saved: ") + error.what();
  }
  log_.record("end", {host::field("outcome", std::string_view(name_of(result.outcome))),
                      host::field("reason", base::without_secrets(result.reason)), host::field("seconds", spent)});
  host::Screen& screen = log_.screen();
  screen.line(fmt::format("{} after {:.1f} s: {}", name_of(result.outcome), spent, result.reason));
  if (result.outcome == TREINO_RUN_FAILED) {
    print_error(result.reason);
    return exit_failed;
  }
  screen.line("model: " + folder_.model().string());
  if (result.outcome == TREINO_INTERRUPTED) screen.line("resume with: " + resume_command());
  // Nothing of the run is lost, but who reads the output must not take it for all that was said.
  if (const std::string failure = screen.failure(); !failure.empty()) {
    print_error("standard output cannot be written: " + failure);
    if (result.is_success()) return exit_failed;
  }
  return exit_code_of(result.outcome, common_.exit_outcome);
}

/// The run has been asked to end, and a plugin does not return. On another thread than the run's: what takes a lock that the
/// plugin may hold comes last.
void Training::give_up(const std::string& what, const std::function<bool()>& held_up) {
  train::Result result;
  result.outcome = TREINO_RUN_FAILED;
  result.reason = what;
  print_error(what);
  try {
    if (train::CheckpointWriter(run_).save_weights_meanwhile(folder_.model(), held_up))
      result.reason += "; the weights as they were then are saved: " + folder_.model().string();
    const Checkpoints found = find_checkpoints(folder_);
    if (!held_up()) return;
    if (found.newest)
      result.reason += fmt::format("; the newest checkpoint is {} (epoch {}, batch {}): {}", found.newest->string(),
                                   found.reached.epoch + 1, found.reached.batch, resume_command());
    else
      result.reason += "; there is no checkpoint to continue from";
    print_error(result.reason.substr(what.size() + 2));
    write_summary(folder_, run_, result, seconds());
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  log_.record("end", {host::field("outcome", std::string_view("failed")),
                      host::field("reason", base::without_secrets(result.reason)), host::field("seconds", seconds())});
}

/// With what the run's folder does not tell, or would not be believed in.
std::string Training::resume_command() const {
  std::string command = "treino resume " + in_shell(folder_.path().string());
  for (const std::filesystem::path& plugins : common_.plugin_folders) command += " --plugin-path " + in_shell(plugins.string());
  const bool own = train::is_own_run(folder_.path());
  return command + (!own && train::needs_trust(run_.plan, folder_.path()) ? " --trust" : "");
}

}  // namespace treino::cli
