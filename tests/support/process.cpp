// Programs run by tests, with their output, exit code and time limit.
#include "support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace treino::test {

namespace {

// Output goes to files, not pipes: a program that writes a lot then never waits for us.
std::filesystem::path temporary_file() {
  std::string name = (std::filesystem::temp_directory_path() / "treino-output-XXXXXX").string();
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) throw std::runtime_error("cannot make " + name);
  close(descriptor);
  return name;
}

}  // namespace

Process::Process(const ProcessOptions& options) : options_(options), output_(temporary_file()), error_(temporary_file()) {
  std::vector<char*> arguments;
  for (std::string& argument : options_.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  id_ = fork();
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ > 0) return;
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(output_.c_str(), O_WRONLY | O_TRUNC);
  const int err = open(error_.c_str(), O_WRONLY | O_TRUNC);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  if (chdir(options_.folder.c_str()) != 0) _exit(126);
  for (const auto& [name, value] : options_.environment)
    if (value.empty())
      unsetenv(name.c_str());
    else
      setenv(name.c_str(), value.c_str(), 1);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

Process::~Process() {
  if (!status_ && id_ > 0) {
    kill(id_, SIGKILL);
    int ignored = 0;
    waitpid(id_, &ignored, 0);
  }
  std::error_code ignored;
  std::filesystem::remove(output_, ignored);
  std::filesystem::remove(error_, ignored);
}

void Process::send(int signal) const {
  if (!status_) kill(id_, signal);
}

bool Process::running() {
  if (status_) return false;
  int status = 0;
  if (waitpid(id_, &status, WNOHANG) != id_) return true;
  status_ = status;
  return false;
}

Finished Process::wait() {
  const auto end = std::chrono::steady_clock::now() + options_.limit;
  while (running()) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error(options_.arguments[0] + " did not end in time:\n" + read_text(output_) + read_text(error_));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  Finished finished;
  finished.output = read_text(output_);
  finished.error = read_text(error_);
  if (WIFEXITED(*status_)) finished.exit_code = WEXITSTATUS(*status_);
  if (WIFSIGNALED(*status_)) finished.signal = WTERMSIG(*status_);
  return finished;
}

Finished run_process(const ProcessOptions& options) { return Process(options).wait(); }

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace treino::test
