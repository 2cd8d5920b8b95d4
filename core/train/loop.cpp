// The loop, to be read aloud: fit() is the run, the functions below it are its parts.
#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/secrets.hpp"
#include "train/trainer.hpp"

namespace treino::train {

namespace {

/// In float32 an exponent of all ones is an infinity or NaN; without branches, so that it runs at the speed of the memory.
bool all_finite(std::span<const float> values) {
  std::uint32_t bad = 0;
  for (const float value : values) bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & 0x7f800000u) == 0x7f800000u);
  return bad == 0;
}

std::uint64_t count_bad_rows(std::span<const float> values, std::size_t width) {
  if (all_finite(values)) return 0;
  std::uint64_t bad = 0;
  for (std::size_t row = 0; row < values.size(); row += width) bad += all_finite(values.subspan(row, width)) ? 0 : 1;
  return bad;
}

/// Sets of weights that plugins swap in for a pass through data leave the model when it ends, however it ends.
class SwapsEnd {
 public:
  explicit SwapsEnd(ModelBackend& backend) : backend_(backend) { backend_.begin_pass(); }
  SwapsEnd(const SwapsEnd&) = delete;
  SwapsEnd& operator=(const SwapsEnd&) = delete;
  ~SwapsEnd() { backend_.end_pass(); }

 private:
  ModelBackend& backend_;
};

}  // namespace

Result Trainer::fit() {
  Result result;
  try {
    begin();
    while (!stopping() && position_.epoch < plan_.manifest.run.epochs) {
      begin_epoch();
      train_epoch();
      if (!stopping()) validate();
      end_epoch();
    }
    finish_pending_save(true);
  } catch (const std::exception& failure) {
    stop_ = {TREINO_RUN_FAILED, base::without_secrets(failure.what()), ""};
    if (trial_interrupted_) end_interrupted_trial();
    close_after_failure(stop_->outcome, stop_->reason);
  }
  end(result);
  return result;
}

void Trainer::begin() {
  event_.epochs = plan_.manifest.run.epochs;
  event_.resumed = resumed_ ? 1 : 0;
  session_.info().resumed = event_.resumed;
  for (const auto& instance : session_.instances()) instance->update_info();
  session_.learning_rate().move_to(position_.step, position_.epoch);
  if (!resumed_) position_.learning_rate = session_.learning_rate().last();
  clear_batch_fields();
  run_open_ = true;
  fire(TREINO_RUN_BEGIN);
  if (trial_interrupted_) throw std::runtime_error("interrupted");  // who asked for the trial was disabled for it
  began_ = true;
  safe_point();
}

/// Before the run has begun there is nothing to save: a resume begins at the same place, and repeats the trial.
void Trainer::end_interrupted_trial() {
  const host::Requests::Stop stop{TREINO_INTERRUPTED, Interrupt::name(interrupted()), ""};
  try {
    if (began_) save_everything(folder_ / "checkpoint.safetensors");
    stop_ = stop;
  } catch (const std::exception& failure) {
    stop_ = {TREINO_RUN_FAILED, base::without_secrets(failure.what()), ""};
  }
}

void Trainer::begin_epoch() {
  if (position_.in_epoch) {  // resumed within it: everybody has received its beginning
    start_numbers(training_scope_);
    return;
  }
  session_.scalars().clear_all();
  measure_->reset();
  start_numbers(training_scope_);
  session_.learning_rate().move_to(position_.step, position_.epoch);
  position_.learning_rate = session_.learning_rate().last();
  clear_batch_fields();
  position_.in_epoch = true;
  session_.take_drawn();
  fire(TREINO_EPOCH_BEGIN);
}

void Trainer::train_epoch() {
  event_.batches = static_cast<std::uint64_t>(batches_->batches_per_epoch());  // a resumed epoch has not been begun here
  batches_->begin_epoch(position_.epoch, static_cast<std::int64_t>(position_.batch));
  data::Batch batch;
  while (!stopping() && next_batch(*batches_, batch, position_.batch, TREINO_FETCH_BEGIN)) {
    train_batch(batch);
    safe_point();
  }
  clear_batch_fields();
  finish_numbers(training_scope_);
}

