// Every scalar that has a value goes into the log, whoever it is from.
#include "train/epoch_record.hpp"

#include <vector>

#include "train/run/run.hpp"

namespace treino::train {

void record_epoch(Run& run, std::uint64_t epoch) {
  std::vector<host::Field> fields = {host::field("epoch", epoch), host::field("step", run.progress.position().step),
                                     host::field("learning_rate", run.session.learning_rate().applied())};
  for (const auto& [name, value] : all_scalars(run)) fields.push_back(host::field(name, value));
  run.session.log().record("epoch", fields);
}

void record_validation(Run& run) {
  const Position& position = run.progress.position();
  std::vector<host::Field> fields = {host::field("epoch", position.epoch), host::field("step", position.step)};
  const PassScalars& measured = run.validation_scalars;
  for (std::uint32_t i = measured.first; i < measured.first + measured.count; ++i)
    if (const auto value = run.session.scalars().value(i)) fields.push_back(host::field(run.session.scalars().name(i), *value));
  run.session.log().record("validation", fields);
}

NamedScalars shown_scalars(Run& run) {
  NamedScalars shown = measured_scalars(run);
  shown.emplace_back("learning_rate", run.session.learning_rate().applied());
  return shown;
}

}  // namespace treino::train
