// Files come, and are told of, in the order in which they were asked for.
#include "train/checkpoint/checkpoint_writer.hpp"

#include <chrono>
#include <utility>

#include "store/folders.hpp"
#include "store/safetensors_read.hpp"
#include "store/safetensors_write.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

const std::string* weights_of(const host::Requests::Save& request) { return request.as_they_are ? nullptr : &request.weights; }

}  // namespace

void CheckpointWriter::save(const std::filesystem::path& path, bool everything, const std::string* weights) {
  if (!run_.processes->is_first()) return;
  const host::Profile::Span span(run_.session.profile(), TREINO_SPAN_SAVE);
  // Plugins' states do not depend on how fast another file is written.
  if (everything) finish_pending_save();
  store::create_folders(path.parent_path());
  const CheckpointContents contents = collect(run_, everything, weights);
  // Told before it is there: a run killed in between finds it, and one that finds nothing looks further.
  if (everything) record_checkpoint(path);
  store::write_tensors(path, contents.tensors, contents.metadata);
  store::check_tensors(path);
}

/// Weights change within the optimizer's step and in trial steps only, and no plugin is called in the one.
bool CheckpointWriter::save_weights_meanwhile(const std::filesystem::path& path, const std::function<bool()>& held_up) {
  if (!run_.processes->is_first() || run_.trial_steps.is_under_way()) return false;
  CheckpointContents contents = collect(run_, false);
  contents.copy();
  if (!held_up() || run_.trial_steps.is_under_way()) return false;
  store::write_tensors(path, contents.tensors, contents.metadata);
  store::check_tensors(path);
  return true;
}

void CheckpointWriter::record_checkpoint(const std::filesystem::path& path) {
  const std::filesystem::path relative = path.lexically_relative(run_.folder);
  const bool inside = !relative.empty() && *relative.begin() != "..";
  const Position& position = run_.progress.position();
  run_.session.log().record("checkpoint",
                            {host::field("path", (inside ? relative : path).string()), host::field("epoch", position.epoch),
                             host::field("batch", position.batch), host::field("step", position.step)});
}

void CheckpointWriter::process_save_requests() {
  for (const host::Requests::Save& request : run_.session.requests().take_saves()) {
    if (!run_.processes->is_first()) continue;
    finish_pending_save();
    if (request.later && save_async(request)) continue;
    std::string failure;
    try {
      save(request.path, request.everything, weights_of(request));
    } catch (const std::exception& error) {
      failure = error.what();
    }
    tell_saved(*request.who, request.path, failure);
  }
}

/// False where that cannot be, where there is no memory or thread for it: then it is to be written at once.
bool CheckpointWriter::save_async(const host::Requests::Save& request) try {
  const host::Profile::Span span(run_.session.profile(), TREINO_SPAN_SAVE);
  const std::filesystem::path path = request.path;
  auto contents = std::make_shared<CheckpointContents>(collect(run_, request.everything, weights_of(request)));
  contents->bytes = std::move(memory_);
  ModelBackend::Loan loan = contents->copy() ? run_.backend.lend_sets() : nullptr;
  if (request.everything) record_checkpoint(path);
  auto write = [contents, path, loan = std::move(loan)]() mutable -> std::string {
    std::string failure;
    try {
      store::create_folders(path.parent_path());
      store::write_tensors(path, contents->tensors, contents->metadata, [&] { loan.reset(); });
      store::check_tensors(path);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    loan.reset();
    return failure;
  };
  pending_ = {request.who, request.path, request.awaited, contents, std::async(std::launch::async, std::move(write))};
  return true;
} catch (const std::exception&) {  // another fault comes up again when it is tried at once
  return false;
}

void CheckpointWriter::look_at_pending_save() {
  if (pending_ && pending_->failure.wait_for(std::chrono::seconds(0)) == std::future_status::ready) finish_pending_save();
}

void CheckpointWriter::finish_pending_save() {
  if (!pending_) return;
  std::string failure;
  {
    const host::Profile::Span span(run_.session.profile(), TREINO_SPAN_SAVE);
    failure = pending_->failure.get();
  }
  PendingSave done = std::move(*pending_);
  pending_.reset();
  memory_ = std::move(done.contents->bytes);
  tell_saved(*done.who, done.path, failure);
}

void CheckpointWriter::tell_saved(host::Instance& who, const std::string& path, const std::string& failure) {
  // The plugin that asked for it tells the user.
  if (!failure.empty()) run_.session.log().message(host::Log::Level::debug, who.name(), failure);
  treino_event_info info = run_.progress.event();
  info.outcome = static_cast<std::uint32_t>(failure.empty() ? host::Outcome::done : host::Outcome::failed);
  info.text = failure.empty() ? path.c_str() : failure.c_str();
  run_.session.tell(who, info, host::Event::checkpoint_saved);
}

}  // namespace treino::train
