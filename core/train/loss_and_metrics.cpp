// Calls the loss and the metrics batch by batch, and holds what they say against the contract.
#include "train/loss_and_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "base/text.hpp"

namespace treino::train {

namespace {

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

LossAndMetrics::LossAndMetrics(host::Session& session, std::vector<Loss> losses, std::vector<Metric> metrics,
                               const Regularization& regularization)
    : session_(session),
      losses_(std::move(losses)),
      metrics_(std::move(metrics)),
      regularization_(regularization),
      batch_(losses_.size() + (!losses_.empty() && regularization.has_penalties())) {
  adds_up_ = !losses_.empty() && adds_up(0);
  state_.sums.resize(std::max<std::size_t>(batch_.size(), 1));
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

bool LossAndMetrics::adds_up(std::size_t loss) const {
  host::Instance& instance = *losses_[loss].instance;
  const auto says = instance.component().loss.adds_up;
  bool result = false;
  if (says == nullptr) return result;
  instance.call("adds_up", [&](void* self, treino_error*) {
    result = says(self) != 0;
    return TREINO_OK;
  });
  return result;
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
  state_.sums.assign(state_.sums.size(), {});
  state_.batches = 0;
  penalty_.reset();
  fresh_ = false;
  each_metric("reset",
              [](const treino_metric& table, void* self, treino_error* error, std::size_t) { return table.reset(self, error); });
}

LossAndMetrics::Kept LossAndMetrics::keep() {
  Kept kept{state_, {}};
  for (const Metric& metric : metrics_)
    kept.metrics.push_back(metric.instance->enabled() ? metric.instance->save() : std::vector<unsigned char>());
  return kept;
}

void LossAndMetrics::put_back(const Kept& kept) {
  reset();
  set_state(kept.state);
  for (std::size_t i = 0; i < metrics_.size(); ++i)
    if (host::Instance& metric = *metrics_[i].instance; metric.enabled())
      metric.load(kept.metrics[i], metric.component().lifecycle.state_version);
}

treino_loss_value LossAndMetrics::evaluate(std::size_t loss, const BatchViews& views, bool with_gradient) {
  host::Instance& instance = *losses_[loss].instance;
  const host::Profile::Span span(session_.profile(), TREINO_SPAN_LOSS, instance.number());
  treino_loss_value value{0, 0};
  instance.call("evaluate", [&](void* self, treino_error* error) {
    return instance.component().loss.evaluate(self, &views.prediction(), &views.target(), views.weights(),
                                              with_gradient ? &views.gradient() : nullptr, &value, error);
  });
  if (!std::isfinite(value.weight) || value.weight < 0)
    throw host::CallError(instance.name(), instance.name() + ": gave the weight " + std::to_string(value.weight) +
                                               "; a weight is finite and not negative (in evaluate)");
  if (with_gradient && losses_[loss].weight != 1)
    for (float& gradient : views.gradients()) gradient *= static_cast<float>(losses_[loss].weight);
  return value;
}

treino_loss_value LossAndMetrics::evaluate(Views views, bool with_gradient) {
  for (std::size_t i = 0; i < losses_.size(); ++i) batch_[i] = evaluate(i, *views[i], with_gradient);
  if (has_penalties()) {
    // Whoever wants gradients takes steps between the batches.
    if (with_gradient || !penalty_) penalty_ = regularization_.penalty();
    batch_.back() = {*penalty_ * batch_.front().weight, batch_.front().weight};
  }
  return total(batch_);
}

treino_loss_value LossAndMetrics::total(const std::vector<treino_loss_value>& values) const {
  const treino_loss_value& first = values.front();
  if (losses_.empty()) return first;
  const double penalties = has_penalties() ? values.back().sum : 0;
  if (losses_.size() == 1) return {first.sum * losses_[0].weight + penalties, first.weight};
  double mean = has_penalties() ? mean_of(values.back()) : 0;
  for (std::size_t i = 0; i < losses_.size(); ++i) mean += losses_[i].weight * mean_of(values[i]);
  return {mean * first.weight, first.weight};
}

treino_loss_value LossAndMetrics::add(Views views, bool with_gradient) {
  const treino_loss_value value = evaluate(views, with_gradient);
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    state_.sums[i].sum += batch_[i].sum;
    state_.sums[i].weight += batch_[i].weight;
  }
  ++state_.batches;
  add_metrics(views);
  return value;
}

void LossAndMetrics::add_loss(double mean, double samples) {
  state_.sums[0].sum += mean * samples;
  state_.sums[0].weight += samples;
  ++state_.batches;
}

void LossAndMetrics::add_metrics(Views all) {
  fresh_ = false;
  each_metric("update", [&](const treino_metric& table, void* self, treino_error* error, std::size_t i) {
    const host::Profile::Span span(session_.profile(), TREINO_SPAN_METRIC, metrics_[i].instance->number());
    const BatchViews& views = *all[metrics_[i].output];
    return table.update(self, &views.prediction(), &views.target(), metrics_[i].weighted ? views.weights() : nullptr, error);
  });
}

std::optional<double> LossAndMetrics::loss() const {
  if (state_.batches == 0) return std::nullopt;
  return mean_of(total(state_.sums));
}

std::optional<double> LossAndMetrics::live_value(std::uint32_t offset) {
  const std::size_t single = single_losses();
  if (offset == 0 || state_.batches == 0) return loss();
  return offset <= single ? mean_of(state_.sums[offset - 1]) : value(offset - 1 - single);
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
