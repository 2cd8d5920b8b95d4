// Messages are sent without being waited for, since the rank that they go to may never take them.
#include "messages.hpp"

#include <algorithm>
#include <new>
#include <thread>

namespace treino::mpi {

namespace {

constexpr int alive_tag = 1, leave_tag = 2;
constexpr std::size_t longest_text = 1000;  // small enough to be on its way at once

/// Cut where a character of UTF-8 ends.
std::string cut(const std::string& text) {
  if (text.size() <= longest_text) return text;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return text.substr(0, end);
}

/// Lets MPI work for a moment on messages that were not on their way at once.
void push(std::vector<MPI_Request>& requests) {
  int done = 0;
  for (int i = 0; i < 100 && done == 0; ++i) {
    if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE) != MPI_SUCCESS) return;
  }
}

}  // namespace

Messages::Messages(const Process& process)
    : process_(process), alive_(static_cast<std::size_t>(process.ranks())), sends_(alive_.size(), MPI_REQUEST_NULL) {}

template <class Send>
void Messages::to_others(Send send) const {
  for (int rank = 0; rank < process_.ranks(); ++rank)
    if (rank != process_.rank()) send(rank);
}

void Messages::send_leave(const std::string& why) {
  const auto& text = *new std::string(cut(why));  // kept until the process ends, since MPI may read it until then
  std::vector<MPI_Request> requests;
  to_others([&](int rank) {
    MPI_Request request = MPI_REQUEST_NULL;
    if (MPI_Isend(text.data(), static_cast<int>(text.size()), MPI_BYTE, rank, leave_tag, process_.messages(), &request) ==
        MPI_SUCCESS)
      requests.push_back(request);
  });
  push(requests);
}

void Messages::send_alive() {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  to_others([&](int rank) {
    MPI_Request& send = sends_[static_cast<std::size_t>(rank)];
    int done = 0;
    if (MPI_Test(&send, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done == 0) return;  // it has not taken the last one yet
    if (MPI_Isend(nullptr, 0, MPI_BYTE, rank, alive_tag, process_.messages(), &send) != MPI_SUCCESS) send = MPI_REQUEST_NULL;
  });
}

void Messages::receive() {
  for (;;) {
    int found = 0, size = 0;
    MPI_Status status;
    check(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, process_.messages(), &found, &status), "MPI_Iprobe");
    if (found == 0) return;
    check(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
    const int from = status.MPI_SOURCE;
    std::string text(static_cast<std::size_t>(size), '\0');
    check(MPI_Recv(text.data(), size, MPI_BYTE, from, status.MPI_TAG, process_.messages(), MPI_STATUS_IGNORE), "MPI_Recv");
    if (status.MPI_TAG == alive_tag) alive_[static_cast<std::size_t>(from)] = 1;
    if (status.MPI_TAG == leave_tag && left_.empty()) left_ = "rank " + std::to_string(from) + " left the run: " + text;
  }
}

void Messages::forget_alive() { std::fill(alive_.begin(), alive_.end(), std::uint8_t{0}); }

}  // namespace treino::mpi
