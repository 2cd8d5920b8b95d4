// Whatever fails on the way, what was trained is kept and told of.
#include "library/training.hpp"

#include <fmt/format.h>

#include "base/figures.hpp"
#include "base/secrets.hpp"
#include "library/checkpoints.hpp"
#include "library/summary.hpp"
#include "library/tables.hpp"
#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/evaluation.hpp"

namespace treino::library {

void Training::introduce() { library::introduce(log_.screen(), run_, folder_); }

train::LoopEvents::TellEpoch Training::teller() {
  return [this](auto epoch, const auto& scalars, bool shown) { tell_epoch(epoch, scalars, shown); };
}

train::Result Training::fit() {
  introduce();
  train::TrainingLoop loop(run_);
  loop.after_epoch(teller());
  return loop.fit();
}

void Training::finish(train::Result& result) {
  show_epochs(log_.screen(), run_, result);
  keep_model(result);
  test(result);
  keep_and_show_tables(result);
  report(result);
}

void Training::tell_epoch(std::uint64_t epoch, const train::NamedScalars& scalars, bool shown) {
  if (!shown && !log_.screen().is_quiet())
    log_.screen().line(fmt::format("epoch {}/{}: {}", epoch + 1, run_.progress.epochs(), figures(scalars)));
  if (!after_epoch_) return;
  if (std::string reason = after_epoch_(epoch, scalars); !reason.empty())
    run_.session.requests().stop({host::Outcome::early_stopped, std::move(reason), ""});
}

/// The weights are kept also where something else could not be saved.
void Training::keep_model(train::Result& result) {
  if (!result.trained) return;
  try {
    train::CheckpointWriter(run_).save_weights(folder_.model());
    if (result.outcome == host::Outcome::failed && !run_.plan.dry)
      result.reason += "; the model is saved: " + folder_.model().string();
  } catch (const std::exception& error) {
    result.trained = false;
    result.outcome = host::Outcome::failed;
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
    result.outcome = host::Outcome::failed;
    result.reason = error.what();
  }
}

/// The metrics' tables: their files, and their text where it fits.
void Training::keep_and_show_tables(train::Result& result) {
  if (!run_.processes->is_first()) return;
  try {
    for (const std::string& text : keep_tables(run_.session.tables(), folder_.path(), width_)) {
      std::size_t begin = 0;
      for (std::size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin))
        log_.screen().line(text.substr(begin, end - begin));
      if (begin < text.size()) log_.screen().line(text.substr(begin));
    }
  } catch (const std::exception& error) {
    result.outcome = host::Outcome::failed;
    result.reason = error.what();
  }
}

void Training::report(train::Result& result) {
  const double spent = seconds();
  try {
    if (run_.processes->is_first()) write_summary(folder_, run_, result, spent);
  } catch (const std::exception& error) {
    result.outcome = host::Outcome::failed;
    result.reason += std::string("; the summary is not saved: ") + error.what();
  }
  log_.record("end", {host::field("outcome", std::string_view(host::name_of(result.outcome))),
                      host::field("reason", base::without_secrets(result.reason)), host::field("seconds", spent)});
  log_.screen().line(fmt::format("{} after {:.1f} s: {}", host::name_of(result.outcome), spent, result.reason));
  if (result.outcome != host::Outcome::failed && !run_.plan.dry) log_.screen().line("model: " + folder_.model().string());
}

/// What takes a lock that the plugin may hold comes last.
void Training::give_up(const std::string& what, const std::function<bool()>& held_up, const std::string& resume,
                       const std::function<void(const std::string&)>& say) {
  train::Result result;
  result.outcome = host::Outcome::failed;
  result.reason = what;
  say(what);
  try {
    if (train::CheckpointWriter(run_).save_weights_meanwhile(folder_.model(), held_up))
      result.reason += "; the weights as they were then are saved: " + folder_.model().string();
    const Checkpoints found = find_checkpoints(folder_);
    if (!held_up()) return;
    if (found.newest)
      result.reason += fmt::format("; the newest checkpoint is {} (epoch {}, batch {}): {}", found.newest->string(),
                                   found.reached.epoch + 1, found.reached.batch, resume);
    else
      result.reason += "; there is no checkpoint to continue from";
    say(result.reason.substr(what.size() + 2));
    if (run_.processes->is_first()) write_summary(folder_, run_, result, seconds());
  } catch (const std::exception& error) {
    say(error.what());
  }
  log_.record("end", {host::field("outcome", std::string_view("failed")),
                      host::field("reason", base::without_secrets(result.reason)), host::field("seconds", seconds())});
}

}  // namespace treino::library
