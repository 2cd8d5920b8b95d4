// A cadence that would change nothing is a mistake, and one by the clock would not be the same in a run that is resumed.
#include <algorithm>

#include "host/library/events.hpp"
#include "host/session/listeners.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/wording.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

std::optional<manifest::Cadence> read_cadence(const manifest::Value& value, const std::string& who,
                                              const manifest::Description& description, manifest::Faults& faults) {
  const std::string* text = value.as<std::string>();
  const auto cadence = text == nullptr ? std::nullopt : manifest::cadence_of(*text);
  const auto refuse = [&](const std::string& why) {
    faults.add(value.location, "every of " + who + ": " + why);
    return std::nullopt;
  };
  using Unit = manifest::Cadence::Unit;
  if (!cadence || cadence->unit == Unit::time)
    return refuse(manifest::cadence_fault(text == nullptr ? "" : *text, manifest::describe(value), false));
  const std::uint64_t thinned = host::events_of_cadence(cadence->unit);
  const auto is_thinned = [&](const std::string& event) { return (thinned >> host::event_number(event) & 1) != 0; };
  if (std::none_of(description.events.begin(), description.events.end(), is_thinned))
    return refuse("there is nothing to be called less often for, since of the events of " +
                  std::string(cadence->unit == Unit::step ? "batches and steps" : "epochs") +
                  " it receives none. It receives: " + manifest::enumerate(description.events));
  return cadence;
}

}  // namespace treino::train
