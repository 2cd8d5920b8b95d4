// Saves a run: its weights, or everything that it takes to continue it. What plugins ask for is written at the safe point, or
// copied there and written by a thread while the run continues.
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/session/session.hpp"
#include "train/checkpoint/checkpoint_contents.hpp"

namespace treino::train {

class CheckpointWriter {
 public:
  /// `run` outlives this. Of several processes, the first alone writes; in the others, nothing is done.
  explicit CheckpointWriter(Run& run) : run_(run) {}

  /// What is in the model, and what makes a trained model of it. Throws store::StoreError.
  void save_weights(const std::filesystem::path& path) { save(path, false); }
  /// The same from another thread while a plugin's call holds up the one that trains. False, and nothing is written, where the
  /// model holds no weights worth keeping, or where held_up() is false when they have been copied. Throws store::StoreError.
  bool save_weights_meanwhile(const std::filesystem::path& path, const std::function<bool()>& held_up);
  /// A checkpoint. Throws store::StoreError, host::CallError.
  void save_everything(const std::filesystem::path& path) { save(path, true); }

  /// Writes what plugins have asked for, in that order, and tells each (checkpoint_saved).
  void process_save_requests();
  /// Waits for the file that a thread is writing, if there is one, and tells the plugin that asked for it.
  void finish_pending_save();
  /// The same without waiting for one that is still being written.
  void look_at_pending_save();
  /// Whether one is being written that the epoch's end waits for.
  bool is_awaited() const { return pending_ && pending_->awaited; }

 private:
  struct PendingSave {
    host::Instance* who;
    std::string path;
    bool awaited;  // by the ends of epochs
    std::shared_ptr<CheckpointContents> contents;
    std::future<std::string> failure;  // empty where all went well
  };
  void save(const std::filesystem::path& path, bool everything, const std::string* weights = nullptr);
  bool save_async(const host::Requests::Save& request);
  void record_checkpoint(const std::filesystem::path& path);
  void tell_saved(host::Instance& who, const std::string& path, const std::string& failure);

  Run& run_;
  std::optional<PendingSave> pending_;
  std::vector<std::byte> memory_;  // of the last one, for the next
};

}  // namespace treino::train
