// Calls the loss and the metrics batch by batch, and holds what they say against the contract.
#include "train/loss_and_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "base/text.hpp"

namespace treino::train {

namespace {

treino_tensor view(void* data, const std::int64_t* shape, const std::int64_t* strides, std::uint32_t rank, std::uint8_t code) {
  treino_tensor tensor{};
  tensor.data = data;
  tensor.shape = shape;
  tensor.strides = strides;
  tensor.rank = rank;
  tensor.type_code = code;
  tensor.type_bits = 32;
  tensor.type_lanes = 1;
  tensor.device_type = TREINO_DEVICE_CPU;
  return tensor;
}

/// More than any table has cells; a metric that forgot to set its count says something like 2^32 - 1.
constexpr std::uint32_t most_values = 1u << 24;

std::uint32_t count_of(host::Instance& metric) {
  std::uint32_t count = 0;
  metric.call("count", [&](void* self, treino_error*) {
    count = metric.component().metric.count(self);
    if (count > most_values)
      throw std::runtime_error("says that it has " + std::to_string(count) + " values; at most " + std::to_string(most_values) +
                               " are taken");
    return TREINO_OK;
  });
  return count;
}

struct Named {
  std::string name;
  std::uint32_t direction = TREINO_NO_DIRECTION;
};

std::vector<Named> names_of(host::Instance& metric, std::uint32_t count) {
  std::vector<Named> values(count);
  std::set<std::string> taken;
  metric.call("name", [&](void* self, treino_error*) {
    for (std::uint32_t v = 0; v < count; ++v) {
      const char* name = metric.component().metric.name(self, v);
      if (name == nullptr || *name == '\0')
        throw std::runtime_error((name == nullptr ? "gives no name for its value " : "gives an empty name for its value ") +
                                 std::to_string(v));
      // Often holds the name of a class, which comes from the data: cleaned, so that it can be shown and be a column's name.
      const std::string clean = base::clean_line(name);
      if (!taken.insert(clean).second) throw std::runtime_error("gives the name '" + clean + "' to two values");
      const std::uint32_t direction = metric.component().metric.direction(self, v);
      if (direction > TREINO_HIGHER_IS_BETTER)
        throw std::runtime_error("gives the direction " + std::to_string(direction) + " for '" + clean +
                                 "'; 0 to 2 are those there are");
      if (direction != TREINO_NO_DIRECTION && metric.component().description.no_direction)
        throw std::runtime_error("gives '" + clean + "' a direction, though its description says no_direction = true");
      values[v] = {clean, direction};
    }
    return TREINO_OK;
  });
  return values;
}

}  // namespace

BatchViews::BatchViews(const data::Dataset& dataset, std::int64_t outputs)
    : output_shape_{0, outputs},
      target_shape_{0, dataset.target_width},
      sample_shape_{0},
      output_strides_{outputs, 1},
      target_strides_{dataset.target_width, 1},
      dataset_(dataset) {
  prediction_ = view(nullptr, output_shape_, output_strides_, 2, TREINO_DTYPE_FLOAT);
  gradient_ = prediction_;
  rows_ = view(nullptr, sample_shape_, unit_stride_, 1, TREINO_DTYPE_UINT);
  weights_ = view(nullptr, sample_shape_, unit_stride_, 1, TREINO_DTYPE_FLOAT);
  target_ = dataset.target_kind == data::TargetKind::index ? view(nullptr, sample_shape_, unit_stride_, 1, TREINO_DTYPE_INT)
                                                           : view(nullptr, target_shape_, target_strides_, 2, TREINO_DTYPE_FLOAT);
}

void BatchViews::bind(const data::Batch& batch, const float* prediction, float* gradient) {
  output_shape_[0] = target_shape_[0] = sample_shape_[0] = batch.count;
  // The contract has one view for reading and writing; plugins get these as const.
  prediction_.data = const_cast<float*>(prediction);
  gradient_.data = gradient;
  rows_.data = const_cast<std::uint32_t*>(batch.indices);
  if (!dataset_.file_rows.empty()) {
    file_rows_.resize(static_cast<std::size_t>(batch.count));
    for (std::size_t i = 0; i < file_rows_.size(); ++i) file_rows_[i] = dataset_.file_rows[batch.indices[i]];
    rows_.data = file_rows_.data();
  }
  weights_.data = const_cast<float*>(batch.weights);
  target_.data =
      batch.classes != nullptr ? static_cast<void*>(const_cast<std::int32_t*>(batch.classes)) : const_cast<float*>(batch.values);
}

LossAndMetrics::LossAndMetrics(host::Session& session, host::Instance* loss, std::vector<Metric> metrics)
    : session_(session), loss_(loss), metrics_(std::move(metrics)) {
  if (const auto adds_up = loss_ == nullptr ? nullptr : loss_->component().loss.adds_up)
    loss_->call("adds_up", [&](void* self, treino_error*) {
      adds_up_ = adds_up(self) != 0;
      return TREINO_OK;
    });
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const std::uint32_t count = count_of(*metrics_[i].instance);
    first_value_.push_back(metric_of_value_.size());
    value_count_.push_back(count);
    metric_of_value_.insert(metric_of_value_.end(), count, i);
  }
  values_.resize(metric_of_value_.size());
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    metric_tables_.emplace_back(*metrics_[i].instance);
    const auto& layouts = metric_tables_.back().layouts();
    for (std::uint32_t t = 0; t < layouts.size(); ++t) tables_.push_back({i, t, layouts[t]});
  }
}

