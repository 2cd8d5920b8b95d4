// Folders whose new entries reach the disk: without that a power cut may take a file whose bytes were synced. POSIX.
//
//   void begin(const std::string& folder, treino::DurableFile& rows, treino::DurableFile& index) {
//     treino::NewEntries entries;
//     entries.make_folder(folder);
//     treino::Syncs syncs;  // all at once, in little more than the time of one
//     syncs.add(rows), syncs.add(index), syncs.add(entries);
//     syncs.finish();
//   }
#pragma once
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <system_error>
#include <treino/kit/durable_file.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// Folders in which files and folders were made or renamed: their entries have to be brought to the disk too, once for all of a
/// folder. Without that a power cut may take a file whose bytes were synced.
class NewEntries {
 public:
  /// A file was made in `folder`, or moved into it.
  void add(const std::filesystem::path& folder) {
    const std::string name = folder.empty() ? "." : folder.string();
    if (std::find(folders_.begin(), folders_.end(), name) == folders_.end()) folders_.push_back(name);
  }
  /// Makes `folder` and those above it that are missing.
  void make_folder(const std::filesystem::path& folder) {
    if (folder.empty() || std::filesystem::is_directory(folder)) return;
    if (!folder.has_filename()) return make_folder(folder.parent_path());  // "folder/"
    make_folder(folder.parent_path());
    std::error_code error;
    const bool made = std::filesystem::create_directory(folder, error);
    if (error) detail::fail_with(folder.string(), error.value() == EEXIST ? ENOTDIR : error.value());
    if (made) add(folder.parent_path());
  }
  /// What fails is tried again the next time.
  void sync();

 private:
  friend class Syncs;
  std::vector<std::string> folders_;
};

/// What is forced onto the disk at the same time. A file system brings several files there in little more than the time of one,
/// and a thread that asks for one after the other waits for each.
class Syncs {
 public:
  /// Both have to be there until finish() has returned. A folder is synced once, however many ask for it.
  void add(DurableFile& file) {
    tasks_.push_back([&file] { file.sync(); });
  }
  void add(NewEntries& entries) {
    for (const std::string& folder : entries.folders_)
      if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end()) folders_.push_back(folder);
    entries_.push_back(&entries);
  }

  /// Waits for all, then throws what the first that failed has thrown; folders that were added are then to be synced again.
  void finish() {
    // With the files most of what folders wait for is on the disk already: they share a thread, which costs more than they do.
    tasks_.push_back([this] { std::for_each(folders_.begin(), folders_.end(), sync_folder); });
    run_at_once();
    for (NewEntries* entries : entries_) entries->folders_.clear();
  }

 private:
  /// Not every folder may be read, nor every file system sync folders: nothing more can be asked of those.
  static void sync_folder(const std::string& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int result = descriptor < 0 ? 0 : ::fsync(descriptor), error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (result != 0 && error != EINVAL) detail::fail_with(folder, error);
  }

  /// The last task runs here, and so do those for which there is no thread.
  void run_at_once() {
    std::vector<std::future<void>> running;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // the program's signals are handled elsewhere
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const bool last = i + 1 == tasks_.size();
      try {
        running.push_back(std::async(last ? std::launch::deferred : std::launch::async, tasks_[i]));
      } catch (const std::system_error&) {
        running.push_back(std::async(std::launch::deferred, tasks_[i]));
      }
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    std::exception_ptr failure;
    for (auto task = running.rbegin(); task != running.rend(); ++task) {
      try {
        task->get();
      } catch (...) {
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

  std::vector<std::function<void()>> tasks_;
  std::vector<std::string> folders_;
  std::vector<NewEntries*> entries_;
};

inline void NewEntries::sync() {
  Syncs syncs;
  syncs.add(*this);
  syncs.finish();
}

/// Makes `folder` and those above it that are missing, and brings the entry of each to the disk.
inline void create_folders(const std::filesystem::path& folder) {
  NewEntries entries;
  entries.make_folder(folder);
  entries.sync();
}

}  // namespace sdk0
}  // namespace treino
