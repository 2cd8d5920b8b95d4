// Small messages between ranks beside the exchanges: that one is alive, and why one leaves.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "process.hpp"

namespace treino::mpi {

class Messages {
 public:
  explicit Messages(const Process& process);

  /// To all others. Errors are ignored: who is no longer there cannot be told.
  void send_leave(const std::string& why);
  /// No more often than every 100 ms, so that nobody drowns in messages who does not look at them.
  void send_alive();

  /// Takes in what has arrived. Does not wait.
  void receive();
  /// "rank 2 left the run: <why>" of the first of which it is known; "" while all take part.
  const std::string& left() const { return left_; }
  bool is_alive(int rank) const { return alive_[static_cast<std::size_t>(rank)] != 0; }
  void forget_alive();

 private:
  template <class Send>
  void to_others(Send send) const;
  const Process& process_;
  std::string left_;
  std::vector<std::uint8_t> alive_;
  std::vector<MPI_Request> sends_;  // of each rank, the last message to it that it is alive
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace treino::mpi
