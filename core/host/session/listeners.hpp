// Who receives which event, in their order. A callback with a cadence of its own (`every`) leaves the lists for as long as it is not
// its turn, so that the others pay nothing for it.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "host/library/events.hpp"
#include "manifest/cadence.hpp"

namespace treino::host {

class Instance;

/// The events that a cadence of steps or epochs thins out: those of batches and steps, or all from an epoch's begin to its end.
std::uint64_t events_of_cadence(manifest::Cadence::Unit unit);

class Listeners {
 public:
  struct Listener {
    treino_status (*on)(void* self, const treino_event_info* info, treino_error* error);
    void* self;
    Instance* instance;
  };

  const std::vector<Listener>& of(Event event) const { return lists_[static_cast<std::size_t>(event)]; }
  /// `events`: those that it wants. Instances are added in the order of their numbers.
  void add(const Listener& listener, std::uint64_t events);
  void remove(const Instance& instance);

  /// From the next move on. Of steps or epochs.
  void set_cadence(const Instance& instance, const manifest::Cadence& cadence) { thinned_.push_back({&instance, cadence, {}}); }
  /// Before the events of a batch, or of an epoch: both counted from 0, steps as they are due, taken or not.
  void move_to(std::uint64_t epoch, std::uint64_t step) {
    if (!thinned_.empty()) thin_out(epoch, step);
  }

 private:
  struct Thinned {
    const Instance* instance;
    manifest::Cadence cadence;
    std::vector<std::pair<std::size_t, Listener>> withheld;  // with the event of each; none while it is its turn
  };
  void thin_out(std::uint64_t epoch, std::uint64_t step);
  void withhold(Thinned& thinned);
  void put_back(Thinned& thinned);

  std::vector<Listener> lists_[TREINO_EVENT_COUNT];
  std::vector<Thinned> thinned_;
};

}  // namespace treino::host
