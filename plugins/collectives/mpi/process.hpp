// MPI can be begun and ended only once in a process, which may have several runs one after the other: what outlives a run is here.
#pragma once
#define OMPI_SKIP_MPICXX 1  // what C++ had of MPI once, which would need a further library
#include <mpi.h>

#include <atomic>
#include <string>

namespace treino::mpi {

/// Throws "rank 1 of 4: MPI_Ibcast: <MPI's text>" where the result is no success.
void check(int result, const char* call);

/// MPI as this process has joined it.
class Process {
 public:
  /// True where whoever started the process started others with it. Throws where Slurm did so without telling of them.
  static bool is_one_of_several();
  /// Joins the first time. Throws where that fails, and where an earlier run of this process failed in the middle of exchanges.
  static Process& join();

  int rank() const { return rank_; }
  int ranks() const { return ranks_; }
  /// Of exchanges, and of the small messages of messages.hpp.
  MPI_Comm exchanges() const { return exchanges_; }
  MPI_Comm messages() const { return messages_; }

  /// One run at a time: throws where another has begun.
  void begin_run();
  /// `whole`: every exchange that was begun is done, so that another run may follow, and MPI be ended.
  void end_run(bool whole);

 private:
  Process();
  static void finalize();
  int rank_ = 0, ranks_ = 1;
  MPI_Comm exchanges_ = MPI_COMM_NULL, messages_ = MPI_COMM_NULL;
  bool began_mpi_ = false;
  std::atomic<bool> in_run_{false}, failed_{false};
};

}  // namespace treino::mpi
