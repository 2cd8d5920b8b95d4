// From the C structs to a run and back.
#include "library/run_handle.hpp"

#include <unistd.h>

#include <array>

#include "base/input_error.hpp"
#include "library/guarded.hpp"
#include "library/samples.hpp"
#include "library/training.hpp"
#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/evaluation.hpp"

namespace treino::library {

namespace {

using base::InputError;

constexpr std::array<const char*, 3> part_names = {"training data", "validation data", "test data"};

std::vector<treino_scalar> to_c(const train::NamedScalars& scalars) {
  std::vector<treino_scalar> result;
  for (const auto& [name, value] : scalars) result.push_back({name.c_str(), value});
  return result;
}

template <class To>
std::vector<To> texts(const char* const* given, std::uint32_t count, const char* what) {
  std::vector<To> result;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (given == nullptr || given[i] == nullptr) throw InputError(std::string(what) + ": text " + std::to_string(i) + " is null");
    result.emplace_back(given[i]);
  }
  return result;
}

std::uint32_t checked_part(std::uint32_t part) {
  if (part >= part_names.size()) throw InputError("part " + std::to_string(part) + " is not known: 0 to 2 are");
  return part;
}

}  // namespace

RunHandle::RunHandle(const treino_run_options& options)
    : options_(options),
      settings_(texts<std::string>(options.settings, options.setting_count, "settings")),
      plugin_folders_(texts<std::filesystem::path>(options.plugin_folders, options.plugin_folder_count, "plugin_folders")) {
  if (options.text != nullptr) text_ = options.text;
  if (options.folder != nullptr) folder_ = options.folder;
  if (options.manifest == nullptr && !text_ && !folder_)
    throw InputError("treino_run_options: neither a manifest nor its text nor a run's folder is given");
  manifest_ = options.manifest != nullptr ? options.manifest : "manifest.toml";
}

void RunHandle::set_samples(std::uint32_t part, const treino_samples* samples) {
  refuse_second_use();
  auto memory = copy_of(samples, part_names[checked_part(part)], nullptr);
  (part == TREINO_PART_TRAIN        ? in_memory_.train
   : part == TREINO_PART_VALIDATION ? in_memory_.validation
                                    : in_memory_.test) = std::move(memory);
}

train::PlanOptions RunHandle::plan_options() const {
  train::PlanOptions options{manifest_, settings_, plugin_folders_, true, folder_};
  options.text = text_;
  options.in_memory = in_memory_;
  return options;
}

void RunHandle::check() const {
  manifest::Faults faults;
  const train::Plan plan = train::make_plan(plan_options(), faults);
  train::check_data_heads(plan, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

void RunHandle::open_screen(bool quiet) {
  if (options_.log == nullptr) {
    screen_.emplace(STDOUT_FILENO, quiet || options_.quiet != 0);
    return;
  }
  screen_.emplace([log = options_.log, context = options_.log_context](const std::string& line) { log(context, line.c_str()); });
}

treino_run_result RunHandle::fit() {
  refuse_second_use();
  train::Plan plan = train::make_plan(plan_options());
  open_screen(plan.manifest.run.quiet);
  run_ = FolderRun::begin(std::move(plan), folder_, *screen_);
  return train();
}

treino_run_result RunHandle::resume() {
  refuse_second_use();
  if (!folder_) throw InputError("treino_run_options: folder is not given: which run is to continue?");
  train::RunFolder folder = train::RunFolder::open(*folder_);
  folder.remove_leftovers();
  train::PlanOptions options = plan_options();
  options.manifest = folder.manifest();
  options.text.reset();
  options.folder = folder.path();
  train::Plan plan = train::make_plan(options);
  open_screen(plan.manifest.run.quiet);
  run_ = FolderRun::resume(std::move(folder), std::move(plan), true, false, *screen_);
  return train();
}

treino_run_result RunHandle::train() {
  run_->run().interrupt = &interrupt_;
  Training training(run_->run(), run_->folder(), run_->log());
  training.after_epoch([this](std::uint64_t epoch, const train::NamedScalars& scalars) { return tell_epoch(epoch, scalars); });
  result_ = training.fit();
  training.finish(result_);
  folder_text_ = run_->folder().path().string();
  scalars_ = to_c(result_.scalars);
  treino_run_result result{};
  result.size = sizeof result;
  result.outcome = result_.outcome;
  result.epochs = result_.epochs;
  result.reason = result_.reason.c_str();
  result.folder = folder_text_.c_str();
  result.scalar_count = static_cast<std::uint32_t>(scalars_.size());
  result.scalars = scalars_.data();
  return result;
}

std::string RunHandle::tell_epoch(std::uint64_t epoch, const train::NamedScalars& named) const {
  if (epoch_function_ == nullptr) return "";
  const std::vector<treino_scalar> scalars = to_c(named);
  treino_epoch told{};
  told.size = sizeof told;
  told.scalar_count = static_cast<std::uint32_t>(scalars.size());
  told.number = epoch + 1;
  told.epochs = run_->run().plan.manifest.run.epochs;
  told.scalars = scalars.data();
  return epoch_function_(epoch_context_, &told) == 0 ? "" : "the program asked for it after epoch " + std::to_string(epoch + 1);
}

const std::vector<treino_scalar>& RunHandle::evaluate(const treino_samples* samples, std::uint32_t part) {
  train::Run& run = trained();
  const train::RunData& own = run.data;
  checked_part(part);
  std::optional<data::Dataset> given;
  if (samples != nullptr)
    given = train::prepare_in_memory(run.plan, own.preparation, copy_of(samples, "samples to evaluate", &own.training), true);
  const data::Dataset& dataset = given                            ? *given
                                 : part == TREINO_PART_TRAIN      ? own.training
                                 : part == TREINO_PART_VALIDATION ? own.validation
                                                                  : own.test;
  if (dataset.count == 0) throw InputError(std::string("the run has no ") + part_names[part]);
  evaluated_ = train::Evaluation(run).test(dataset, "test_");
  evaluated_scalars_ = to_c(evaluated_);
  return evaluated_scalars_;
}

void RunHandle::save(const std::filesystem::path& path) { train::CheckpointWriter(trained()).save_weights(path); }

void RunHandle::refuse_second_use() const {
  if (run_) throw std::logic_error("this run has been trained already; open another one");
}

train::Run& RunHandle::trained() {
  if (!run_ || !result_.trained) throw std::logic_error("there is no trained model yet: call fit first");
  return run_->run();
}

}  // namespace treino::library