/// Waits for batch `number` of a pass; false where no further one is due.
bool Trainer::next_batch(data::Batches& batches, data::Batch& batch, std::uint64_t number, unsigned fetch_begin) {
  event_.batch = number;
  if (number >= event_.batches) return false;
  event_.samples = 0;
  event_.loss = std::nan("");
  open_fetch_ = fetch_begin + 1;
  fire(fetch_begin);
  {
    const host::Profile::Span span(session_.profile(), TREINO_SPAN_DATA);
    if (!batches.next(batch)) throw std::logic_error("a data set has fewer batches than it said");
  }
  event_.samples = static_cast<std::uint64_t>(batch.count);
  fire(*std::exchange(open_fetch_, std::nullopt));
  return true;
}

void Trainer::train_batch(const data::Batch& batch) {
  const host::Profile::Span span(session_.profile(), TREINO_SPAN_BATCH);
  const std::uint64_t accumulate = plan_.manifest.run.accumulate.batches_per_step(position_.epoch);
  const std::uint64_t in_group = position_.batch % accumulate;
  const std::uint64_t group_begin = position_.batch - in_group;
  const std::uint64_t group_size = std::min(accumulate, event_.batches - group_begin);

  session_.learning_rate().move_to(position_.step, position_.epoch);
  event_.learning_rate = session_.learning_rate().learning_rate();
  fire(TREINO_BATCH_BEGIN);
  batch_open_ = batch_end_due_ = true;
  session_.lock_weights(true);

  const auto prediction = model_->forward(batch.features, batch.count, nn::Mode::train, position_.batches);
  const std::span<float> gradient = model_->output_gradient();
  views_->bind(batch, prediction.data(), gradient.data());
  backend_->show(&*views_);
  const treino_loss_value loss = measure_->add(*views_, true);
  event_.loss = mean_of(loss);
  if (std::isnan(event_.loss)) warn_of_nan();
  const bool accumulates = group_size > 1 && !measure_->adds_up();
  if (accumulates)
    scale_batch_gradient(loss, gradient.first(static_cast<std::size_t>(batch.count * problem_.outputs)), in_group == 0);
  model_->backward(gradient.data(), in_group > 0);
  if (accumulates && in_group + 1 == group_size) finish_group_gradient();
  ++position_.batch;
  ++position_.batches;
  if (in_group + 1 == group_size) apply_step();

  batch_end_due_ = false;
  fire(TREINO_BATCH_END);
  batch_open_ = false;
  backend_->show(nullptr);
}

/// A group's gradient is (sum over its batches of weight * gradient) / (sum of weights), as one batch of all its samples would have
/// it. Weights are taken relative to the first that is not 0, so that batches that count alike are added as they are, and no large
/// weight carries a gradient beyond what float32 holds.
void Trainer::scale_batch_gradient(const treino_loss_value& loss, std::span<float> gradient, bool first_of_group) {
  if (first_of_group) first_weight_ = group_weight_ = 0;
  if (first_weight_ == 0) first_weight_ = loss.weight;
  group_weight_ += loss.weight;
  const auto share = static_cast<float>(first_weight_ == 0 ? 0 : loss.weight / first_weight_);
  if (share == 1) return;
  for (float& slope : gradient) slope *= share;
}

void Trainer::finish_group_gradient() {
  const auto share = static_cast<float>(group_weight_ == 0 ? 0 : first_weight_ / group_weight_);
  for (nn::Parameter& parameter : model_->parameters())
    for (float& slope : parameter.gradient) slope *= share;
}

void Trainer::apply_step() {
  session_.learning_rate().move_to(position_.step, position_.epoch);
  position_.learning_rate = event_.learning_rate = session_.learning_rate().learning_rate();
  fire(TREINO_BACKWARD_END);
  host::Requests& requests = session_.requests();
  if (requests.any()) {
    session_.learning_rate().move_to(position_.step, position_.epoch);
    position_.learning_rate = event_.learning_rate = session_.learning_rate().learning_rate();
    const auto back = requests.take_roll_back();
    if (back) roll_back(*back);
    const auto skip = requests.take_skip();
    if (skip) session_.log().message(host::Log::Level::warning, "", *skip + "; step not taken");
    const auto stop = requests.stopped();
    if (back || skip || (stop && stop->outcome == TREINO_DIVERGED)) {
      session_.lock_weights(false);
      return;
    }
  }
  fire(TREINO_STEP_BEGIN);
  {
    const host::Profile::Span span(session_.profile(), TREINO_SPAN_OPTIMIZER);
    optimizer_->step(session_.learning_rate().learning_rate(), session_.learning_rate().momentum());
  }
  ++position_.step;
  event_.step = position_.step;
  session_.lock_weights(false);
  fire(TREINO_STEP_END);
}

