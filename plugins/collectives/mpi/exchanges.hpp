// The exchanges that are under way, by number.
#pragma once
#include <cstdint>
#include <vector>

#include "process.hpp"

namespace treino::mpi {

/// Numbers and memory are used again, so that a step allocates nothing once a run has had a few.
class Exchanges {
 public:
  /// What of MPI's a new exchange consists of; filled by whoever begins it.
  std::vector<MPI_Request>& begin(std::uint64_t& number);
  /// True where it is done; its number is free then. Throws where there is none of that number.
  bool test(std::uint64_t number);
  bool all_done() const { return under_way_ == 0; }

 private:
  struct Slot {
    std::vector<MPI_Request> requests;
    bool taken = false;
  };
  std::vector<Slot> slots_;
  std::size_t under_way_ = 0;
};

}  // namespace treino::mpi
