// Whatever MPI does to a process on its way in is undone here, and its end is left out where waiting for others could be without end.
#include "process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace treino::mpi {

namespace {

// Told by check(), which has no process at hand.
int known_rank = 0, known_ranks = 1;
// Made by join(), and never destroyed: messages of a run that has been left may still be under way when the process ends.
Process* joined = nullptr;

/// OpenMPI puts handlers of its own in the place of what a process has for crashes.
class HandlersKept {
 public:
  HandlersKept() {
    for (int i = 1; i < NSIG; ++i) known_[i] = sigaction(i, nullptr, &before_[i]) == 0;
  }
  ~HandlersKept() {
    for (int i = 1; i < NSIG; ++i)
      if (known_[i]) sigaction(i, &before_[i], nullptr);
  }
  HandlersKept(const HandlersKept&) = delete;
  HandlersKept& operator=(const HandlersKept&) = delete;

 private:
  std::array<struct sigaction, NSIG> before_{};
  std::array<bool, NSIG> known_{};
};

}  // namespace

void check(int result, const char* call) {
  if (result == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int size = 0;
  MPI_Error_string(result, text, &size);
  throw std::runtime_error("rank " + std::to_string(known_rank) + " of " + std::to_string(known_ranks) + ": " + call + ": " +
                           text);
}

bool Process::is_one_of_several() {
  const auto is_set = [](const char* name) { return std::getenv(name) != nullptr; };
  if (is_set("OMPI_COMM_WORLD_SIZE") || is_set("PMIX_RANK") || is_set("PMI_RANK")) return true;
  // Each of Slurm's tasks would take itself for the only one, and all of them would write the same files.
  if (const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS"); tasks != nullptr && std::atoi(tasks) > 1)
    throw std::runtime_error(std::string("srun started ") + tasks +
                             " processes that cannot find each other: add --mpi=pmix to srun, or use mpirun");
  return false;
}

Process& Process::join() {
  if (joined == nullptr) joined = new Process();
  if (joined->failed_)
    throw std::runtime_error("an earlier run of this process ended in the middle of exchanges: start the processes again");
  return *joined;
}

Process::Process() {
  int initialized = 0, finalized = 0, threads = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  if (finalized != 0) throw std::runtime_error("the program has ended MPI: it can be begun only once in a process");
  if (initialized == 0) {
    const HandlersKept handlers;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &threads), "MPI_Init_thread");
    began_mpi_ = true;
  } else {
    check(MPI_Query_thread(&threads), "MPI_Query_thread");
  }
  if (threads < MPI_THREAD_SERIALIZED) throw std::runtime_error("this MPI may be called by one thread only; a run has several");
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(MPI_COMM_WORLD, &ranks_), "MPI_Comm_size");
  known_rank = rank_;
  known_ranks = ranks_;
  for (MPI_Comm* own : {&exchanges_, &messages_}) {
    check(MPI_Comm_dup(MPI_COMM_WORLD, own), "MPI_Comm_dup");
    check(MPI_Comm_set_errhandler(*own, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  }
  if (began_mpi_) std::atexit(finalize);
}

void Process::begin_run() {
  if (in_run_.exchange(true)) throw std::runtime_error("another run of this process exchanges with the other processes already");
}

void Process::end_run(bool whole) {
  if (!whole) failed_ = true;
  in_run_ = false;
}

/// Waits for all ranks, so that it is left out where one may never come.
void Process::finalize() {
  if (!joined->in_run_ && !joined->failed_) MPI_Finalize();
}

}  // namespace treino::mpi
