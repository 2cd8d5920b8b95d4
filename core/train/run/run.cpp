// Sizes that depend on data and manifest together, and the order in which the parts are built.
#include "train/run/run.hpp"

#include <algorithm>
#include <utility>

#include "train/initial_weights.hpp"
#include "train/kernels/choose_kernels.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/run/create_layers.hpp"
#include "train/run/create_optimizer.hpp"
#include "train/run/create_plugins.hpp"

namespace treino::train {

namespace {

constexpr std::uint64_t dry_batches = 2;  // of each pass: the first says that things work, the second that they work again

std::int64_t evaluated_batch_size(const manifest::DataSection& section) {
  return section.evaluation_batch_size > 0 ? section.evaluation_batch_size : section.batch_size;
}

/// Of the largest batch that there will be: no setting makes it larger than the data. `rows`: of what a model is used on after
/// training.
std::int64_t batch_capacity(const Plan& plan, Run::Use use, const RunData& data, std::int64_t rows) {
  if (use == Run::Use::own_loop) return plan.own_loop->largest_batch;
  const manifest::DataSection& section = plan.manifest.data;
  const std::int64_t evaluated = evaluated_batch_size(section);
  if (use == Run::Use::afterwards) return std::clamp<std::int64_t>(rows, 1, evaluated);
  const std::int64_t most_rows = std::max({data.training.count, data.validation.count, data.test.count});
  return std::max(std::min(section.batch_size, data.training.count), std::min(evaluated, most_rows));
}

nn::Model build_model(Run& run, nn::InitialValues values) {
  const Plan& plan = run.plan;
  try {
    return nn::Model(create_layers(run), run.data.training.sample_shape, run.capacity, plan.manifest.run.seed,
                     static_cast<int>(plan.manifest.run.threads), values,
                     run.use == Run::Use::training ? run.processes->sharding(plan) : nn::Sharding(),
                     nn::precision_of(plan.manifest.run.precision.value));
  } catch (const nn::ShapeError& error) {
    manifest::Faults faults;
    add_layer_fault(plan, error, faults);
    throw manifest::ManifestError(faults);
  }
}

/// What the program says of its data.
RunData told_data(const OwnLoop& loop) {
  RunData data;
  data.training.sample_shape = {1};
  data.training.target_kind = loop.target;
  data.training.target_width = loop.target_width;
  data.training.class_names = loop.class_names;
  data.validation = data.training;
  data.record.training_samples = static_cast<std::int64_t>(loop.training_samples);
  data.record.validation_samples = static_cast<std::int64_t>(loop.validation_samples);
  return data;
}

[[noreturn]] void refuse_without_model(const char* what) {
  throw std::logic_error(std::string(what) + ": the program's own loop trains, and only it can run its model");
}

}  // namespace

Run::Run(Plan given_plan, std::filesystem::path given_folder, host::Log& log, nn::InitialValues values,
         const std::function<void()>& before_plugins, std::shared_ptr<Processes> given_processes)
    : Run(
          std::move(given_plan), load_data(given_plan), Use::training, std::nullopt, 0, std::move(given_folder), log,
          [values, &log](Run& run) {
            nn::Model built = build_model(run, values);
            // Before any plugin sees them. Where a checkpoint is restored next, they come from there.
            if (run.plan.manifest.weights && values == nn::InitialValues::drawn) load_initial_weights(run.plan, built, log);
            return built;
          },
          before_plugins, std::move(given_processes)) {}

Run::Run(Plan given_plan, Recorded recorded, std::int64_t rows, std::filesystem::path given_folder, host::Log& log)
    : Run(std::move(given_plan), std::move(recorded.data), Use::afterwards, recorded.outputs, rows, std::move(given_folder), log,
          [](Run& run) { return build_model(run, nn::InitialValues::zero); }, {}) {}

Run::Run(Plan given_plan, std::vector<nn::Parameter> parameters, std::filesystem::path given_folder, host::Log& log,
         const std::function<void()>& before_plugins)
    : Run(
          std::move(given_plan), told_data(*given_plan.own_loop), Use::own_loop, std::nullopt, 0, std::move(given_folder), log,
          [&parameters](Run&) { return nn::Model(std::move(parameters)); }, before_plugins) {}

/// The plan by reference: it is moved from only when the data have been loaded by it.
Run::Run(Plan&& given_plan, RunData given_data, Use given_use, const std::optional<OutputKinds>& outputs, std::int64_t rows,
         std::filesystem::path given_folder, host::Log& log, const BuildModel& build, const std::function<void()>& before_plugins,
         std::shared_ptr<Processes> given_processes)
    : plan(std::move(given_plan)),
      use(given_use),
      folder(std::move(given_folder)),
      folder_text(folder.string()),
      model_text(use == Use::training ? model_manifest(plan) : ""),
      data(std::move(given_data)),
      capacity(batch_capacity(plan, use, data, rows)),
      threads(static_cast<int>(std::max<std::int64_t>(plan.manifest.run.threads, 1))),
      session(log),
      processes(given_processes ? std::move(given_processes) : std::make_shared<Processes>()),
      agreement(*this),
      model(make_model(build)),
      regularization(model.parameters()),
      progress(length(), session.learning_rate()),
      backend(model, optimizer, weight_decay_of(*this), session.profile()),
      trial_steps(*this) {
  if (use != Use::own_loop)
    check_output("the model's output", plan.layers.size() - 1, std::nullopt, plan.manifest.model_location);
  if (use == Use::training) {
    choose_kernels(*this);
    processes->compare("training file or validation file", data.record.to_json());
    begin_batches();
  }
  backend.set_problem(describe_main_problem(outputs));
  if (use != Use::own_loop) describe_further_outputs(outputs);
  connect_backend();
  if (before_plugins) before_plugins();
  create_plugins(*this);
  agreement.begin();
}

std::chrono::steady_clock::time_point Run::end_of_time() const {
  if (!plan.manifest.run.max_time || use == Use::afterwards) return std::chrono::steady_clock::time_point::max();
  constexpr double most = 1e9;  // seconds that the clock can add
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                std::chrono::duration<double>(std::min(*plan.manifest.run.max_time, most)));
}

