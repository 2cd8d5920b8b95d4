// Finds out what a path names, a file or a run's folder, and plans what is needed of it.
#include "train/trained_model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/input_error.hpp"
#include "data/preparation_json.hpp"
#include "store/safetensors_read.hpp"
#include "store/store_error.hpp"
#include "train/checkpoint/checkpoint_format.hpp"
#include "train/checkpoint/checkpoint_reader.hpp"
#include "train/plan/run_files.hpp"
#include "train/plan/trust.hpp"
#include "train/run/own_runs.hpp"

namespace treino::train {

namespace {

namespace fs = std::filesystem;
using base::InputError;
using Purpose = PlanOptions::Purpose;

fs::path absolute_path(const fs::path& given) {
  fs::path path = fs::absolute(given).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

fs::path folder_of(const fs::path& model) { return is_folder(model) ? model : model.parent_path(); }

fs::path weights_of(const fs::path& model, const std::optional<fs::path>& given) {
  std::error_code error;
  if (!is_folder(model)) {
    if (!fs::exists(model, error)) throw InputError(model.string() + ": there is no such model file or run folder");
    if (given) throw InputError(model.string() + ": is a model of its own; --weights is for a run's folder");
    return model;
  }
  const fs::path path = given.value_or(model / "model.safetensors");
  if (fs::exists(path, error)) return path;
  const bool is_run = fs::exists(model / "manifest.toml", error);
  throw InputError(given ? path.string() + ": is not there"
                   : is_run
                       ? path.string() + ": is not there; the run has not ended yet (a checkpoint can be given with --weights)"
                       : model.string() + ": holds no model.safetensors and no manifest.toml, so it is not a run's folder");
}

store::TensorReader open_weights(const fs::path& path) {
  try {
    return store::TensorReader(path);
  } catch (const store::StoreError& error) {
    throw InputError(error.what());
  }
}

OutputKind output_of(const nlohmann::json& object, const fs::path& path) {
  const auto prediction = object.is_object() ? object.value("prediction", nlohmann::json()) : nlohmann::json();
  const auto independent = object.is_object() ? object.value("independent", nlohmann::json()) : nlohmann::json();
  const bool known = prediction.is_number_unsigned() && prediction.get<std::uint64_t>() >= TREINO_PREDICTION_VALUES &&
                     prediction.get<std::uint64_t>() <= TREINO_PREDICTION_LOGITS;
  if (!known || !independent.is_boolean())
    throw InputError(path.string() + ": treino.outputs in its metadata does not say what the outputs are");
  return {prediction.get<std::uint32_t>(), independent.get<bool>() ? 1u : 0u};
}

OutputKinds outputs_of(const std::string& text, const fs::path& path) {
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  OutputKinds kinds{output_of(object, path), {}};
  const auto further = object.find("further");
  if (further == object.end()) return kinds;
  for (const auto& [name, kind] : further->items()) kinds.further[name] = output_of(kind, path);
  return kinds;
}

Recorded recorded_in(const store::TensorReader& file, const fs::path& path) {
  Recorded recorded;
  try {
    recorded.data.preparation = data::preparation_from_json(checkpoint::metadata_of(file, path, checkpoint::preparation_key));
    recorded.data.record = DataRecord::from_json(checkpoint::metadata_of(file, path, checkpoint::data_key));
  } catch (const data::DataError& error) {
    throw InputError(path.string() + ": " + error.what());
  }
  recorded.outputs = outputs_of(checkpoint::metadata_of(file, path, checkpoint::outputs_key), path);
  recorded.data.training = recorded.data.preparation.without_rows();
  return recorded;
}

/// Weights that some other tool wrote say nothing of the model: that of the run's own file is meant.
template <class Function>
auto with_description(const store::TensorReader& weights, const fs::path& path, const fs::path& model, Function&& function) {
  const fs::path own = model / "model.safetensors";
  std::error_code error;
  const bool silent = !weights.metadata().contains(checkpoint::contents_key);
  if (!silent || !is_folder(model) || !fs::exists(own, error)) return function(weights, path);
  return function(open_weights(own), own);
}

PlanOptions plan_options(const TrainedModelOptions& options, const fs::path& manifest, bool trusted) {
  PlanOptions plan;
  plan.manifest = manifest;
  // Weights are float32, and a model is to give one number on all processors, unless somebody asks for another precision.
  plan.settings = {"run.precision=float32"};
  plan.settings.insert(plan.settings.end(), options.settings.begin(), options.settings.end());
  plan.plugin_folders = options.plugin_folders;
  plan.look_at_data = false;
  plan.purpose = options.purpose;
  plan.trusted = trusted;
  plan.recorded = true;
  return plan;
}

/// Callbacks that have nothing to do after training are left out. Most have been, by plugins.json.
Plan plan_of_run(const TrainedModelOptions& options, const fs::path& folder) {
  Plan plan = make_plan(plan_options(options, folder / "manifest.toml", options.trusted || is_own_run(folder)));
  if (!options.trusted) refuse_links(plan, folder, false);
  const std::string prefix = options.purpose == Purpose::evaluation ? "test_" : "predict_";
  std::erase_if(plan.callbacks, [&](const PlannedPlugin& callback) {
    const auto& events = callback.description->events;
    return std::none_of(events.begin(), events.end(), [&](const std::string& event) { return event.rfind(prefix, 0) == 0; });
  });
  return plan;
}

Plan plan_of_file(const TrainedModelOptions& options, const fs::path& path, const std::string& text) {
  PlanOptions plan = plan_options(options, path, options.trusted);
  plan.text = text;
  return make_plan(plan);
}

/// Their shapes may be those of arrays in a file that is not here.
void set_recorded_inputs(Plan& plan, const data::Preparation& preparation, const fs::path& path) {
  const auto& named = plan.manifest.data.inputs;
  const bool same = std::equal(named.begin(), named.end(), preparation.inputs.begin(), preparation.inputs.end(),
                               [](const auto& input, const auto& recorded) { return input.name.value == recorded.name; });
  if (!same)
    throw InputError(path.string() + ": its inputs are (" + data::to_text(preparation.inputs) + "), and its manifest has " +
                     std::to_string(named.size()) + " of other names");
  set_inputs(plan, preparation.inputs);
}

}  // namespace

TrainedModel::TrainedModel(const TrainedModelOptions& options) {
  const fs::path model = absolute_path(options.model);
  weights_path_ = weights_of(model, options.weights);
  folder_ = folder_of(model);
  weights_ = open_weights(weights_path_);
  std::error_code error;
  in_run_folder_ = !options.alone && is_folder(model) && fs::exists(folder_ / "manifest.toml", error);
  with_description(*weights_, weights_path_, model, [&](const store::TensorReader& file, const fs::path& path) {
    recorded_ = recorded_in(file, path);
    plan_ = in_run_folder_ ? plan_of_run(options, folder_)
                           : plan_of_file(options, path, checkpoint::metadata_of(file, path, checkpoint::manifest_key));
    set_recorded_inputs(plan_, recorded_.data.preparation, path);
  });
}

std::unique_ptr<Run> TrainedModel::build(std::int64_t rows, host::Log& log) const {
  auto run = std::make_unique<Run>(plan_, recorded_, rows, folder_, log);
  CheckpointReader(*run).load_weights(*weights_, weights_path_);
  return run;
}

std::vector<fs::path> TrainedModel::files() const {
  std::vector<fs::path> files = {weights_path_};
  if (!in_run_folder_) return files;
  for (const fs::path& file : input_files(plan_)) files.push_back(file);
  for (const char* name : run_files) files.push_back(folder_ / name);
  // Weights that callbacks have kept.
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder_, fs::directory_options::skip_permission_denied, error), end;
       !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".safetensors") files.push_back(entry->path());
  return files;
}

}  // namespace treino::train
