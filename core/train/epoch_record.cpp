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

NamedScalars shown_scalars(Run& run) {
  NamedScalars shown = measured_scalars(run);
  shown.emplace_back("learning_rate", run.session.learning_rate().applied());
  return shown;
}

}  // namespace treino::train
