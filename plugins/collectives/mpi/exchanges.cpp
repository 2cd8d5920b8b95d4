// Numbers of exchanges are places in a list, so that one is found without looking for it.
#include "exchanges.hpp"

#include <algorithm>
#include <stdexcept>

namespace treino::mpi {

std::vector<MPI_Request>& Exchanges::begin(std::uint64_t& number) {
  auto slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot& each) { return !each.taken; });
  if (slot == slots_.end()) slot = slots_.emplace(slots_.end());
  slot->taken = true;
  ++under_way_;
  number = static_cast<std::uint64_t>(slot - slots_.begin()) + 1;
  return slot->requests;
}

bool Exchanges::test(std::uint64_t number) {
  if (number == 0 || number > slots_.size() || !slots_[number - 1].taken)
    throw std::invalid_argument("no exchange has the number " + std::to_string(number));
  Slot& slot = slots_[number - 1];
  // One after the other, since MPI_Testall does not tell what an error is.
  while (!slot.requests.empty()) {
    int done = 0;
    check(MPI_Test(&slot.requests.back(), &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0) return false;
    slot.requests.pop_back();
  }
  slot.taken = false;
  --under_way_;
  return true;
}

}  // namespace treino::mpi
