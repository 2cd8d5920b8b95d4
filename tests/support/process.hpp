// Runs a program as a user would: arguments, environment, standard output and error, time limit.
#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace treino::test {

struct Finished {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  std::string output, error;
};

struct ProcessOptions {
  std::vector<std::string> arguments;  // the program first
  std::filesystem::path folder = ".";
  std::map<std::string, std::string> environment;  // added to ours; an empty value removes the variable
  std::chrono::milliseconds limit{120000};         // then it is killed, and the call throws
};

/// A program that has been started. The destructor kills what still runs.
class Process {
 public:
  explicit Process(const ProcessOptions& options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();
  void send(int signal) const;
  bool running();
  int id() const { return id_; }
  /// Waits for the end. Throws std::runtime_error after the limit.
  Finished wait();

 private:
  ProcessOptions options_;
  std::filesystem::path output_, error_;
  int id_ = -1;
  std::optional<int> status_;
};

Finished run_process(const ProcessOptions& options);

std::string read_text(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace treino::test
