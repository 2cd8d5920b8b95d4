// One pass for all three: what differs is what is done with the outputs of a batch, and at the end.
#include "train/evaluation.hpp"

#include <optional>
#include <stdexcept>

#include "base/secrets.hpp"
#include "train/epoch_record.hpp"
#include "train/failure.hpp"
#include "train/fetch_batch.hpp"
#include "train/finite.hpp"
#include "train/forward.hpp"
#include "train/output_views.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

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

/// What a metric reports in words; empty where it does not.
std::string report_of(host::Instance& metric) {
  const auto* table = static_cast<const treino_report*>(metric.extension(TREINO_REPORT_EXTENSION));
  if (table == nullptr) return "";
  host::ByteSink sink;
  metric.call("report", [&](void* self, treino_error* error) {
    if (table->size < sizeof(treino_report) || table->report == nullptr)
      throw std::runtime_error("its table of functions " TREINO_REPORT_EXTENSION " is incomplete");
    return table->report(self, sink.sink(), error);
  });
  return std::string(sink.bytes().begin(), sink.bytes().end());
}

}  // namespace

void Evaluation::validate() {
  if (!run_.has_validation()) return;
  measure(run_.data.validation, run_.validation_scalars, validation_events);
  run_.progress.note_validation();
  run_.validation_schedule.begin_again();
}

void Evaluation::validate_between_steps() {
  host::Scalars& scalars = run_.session.scalars();
  const Position& position = run_.progress.position();
  std::optional<LossAndMetrics::Kept> training;
  if (position.in_epoch) training = run_.measured->keep();
  scalars.end_live();
  validate();
  if (training) compare_with_best(run_, position.epoch);
  record_validation(run_);
  const PassScalars& measured = run_.validation_scalars;
  for (std::uint32_t i = measured.first; i < measured.first + measured.count; ++i) scalars.clear(i);
  if (!training) return;
  run_.measured->put_back(*training);
  begin_pass_scalars(run_, run_.training_scalars);
}

NamedScalars Evaluation::test(const data::Dataset& dataset, const std::string& prefix) {
  if (!run_.test_scalars.contains(prefix)) run_.test_scalars[prefix] = add_pass_scalars(run_, prefix);
  const PassScalars& scalars = run_.test_scalars[prefix];
  after_training([&] { measure(dataset, scalars, test_events); });
  NamedScalars result;
  for (std::uint32_t i = scalars.first; i < scalars.first + scalars.count; ++i)
    if (const auto value = run_.session.scalars().value(i)) result.emplace_back(run_.session.scalars().name(i), *value);
  return result;
}

std::vector<std::pair<std::string, std::string>> Evaluation::reports() {
  std::vector<std::pair<std::string, std::string>> result;
  for (host::Instance* metric : run_.metrics)
    if (std::string text = report_of(*metric); !text.empty()) result.emplace_back(metric->name(), std::move(text));
  return result;
}

void Evaluation::predict(const data::Dataset& dataset, const Take& take, const std::string& layer) {
  const FurtherOutput* further = run_.find_output(layer);
  const nn::LayerInfo& last = further != nullptr ? run_.model.layers()[further->layer] : run_.model.layers().back();
  const auto outputs = static_cast<std::size_t>(nn::size_of(last.output));
  after_training([&] {
    pass(
        dataset, prediction_events,
        [&](const data::Batch& batch, std::span<const float> of_last, const OutputViews&) {
          const auto prediction = further != nullptr ? run_.model.further_output(further->number) : of_last;
          bad_rows_ += count_bad_rows(prediction, outputs);
          run_.fire(host::Event::predict_batch_end);
          for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i)
            take(dataset.file_row(batch.indices[i]), prediction.subspan(i * outputs, outputs));
        },
        [&] { warn_of_outputs(dataset.count); });
  });
}

void Evaluation::measure(const data::Dataset& dataset, const PassScalars& scalars, const PassEvents& events) {
  const bool is_test = events.begin == host::Event::test_begin;
  run_.measured->reset();
  begin_pass_scalars(run_, scalars);
  pass(
      dataset, events,
      [&](const data::Batch& batch, std::span<const float> prediction, const OutputViews& views) {
        if (is_test) bad_rows_ += count_bad_rows(prediction, prediction.size() / static_cast<std::size_t>(batch.count));
        run_.progress.show_loss(mean_of(run_.measured->add(views.all(), false)));
        run_.fire(host::end_of(events.batch_begin));
      },
      [&] {
        finish_pass_scalars(run_, scalars);
        warn_of_outputs(dataset.count);
        for (std::uint32_t i = scalars.first; i < scalars.first + scalars.count; ++i) run_.backend.note_measured(i);
      });
}

void Evaluation::pass(const data::Dataset& dataset, const PassEvents& events, const Each& each,
                      const std::function<void()>& finish) {
  data::Batches batches(dataset, run_.evaluation_options(dataset.count, events.begin == host::Event::validation_begin));
  OutputViews views(run_, dataset);
  run_.progress.begin_pass(events, static_cast<std::uint64_t>(batches.batches_per_epoch()));
  bad_rows_ = 0;
  const SwapsEnd swaps_end(run_.backend);
  run_.fire(events.begin);
  batches.begin_epoch(0);
  data::Batch batch;
  for (std::uint64_t number = 0; fetch_batch(run_, batches, batch, number, events); ++number) {
    const host::Profile::Span span(run_.session.profile(), TREINO_SPAN_PASS_BATCH, 0,
                                   static_cast<std::uint32_t>(events.batch_begin));
    run_.fire(events.batch_begin);
    const auto prediction = forward(run_.model, dataset, batch, nn::Mode::infer);
    views.bind(batch, prediction, false);
    run_.backend.show(&views.main());
    each(batch, prediction, views);
    run_.backend.show(nullptr);
  }
  finish();
  run_.progress.clear_batch();
  run_.progress.end_pass();
  run_.fire(host::end_of(events.begin));
}

/// A test or a prediction: where it fails, its receivers are told, and what was begun is ended.
void Evaluation::after_training(const std::function<void()>& action) {
  run_.progress.set_phase(RunPhase::open);
  run_.failure_told = false;
  try {
    action();
  } catch (const std::exception& failure) {
    const std::string reason = base::without_secrets(failure.what());
    leave_batch(run_);
    tell_of_failure(run_, reason);
    close_open_events(run_, host::Outcome::failed, reason);
    run_.progress.set_outcome(host::Outcome::running);
    run_.progress.set_phase(RunPhase::closed);
    throw;
  }
  run_.progress.set_phase(RunPhase::closed);
}

void Evaluation::warn_of_outputs(std::int64_t samples) {
  if (bad_rows_ == 0) return;
  const std::string name = damaged_weights(run_.backend, run_.backend.set_in_model());
  run_.warn("the outputs of " + std::to_string(bad_rows_) + " of " + std::to_string(samples) + " samples are NaN or infinite: " +
            (name.empty() ? "the weights are finite; look at the features, or for an overflow" : name + " is NaN or infinite"));
}

}  // namespace treino::train
