// Reads, splits and prepares; and does the same again for a run that is over, comparing fingerprints.
#include "train/run/run_data.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "data/batches/batches.hpp"
#include "data/feature_rows.hpp"
#include "data/reading/read.hpp"
#include "data/split.hpp"
#include "manifest/suggestion.hpp"
#include "train/plan/data_source.hpp"

namespace treino::train {

namespace {

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

/// The same wherever the features are.
std::string digest_of_features(const data::Dataset& dataset) {
  if (!dataset.stored) return base::sha256(dataset.doubles.empty() ? bytes_of(dataset.features) : bytes_of(dataset.doubles));
  base::Sha256 sum;
  const auto add = [&](auto numbers, std::size_t) { sum.add(std::as_bytes(numbers)); };
  dataset.stored->are_doubles() ? data::each_chunk<double>(dataset, add) : data::each_chunk<float>(dataset, add);
  return sum.digest();
}

std::string fingerprint(const data::Dataset& dataset) {
  if (dataset.count == 0) return "";
  std::string text =
      digest_of_features(dataset) + base::sha256(bytes_of(dataset.classes)) + base::sha256(bytes_of(dataset.values));
  for (const data::Targets& target : dataset.targets)
    text += base::sha256(bytes_of(target.classes)) + base::sha256(bytes_of(target.values));
  return text;
}

data::Scaling scaling_named(const std::string& name) {
  if (name == "standardize") return data::Scaling::standardize;
  if (name == "min_max") return data::Scaling::min_max;
  return data::Scaling::none;
}

/// Of each input, or of the only one.
std::vector<data::Scaling> scalings_of(const manifest::DataSection& section) {
  const data::Scaling of_all = section.scale ? data::Scaling::scale : scaling_named(section.scaling);
  std::vector<data::Scaling> scalings;
  for (const manifest::DataInput& input : section.inputs)
    scalings.push_back(input.scaling.empty() ? of_all : scaling_named(input.scaling));
  return scalings.empty() ? std::vector{of_all} : scalings;
}

/// Scaling is done in double.
data::Dataset read_to_scale(data::Source source, data::Scaling scaling) {
  source.keep_doubles = scaling != data::Scaling::none;
  return data::read(source);
}

/// The training file's rows, dealt out; not prepared yet.
void split_training_file(const Plan& plan, data::Dataset all, RunData& to) {
  const manifest::DataSection& section = plan.manifest.data;
  to.record.file = fingerprint(all);
  // Fractions are of the whole file; the second split is of what the first has left.
  double left = 1.0;
  const auto split_off = [&](double fraction, std::uint64_t purpose) {
    const data::Split split = data::split(all, fraction / left, section.stratified, plan.manifest.run.seed, purpose);
    data::Dataset part = all.rows(split.split_off);
    all = all.rows(split.kept);
    left -= fraction;
    return part;
  };
  if (section.test_fraction) to.test = split_off(section.test_fraction->value, 0);
  if (section.validation_fraction) to.validation = split_off(section.validation_fraction->value, 1);
  to.training = std::move(all);
}

[[noreturn]] void fail_record(const std::string& what) { throw data::DataError("treino.data: " + what); }

}  // namespace

std::string name_of_training_data(const Plan& plan) {
  return plan.in_memory.train ? plan.in_memory.train->name : plan.manifest.data.train->file.value;
}

std::uint64_t training_batches(const manifest::Manifest& manifest, std::int64_t samples) {
  const std::int64_t size = manifest.data.batch_size;
  const std::int64_t last = samples % size > 0 && !manifest.data.drop_last ? 1 : 0;
  const auto all = static_cast<std::uint64_t>(samples / size + last);
  return manifest.run.limit_train ? manifest.run.limit_train->of(all) : all;
}

std::string DataRecord::to_json() const {
  const nlohmann::json object = {{"file", file},
                                 {"validation", validation},
                                 {"test", test},
                                 {"training_samples", training_samples},
                                 {"validation_samples", validation_samples},
                                 {"test_samples", test_samples}};
  return object.dump();
}

DataRecord DataRecord::from_json(const std::string& text) {
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) fail_record("expected a JSON object");
  const auto member = [&](const char* key) -> const nlohmann::json& {
    const auto found = object.find(key);
    if (found == object.end()) fail_record(std::string("'") + key + "' is missing");
    return *found;
  };
  const auto string = [&](const char* key) {
    if (!member(key).is_string()) fail_record(std::string("'") + key + "': expected a string");
    return member(key).get<std::string>();
  };
  const auto count = [&](const char* key) {
    if (!member(key).is_number_integer() || member(key).get<std::int64_t>() < 0)
      fail_record(std::string("'") + key + "': expected an integer from 0");
    return member(key).get<std::int64_t>();
  };
  return {string("file"),       string("validation"), string("test"), count("training_samples"), count("validation_samples"),
          count("test_samples")};
}

