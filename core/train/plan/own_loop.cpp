// Told from the descriptions alone, so that it comes with all other faults, before any plugin's code runs.
#include "train/plan/own_loop.hpp"

#include <algorithm>
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
  if (plan.manifest.run.precision.value != "float32") refuse_key("precision");
  if (plan.manifest.run.kernels != "fixed") refuse_key("kernels");
  if (plan.manifest.run.shards) refuse_key("shards");
  if (plan.manifest.run.validate_every != manifest::Cadence()) refuse_key("validate_every");
  if (plan.manifest.run.validate_first) refuse_key("validate_first");
  if (plan.manifest.run.overfit) return refuse_key("overfit_batches");
  if (plan.manifest.run.limit_train) refuse_key("limit_train");
  if (plan.manifest.run.limit_validation) refuse_key("limit_validation");
}

void check_needs(Plan& plan, Faults& faults) {
  for (PlannedPlugin& callback : plan.callbacks) {
    for (const std::string& need : callback.description->needs)
      refuse(callback.section.id.location, callback.name(), need, faults);
    for (manifest::Entry& entry : callback.parameters) {
      const manifest::ParameterDescription* parameter = callback.description->find(entry.key);
      bool* wanted = std::get_if<bool>(&entry.value.data);
      if (parameter == nullptr || parameter->needs.empty() || wanted == nullptr || !*wanted) continue;
      const manifest::Table& written = callback.section.parameters;
      const auto given = std::find_if(written.begin(), written.end(), [&](const auto& one) { return one.key == entry.key; });
      if (given != written.end())
        refuse(given->location, callback.name() + "'s " + entry.key, parameter->needs, faults);
      else
        *wanted = false;  // also in the manifest that the run's folder keeps
    }
  }
}

}  // namespace treino::train
