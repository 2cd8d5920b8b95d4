// Told from the descriptions alone, so that it comes with all other faults, before any plugin's code runs.
#include "train/plan/own_loop.hpp"

#include <string>

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;
using manifest::Value;

std::string in_words(const std::string& need) {
  if (need == "layers") return "the model's layers";
  if (need == "trial_steps") return "trial steps";
  if (need == "freezing") return "to freeze parameters";
  return "batch_norm's statistics to be estimated";
}

void refuse(const Location& at, const std::string& who, const std::string& need, Faults& faults) {
  faults.add(at, who + " needs " + in_words(need) + ", which a training loop of the program's own does not offer: leave it out");
}

}  // namespace

void prepare_own_loop(Plan& plan, Faults& faults) {
  plan.manifest.learning_rate.value = plan.own_loop->learning_rate;
  const Value* run = manifest::find(plan.manifest.source, "run");
  const auto refuse_key = [&](const char* key) {
    const Value* given =
        run == nullptr || !run->as<manifest::Table>() ? nullptr : manifest::find(*run->as<manifest::Table>(), key);
    faults.add(given == nullptr ? Location{} : given->location,
               std::string(key) + " of [run] is the business of the program, whose own loop trains: leave it out");
  };
  if (plan.manifest.run.accumulate.joins()) refuse_key("accumulate");
  if (plan.manifest.run.threads != 0) refuse_key("threads");
}

void check_needs(const Plan& plan, Faults& faults) {
  for (const PlannedPlugin& callback : plan.callbacks) {
    for (const std::string& need : callback.description->needs)
      refuse(callback.section.id.location, callback.name(), need, faults);
    // By default a plugin does without what is not there; who asks for it is told.
    if (plan.own_loop->continued) continue;
    for (const manifest::Entry& given : callback.section.parameters) {
      const manifest::ParameterDescription* parameter = callback.description->find(given.key);
      const bool* wanted = given.value.as<bool>();
      if (parameter != nullptr && !parameter->needs.empty() && wanted != nullptr && *wanted)
        refuse(given.location, callback.name() + "'s " + given.key, parameter->needs, faults);
    }
  }
}

}  // namespace treino::train