RunData load_data(const Plan& plan) {
  const manifest::DataSection& section = plan.manifest.data;
  RunData result;
  const std::vector<data::Scaling> scalings = scalings_of(section);
  // One that is none leaves its features as they are.
  const data::Scaling scaling = *std::max_element(scalings.begin(), scalings.end());
  split_training_file(plan, read_to_scale(to_source(plan, *section.train, plan.in_memory.train), scaling), result);
  if (section.validation)
    result.validation = read_to_scale(
        to_source_like(plan, *section.validation, *section.train, result.training, plan.in_memory.validation), scaling);
  if (section.test)
    result.test =
        read_to_scale(to_source_like(plan, *section.test, *section.train, result.training, plan.in_memory.test), scaling);
  if (result.training.count == 0) throw data::DataError(name_of_training_data(plan) + ": holds no sample to train on");
  result.record.validation = fingerprint(result.validation);
  result.record.test = fingerprint(result.test);
  result.record.training_samples = result.training.count;
  result.record.validation_samples = result.validation.count;
  result.record.test_samples = result.test.count;

  result.preparation = data::Preparation::fit(result.training, scalings, section.scale.value_or(1.0));
  result.preparation.apply(result.training);
  if (result.validation.count > 0) result.preparation.apply(result.validation);
  if (result.test.count > 0) result.preparation.apply(result.test);
  return result;
}

data::Dataset load_part(const Plan& plan, const RunData& recorded, const std::string& part) {
  const manifest::DataSection& section = plan.manifest.data;
  const DataRecord& then = recorded.record;
  const auto& own_file = part == "test" ? section.test : section.validation;
  const bool apart = part != "train" && own_file;
  const std::string& known = part == "test" ? then.test : part == "validation" ? then.validation : then.file;
  if (known.empty()) throw data::DataError("the run has no " + part + " data; choose with --on, or give a file with --data");
  const manifest::FileSection& file = apart ? *own_file : *section.train;
  data::Dataset found;
  bool same = false;
  if (apart) {
    found = read_to_scale(to_source_like(plan, file, *section.train, recorded.training), recorded.preparation.scaling);
    same = fingerprint(found) == known;
  } else {
    RunData now;
    split_training_file(
        plan, read_to_scale(to_source_like(plan, file, *section.train, recorded.training), recorded.preparation.scaling), now);
    // The training part is what the other two have left of the file.
    const auto split_alike = [](const auto& fraction, const data::Dataset& rows, const std::string& recorded_rows) {
      return !fraction || fingerprint(rows) == recorded_rows;
    };
    same = part == "train"
               ? now.record.file == then.file && split_alike(section.validation_fraction, now.validation, then.validation) &&
                     split_alike(section.test_fraction, now.test, then.test)
               : fingerprint(part == "test" ? now.test : now.validation) == known;
    found = std::move(part == "test" ? now.test : part == "validation" ? now.validation : now.training);
  }
  if (!same)
    throw data::DataError(file.file.value + ": has changed since the run was trained (or how it is split has), so its " + part +
                          " data are not those of the run; to evaluate on what the file holds now, give it with --data");
  recorded.preparation.apply(found);
  return found;
}

data::Dataset load_to_evaluate(const Plan& plan, const data::Preparation& preparation, const std::filesystem::path& file,
                               const std::optional<std::filesystem::path>& targets) {
  data::Source source = to_source_like(plan, *plan.manifest.data.train, *plan.manifest.data.train, preparation.without_rows());
  if (!targets && !source.target_file.empty())
    throw data::DataError(file.string() +
                          ": has no target to compare with, since the run's targets are in a file of their own; give --targets");
  source.file = file;
  source.target_file = targets.value_or(std::filesystem::path());
  data::Dataset dataset = read_to_scale(source, preparation.scaling);
  preparation.apply(dataset);
  return dataset;
}

data::Dataset prepare_in_memory(const Plan& plan, const data::Preparation& preparation,
                                std::shared_ptr<const data::InMemory> memory, bool with_target) {
  const manifest::FileSection& train = *plan.manifest.data.train;
  data::Source source = to_source_like(plan, train, train, preparation.without_rows(), std::move(memory));
  source.ignore_target = !with_target;
  data::Dataset dataset = read_to_scale(std::move(source), preparation.scaling);
  preparation.apply(dataset);
  return dataset;
}

data::Dataset load_to_predict(const Plan& plan, const data::Preparation& preparation, const std::filesystem::path& file) {
  data::Source source = to_source_like(plan, *plan.manifest.data.train, *plan.manifest.data.train, preparation.without_rows());
  source.file = file;
  source.ignore_target = true;
  if (source.sample_shape.empty()) source.sample_shape = preparation.sample_shape;  // so that columns without names are counted
  data::Dataset dataset = read_to_scale(source, preparation.scaling);
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
