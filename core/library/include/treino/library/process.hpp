// The process, for a program that gives it to Treino: Ctrl-C, crashes, processors.
#pragma once
#include <treino/library/process.h>

#include <memory>
#include <treino/library/result.hpp>

namespace treino {

/// First in main(), before other threads: while it lives, Ctrl-C ends runs as Outcome::interrupted, with everything saved, a plugin
/// that crashes is named before the process ends, and one that does not return is given up (see process.h). Throws Error where
/// there is one already.
class Process {
 public:
  Process() {
    treino_process_handle* handle = nullptr;
    library_detail::check([&](treino_error* error) { return treino_process_own(&handle, error); });
    handle_.reset(handle);
  }

 private:
  struct Release {
    void operator()(treino_process_handle* handle) const { treino_process_release(handle); }
  };
  std::unique_ptr<treino_process_handle, Release> handle_;
};

}  // namespace treino
