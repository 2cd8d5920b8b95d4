// There are so few exchanges at once that looking through all of them is the quickest way to one.
#include "exchanges.hpp"

#include <algorithm>
#include <stdexcept>

namespace treino::mpi {

std::vector<Exchanges::Exchange>::iterator Exchanges::find(std::uint64_t number) {
  return std::find_if(exchanges_.begin(), exchanges_.end(), [&](const Exchange& each) { return each.number == number; });
}

std::vector<MPI_Request>& Exchanges::begin(std::uint64_t& number) {
  auto free = find(0);
  if (free == exchanges_.end()) free = exchanges_.emplace(exchanges_.end());
  free->number = number = ++begun_;
  return free->requests;
}

bool Exchanges::test(std::uint64_t number) {
  if (number == 0 || number > begun_) throw std::invalid_argument("no exchange has the number " + std::to_string(number));
  const auto exchange = find(number);
  if (exchange == exchanges_.end()) return true;
  // One after the other, since MPI_Testall does not tell what an error is.
  while (!exchange->requests.empty()) {
    int done = 0;
    check(MPI_Test(&exchange->requests.back(), &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0) return false;
    exchange->requests.pop_back();
  }
  exchange->number = 0;
  return true;
}

bool Exchanges::all_done() const {
  return std::all_of(exchanges_.begin(), exchanges_.end(), [](const Exchange& each) { return each.number == 0; });
}

}  // namespace treino::mpi