void Trainer::validate() {
  if (data_.validation.count == 0) return;
  pass(data_.validation, validation_scope_, {TREINO_VALIDATION_BEGIN, TREINO_VALIDATION_BATCH_BEGIN, TREINO_VALIDATION_FETCH_BEGIN});
}

void Trainer::pass(const data::Dataset& dataset, const Scope& scope, const PassEvents& events) {
  data::BatchOptions options;
  options.batch_size = evaluation_batch_size();
  data::Batches batches(dataset, options);
  BatchViews views(dataset, problem_.outputs);
  measure_->reset();
  start_numbers(scope);
  clear_batch_fields();
  event_.batches = static_cast<std::uint64_t>(batches.batches_per_epoch());
  open_pass_ = events.begin + 1;
  const SwapsEnd swaps_end(*backend_);
  fire(events.begin);
  batches.begin_epoch(0);
  data::Batch batch;
  std::uint64_t bad = 0;
  for (std::uint64_t number = 0; next_batch(batches, batch, number, events.fetch_begin); ++number) {
    const host::Profile::Span span(session_.profile(), TREINO_SPAN_PASS_BATCH, 0, events.batch_begin);
    fire(events.batch_begin);
    const auto prediction = model_->forward(batch.features, batch.count, nn::Mode::infer);
    if (events.begin == TREINO_TEST_BEGIN) bad += count_bad_rows(prediction, static_cast<std::size_t>(problem_.outputs));
    views.bind(batch, prediction.data(), nullptr);
    backend_->show(&views);
    event_.loss = mean_of(measure_->add(views, false));
    fire(events.batch_begin + 1);
    backend_->show(nullptr);
  }
  finish_numbers(scope);
  warn_of_predictions(bad, dataset.count);
  backend_->note_measured(scope.loss);
  for (const std::uint32_t number : scope.values) backend_->note_measured(number);
  clear_batch_fields();
  fire(*std::exchange(open_pass_, std::nullopt));
}

void Trainer::end_epoch() {
  clear_batch_fields();
  // Who asked decides again below, and that depends on nothing but the run.
  if (save_under_way_ && save_under_way_->awaited) finish_pending_save(true);
  event_.outcome = stop_ ? stop_->outcome : std::uint32_t{TREINO_RUNNING};
  const bool whole = position_.batch == static_cast<std::uint64_t>(batches_->batches_per_epoch());
  const std::uint64_t epoch = position_.epoch;
  position_.in_epoch = false;
  if (whole) {  // what is saved from here on goes on with the next epoch
    ++position_.epoch;
    position_.batch = 0;
  }
  event_.epoch = epoch;
  if (whole) compare_with_best(epoch);
  fire(TREINO_EPOCH_END);
  session_.look_at_process(false);
  std::vector<host::Field> fields = {host::field("epoch", epoch), host::field("step", position_.step),
                                     host::field("learning_rate", event_.learning_rate)};
  for (std::uint32_t i = 0; i < session_.scalars().count(); ++i)
    if (const auto value = session_.scalars().value(i)) fields.push_back(host::field(session_.scalars().name(i), *value));
  session_.log().record("epoch", fields);
  if (!session_.take_drawn() && whole && tell_epoch_) {
    NamedScalars shown = measured();
    shown.emplace_back("learning_rate", event_.learning_rate);
    tell_epoch_(epoch, shown);
  }
  event_.outcome = TREINO_RUNNING;
  session_.learning_rate().move_to(position_.step, position_.epoch);
  if (whole) safe_point();
}

