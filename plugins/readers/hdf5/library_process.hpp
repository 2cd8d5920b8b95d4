// libhdf5 in a process of its own: damaged files make it crash, loop and take memory without end, which then is an error of the file, and
// not the end of a training run.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "hdf5_file.hpp"

namespace treino::readers {

class LibraryProcess {
 public:
  /// Opens the file there. Throws std::runtime_error that begins with the path.
  explicit LibraryProcess(const std::string& path);
  LibraryProcess(const LibraryProcess&) = delete;
  LibraryProcess& operator=(const LibraryProcess&) = delete;
  ~LibraryProcess();

  const std::vector<Hdf5Dataset>& datasets() const { return datasets_; }
  /// Throws std::runtime_error.
  void read(std::size_t dataset, std::int64_t first, std::int64_t count, char* to);

 private:
  void end();
  void receive(char* to, std::size_t size);
  std::string receive_text();
  void receive_datasets();
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_ended();

  const std::string path_;
  int socket_ = -1;
  pid_t process_ = -1;
  std::vector<Hdf5Dataset> datasets_;
};

}  // namespace treino::readers
