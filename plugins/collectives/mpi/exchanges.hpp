// The exchanges that are under way, by number.
#pragma once
#include <cstdint>
#include <vector>

#include "process.hpp"

namespace treino::mpi {

/// Memory is used again, so that a step allocates nothing once a run has had a few.
class Exchanges {
 public:
  /// What of MPI's a new exchange consists of; filled by whoever begins it.
  std::vector<MPI_Request>& begin(std::uint64_t& number);
  /// True where it is done. Throws where none of that number was begun.
  bool test(std::uint64_t number);
  bool all_done() const;

 private:
  struct Exchange {
    std::vector<MPI_Request> requests;
    std::uint64_t number = 0;  // 0: free
  };
  std::vector<Exchange>::iterator find(std::uint64_t number);
  std::vector<Exchange> exchanges_;
  std::uint64_t begun_ = 0;
};

}  // namespace treino::mpi
