// Which way a monitored scalar gets better has to be known before the first batch is trained, not after it.
#include <string>

#include "train/plan/plan_parts.hpp"

namespace treino::train {

void check_monitor_modes(const Plan& plan, const std::function<bool(const std::string&)>& lacks_direction,
                         manifest::Faults& faults) {
  for (const PlannedPlugin& callback : plan.callbacks) {
    const auto* mode = manifest::find(callback.parameters, "mode");
    const std::string* text = mode == nullptr ? nullptr : mode->as<std::string>();
    if (text == nullptr || *text != "auto") continue;
    for (const manifest::Entry& entry : callback.parameters) {
      const auto* parameter = callback.description->find(entry.key);
      const std::string* name = entry.value.as<std::string>();
      if (parameter == nullptr || parameter->type != "monitor" || name == nullptr || !lacks_direction(*name)) continue;
      const bool given = entry.value.location.line != 0;
      faults.add(given ? entry.value.location : callback.section.id.location,
                 callback.name() + ": '" + (entry.value.secret ? entry.value.original : *name) +
                     "' does not say whether lower or higher is better: set mode = \"min\" or \"max\"");
    }
  }
}

}  // namespace treino::train
