// Everything that leaves for the screen or log.jsonl is cleaned of secrets and control characters here.
#include "host/session/log.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/file.hpp"
#include "base/secrets.hpp"
#include "base/text.hpp"

namespace treino::host {

namespace {

/// Returns errno, 0 where everything was written.
int write_all(int descriptor, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return 0;
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string now() {
  const auto time = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%03dZ", static_cast<int>(milliseconds));
  return text;
}

}  // namespace

std::string fit(std::string_view text, unsigned columns) {
  std::string result;
  unsigned used = 0;
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    const bool continuation = (code & 0xc0) == 0x80;
    if (code < 0x20 || code == 0x7f) continue;
    if (!continuation && used++ == columns) break;
    result += byte;
  }
  return result;
}

Screen::Screen(int descriptor, bool quiet)
    : descriptor_(descriptor), terminal_(!quiet && isatty(descriptor) == 1), quiet_(quiet) {
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  if (term != nullptr && std::strcmp(term, "dumb") == 0) terminal_ = false;
  colors_ = terminal_ && (no_color == nullptr || *no_color == '\0');
}

Screen::Screen(std::function<void(const std::string&)> sink)
    : sink_(std::move(sink)), terminal_(false), colors_(false), quiet_(false) {}

Screen::~Screen() { status(""); }

unsigned Screen::columns() const {
  winsize size{};
  if (terminal_ && ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void Screen::mute() {
  const std::lock_guard lock(mutex_);
  sink_ = nullptr;
  terminal_ = colors_ = false;
  quiet_ = true;
}

void Screen::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (sink_) return sink_(base::clean_line(base::without_secrets(text)));
  std::string bytes;
  if (!status_.empty()) bytes += "\r\x1b[K";
  bytes += base::clean_line(base::without_secrets(text));
  bytes += '\n';
  if (!status_.empty()) bytes += fit(status_, columns() - 1);
  write(bytes);
}

void Screen::status(std::string_view text) {
  if (!terminal_) return;
  const std::lock_guard lock(mutex_);
  std::string clean = base::clean_line(base::without_secrets(text));
  if (clean == status_) return;
  status_ = std::move(clean);
  write("\r" + fit(status_, columns() - 1) + "\x1b[K");
}

void Screen::write(const std::string& bytes) {
  if (quiet_ || closed_) return;
  if (const int error = write_all(descriptor_, bytes.data(), bytes.size()); error != 0) {
    closed_ = true;
    if (error != EPIPE) failure_ = base::reason_of(error);
  }
}

Field field(std::string name, std::string_view text) { return {std::move(name), json_text(text)}; }
Field field(std::string name, double number) {
  if (std::isnan(number)) return {std::move(name), "\"nan\""};
  if (std::isinf(number)) return {std::move(name), number > 0 ? "\"inf\"" : "\"-inf\""};
  return {std::move(name), nlohmann::json(number).dump()};
}
Field field(std::string name, std::int64_t number) { return {std::move(name), std::to_string(number)}; }
Field field(std::string name, std::uint64_t number) { return {std::move(name), std::to_string(number)}; }

Log::~Log() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Log::open(const std::filesystem::path& folder, const std::string& name) {
  const std::string path = folder / name;
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), path);
  const off_t size = lseek(descriptor_, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && pread(descriptor_, &last, 1, size - 1) == 1 && last != '\n') write_all(descriptor_, "\n", 1);
}

void Log::message(Level level, std::string_view from, std::string_view said) {
  const std::string text = base::without_secrets(said);
  static constexpr const char* names[] = {"debug", "info", "warning", "error"};
  record("message", {field("level", std::string_view(names[static_cast<int>(level)])), field("from", from),
                     field("text", std::string_view(text))});
  if (level == Level::debug) return;
  std::string line;
  if (level == Level::warning) line = "warning: ";
  if (level == Level::error) line = "error: ";
  if (!from.empty() && text.substr(0, from.size() + 1) != std::string(from) + ":") line += std::string(from) + ": ";
  screen_.line(line + text);
}

void Log::record(std::string_view type, const std::vector<Field>& fields) {
  const std::lock_guard lock(mutex_);
  if (descriptor_ < 0) return;
  std::string line = "{\"time\":\"" + now() + "\",\"type\":" + json_text(type);
  for (const auto& [name, json] : fields) line += "," + json_text(name) + ":" + json;
  line += "}\n";
  const int failure = write_all(descriptor_, line.data(), line.size());
  if (failure != 0 && !complained_) {
    complained_ = true;
    screen_.line("warning: log.jsonl cannot be written (" + base::reason_of(failure) + "); the run continues without it");
  }
}

}  // namespace treino::host
