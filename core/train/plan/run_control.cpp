// What [run] says of the run's course, held against its length and its data: what would never happen is a mistake.
#include <fmt/format.h>

#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

using manifest::Cadence;

/// Where [run] gives a key that it has.
manifest::Location location_of(const Plan& plan, const char* key) {
  return manifest::find(*manifest::find(plan.manifest.source, "run")->as<manifest::Table>(), key)->location;
}

void check_reach(const Plan& plan, manifest::Faults& faults) {
  const manifest::RunSection& run = plan.manifest.run;
  const std::optional<std::uint64_t> epochs = run.epochs || run.steps ? run.epochs : 1;
  const bool by_steps = run.validate_every.unit == Cadence::Unit::step;
  const std::optional<std::uint64_t> most = by_steps ? run.steps : epochs;
  if (run.validate_every.unit == Cadence::Unit::time || !most || run.validate_every.count <= *most) return;
  faults.add(location_of(plan, "validate_every"),
             fmt::format("validate_every of [run]: expected at most {0} of [run], {1}, got {2} {0}",
                         by_steps ? "steps" : "epochs", *most, run.validate_every.count));
}

}  // namespace

void check_run_control(const Plan& plan, manifest::Faults& faults) {
  const manifest::RunSection& run = plan.manifest.run;
  const auto refuse_without_data = [&](const char* key) {
    if (!plan.has_validation())
      faults.add(location_of(plan, key), std::string(key) + " of [run]: there are no validation data; give [data] validation");
  };
  if (run.validate_every != Cadence()) refuse_without_data("validate_every");
  if (run.validate_first) refuse_without_data("validate_first");
  if (run.limit_validation && !run.overfit) refuse_without_data("limit_validation");
  check_reach(plan, faults);
}

}  // namespace treino::train
