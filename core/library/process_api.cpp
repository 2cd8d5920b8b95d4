// treino_process_...: the C functions.
#include "library/guarded.hpp"
#include "library/process/process_state.hpp"

struct treino_process_handle {
  treino::library::ProcessState state;
};

extern "C" {

treino_status treino_process_own(treino_process_handle** process, treino_error* error) {
  return treino::library::guarded(error, [&] {
    if (process == nullptr) throw treino::base::InputError("there is no place for the process's handle");
    *process = nullptr;
    *process = new treino_process_handle;
  });
}

void treino_process_release(treino_process_handle* process) { delete process; }
}
