#include "train/run_data.hpp"

#include <algorithm>

#include "base/sha256.hpp"
#include "data/batches.hpp"

namespace treino::train {

namespace {

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

std::string fingerprint(const data::Dataset& dataset) {
  const auto features = dataset.doubles.empty() ? bytes_of(dataset.features) : bytes_of(dataset.doubles);
  return base::sha256(features) + base::sha256(bytes_of(dataset.classes)) +
         base::sha256(bytes_of(dataset.values));
}

data::Scaling scaling_of(const manifest::DataSection& section) {
  if (section.scale) return data::Scaling::scale;
  if (section.scaling == "standardize") return data::Scaling::standardize;
  if (section.scaling == "min_max") return data::Scaling::min_max;
  return data::Scaling::none;
}

/// Whether a file's columns are those of the training file, and not others that its section chooses.
bool chooses_like_training(const std::vector<data::Source::Column>& own, const std::vector<data::Source::Column>& training,
                           const std::vector<std::string>& names) {
  const std::vector<data::Source::Column> named(names.begin(), names.end());
  return own == training || std::is_permutation(own.begin(), own.end(), named.begin(), named.end());
}

/// Another file must mean the same by its columns and classes as the training file does.
data::Dataset read_as(const manifest::FileSection& section, const manifest::DataSection& all, const data::Dataset& training) {
  data::Source source = to_source(section);
  source.keep_doubles = scaling_of(all) != data::Scaling::none;
  const data::Source like = to_source(*all.train);
  if (chooses_like_training(source.features, like.features, training.feature_names))
    source.wanted_features = training.feature_names;
  if (chooses_like_training(source.target, like.target, training.target_names)) source.wanted_targets = training.target_names;
  if (source.class_names.empty()) source.class_names = training.class_names;
  if (!source.target_kind && training.target_kind != data::TargetKind::none) source.target_kind = training.target_kind;
  return data::read(source);
}

}  // namespace

RunData load_data(const Plan& plan) {
  const manifest::DataSection& section = plan.manifest.data;
  const std::uint64_t seed = plan.manifest.run.seed;
  RunData result;
  data::Source source = to_source(*section.train);
  source.keep_doubles = scaling_of(section) != data::Scaling::none;
  data::Dataset all = data::read(source);
  result.fingerprint = fingerprint(all);
  // Fractions are of the whole file; the second split is of what the first has left.
  double left = 1.0;
  const auto split_off = [&](double fraction, std::uint64_t purpose) {
    const data::Split split = data::split(all, fraction / left, section.stratified, seed, purpose);
    data::Dataset part = all.rows(split.split_off);
    all = all.rows(split.kept);
    left -= fraction;
    return part;
  };
  if (section.test_fraction) result.test = split_off(section.test_fraction->value, 0);
  if (section.validation_fraction) result.validation = split_off(section.validation_fraction->value, 1);
  result.training = std::move(all);
  if (section.validation) result.validation = read_as(*section.validation, section, result.training);
  if (section.test) result.test = read_as(*section.test, section, result.training);
  if (result.training.count == 0) throw data::DataError(section.train->file.value + ": holds no sample to train on");

  result.preparation = data::Preparation::fit(result.training, scaling_of(section), section.scale.value_or(1.0));
  result.preparation.apply(result.training);
  if (result.validation.count > 0) result.preparation.apply(result.validation);
  if (result.test.count > 0) result.preparation.apply(result.test);
  return result;
}

/// True where reading with the target's columns leaves as many features as the model takes.
bool has_target_columns(const data::Source& source, const data::Preparation& preparation) {
  try {
    return data::outline(source).sample_shape == preparation.sample_shape;
  } catch (const data::DataError&) {
    return false;
  }
}

data::Dataset load_like_training(const Plan& plan, const data::Preparation& preparation, const std::filesystem::path& file,
                                 const std::optional<std::filesystem::path>& targets) {
  data::Source source = to_source(*plan.manifest.data.train);
  source.keep_doubles = preparation.scaling != data::Scaling::none;
  source.file = file;
  source.target_file = targets.value_or(std::filesystem::path());
  if (source.class_names.empty()) source.class_names = preparation.class_names;
  if (!targets && !source.target.empty() && !has_target_columns(source, preparation)) source.target.clear();
  data::Dataset dataset = data::read(source);
  preparation.apply(dataset);
  return dataset;
}

std::vector<float> class_weights(const Plan& plan, const data::Dataset& training) {
  const manifest::DataSection& section = plan.manifest.data;
  if (section.balanced) return data::balanced_class_weights(training);
  if (section.class_weights.empty()) return {};
  std::vector<float> weights(training.class_names.size(), 1.0f);
  for (const auto& [name, weight] : section.class_weights) {
    const auto found = std::find(training.class_names.begin(), training.class_names.end(), name);
    if (found == training.class_names.end())
      throw data::DataError(manifest::to_text(section.class_weights_location) + ": class_weights: there is no class '" + name +
                            "'." + manifest::suggestion(name, training.class_names) +
                            " The data have: " + manifest::enumerate(training.class_names));
    weights[static_cast<std::size_t>(found - training.class_names.begin())] = static_cast<float>(weight);
  }
  return weights;
}

}  // namespace treino::train
