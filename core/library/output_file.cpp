// A file that is there whole or not at all, and never one of the inputs.
#include "library/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/input_error.hpp"
#include "store/store_error.hpp"

namespace treino::library {

namespace {

namespace fs = std::filesystem;

constexpr const char* unwritable = "cannot be written";

/// The number of an open stream that has a name in /dev. Opening a file again by it would begin at its start.
std::optional<int> open_stream(const fs::path& path) {
  const std::string text = fs::absolute(path).lexically_normal().string();
  if (text == "/dev/stdout") return STDOUT_FILENO;
  if (text == "/dev/stderr") return STDERR_FILENO;
  for (const std::string prefix : {"/dev/fd/", "/proc/self/fd/"}) {
    int number = -1;
    const char* end = text.data() + text.size();
    if (text.rfind(prefix, 0) == 0 && std::from_chars(text.data() + prefix.size(), end, number).ptr == end) return number;
  }
  return std::nullopt;
}

/// Empty for what is, or becomes, a regular file.
base::FileDescriptor open_if_no_file(const fs::path& path) {
  int descriptor = -1;
  if (const std::optional<int> stream = open_stream(path)) {
    descriptor = fcntl(*stream, F_DUPFD_CLOEXEC, 3);
  } else {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return {};
    descriptor = base::uninterrupted([&] { return ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC); });
  }
  if (descriptor < 0) store::fail(path, unwritable, errno);
  return base::FileDescriptor(descriptor);
}

bool same_file(const fs::path& one, const fs::path& other) {
  std::error_code error;
  if (fs::equivalent(one, other, error) && !error) return true;
  const fs::path first = fs::weakly_canonical(one, error);
  if (error) return false;
  const fs::path second = fs::weakly_canonical(other, error);
  return !error && first == second;
}

}  // namespace

void refuse_inputs(const fs::path& path, std::span<const fs::path> inputs) {
  for (const fs::path& input : inputs) {
    if (!same_file(path, input)) continue;
    const bool named_alike = path.lexically_normal() == input.lexically_normal();
    throw base::InputError(path.string() + ": is " +
                           (named_alike ? "an input" : "the same file as " + input.string() + ", an input") +
                           " or a file of the run, which the output would replace; name another file");
  }
}

OutputFile::OutputFile(const fs::path& path, std::span<const fs::path> inputs) : path_(path) {
  if (!open_stream(path)) refuse_inputs(path, inputs);
  stream_ = open_if_no_file(path);
  if (!stream_) file_.emplace(path);
}

void OutputFile::write(std::string_view text) {
  if (file_) return file_->write(text);
  while (!text.empty()) {
    const ssize_t written = base::uninterrupted([&] { return ::write(stream_.get(), text.data(), text.size()); });
    if (written < 0) store::fail(path_, unwritable, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::commit() {
  if (file_) file_->commit();
}

bool is_open_stream(const fs::path& path) { return open_stream(path).has_value(); }

void write_output(const fs::path& path, std::string_view text, std::span<const fs::path> inputs) {
  OutputFile file(path, inputs);
  file.write(text);
  file.commit();
}

}  // namespace treino::library