/// The loss and the metrics as they stand, of the training and then of the validation.
NamedScalars Trainer::measured() {
  NamedScalars result;
  const auto add = [&](std::uint32_t index) {
    if (const auto value = session_.scalars().value(index)) result.emplace_back(session_.scalars().name(index), *value);
  };
  const auto add_all = [&](const Scope& scope) {
    add(scope.loss);
    for (const std::uint32_t index : scope.values) add(index);
  };
  add_all(training_scope_);
  if (data_.validation.count > 0) add_all(validation_scope_);
  return result;
}

void Trainer::compare_with_best(std::uint64_t epoch) {
  const auto compared = [&](const NamedScalars& numbers) {
    for (const auto& [name, value] : numbers)
      if (name == compared_by()) return value;
    return std::nan("");
  };
  const std::uint32_t index = data_.validation.count > 0 ? validation_scope_.loss : training_scope_.loss;
  const double now = session_.scalars().value(index).value_or(std::nan(""));
  if (!std::isnan(now) && (!best_ || now < compared(best_->numbers))) best_ = BestEpoch{epoch, measured()};
}

/// The name of a parameter that is NaN or infinite in the set, or, where that is null, among the weights being trained; "" where all is
/// well.
std::string Trainer::damaged_weights(const ModelBackend::WeightSet* set) {
  for (std::size_t i = 0; i < model_->parameters().size(); ++i)
    if (!all_finite(backend_->values_of(set, i))) return model_->parameters()[i].name;
  return "";
}

void Trainer::end(Result& result) {
  result.outcome = stop_ ? stop_->outcome : std::uint32_t{TREINO_DONE};
  const auto epochs = plan_.manifest.run.epochs;
  const std::string all = epochs == 1 ? "the epoch is done" : "all " + std::to_string(epochs) + " epochs are done";
  result.reason = stop_ ? base::without_secrets(stop_->reason) : all;
  const auto is_healthy = [&] { return result.outcome == TREINO_DONE || result.outcome == TREINO_EARLY_STOPPED; };
  const auto look_at_weights = [&](const ModelBackend::WeightSet* set) {
    if (!is_healthy()) return;
    const std::string name = damaged_weights(set);
    if (name.empty()) return;
    result.outcome = TREINO_DIVERGED;
    result.reason = name + " is NaN or infinite after epoch " + std::to_string(position_.epoch);
  };
  look_at_weights(nullptr);
  const bool healthy = is_healthy();
  result.trained = result.outcome != TREINO_RUN_FAILED;
  try {
    // An interrupted run has been saved where it was interrupted; a diverged one is not worth going on from.
    if (healthy) save_everything(folder_ / "checkpoint.safetensors");
  } catch (const std::exception& failure) {
    result.reason += std::string("; the run's checkpoint is not saved: ") + base::without_secrets(failure.what());
    result.outcome = TREINO_RUN_FAILED;
  }
  if (run_open_) {
    clear_batch_fields();
    if (result.outcome == TREINO_RUN_FAILED) tell_of_failure(result.reason);
    event_.outcome = result.outcome;
    event_.text = result.reason.c_str();
    run_open_ = false;
    try {
      fire(TREINO_RUN_END);
      look_at_weights(backend_->set_in_model());  // the model that the run ends with: averages, for example
      process_save_requests();
      finish_pending_save(true);
    } catch (const std::exception& failure) {
      if (result.outcome != TREINO_RUN_FAILED) result.reason = base::without_secrets(failure.what());
      result.outcome = TREINO_RUN_FAILED;
    }
    event_.text = "";
    event_.outcome = TREINO_RUNNING;
  }
  for (std::uint32_t i = 0; i < session_.scalars().count(); ++i)
    if (const auto value = session_.scalars().value(i)) result.numbers.emplace_back(session_.scalars().name(i), *value);
  session_.look_at_process(true);
  result.best = best_;
  if (position_.batch == 0 && result.trained) result.last = measured();
  result.epochs = position_.epoch;
}

/// The event `exception`, once for a run.
void Trainer::tell_of_failure(const std::string& reason) {
  if (!run_open_ && !afterwards_open_) return;  // nobody has received a beginning
  if (std::exchange(failure_told_, true)) return;
  event_.outcome = TREINO_RUN_FAILED;
  event_.text = reason.c_str();
  try {
    fire(TREINO_EXCEPTION);
  } catch (const std::exception& failure) {  // the run has failed already
    session_.log().message(host::Log::Level::error, "", failure.what());
  }
}

