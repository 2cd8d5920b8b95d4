// Samples on their way from the training thread to the worker that writes them.
#pragma once
#include <cstdint>
#include <optional>
#include <treino/tensor.hpp>
#include <vector>

namespace csv_writer {

enum class Pass : std::uint8_t { validation, test, predict };

/// Samples of a pass on their way to the worker.
struct Batch {
  Pass pass = Pass::predict;
  bool first = false, last = false;  // of the pass
  std::vector<float> outputs;        // samples x outputs
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> classes;  // targets that are indices
  std::vector<float> values;          // targets that are not: samples x columns

  void clear() {
    first = last = false;
    outputs.clear();
    rows.clear();
    classes.clear();
    values.clear();
  }
};

/// Adds a view's elements to `to`, if there is one.
template <class T>
void add(std::vector<T>& to, const std::optional<treino_tensor>& view) {
  if (!view) return;
  const treino::Elements<const T> elements(*view);
  for (std::int64_t i = 0; i < elements.size(); ++i) to.push_back(elements[i]);
}

}  // namespace csv_writer
