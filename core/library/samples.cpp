// Looked at before it is copied: sizes that cannot be, and what is missing.
#include "library/samples.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "base/input_error.hpp"
#include "library/guarded.hpp"

namespace treino::library {

namespace {

using base::InputError;

constexpr std::int64_t widest = std::int64_t{1} << 31;

data::Shape shape_of(const treino_samples& samples, const std::string& name, const data::Dataset* model) {
  if (samples.shape == nullptr && model != nullptr) return model->sample_shape;
  if (samples.shape == nullptr || samples.rank == 0 || samples.rank > 8)
    throw InputError(name + ": the shape of a sample is missing (1 to 8 dimensions)");
  data::Shape shape(samples.shape, samples.shape + samples.rank);
  std::int64_t size = 1;
  for (const std::int64_t dimension : shape) {
    if (dimension < 1 || size > (std::int64_t{1} << 40) / dimension)
      throw InputError(name + ": a sample cannot have a dimension of " + std::to_string(dimension));
    size *= dimension;
  }
  return shape;
}

void copy_targets(const treino_samples& samples, const std::string& name, data::InMemory& to) {
  if (samples.labels != nullptr && samples.targets != nullptr)
    throw InputError(name + ": either labels or targets are given, not both");
  if (samples.labels != nullptr) {
    if (samples.label_width < 0 || samples.label_width > widest)
      throw InputError(name + ": label_width is " + std::to_string(samples.label_width) + "; expected at least 1");
    to.target_width = std::max<std::int64_t>(samples.label_width, 1);
    to.target_kind = data::TargetKind::index;
    to.targets.assign(samples.labels, samples.labels + samples.count * to.target_width);
  }
  if (samples.targets == nullptr) return;
  if (samples.target_width < 1 || samples.target_width > widest)
    throw InputError(name + ": target_width is " + std::to_string(samples.target_width) + "; expected at least 1");
  to.target_width = samples.target_width;
  to.target_kind = data::TargetKind::values;
  to.targets.assign(samples.targets, samples.targets + samples.count * samples.target_width);
}

}  // namespace

std::shared_ptr<const data::InMemory> copy_of(const treino_samples* given, const std::string& name, const data::Dataset* model) {
  const treino_samples samples = known_part(given, "treino_samples");
  if (samples.count < 1 || samples.count > std::numeric_limits<std::uint32_t>::max())
    throw InputError(name + ": " + std::to_string(samples.count) + " samples; expected 1 to 4294967295");
  if (samples.features == nullptr) throw InputError(name + ": features are missing");
  auto memory = std::make_shared<data::InMemory>();
  memory->name = name;
  memory->count = samples.count;
  memory->sample_shape = shape_of(samples, name, model);
  const std::int64_t size =
      std::accumulate(memory->sample_shape.begin(), memory->sample_shape.end(), std::int64_t{1}, std::multiplies<>());
  memory->features.assign(samples.features, samples.features + samples.count * size);
  copy_targets(samples, name, *memory);
  for (std::uint32_t i = 0; i < samples.class_count; ++i) {
    if (samples.class_names == nullptr || samples.class_names[i] == nullptr)
      throw InputError(name + ": the name of class " + std::to_string(i) + " is missing");
    memory->class_names.emplace_back(samples.class_names[i]);
  }
  return memory;
}

}  // namespace treino::library
