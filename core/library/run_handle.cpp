// From the C structs to a run and back.
#include "library/run_handle.hpp"

#include <array>

#include "base/input_error.hpp"
#include "library/guarded.hpp"
#include "library/output_file.hpp"
#include "library/plan_json.hpp"
#include "library/process/watched_run.hpp"
#include "library/resume_command.hpp"
#include "library/samples.hpp"
#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/evaluation.hpp"
#include "train/initial_weights.hpp"
#include "train/parameter_groups.hpp"
#include "train/plan/run_files.hpp"
#include "train/plan/trust.hpp"

namespace treino::library {

namespace {

using base::InputError;

constexpr std::array<const char*, 3> part_names = {"training data", "validation data", "test data"};

std::uint32_t checked_part(std::uint32_t part) {
  if (part >= part_names.size()) throw InputError("part " + std::to_string(part) + " is not known: 0 to 2 are");
  return part;
}

}  // namespace

void RunHandle::set_samples(std::uint32_t part, const treino_samples* samples) {
  refuse_second_use();
  auto memory = copy_of(samples, part_names[checked_part(part)], nullptr);
  (part == TREINO_PART_TRAIN        ? in_memory_.train
   : part == TREINO_PART_VALIDATION ? in_memory_.validation
                                    : in_memory_.test) = std::move(memory);
}

train::PlanOptions RunHandle::plan_options() const {
  train::PlanOptions options = options_.plan();
  options.in_memory = in_memory_;
  return options;
}

train::Plan RunHandle::checked() const {
  manifest::Faults faults;
  train::Plan plan = train::make_plan(plan_options(), faults);
  train::check_data_heads(plan, faults);
  train::check_initial_weights(plan, faults);
  train::check_parameter_groups(plan, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  return plan;
}

void RunHandle::check() const { checked(); }

std::string RunHandle::plan() const { return plan_json(checked()); }

treino_schedule RunHandle::schedule(std::uint64_t steps_per_epoch) {
  train::PlanOptions options = plan_options();
  options.look_at_data = false;
  return schedule_.emplace(train::make_plan(options), steps_per_epoch).view();
}

const std::vector<const char*>& RunHandle::input_files() {
  train::PlanOptions options = plan_options();
  options.look_at_data = false;
  input_files_.clear();
  input_file_texts_.clear();
  for (const std::filesystem::path& file : train::input_files(train::make_plan(options))) input_files_.push_back(file.string());
  for (const std::string& file : input_files_) input_file_texts_.push_back(file.c_str());
  return input_file_texts_;
}

treino_run_result RunHandle::fit() {
  refuse_second_use();
  train::Plan plan = train::make_plan(plan_options());
  options_.open_screen(screen_, plan.manifest.run.quiet);
  if (options_.dry) dry_folder_.emplace();
  plan.dry = options_.dry;
  run_ = FolderRun::begin(std::move(plan), dry_folder_ ? dry_folder_->path() : options_.folder, *screen_);
  return train();
}

treino_run_result RunHandle::resume() {
  refuse_second_use();
  if (!options_.folder) throw InputError("no run folder is given: which run is to continue?");
  train::RunFolder folder = train::RunFolder::open(*options_.folder);
  train::PlanOptions options = options_.plan_of(folder);
  options.in_memory = in_memory_;
  train::Plan plan = train::make_plan(options);
  if (!options_.trust) train::refuse_links(plan, folder.path(), true);
  options_.open_screen(screen_, plan.manifest.run.quiet);
  run_ = FolderRun::resume(std::move(folder), std::move(plan), options.trusted, options_.restart, *screen_);
  return train();
}

treino_run_result RunHandle::train() {
  const RunUnderWay under_way;
  Training training(run_->run(), run_->folder(), run_->log());
  if (screen_->is_terminal()) training.set_width(screen_->columns());
  training.after_epoch([this](std::uint64_t epoch, const train::NamedScalars& scalars) { return tell_epoch(epoch, scalars); });
  train::Result result = fit(training);
  training.finish(result);
  std::string command = resume_command(run_->run().plan, run_->folder().path(), options_.plugin_folders);
  if (result.outcome == host::Outcome::interrupted && !in_memory_.train && !dry_folder_) screen_->line("resume with: " + command);
  return result_.keep(std::move(result), run_->folder().path(), std::move(command), screen_->failure());
}

train::Result RunHandle::fit(Training& training) {
  run_->run().interrupt = &interrupt_;
  const WatchedRun watched(*run_, training, interrupt_, options_);
  return training.fit();
}

std::string RunHandle::tell_epoch(std::uint64_t epoch, const train::NamedScalars& named) const {
  if (epoch_function_ == nullptr) return "";
  const std::vector<treino_scalar> scalars = to_c(named);
  treino_epoch told{};
  told.size = sizeof told;
  told.scalar_count = static_cast<std::uint32_t>(scalars.size());
  told.number = epoch + 1;
  told.epochs = run_->run().progress.epochs();
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

void RunHandle::save(const std::filesystem::path& path) {
  train::Run& run = trained();
  std::vector<std::filesystem::path> inputs = train::input_files(run.plan);
  for (const char* name : train::run_files) inputs.push_back(run_->folder().path() / name);
  refuse_inputs(path, inputs);
  train::CheckpointWriter(run).save_weights(path);
}

void RunHandle::refuse_second_use() const {
  if (run_) throw std::logic_error("this run has been trained already; open another one");
}

train::Run& RunHandle::trained() {
  if (!run_ || !result_.is_trained()) throw std::logic_error("there is no trained model yet: call fit first");
  return run_->run();
}

}  // namespace treino::library
