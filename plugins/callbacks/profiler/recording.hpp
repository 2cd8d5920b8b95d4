// What is recorded of some batches.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <treino/host.hpp>

#include "shared/training/trace.hpp"

namespace profiler {

struct Recording : treino::trace::Recording {
  std::string first;                            // "step 25", "batch 25"
  std::map<std::string, std::uint64_t> memory;  // bytes by layer; empty where nobody asked

  bool trains() const { return phase.batch_begin == TREINO_BATCH_BEGIN; }
};

/// A layer's outputs for a batch, and its parameters with, while training, their gradients.
inline std::map<std::string, std::uint64_t> memory_of_layers(const treino::Host& host, bool trains, std::uint64_t samples) {
  std::map<std::string, std::uint64_t> bytes;
  for (std::uint32_t i = 0; i < host.layer_count(); ++i) {
    const treino_layer_info layer = host.layer(i);
    const auto parameters = static_cast<std::uint64_t>(layer.parameters);
    const auto gradients = trains ? static_cast<std::uint64_t>(layer.trainable) : 0;
    bytes[layer.name] = static_cast<std::uint64_t>(layer.activation_bytes) * samples + (parameters + gradients) * sizeof(float);
  }
  return bytes;
}

/// Of the `count` batches to be measured: what began before them is half of something, what comes after is not theirs. All there is
/// where the run has ended among them.
inline std::uint64_t last_end(const treino::Host::Spans& spans, const treino::trace::Phase& phase, std::uint64_t begun,
                              std::uint64_t count) {
  std::uint64_t end = 0, batches = 0;
  for (std::uint64_t i = 0; i < spans.count; ++i)
    if (treino::trace::is_batch_of(phase, spans.data[i]) && spans.data[i].begin >= begun) end = spans.data[i].end, ++batches;
  return batches == count ? end : std::numeric_limits<std::uint64_t>::max();
}

/// The events that tell of the batches of a phase, as bits.
inline std::uint64_t events_of(const treino::trace::Phase& phase) {
  const auto bits = [](std::initializer_list<unsigned> chosen) {
    std::uint64_t mask = 0;
    for (const unsigned event : chosen) mask |= std::uint64_t{1} << event;
    return mask;
  };
  switch (phase.batch_begin) {
    case TREINO_BATCH_BEGIN:
      return bits(
          {TREINO_RUN_BEGIN, TREINO_BATCH_BEGIN, TREINO_BATCH_END, TREINO_VALIDATION_BEGIN, TREINO_EPOCH_END, TREINO_RUN_END});
    case TREINO_VALIDATION_BATCH_BEGIN:
      return bits({TREINO_RUN_BEGIN, TREINO_VALIDATION_BEGIN, TREINO_VALIDATION_BATCH_BEGIN, TREINO_VALIDATION_BATCH_END,
                   TREINO_VALIDATION_END, TREINO_RUN_END});
    case TREINO_TEST_BATCH_BEGIN:
      return bits({TREINO_TEST_BEGIN, TREINO_TEST_BATCH_BEGIN, TREINO_TEST_BATCH_END, TREINO_TEST_END});
    default:
      return bits({TREINO_PREDICT_BEGIN, TREINO_PREDICT_BATCH_BEGIN, TREINO_PREDICT_BATCH_END, TREINO_PREDICT_END});
  }
}

}  // namespace profiler
