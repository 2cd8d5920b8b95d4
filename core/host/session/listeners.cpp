// Lists change between events only: nobody walks them then.
#include "host/session/listeners.hpp"

#include <algorithm>

#include "host/session/instance.hpp"

namespace treino::host {

std::uint64_t events_of_cadence(manifest::Cadence::Unit unit) {
  std::uint64_t events = bit(Event::backward_end);
  const auto add = [&](Event begin) { events |= bit(begin) | bit(end_of(begin)); };
  for (const Event begin : {Event::batch_begin, Event::step_begin, Event::fetch_begin}) add(begin);
  if (unit == manifest::Cadence::Unit::epoch)
    for (const Event begin :
         {Event::epoch_begin, Event::validation_begin, Event::validation_batch_begin, Event::validation_fetch_begin})
      add(begin);
  return events;
}

void Listeners::add(const Listener& listener, std::uint64_t events) {
  for (unsigned event = 0; event < TREINO_EVENT_COUNT; ++event)
    if (events >> event & 1) lists_[event].push_back(listener);
}

void Listeners::remove(const Instance& instance) {
  for (auto& list : lists_) std::erase_if(list, [&](const Listener& listener) { return listener.instance == &instance; });
  std::erase_if(thinned_, [&](const Thinned& thinned) { return thinned.instance == &instance; });
}

void Listeners::thin_out(std::uint64_t epoch, std::uint64_t step) {
  for (Thinned& thinned : thinned_) {
    const std::uint64_t at = thinned.cadence.unit == manifest::Cadence::Unit::epoch ? epoch : step;
    const bool is_due = (at + 1) % thinned.cadence.count == 0;
    if (is_due && !thinned.withheld.empty()) put_back(thinned);
    if (!is_due && thinned.withheld.empty()) withhold(thinned);
  }
}

void Listeners::withhold(Thinned& thinned) {
  const std::uint64_t events = events_of_cadence(thinned.cadence.unit);
  const auto is_its = [&](const Listener& listener) { return listener.instance == thinned.instance; };
  for (std::size_t event = 0; event < TREINO_EVENT_COUNT; ++event) {
    if ((events >> event & 1) == 0) continue;
    const auto found = std::find_if(lists_[event].begin(), lists_[event].end(), is_its);
    if (found == lists_[event].end()) continue;
    thinned.withheld.emplace_back(event, *found);
    lists_[event].erase(found);
  }
}

void Listeners::put_back(Thinned& thinned) {
  const auto is_before = [](const Listener& left, const Listener& right) {
    return left.instance->number() < right.instance->number();
  };
  for (const auto& [event, listener] : thinned.withheld) {
    std::vector<Listener>& list = lists_[event];
    list.insert(std::upper_bound(list.begin(), list.end(), listener, is_before), listener);
  }
  thinned.withheld.clear();
}

}  // namespace treino::host