/// Ends for the begins that were received; what fails now is only logged, since the run has failed already.
void Trainer::close_after_failure(std::uint32_t outcome, const std::string& reason) {
  backend_->show(nullptr);
  session_.lock_weights(false);
  live_scope_ = nullptr;
  const auto attempt = [&](auto&& action) {
    try {
      action();
    } catch (const std::exception& failure) {
      session_.log().message(host::Log::Level::error, "", failure.what());
    }
  };
  const auto quietly = [&](unsigned event) { attempt([&] { fire(event); }); };
  if (outcome == TREINO_RUN_FAILED) tell_of_failure(reason);
  attempt([&] { finish_pending_save(true); });
  event_.outcome = outcome;
  event_.text = reason.c_str();
  if (const auto open = std::exchange(open_fetch_, std::nullopt)) quietly(*open);
  if (std::exchange(batch_end_due_, false)) quietly(TREINO_BATCH_END);
  batch_open_ = false;
  if (const auto open = std::exchange(open_pass_, std::nullopt)) quietly(*open);
  if (std::exchange(position_.in_epoch, false)) quietly(TREINO_EPOCH_END);
}

void Trainer::clear_batch_fields() {
  event_.epoch = position_.epoch;
  event_.batch = position_.batch;
  event_.batches = batches_per_epoch();
  event_.step = position_.step;
  event_.samples = 0;
  event_.loss = std::nan("");
  event_.learning_rate = position_.learning_rate;
}

void Trainer::safe_point() {
  // Half a group of accumulated gradients is in no checkpoint: what is asked for within one waits for its end.
  const bool within_group = position_.in_epoch &&
                            position_.batch % plan_.manifest.run.accumulate.batches_per_step(position_.epoch) != 0 &&
                            position_.batch != static_cast<std::uint64_t>(batches_->batches_per_epoch());
  if (within_group) return;
  if (const int signal = interrupted(); signal != 0 && !stopping()) {
    save_everything(folder_ / "checkpoint.safetensors");
    session_.requests().stop({TREINO_INTERRUPTED, Interrupt::name(signal), ""});
  }
  if (save_under_way_) finish_pending_save(false);
  if (!session_.requests().any()) return;
  if (!stop_) stop_ = session_.requests().stopped();
  if (const auto back = session_.requests().take_roll_back()) roll_back(*back);
  process_save_requests();
}

void Trainer::roll_back(const std::string& reason) {
  backend_->roll_back();
  session_.log().message(host::Log::Level::warning, "", reason + "; went back to the weights remembered last");
}

void Trainer::start_numbers(const Scope& scope) {
  live_scope_ = &scope;
  session_.scalars().set_live(scope.loss, true);
  for (const std::uint32_t index : scope.values) session_.scalars().set_live(index, true);
}

void Trainer::finish_numbers(const Scope& scope) {
  const auto keep = [&](std::uint32_t index) {
    const auto value = session_.scalars().value(index);
    session_.scalars().set_live(index, false);
    if (value) session_.scalars().set(index, *value);
  };
  keep(scope.loss);
  for (const std::uint32_t index : scope.values) keep(index);
  for (std::size_t i = 0; i < scope.tables.size(); ++i) {
    host::Tables::Entry& table = session_.tables().at(scope.tables[i]);
    table.present = measure_->read_table(i, table.values);
  }
  live_scope_ = nullptr;
}

void Trainer::warn_of_nan() {
  if (std::exchange(warned_of_nan_, true)) return;
  session_.log().message(host::Log::Level::warning, "",
                         "the loss (" + loss_->name() + ") is NaN in epoch " + std::to_string(position_.epoch + 1) + ", batch " +
                             std::to_string(event_.batch + 1) + " (said once)");
}

