// Building a run: data, model, plugins, and the check that they fit each other.
#include <algorithm>
#include <cmath>
#include <set>

#include "host/session/table_file.hpp"
#include "train/plan/class_outputs.hpp"
#include "train/plan/fixed_settings.hpp"
#include "train/plan/plan_parts.hpp"
#include "train/plan/target_fault.hpp"
#include "train/trainer.hpp"

namespace treino::train {

namespace {

std::uint32_t target_code(data::TargetKind kind) {
  return kind == data::TargetKind::index     ? std::uint32_t{TREINO_TARGET_INDEX}
         : kind == data::TargetKind::one_hot ? std::uint32_t{TREINO_TARGET_ONE_HOT}
                                             : std::uint32_t{TREINO_TARGET_VALUES};
}

bool sums(const manifest::Value& value);

/// Whether a loss with these parameters, or one among them, has reduction = "sum".
bool sums(const manifest::Table& parameters) {
  const manifest::Value* reduction = manifest::find(parameters, "reduction");
  const std::string* text = reduction == nullptr ? nullptr : reduction->as<std::string>();
  return (text != nullptr && *text == "sum") ||
         std::any_of(parameters.begin(), parameters.end(), [](const manifest::Entry& entry) { return sums(entry.value); });
}
bool sums(const manifest::Value& value) {
  if (const auto* table = value.as<manifest::Table>()) return sums(*table);
  const auto* list = value.as<manifest::List>();
  return list != nullptr && std::any_of(list->begin(), list->end(), [](const manifest::Value& element) { return sums(element); });
}

/// Output files lie in the run's folder.
void place_outputs(const manifest::Description& description, const std::filesystem::path& folder, manifest::Table& parameters) {
  for (manifest::Entry& entry : parameters) {
    const manifest::ParameterDescription* parameter = description.find(entry.key);
    std::string* text = std::get_if<std::string>(&entry.value.data);
    if (parameter != nullptr && parameter->type == "output" && text != nullptr)
      *text = (folder / *text).lexically_normal().string();
  }
}

[[noreturn]] void refuse(const PlannedPlugin& plugin, const std::string& text) {
  manifest::Faults faults;
  faults.add(plugin.section.id.location, text);
  throw manifest::ManifestError(faults);
}

/// What a plugin says against its parameters, the data or the model is said with its place in the manifest.
template <class Function>
decltype(auto) in_manifest(const PlannedPlugin& plugin, Function&& function) {
  try {
    return function();
  } catch (const host::CallError& failure) {
    refuse(plugin, failure.what());
  }
}

/// Whether a metric has the name that further ones of its kind get where the manifest gives none: recall_2, recall_3.
bool is_numbered(const std::string& name, const std::string& id) {
  const std::string start = id + "_";
  return name.size() > start.size() && name.starts_with(start) &&
         name.find_first_not_of("0123456789", start.size()) == std::string::npos;
}

bool ends_with_probabilities(const std::string& type) { return type == "softmax" || type == "sigmoid"; }

/// What tables there are is known once the metrics are; their files are written when the run ends, those of the test after it.
void claim_table_files(const Plan& plan, const std::filesystem::path& folder, host::Session& session, const LossAndMetrics& measure, bool tests) {
  manifest::Faults faults;
  const auto claim = [&](const std::string& name, const PlannedPlugin& metric) {
    const std::string file = host::table_file_name(name);
    if (const auto other = session.outputs().claim(folder / file, "the table " + name + " of " + metric.name()))
      faults.add(metric.section.id.location, metric.name() + " writes its table to \"" + file + "\" in the run's folder, but that is " +
                                                 *other + ": give one of them another name");
  };
  // Each pass has the metrics' tables in their order, training first.
  const std::vector<LossAndMetrics::Table>& kinds = measure.tables();
  for (std::uint32_t i = 0; i < session.tables().count(); ++i) {
    const std::string& name = session.tables().at(i).name;
    const PlannedPlugin& metric = plan.metrics[kinds[i % kinds.size()].metric];
    claim(name, metric);
    if (tests && i < kinds.size()) claim("test_" + name, metric);
  }
  if (!faults.empty()) throw manifest::ManifestError(faults);
}

}  // namespace

Trainer::Trainer(Plan plan, std::filesystem::path folder, host::Log& log, nn::InitialValues values,
                 const std::function<void()>& before_plugins)
    : Trainer(std::move(plan), load_data(plan), Use::training, 0, std::move(folder), log, values, before_plugins) {}

Trainer::Trainer(Plan plan, RunData recorded, std::int64_t rows, std::filesystem::path folder, host::Log& log)
    : Trainer(std::move(plan), std::move(recorded), Use::afterwards, rows, std::move(folder), log, nn::InitialValues::zero, {}) {}

/// The plan by reference: it is moved from only when the data have been loaded by it.
Trainer::Trainer(Plan&& plan, RunData data, Use use, std::int64_t rows, std::filesystem::path folder, host::Log& log,
                 nn::InitialValues values, const std::function<void()>& before_plugins)
    : plan_(std::move(plan)),
      folder_(std::move(folder)),
      folder_text_(folder_.string()),
      data_(std::move(data)),
      use_(use),
      session_(log) {
  event_.size = sizeof event_;
  event_.text = "";
  build_model(rows, values);
  describe_problem();
  backend_.emplace(*model_, *optimizer_, plan_.optimizer, session_.profile());
  backend_->set_problem(problem_);
  backend_->set_loop([this](std::uint64_t steps, host::Backend::Next next, void* context) { trial_steps(steps, next, context); },
                     [this] { return estimate_statistics(); });
  session_.set_backend(&*backend_);
  if (before_plugins) before_plugins();
  build_plugins();
}

Trainer::~Trainer() = default;

std::uint64_t Trainer::batches_per_epoch() const {
  const manifest::DataSection& section = plan_.manifest.data;
  const std::int64_t samples = data_.record.training_samples, last = samples % section.batch_size;
  return static_cast<std::uint64_t>(samples / section.batch_size + (last > 0 && !section.drop_last ? 1 : 0));
}

/// Of the largest batch that there will be: no setting makes it larger than the data. `rows`: of what a model is used on after training.
std::int64_t Trainer::batch_capacity(std::int64_t rows) const {
  const manifest::DataSection& section = plan_.manifest.data;
  const std::int64_t evaluated = section.evaluation_batch_size > 0 ? section.evaluation_batch_size : section.batch_size;
  if (use_ != Use::training) return std::clamp<std::int64_t>(rows, 1, evaluated);
  const std::int64_t trained_rows = data_.training.count;
  const std::int64_t most_rows = std::max({trained_rows, data_.validation.count, data_.test.count});
  return std::max(std::min(section.batch_size, trained_rows), std::min(evaluated, most_rows));
}

std::uint64_t Trainer::steps_per_epoch() const {
  const manifest::Accumulation& accumulate = plan_.manifest.run.accumulate;
  return accumulate.varies() ? 0 : accumulate.steps_in(0, batches_per_epoch());
}

void Trainer::build_model(std::int64_t rows, nn::InitialValues values) {
  const manifest::DataSection& section = plan_.manifest.data;
  const bool trains = use_ == Use::training;
  capacity_ = batch_capacity(rows);
  try {
    model_.emplace(plan_.layers, data_.training.sample_shape, capacity_, plan_.manifest.run.seed,
                   static_cast<int>(plan_.manifest.run.threads), values);
  } catch (const nn::ShapeError& error) {
    manifest::Faults faults;
    faults.add(plan_.manifest.layers.at(error.layer()).type.location,
               "layer " + std::to_string(error.layer() + 1) + " " + error.what());
    throw manifest::ManifestError(faults);
  }
  // One without memory of its own, where no step will be taken.
  optimizer_.emplace(trains ? plan_.optimizer : nn::OptimizerSpec(), model_->parameters());
  if (model_->output_shape().size() != 1) {
    manifest::Faults faults;
    faults.add(plan_.manifest.model_location, "the model's output has shape " + nn::to_text(model_->output_shape()) +
                                                  "; end with a flatten or global_avg_pool and a dense layer");
    throw manifest::ManifestError(faults);
  }
  views_.emplace(data_.training, model_->output_shape()[0]);
  if (!trains) return;
  batches_.emplace(data_.training, training_options());
  if (batches_->batches_per_epoch() == 0)
    throw data::DataError(section.train->file.value + ": " + std::to_string(data_.training.count) +
                          " training samples give no whole batch of " + std::to_string(section.batch_size) +
                          " (drop_last = true)");
}

data::BatchOptions Trainer::training_options() const {
  const manifest::DataSection& section = plan_.manifest.data;
  data::BatchOptions options;
  options.batch_size = section.batch_size;
  options.shuffle = section.shuffle;
  options.drop_last = section.drop_last;
  options.seed = plan_.manifest.run.seed;
  options.class_weights = class_weights(plan_, data_.training);
  return options;
}

void Trainer::describe_problem() {
  for (const std::string& name : data_.training.class_names) class_names_.push_back(name.c_str());
  const std::string& last = plan_.layers.back().type;
  problem_.size = sizeof problem_;
  problem_.target = target_code(data_.training.target_kind);
  problem_.prediction = ends_with_probabilities(last) ? TREINO_PREDICTION_PROBABILITIES : TREINO_PREDICTION_VALUES;
  problem_.independent = last == "sigmoid";
  problem_.outputs = model_->output_shape()[0];
  problem_.classes = data_.training.target_kind == data::TargetKind::values ? 0 : data_.training.target_width;
  problem_.batch_capacity = capacity_;
  problem_.target_columns = data_.training.target_kind == data::TargetKind::index ? 1 : data_.training.target_width;
  problem_.class_names = class_names_.empty() ? nullptr : class_names_.data();
}

host::Instance& Trainer::create(const PlannedPlugin& plugin) {
  manifest::Table parameters = plugin.parameters;
  place_outputs(*plugin.description, folder_, parameters);
  const bool may_disable = plugin.section.on_error == manifest::OnError::disable;
  digests_[plugin.name()] = digest(plugin.parameters);
  const auto component = plan_.catalogue->component(plugin.section.kind, plugin.section.id.value);
  return in_manifest(plugin,
                     [&]() -> host::Instance& { return session_.create(component, plugin.name(), may_disable, parameters); });
}

void Trainer::build_plugins() {
  treino_run_info& info = session_.info();
  info.size = sizeof info;
  info.run = plan_.manifest.run.name.value.c_str();
  info.folder = folder_text_.c_str();
  info.seed = plan_.manifest.run.seed;
  info.epochs = plan_.manifest.run.epochs;
  info.batches_per_epoch = batches_per_epoch();
  info.steps_per_epoch = steps_per_epoch();
  info.training_samples = static_cast<std::uint64_t>(data_.record.training_samples);
  info.validation_samples = static_cast<std::uint64_t>(data_.record.validation_samples);
  session_.set_child_resolver([this, complete = child_resolver(plan_)](const std::string& kind, manifest::Table given) {
    auto child = complete(kind, std::move(given));
    place_outputs(child.first->description, folder_, child.second);
    return child;
  });
  manifest::Faults faults;
  claim_outputs(plan_, folder_, session_.outputs(), faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);

  prepare_losses_and_metrics();
  if (use_ == Use::training) claim_table_files(plan_, folder_, session_, *measure_, data_.test.count > 0);
  session_.learning_rate().set_base(plan_.manifest.learning_rate.value);
  for (const PlannedPlugin& plugin : plan_.schedulers) session_.learning_rate().add(create(plugin), plugin.unit);
  try {
    const manifest::RunSection& run = plan_.manifest.run;
    session_.learning_rate().prepare(run.epochs, steps_per_epoch(), run.accumulate.steps_in_all(run.epochs, batches_per_epoch()));
  } catch (const host::CallError& failure) {
    for (const PlannedPlugin& plugin : plan_.schedulers)
      if (plugin.name() == failure.instance()) refuse(plugin, failure.what());
    throw;
  }
  check_momentum();
  for (const PlannedPlugin& plugin : plan_.callbacks) create(plugin);
  manifest::Faults modes;
  const host::Scalars& numbers = session_.scalars();
  const auto lacks_direction = [&](const std::string& name) {
    const auto number = numbers.find(name);
    return number && numbers.direction(*number) == TREINO_NO_DIRECTION;
  };
  check_monitor_modes(plan_, lacks_direction, modes);
  if (!modes.empty()) throw manifest::ManifestError(modes);
  for (const std::string& note : plan_.catalogue->take_notes()) session_.log().message(host::Log::Level::info, "", note);
  for (const std::string& warning : plan_.catalogue->take_warnings())
    session_.log().message(host::Log::Level::warning, "", warning);
  session_.set_running();
}

/// A scheduler that gives a momentum needs an optimizer that was built with one.
void Trainer::check_momentum() {
  session_.learning_rate().move_to(0, 0);
  const std::string& type = plan_.optimizer.type;
  const bool has_one = type == "adam" || type == "adamw" || plan_.optimizer.momentum > 0;
  if (std::isnan(session_.learning_rate().momentum()) || has_one) return;
  manifest::Faults faults;
  faults.add(plan_.manifest.optimizer.type.location,
             "a scheduler sets the momentum, and the optimizer " + type +
                 " has none: " + (type == "adagrad" ? "take another optimizer" : "give it `momentum` above 0") +
                 ", or leave the scheduler's momentum out");
  throw manifest::ManifestError(faults);
}

void Trainer::prepare_losses_and_metrics() {
  manifest::Faults targets;
  check_targets(plan_, data_.training, "", targets);
  if (!targets.empty()) throw manifest::ManifestError(targets);
  loss_ = &create(plan_.loss);
  const treino_loss& loss = loss_->component().loss;
  try {
    loss_->call("prepare", [&](void* self, treino_error* error) {
      return loss.prepare == nullptr ? treino_status{TREINO_OK} : loss.prepare(self, &problem_, error);
    });
  } catch (const host::CallError& failure) {
    // Where the number of outputs may be what it does not like, the layer is told too.
    manifest::Faults faults;
    faults.add(plan_.loss.section.id.location, failure.what() + class_hint(data_.training));
    check_outputs(faults);
    throw manifest::ManifestError(faults);
  }
  state_problem_for_metrics();
  check_accumulation();
  std::vector<LossAndMetrics::Metric> measured;
  for (const PlannedPlugin& plugin : plan_.metrics) {
    host::Instance& metric = create(plugin);
    in_manifest(plugin, [&] {
      metric.call("prepare",
                  [&](void* self, treino_error* error) { return metric.component().metric.prepare(self, &problem_, error); });
    });
    metrics_.push_back(&metric);
    measured.push_back({&metric, plugin.section.weighted});
  }
  try {
    measure_.emplace(session_, *loss_, std::move(measured));
    training_scope_ = add_numbers("");
    if (data_.record.validation_samples > 0) validation_scope_ = add_numbers("val_");
  } catch (const host::CallError& failure) {
    for (const PlannedPlugin& plugin : plan_.metrics)
      if (plugin.name() == failure.instance()) refuse(plugin, failure.what());
    throw;
  }
  session_.scalars().set_source([this](std::uint32_t index) -> std::optional<double> {
    if (live_scope_ == nullptr) return std::nullopt;
    if (index == live_scope_->loss) return measure_->loss();
    const std::vector<std::uint32_t>& values = live_scope_->values;  // numbers that were added one after the other
    if (values.empty() || index < values.front() || index > values.back()) return std::nullopt;
    return measure_->value(index - values.front());
  });
}

void Trainer::check_outputs(manifest::Faults& faults) const {
  if (problem_.classes == 0) return;
  std::vector<nn::Shape> shapes;
  for (const nn::LayerInfo& layer : model_->layers()) shapes.push_back(layer.output);
  check_class_outputs(plan_, shapes, data_.training, true, faults);
}

/// A loss that is summed, itself or by the losses within it, and does not say so, would have the batches
/// of a step averaged in silence.
void Trainer::check_accumulation() const {
  if (!plan_.manifest.run.accumulate.joins() || loss_->component().loss.adds_up != nullptr || !sums(plan_.loss.parameters)) return;
  refuse(plan_.loss, loss_->name() + " does not say that its batches add up, as losses can (treino_loss.adds_up): with reduction = \"sum\" the " +
                         "gradients of the batches of a step would be averaged. Build it with this SDK, or set accumulate = 1 in [run], or " +
                         "another reduction");
}

/// The loss says what it takes the outputs for; that must be what the last layer makes of them, and it is what metrics are told.
void Trainer::state_problem_for_metrics() {
  std::uint32_t takes = TREINO_PREDICTION_VALUES, independent = 0;
  loss_->call("takes", [&](void* self, treino_error*) {
    takes = loss_->component().loss.takes(self, &independent);
    return TREINO_OK;
  });
  if (takes < TREINO_PREDICTION_VALUES || takes > TREINO_PREDICTION_LOGITS || independent > 1)
    refuse(plan_.loss, loss_->name() + ": says that it takes predictions of kind " + std::to_string(takes) + ", independent " +
                           std::to_string(independent) + ", which this host does not know (in takes)");
  const bool probabilities = problem_.prediction == TREINO_PREDICTION_PROBABILITIES;
  const std::string& last = plan_.layers.back().type;
  if (takes == TREINO_PREDICTION_LOGITS && probabilities)
    refuse(plan_.loss, loss_->name() + " takes logits, but the model ends with " + last +
                           ": leave that layer out (the loss applies it), or set from_logits = false");
  if (takes == TREINO_PREDICTION_PROBABILITIES && !probabilities)
    refuse(plan_.loss, loss_->name() + " takes probabilities, but the model ends with " + last + ": end it with " +
                           (independent != 0 ? "sigmoid" : "softmax") + ", or let the loss take logits");
  const bool margins = takes == TREINO_PREDICTION_VALUES && independent != 0;
  if (margins && probabilities)
    refuse(plan_.loss, loss_->name() + " takes margins, but the model ends with " + last + ": leave that layer out");
  if (takes != TREINO_PREDICTION_VALUES || margins) {
    // Plain values of a loss of classes may be something else than a score for each: a place among the classes, say.
    manifest::Faults faults;
    check_outputs(faults);
    if (!faults.empty()) throw manifest::ManifestError(faults);
    problem_.prediction = takes;
    problem_.independent = independent;
  }
  backend_->set_problem(problem_);
}

Trainer::Scope Trainer::add_numbers(const std::string& prefix) {
  Scope scope;
  host::Scalars& numbers = session_.scalars();
  scope.loss = numbers.add(prefix + "loss", TREINO_LOWER_IS_BETTER, "the loss", TREINO_SCALAR_LOSS);
  std::set<std::string> given;
  const auto is_taken = [&](const std::string& name) { return numbers.find(name) || given.contains(name); };
  // A metric that the manifest names is shown under that name; with several values, "<name>_<value>". One that is numbered because
  // there are several of its kind gives way where its number is the name of a class: recall_2 may be the recall of class 2.
  const auto rename = [&](const host::Instance& metric, const std::string& value, bool single) {
    const bool named = metric.name() != metric.component().description.id;
    const std::string own = prefix + value;
    std::string name = !named ? own : prefix + (single ? metric.name() : metric.name() + "_" + value);
    if (named && is_taken(name) && is_numbered(metric.name(), metric.component().description.id)) {
      const std::string base = name;
      name = own;
      for (int number = 2; is_taken(name); ++number) name = base + "_" + std::to_string(number);
    }
    given.insert(name);
    return name;
  };
  for (const LossAndMetrics::Value& value : measure_->values(rename))
    scope.values.push_back(numbers.add(value.name, value.direction, "metric " + metrics_[value.metric]->name()));
  for (const LossAndMetrics::Table& table : measure_->tables()) {
    const host::Instance& metric = *metrics_[table.metric];
    const bool single = table.layout->name == metric.component().description.id;
    scope.tables.push_back(session_.tables().add(rename(metric, table.layout->name, single), table.layout));
  }
  return scope;
}

}  // namespace treino::train
