// What is true of an array in a file is true of one in memory: the same looks for what is missing or no number.
#include "data/in_memory.hpp"

#include "data/formats/array_table.hpp"
#include "data/source.hpp"

namespace treino::data {

Table features_in_memory(const Source& source) {
  const InMemory& memory = *source.memory;
  Table table;
  table.features.count = memory.count;
  table.features.shape = memory.sample_shape;
  table.features.names = memory.feature_names;
  table.features.values.floats = memory.features;
  check_array_features(table, source, memory.name);
  return table;
}

Table targets_in_memory(const Source& source) {
  const InMemory& memory = *source.memory;
  Table table;
  table.targets.file = memory.name;
  table.targets.count = memory.count;
  table.targets.width = memory.target_width;
  table.targets.numbers = memory.targets;
  check_array_targets(table, source);
  return table;
}

}  // namespace treino::data