void Trainer::warn_of_predictions(std::uint64_t bad, std::int64_t all) {
  if (bad == 0) return;
  const std::string name = damaged_weights(backend_->set_in_model());
  session_.log().message(host::Log::Level::warning, "",
                         "the outputs of " + std::to_string(bad) + " of " + std::to_string(all) + " samples are NaN or infinite: " +
                             (name.empty() ? "the weights are finite; look at the features, or for an overflow"
                                           : name + " is NaN or infinite"));
}

std::vector<std::pair<std::string, double>> Trainer::test(const data::Dataset& dataset, const std::string& prefix) {
  host::Scalars& numbers = session_.scalars();
  if (test_scopes_.count(prefix) == 0) test_scopes_[prefix] = add_numbers(prefix);
  const Scope& scope = test_scopes_[prefix];
  afterwards([&] { pass(dataset, scope, {TREINO_TEST_BEGIN, TREINO_TEST_BATCH_BEGIN, TREINO_TEST_FETCH_BEGIN}); });
  std::vector<std::pair<std::string, double>> result;
  for (std::uint32_t i = scope.loss; i <= scope.loss + scope.values.size(); ++i)
    if (const auto value = numbers.value(i)) result.emplace_back(numbers.name(i), *value);
  return result;
}

std::vector<std::pair<std::string, std::string>> Trainer::reports() {
  std::vector<std::pair<std::string, std::string>> result;
  for (host::Instance* metric : metrics_) {
    const auto* table = static_cast<const treino_report*>(metric->extension(TREINO_REPORT_EXTENSION));
    if (table == nullptr) continue;
    host::ByteSink sink;
    metric->call("report", [&](void* self, treino_error* error) {
      if (table->size < sizeof(treino_report) || table->report == nullptr)
        throw std::runtime_error("its table of functions " TREINO_REPORT_EXTENSION " is incomplete");
      return table->report(self, sink.sink(), error);
    });
    if (!sink.bytes().empty()) result.emplace_back(metric->name(), std::string(sink.bytes().begin(), sink.bytes().end()));
  }
  return result;
}

/// A test or a prediction: where it fails, its receivers are told, and what was begun is ended.
void Trainer::afterwards(const std::function<void()>& action) {
  failure_told_ = false;
  afterwards_open_ = true;
  try {
    action();
    afterwards_open_ = false;
  } catch (const std::exception& failure) {
    close_after_failure(TREINO_RUN_FAILED, base::without_secrets(failure.what()));
    afterwards_open_ = false;
    event_.outcome = TREINO_RUNNING;
    event_.text = "";
    throw;
  }
}

void Trainer::predict(const data::Dataset& dataset, const Take& take) {
  afterwards([&] { predict_all(dataset, take); });
}

void Trainer::predict_all(const data::Dataset& dataset, const Take& take) {
  data::BatchOptions options;
  options.batch_size = evaluation_batch_size();
  data::Batches batches(dataset, options);
  BatchViews views(dataset, problem_.outputs);
  clear_batch_fields();
  event_.batches = static_cast<std::uint64_t>(batches.batches_per_epoch());
  open_pass_ = TREINO_PREDICT_END;
  const SwapsEnd swaps_end(*backend_);
  fire(TREINO_PREDICT_BEGIN);
  batches.begin_epoch(0);
  data::Batch batch;
  const auto outputs = static_cast<std::size_t>(problem_.outputs);
  std::uint64_t bad = 0;
  for (std::uint64_t number = 0; next_batch(batches, batch, number, TREINO_PREDICT_FETCH_BEGIN); ++number) {
    const host::Profile::Span span(session_.profile(), TREINO_SPAN_PASS_BATCH, 0, TREINO_PREDICT_BATCH_BEGIN);
    fire(TREINO_PREDICT_BATCH_BEGIN);
    const auto prediction = model_->forward(batch.features, batch.count, nn::Mode::infer);
    bad += count_bad_rows(prediction, outputs);
    views.bind(batch, prediction.data(), nullptr);
    backend_->show(&views);
    fire(TREINO_PREDICT_BATCH_END);
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i)
      take(dataset.file_row(batch.indices[i]), prediction.subspan(i * outputs, outputs));
    backend_->show(nullptr);
  }
  warn_of_predictions(bad, dataset.count);
  clear_batch_fields();
  fire(*std::exchange(open_pass_, std::nullopt));
}

}  // namespace treino::train
