// The loss and the metrics over a pass through data: what they are given, what they add up to.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/batches/batches.hpp"
#include "host/session/session.hpp"
#include "host/session/tables.hpp"

namespace treino::train {

/// The tensors of one batch, as the contract shows them.
class BatchViews {
 public:
  BatchViews(const data::Dataset& dataset, std::int64_t outputs);
  void bind(const data::Batch& batch, const float* prediction, float* gradient);
  const treino_tensor& prediction() const { return prediction_; }
  const treino_tensor& target() const { return target_; }
  const treino_tensor& rows() const { return rows_; }
  const treino_tensor& gradient() const { return gradient_; }
  const treino_tensor* weights() const { return weights_.data == nullptr ? nullptr : &weights_; }
  bool has_target() const { return target_.data != nullptr; }

 private:
  std::int64_t output_shape_[2], target_shape_[2], sample_shape_[1];
  std::int64_t output_strides_[2], target_strides_[2], unit_stride_[1] = {1};
  treino_tensor prediction_{}, target_{}, rows_{}, gradient_{}, weights_{};
  const data::Dataset& dataset_;
  std::vector<std::uint32_t> file_rows_;  // of the batch, where the dataset's rows are not its file's
};

/// 0 where nothing was counted.
inline double mean_of(const treino_loss_value& value) { return value.weight == 0 ? 0 : value.sum / value.weight; }

class LossAndMetrics final : public host::LiveScalars {
 public:
  struct Metric {
    host::Instance* instance;
    bool weighted;  // gets the samples' weights; else all samples count alike
  };
  /// `loss`: null where a program computes it. After the plugins' prepare. Throws CallError where a metric says what cannot be.
  LossAndMetrics(host::Session& session, host::Instance* loss, std::vector<Metric> metrics);
  /// The metrics' names and directions, after prepare. `rename` gives the shown name of a value. Throws CallError likewise.
  struct Value {
    std::string name;
    std::uint32_t direction;
    std::size_t metric;
  };
  std::vector<Value> values(
      const std::function<std::string(const host::Instance&, const std::string&, bool single)>& rename) const;

  /// The metrics' tables: which metric, and what it is; in the order of read_table()'s index.
  struct Table {
    std::size_t metric;
    std::uint32_t index;  // among the metric's
    std::shared_ptr<const host::TableLayout> layout;
  };
  const std::vector<Table>& tables() const { return tables_; }
  /// Table `index` of tables() so far; false where the metric is out of the run.
  bool read_table(std::size_t index, std::vector<double>& values);

  void reset();
  /// Whether the gradients of batches that make one step are added; else they are averaged by the batches' weights.
  bool adds_up() const { return adds_up_; }

  /// Evaluates the loss (and its gradient where wanted) and updates the metrics. Returns the batch's loss, with its weight.
  treino_loss_value add(const BatchViews& views, bool with_gradient);
  /// The same of a program's own loop: the metrics' part, and the loss as the program gives it, a mean over `samples`.
  void add_metrics(const BatchViews& views);
  void add_loss(double mean, double samples);
  bool has_metrics() const { return !metrics_.empty(); }
  /// The loss of a batch alone, which counts for nothing.
  treino_loss_value evaluate(const BatchViews& views, bool with_gradient);
  /// The loss so far; empty before the first batch.
  std::optional<double> loss() const;
  /// Value `index` of values() so far. Empty before the first batch or where the metric is out of the run.
  std::optional<double> value(std::size_t index);
  /// The loss, then the values.
  std::optional<double> live_value(std::uint32_t offset) override { return offset == 0 ? loss() : value(offset - 1); }

  struct State {
    double sum = 0, weight = 0;
    std::uint64_t batches = 0;
  };
  State state() const { return state_; }
  void set_state(const State& state) {
    state_ = state;
    fresh_ = false;
  }

 private:
  template <class Function>
  void each_metric(const char* doing, Function&& function);
  void compute();

  host::Session& session_;
  host::Instance* loss_;
  std::vector<Metric> metrics_;
  bool adds_up_ = false;
  std::vector<std::size_t> first_value_, value_count_;
  std::vector<std::size_t> metric_of_value_;
  std::vector<double> values_;
  std::vector<host::MetricTables> metric_tables_;
  std::vector<Table> tables_;
  State state_;
  bool fresh_ = false;  // values_ are those of the counts as they are
};

}  // namespace treino::train
