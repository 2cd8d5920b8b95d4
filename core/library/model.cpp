// No data set is built where all numbers are finite, as they nearly always are: a single sample takes about as long as its kernels.
#include "library/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/input_error.hpp"
#include "nn/sample_error.hpp"
#include "train/finite.hpp"
#include "train/outputs.hpp"

namespace treino::library {

namespace {

train::TrainedModelOptions options_for(const std::filesystem::path& path, int threads) {
  train::TrainedModelOptions options;
  options.model = path;
  options.settings = {"run.threads=" + std::to_string(threads)};
  options.alone = true;
  return options;
}

}  // namespace

Model::Model(const std::filesystem::path& path, std::int64_t capacity, int threads)
    : trained_(options_for(path, threads)),
      screen_([](const std::string&) {}),
      log_(screen_),
      run_(trained_.build(capacity, log_)),
      inputs_(run_->data.training.sample_size()),
      capacity_(run_->evaluation_options(capacity).batch_size) {
  if (trained_.data().preparation.scaling != data::Scaling::none) prepared_.resize(static_cast<std::size_t>(capacity_ * inputs_));
}

const char* Model::class_name(std::int64_t index) const {
  const auto& names = trained_.data().preparation.class_names;
  return index >= 0 && index < static_cast<std::int64_t>(names.size()) ? names[static_cast<std::size_t>(index)].c_str() : nullptr;
}

std::int64_t Model::class_of(const float* outputs) const {
  return train::class_of_probabilities(run_->problem(), {outputs, static_cast<std::size_t>(run_->problem().outputs)});
}

void Model::predict(const float* features, std::int64_t count, float* outputs) {
  const auto width = static_cast<std::size_t>(run_->problem().outputs);
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t part = std::min(count - done, capacity_);
    const std::span<const float> result = forward(prepare(features + done * inputs_, part, done), part, done);
    std::copy(result.begin(), result.end(), outputs);
    for (std::int64_t i = 0; i < part * steps(); ++i, outputs += width)
      train::to_probabilities(run_->problem(), {outputs, width});
    done += part;
  }
}

std::span<const float> Model::forward(const float* prepared, std::int64_t count, std::int64_t first) {
  try {
    return run_->model.forward(prepared, count, nn::Mode::infer);
  } catch (const nn::SampleError& error) {
    throw base::InputError("sample " + std::to_string(first + error.row() + 1) + ": " + error.what());
  }
}

/// In double and then rounded, like data::Preparation, so that the bits are the same.
const float* Model::prepare(const float* features, std::int64_t count, std::int64_t first) {
  const data::Preparation& preparation = trained_.data().preparation;
  const std::int64_t size = count * inputs_;
  const auto finite_in = [&](const float* values) { return train::all_finite({values, static_cast<std::size_t>(size)}); };
  const bool finite = finite_in(features);
  if (finite && preparation.scaling == data::Scaling::none) return features;
  if (finite && preparation.scaling == data::Scaling::scale) {
    for (std::int64_t i = 0; i < size; ++i)
      prepared_[static_cast<std::size_t>(i)] = static_cast<float>(features[i] * preparation.factor);
  } else if (finite) {
    const double *offset = preparation.offset.data(), *gain = preparation.gain.data();
    for (std::int64_t row = 0; row < count; ++row)
      for (std::int64_t i = 0; i < inputs_; ++i)
        prepared_[static_cast<std::size_t>(row * inputs_ + i)] =
            static_cast<float>((static_cast<double>(features[row * inputs_ + i]) - offset[i]) * gain[i]);
  }
  if (finite && finite_in(prepared_.data())) return prepared_.data();
  // Fills in, or says what is wrong with which sample.
  auto memory = std::make_shared<data::InMemory>();
  memory->name = first == 0 ? "samples to predict" : "samples to predict, from sample " + std::to_string(first + 1) + " on";
  memory->count = count;
  memory->sample_shape = preparation.sample_shape;
  memory->features.assign(features, features + size);
  data::Dataset dataset = train::prepare_in_memory(trained_.plan(), preparation, std::move(memory), false);
  if (dataset.count != count)
    throw base::InputError(
        "a sample with a missing value cannot be left out of a prediction: fill it in, or train with missing = \"mean\"");
  prepared_ = std::move(dataset.features);
  prepared_.resize(static_cast<std::size_t>(capacity_ * inputs_));
  return prepared_.data();
}

}  // namespace treino::library
