// Checkpoints that plugins ask for: written at the safe point, or copied there and written by a thread while the run goes on.
#include "host/session/profile.hpp"
#include "store/folders.hpp"
#include "train/trainer.hpp"

namespace treino::train {

/// The files come, and are answered for, in the order in which they were asked for.
void Trainer::process_save_requests() {
  for (const host::Requests::Save& wanted : session_.requests().take_saves()) {
    finish_pending_save(true);
    if (wanted.later && save_async(wanted)) continue;
    std::string failure;
    try {
      save(wanted.path, wanted.everything, wanted.as_they_are ? nullptr : &wanted.weights);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    answer_save(*wanted.who, wanted.path, failure);
  }
}

/// False where that cannot be, without memory or of a thread: then it is to be written at once.
bool Trainer::save_async(const host::Requests::Save& wanted) try {
  const host::Profile::Span span(session_.profile(), TREINO_SPAN_SAVE);
  const std::filesystem::path path = wanted.path;
  auto saved = std::make_shared<Saved>(collect(wanted.everything, wanted.as_they_are ? nullptr : &wanted.weights));
  saved->bytes = std::move(memory_for_saves_);
  ModelBackend::Loan loan = saved->own() ? backend_->lend_sets() : nullptr;
  if (wanted.everything) record_checkpoint(path);
  auto write = [saved, path, loan = std::move(loan)]() mutable -> std::string {
    std::string failure;
    try {
      store::create_folders(path.parent_path());
      store::write_tensors(path, saved->tensors, saved->metadata, [&] { loan.reset(); });
      store::check_tensors(path);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    loan.reset();
    return failure;
  };
  save_under_way_ = {wanted.who, wanted.path, wanted.awaited, saved, std::async(std::launch::async, std::move(write))};
  return true;
} catch (const std::exception&) {  // another fault comes up again when it is tried at once
  return false;
}

/// Weights change within the optimizer's step and in trial steps only, and no plugin is called in the one.
bool Trainer::save_weights_meanwhile(const std::filesystem::path& path, const std::function<bool()>& held_up) {
  if (in_trial_) return false;
  Saved saved = collect(false);
  saved.own();
  if (!held_up() || in_trial_) return false;
  store::write_tensors(path, saved.tensors, saved.metadata);
  store::check_tensors(path);
  return true;
}

void Trainer::finish_pending_save(bool wait) {
  if (!save_under_way_) return;
  if (!wait && save_under_way_->failure.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  std::string failure;
  {
    const host::Profile::Span span(session_.profile(), TREINO_SPAN_SAVE);
    failure = save_under_way_->failure.get();
  }
  SaveUnderWay done = std::move(*save_under_way_);
  save_under_way_.reset();
  memory_for_saves_ = std::move(done.saved->bytes);
  answer_save(*done.who, done.path, failure);
}

void Trainer::answer_save(host::Instance& who, const std::string& path, const std::string& failure) {
  // Who asked says it to the user.
  if (!failure.empty()) session_.log().message(host::Log::Level::debug, who.name(), failure);
  const std::uint32_t outcome = event_.outcome;
  const char* text = event_.text;
  event_.outcome = failure.empty() ? TREINO_DONE : TREINO_RUN_FAILED;
  event_.text = failure.empty() ? path.c_str() : failure.c_str();
  session_.tell(who, event_, TREINO_CHECKPOINT_SAVED);
  event_.text = text;
  event_.outcome = outcome;
}

}  // namespace treino::train
