#include "cli/trained.hpp"

#include <algorithm>

#include "base/input_error.hpp"
#include "train/run/own_runs.hpp"

namespace treino::cli {

namespace {

namespace fs = std::filesystem;
using base::InputError;
using Purpose = TrainedRun::Purpose;

fs::path run_folder(const fs::path& given) {
  fs::path folder = fs::absolute(given).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw InputError(folder.string() + ": there is no such run folder");
  if (!fs::exists(folder / "manifest.toml", error))
    throw InputError(folder.string() + ": holds no manifest.toml, so it is not a run's folder");
  return folder;
}

fs::path weights_of(const fs::path& folder, const std::optional<fs::path>& given) {
  const fs::path path = given.value_or(folder / "model.safetensors");
  std::error_code error;
  if (!fs::exists(path, error))
    throw InputError(path.string() + ": is not there" +
                     (given ? "" : "; the run has not ended yet (a checkpoint can be given with --weights)"));
  return path;
}

store::TensorReader open_weights(const fs::path& path) {
  try {
    return store::TensorReader(path);
  } catch (const store::StoreError& error) {
    throw InputError(error.what());
  }
}

train::PlanOptions plan_options(const CommonOptions& common, const fs::path& folder, Purpose purpose) {
  train::PlanOptions options;
  options.manifest = folder / "manifest.toml";
  options.settings = common.settings;
  options.plugin_folders = common.plugin_folders;
  options.look_at_data = false;
  options.purpose = purpose;
  options.trusted = common.trust || train::is_own_run(folder);
  return options;
}

/// Callbacks that have nothing to do after training are left out. Most have been, by plugins.json: runs of earlier versions tell
/// no events there.
train::Plan plan_of(const CommonOptions& common, const fs::path& folder, Purpose purpose) {
  const train::PlanOptions options = plan_options(common, folder, purpose);
  train::Plan plan = train::make_plan(options);
  if (!common.trust) train::refuse_links(plan, folder, false);
  const std::string prefix = options.purpose == Purpose::evaluation ? "test_" : "predict_";
  std::erase_if(plan.callbacks, [&](const train::PlannedPlugin& callback) {
    const auto& events = callback.description->events;
    return std::none_of(events.begin(), events.end(), [&](const std::string& event) { return event.rfind(prefix, 0) == 0; });
  });
  return plan;
}

/// Weights that some other tool wrote say nothing of data: those of the run's own model are meant.
train::RunData data_of(const store::TensorReader& weights, const fs::path& path, const fs::path& folder) {
  const fs::path model = folder / "model.safetensors";
  std::error_code error;
  const bool silent = weights.metadata().count("treino.contents") == 0;
  if (!silent || !fs::exists(model, error)) return train::recorded_data(weights, path);
  return train::recorded_data(open_weights(model), model);
}

}  // namespace

TrainedRun::TrainedRun(const CommonOptions& common, const fs::path& folder, const std::optional<fs::path>& weights,
                       Purpose purpose)
    : folder_(run_folder(folder)),
      weights_path_(weights_of(folder_, weights)),
      plan_(plan_of(common, folder_, purpose)),
      weights_(open_weights(weights_path_)),
      data_(data_of(*weights_, weights_path_, folder_)) {}

std::unique_ptr<train::Trainer> TrainedRun::model(std::int64_t rows, host::Log& log) const {
  auto trainer = std::make_unique<train::Trainer>(plan_, data_, rows, folder_, log);
  trainer->load_weights(*weights_, weights_path_);
  return trainer;
}

std::vector<fs::path> TrainedRun::files() const {
  std::vector<fs::path> files = train::input_files(plan_);
  files.push_back(weights_path_);
  for (const char* name :
       {"manifest.toml", "model.safetensors", "checkpoint.safetensors", "plugins.json", "log.jsonl", "summary.json", "lock", "signature"})
    files.push_back(folder_ / name);
  // Weights that callbacks have kept.
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder_, fs::directory_options::skip_permission_denied, error), end;
       !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".safetensors") files.push_back(entry->path());
  return files;
}

}  // namespace treino::cli
