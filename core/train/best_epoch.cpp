// NaN compares false, so that a diverged epoch is never the best.
#include "train/best_epoch.hpp"

#include <cmath>

#include "train/run/run.hpp"

namespace treino::train {

namespace {

void append(const host::Scalars& scalars, std::uint32_t first, std::uint32_t count, NamedScalars& result) {
  for (std::uint32_t i = first; i < first + count; ++i)
    if (const auto value = scalars.value(i)) result.emplace_back(scalars.name(i), *value);
}

double value_of(const NamedScalars& scalars, const std::string& name) {
  for (const auto& [each, value] : scalars)
    if (each == name) return value;
  return std::nan("");
}

}  // namespace

const char* compared_by(const Run& run) { return run.has_validation() ? "val_loss" : "loss"; }

NamedScalars measured_scalars(Run& run) {
  NamedScalars result;
  append(run.session.scalars(), run.training_scalars.first, run.training_scalars.count, result);
  if (run.has_validation()) append(run.session.scalars(), run.validation_scalars.first, run.validation_scalars.count, result);
  return result;
}

NamedScalars all_scalars(Run& run) {
  NamedScalars result;
  append(run.session.scalars(), 0, run.session.scalars().count(), result);
  return result;
}

void compare_with_best(Run& run, std::uint64_t epoch) {
  const std::uint32_t loss = run.has_validation() ? run.validation_scalars.first : run.training_scalars.first;
  const double now = run.session.scalars().value(loss).value_or(std::nan(""));
  if (!std::isnan(now) && (!run.best || now < value_of(run.best->scalars, compared_by(run))))
    run.best = BestEpoch{epoch, measured_scalars(run)};
}

}  // namespace treino::train
