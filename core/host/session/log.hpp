// The run's typed log: one JSON object per line, appended, readable while the run continues. And the screen, which belongs to the
// host alone.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace treino::host {

/// Standard output as lines that stay and one line at the bottom that is redrawn. Any thread may write. Text is cleaned on its way
/// (base/text.hpp), since much of it comes from plugins and data.
class Screen {
 public:
  explicit Screen(int descriptor, bool quiet = false);
  /// A program's function in its place, which is called with each line, one at a time; there is no status line.
  explicit Screen(std::function<void(const std::string&)> sink);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();  // removes the status line

  bool is_terminal() const { return terminal_; }
  bool is_quiet() const { return quiet_; }
  /// Nothing is shown from here on: the screen belongs to another process.
  void mute();
  unsigned columns() const;  // 80 where unknown
  bool colors() const { return colors_; }
  void line(std::string_view text);
  void status(std::string_view text);
  /// Why it could not be written, "No space left on device"; "" where it could, and where its reader went away.
  std::string failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  void write(const std::string& bytes);

  int descriptor_ = -1;
  std::function<void(const std::string&)> sink_;
  bool terminal_, colors_, quiet_;
  bool closed_ = false;  // the reader went away: the run continues in silence
  std::string failure_;
  std::string status_;
  mutable std::mutex mutex_;
};

/// Cut to `columns` columns of a terminal (code points counted; control characters dropped).
std::string fit(std::string_view text, unsigned columns);

/// One field of a log record: JSON text made by one of the functions below.
using Field = std::pair<std::string, std::string>;
Field field(std::string name, std::string_view text);
Field field(std::string name, double number);  // NaN and infinities as strings
Field field(std::string name, std::int64_t number);
Field field(std::string name, std::uint64_t number);

class Log {
 public:
  /// Without a folder only the screen receives it.
  explicit Log(Screen& screen) : screen_(screen) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();
  /// Opens <folder>/<name> for appending; a line cut off by a killed run is completed first. Throws std::system_error.
  void open(const std::filesystem::path& folder, const std::string& name = "log.jsonl");

  enum class Level { debug, info, warning, error };
  /// A message; `from` is an instance's name, or empty for the host itself.
  void message(Level level, std::string_view from, std::string_view text);
  /// A typed record, in the file only.
  void record(std::string_view type, const std::vector<Field>& fields);
  Screen& screen() { return screen_; }

 private:
  Screen& screen_;
  int descriptor_ = -1;
  bool complained_ = false;  // of a full disk, once
  std::mutex mutex_;
};

}  // namespace treino::host