void Run::connect_backend() {
  backend.set_own_loop(plan.own_loop ? &*plan.own_loop : nullptr);
  if (use == Use::own_loop)
    backend.set_loop([](std::uint64_t, host::Backend::Next, void*) { refuse_without_model("trial_steps"); },
                     []() -> bool { refuse_without_model("estimate_statistics"); });
  else
    backend.set_loop(
        [this](std::uint64_t steps, host::Backend::Next next, void* context) { trial_steps.run(steps, next, context); },
        [this] { return trial_steps.estimate_statistics(); });
  session.set_backend(&backend);
}

/// Its layers may be plugins, which see of the run what others do, but for the model.
nn::Model Run::make_model(const BuildModel& build) {
  session.set_ranks(&processes->ranks());
  session.set_thread_pool(&threads);
  describe_run();
  create_children_from(*this);
  return build(*this);
}

void Run::begin_batches() {
  batches.emplace(data.training, training_options());
  if (batches->batches_per_epoch() == 0)
    throw data::DataError(name_of_training_data(plan) + ": " + std::to_string(data.training.count) +
                          " training samples give no whole batch of " + std::to_string(plan.manifest.data.batch_size) +
                          " (drop_last = true)");
}

std::uint64_t Run::batches_per_epoch() const {
  if (plan.own_loop) return plan.own_loop->batches_per_epoch;
  const std::uint64_t all = training_batches(plan.manifest, data.record.training_samples);
  return plan.dry ? std::min(all, dry_batches) : all;
}

manifest::RunLength Run::planned_length() const {
  return {plan.manifest.run,
          plan.own_loop ? plan.own_loop->batches_per_epoch : training_batches(plan.manifest, data.record.training_samples)};
}

manifest::RunLength Run::length() const {
  if (use == Use::afterwards) return {0, {}, {}, batches_per_epoch()};
  return plan.dry ? manifest::RunLength{1, {}, plan.manifest.run.accumulate, batches_per_epoch()} : planned_length();
}

std::uint64_t Run::steps_per_epoch() const {
  const manifest::Accumulation& accumulate = plan.manifest.run.accumulate;
  return accumulate.varies() ? 0 : accumulate.steps_in(0, batches_per_epoch());
}

bool Run::is_within_group() const {
  const Position& position = progress.position();
  return position.in_epoch && !progress.is_epoch_whole() &&
         position.batch % plan.manifest.run.accumulate.batches_per_step(position.epoch) != 0;
}

data::BatchOptions Run::training_options() const {
  const manifest::DataSection& section = plan.manifest.data;
  data::BatchOptions options;
  options.batch_size = section.batch_size;
  options.shuffle = section.shuffle && !plan.manifest.run.overfit;
  options.drop_last = section.drop_last;
  options.most_batches = static_cast<std::int64_t>(batches_per_epoch());
  options.seed = plan.manifest.run.seed;
  options.class_weights = class_weights(plan, data.training);
  const nn::Sharding sharding = processes->sharding(plan);
  options.shards = sharding.shards;
  options.first_shard = sharding.first_shard();
  options.own_shards = sharding.shards_per_rank();
  return options;
}

data::BatchOptions Run::evaluation_options(std::int64_t samples, bool limited) const {
  data::BatchOptions options;
  options.batch_size = std::min(evaluated_batch_size(plan.manifest.data), capacity);
  auto most = static_cast<std::uint64_t>((samples + options.batch_size - 1) / options.batch_size);
  if (const auto& limit = plan.manifest.run.limit_validation; limit && limited) most = limit->of(most);
  options.most_batches = static_cast<std::int64_t>(plan.dry ? std::min(most, dry_batches) : most);
  return options;
}

void Run::roll_back(const std::string& reason) {
  backend.roll_back();
  warn(reason + "; went back to the weights remembered last");
}

void Run::describe_run() {
  treino_run_info& info = session.info();
  info.size = sizeof info;
  info.run = plan.manifest.run.name.value.c_str();
  info.folder = folder_text.c_str();
  info.seed = plan.manifest.run.seed;
  info.epochs = length().epochs();
  info.batches_per_epoch = batches_per_epoch();
  info.steps_per_epoch = steps_per_epoch();
  info.training_samples = static_cast<std::uint64_t>(data.record.training_samples);
  info.validation_samples = static_cast<std::uint64_t>(data.record.validation_samples);
  info.rank = processes->ranks().rank();
  info.ranks = processes->ranks().count();
}

}  // namespace treino::train
