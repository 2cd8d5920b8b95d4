// What the training thread hands over to the thread that writes event files.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <treino/callback.hpp>
#include <treino/tensor.hpp>
#include <vector>

#include "image.hpp"
#include "shared/training/scalar_values.hpp"
#include "shared/training/trace.hpp"

namespace event_files {

/// Seconds since 1970.
inline double wall_time() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// Values as they are: the worker makes records of them.
struct Job {
  enum Kind : std::uint8_t { after_step, after_epoch, weights, table, trace };
  Kind kind = after_step;
  std::uint64_t step = 0, epoch = 0;
  double time = 0, rate = 0;
  std::optional<double> steps_per_second;
  treino::ScalarValues scalars;
  std::vector<Array> arrays;  // weights
  Table picture;
  treino::trace::Recording recording;
};

/// The run's scalars, of which there are `count`, and where it stands.
inline void set_values(Job& job, const treino::Host& host, const treino::Event& event, std::size_t count) {
  job.step = event.step;
  job.epoch = event.epoch;
  job.time = wall_time();
  job.rate = event.learning_rate;
  job.scalars.take(host, count);
}

/// A metric's table.
inline void set_table(Job& job, const treino_table& table, std::uint64_t epoch) {
  job.kind = Job::table;
  job.epoch = epoch;
  job.time = wall_time();
  job.picture = {table.name, *table.column_kind != '\0', table.rows, table.columns, {}};
  job.picture.values.assign(table.values, table.values + table.rows * table.columns);
}

/// Copies of all parameters and, if asked for, of their gradients.
inline std::vector<Array> weights_of(const treino::Host& host, bool images, bool gradients) {
  std::vector<Array> arrays;
  for (std::uint32_t i = 0; i < host.parameter_count(); ++i) {
    arrays.push_back({host.parameter_name(i), {}, {}, true, images});
    copy(host.parameter(i), arrays.back());
    const auto gradient = gradients ? host.gradient(i) : std::nullopt;
    if (!gradient) continue;
    arrays.push_back({host.parameter_name(i) + "/gradient", {}, {}, true, false});
    copy(*gradient, arrays.back());
  }
  return arrays;
}

/// Of all parameters.
inline std::uint64_t weight_bytes(const treino::Host& host) {
  std::uint64_t bytes = 0;
  for (std::uint32_t i = 0; i < host.parameter_count(); ++i)
    bytes += sizeof(float) * static_cast<std::uint64_t>(treino::size_of(host.parameter(i)));
  return bytes;
}

}  // namespace event_files