bool LossAndMetrics::read_table(std::size_t index, std::vector<double>& values) {
  host::Instance& metric = *metrics_[tables_[index].metric].instance;
  if (!metric.enabled()) return false;
  try {
    metric_tables_[tables_[index].metric].read(tables_[index].index, values);
  } catch (const host::CallError& failure) {
    if (!metric.may_disable()) throw;
    session_.disable(metric, failure.what());
  }
  return metric.enabled();
}

std::vector<LossAndMetrics::Value> LossAndMetrics::values(
    const std::function<std::string(const host::Instance&, const std::string&, bool)>& rename) const {
  std::vector<Value> values;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    host::Instance& metric = *metrics_[i].instance;
    for (const Named& value : names_of(metric, value_count_[i]))
      values.push_back({rename(metric, value.name, value_count_[i] == 1), value.direction, i});
  }
  return values;
}

template <class Function>
void LossAndMetrics::each_metric(const char* doing, Function&& function) {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    host::Instance& metric = *metrics_[i].instance;
    if (!metric.enabled()) continue;
    try {
      metric.call(doing, [&](void* self, treino_error* error) { return function(metric.component().metric, self, error, i); });
    } catch (const host::CallError& failure) {
      if (!metric.may_disable()) throw;
      session_.disable(metric, failure.what());
    }
  }
}

void LossAndMetrics::reset() {
  state_ = {};
  fresh_ = false;
  each_metric("reset",
              [](const treino_metric& table, void* self, treino_error* error, std::size_t) { return table.reset(self, error); });
}

treino_loss_value LossAndMetrics::evaluate(const BatchViews& views, bool with_gradient) {
  const host::Profile::Span span(session_.profile(), TREINO_SPAN_LOSS, loss_->number());
  treino_loss_value value{0, 0};
  loss_->call("evaluate", [&](void* self, treino_error* error) {
    return loss_->component().loss.evaluate(self, &views.prediction(), &views.target(), views.weights(),
                                            with_gradient ? &views.gradient() : nullptr, &value, error);
  });
  if (!std::isfinite(value.weight) || value.weight < 0)
    throw host::CallError(loss_->name(), loss_->name() + ": gave the weight " + std::to_string(value.weight) +
                                             "; a weight is finite and not negative (in evaluate)");
  return value;
}

treino_loss_value LossAndMetrics::add(const BatchViews& views, bool with_gradient) {
  const treino_loss_value value = evaluate(views, with_gradient);
  state_.sum += value.sum;
  state_.weight += value.weight;
  ++state_.batches;
  add_metrics(views);
  return value;
}

void LossAndMetrics::add_loss(double mean, double samples) {
  state_.sum += mean * samples;
  state_.weight += samples;
  ++state_.batches;
}

void LossAndMetrics::add_metrics(const BatchViews& views) {
  fresh_ = false;
  each_metric("update", [&](const treino_metric& table, void* self, treino_error* error, std::size_t i) {
    const host::Profile::Span span(session_.profile(), TREINO_SPAN_METRIC, metrics_[i].instance->number());
    return table.update(self, &views.prediction(), &views.target(), metrics_[i].weighted ? views.weights() : nullptr, error);
  });
}

std::optional<double> LossAndMetrics::loss() const {
  if (state_.batches == 0) return std::nullopt;
  return state_.weight == 0 ? 0 : state_.sum / state_.weight;
}

std::optional<double> LossAndMetrics::value(std::size_t index) {
  if (state_.batches == 0) return std::nullopt;
  if (!fresh_) compute();
  if (!metrics_[metric_of_value_[index]].instance->enabled()) return std::nullopt;
  return values_[index];
}

void LossAndMetrics::compute() {
  each_metric("compute", [&](const treino_metric& table, void* self, treino_error* error, std::size_t i) {
    return table.compute(self, values_.data() + first_value_[i], error);
  });
  fresh_ = true;
}

}  // namespace treino::train
