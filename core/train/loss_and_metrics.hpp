// The loss and the metrics over a pass through data: what they are given, what they add up to.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/session/session.hpp"
#include "host/session/tables.hpp"
#include "train/batch_views.hpp"
#include "train/regularization.hpp"

namespace treino::train {

/// 0 where nothing was counted.
inline double mean_of(const treino_loss_value& value) { return value.weight == 0 ? 0 : value.sum / value.weight; }

class LossAndMetrics final : public host::LiveScalars {
 public:
  /// The loss of an output, and its weight in the sum of all.
  struct Loss {
    host::Instance* instance;
    double weight;
  };
  struct Metric {
    host::Instance* instance;
    bool weighted;           // gets the samples' weights; else all samples count alike
    std::size_t output = 0;  // that it looks at, of the losses'
  };
  /// `losses`: none where a program computes it. What `regularization` asks counts in the loss of every batch. After the plugins'
  /// prepare. Throws CallError where a metric says what cannot be.
  LossAndMetrics(host::Session& session, std::vector<Loss> losses, std::vector<Metric> metrics,
                 const Regularization& regularization);
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
  /// Of one of the losses.
  bool adds_up(std::size_t loss) const;

  /// Evaluates the losses (and their gradients where wanted, each times its loss's weight) and updates the metrics. Returns the
  /// batch's loss, of several the sum of their means times their weights, with the weight of the first.
  treino_loss_value add(Views views, bool with_gradient);
  /// The same of a program's own loop: the metrics' part, and the loss as the program gives it, a mean over `samples`.
  void add_metrics(Views views);
  void add_loss(double mean, double samples);
  bool has_metrics() const { return !metrics_.empty(); }
  /// The loss of a batch alone, which counts for nothing.
  treino_loss_value evaluate(Views views, bool with_gradient);
  /// The loss so far; empty before the first batch.
  std::optional<double> loss() const;
  /// Value `index` of values() so far. Empty before the first batch or where the metric is out of the run.
  std::optional<double> value(std::size_t index);
  /// One of several losses so far, which are told beside their sum; there is none where there is one.
  std::size_t single_losses() const { return losses_.size() > 1 ? losses_.size() : 0; }
  /// The loss, the single losses, then the values.
  std::optional<double> live_value(std::uint32_t offset) override;

  struct State {
    // Of each loss, or of what a program computes; then of the penalties, where there are any.
    std::vector<treino_loss_value> sums;
    std::uint64_t batches = 0;
  };
  const State& state() const { return state_; }
  /// All that has been counted, the metrics' part too: so that another pass can come within this one.
  struct Kept {
    State state;
    std::vector<std::vector<unsigned char>> metrics;
  };
  Kept keep();
  void put_back(const Kept& kept);
  void set_state(const State& state) {
    state_ = state;
    fresh_ = false;
  }

 private:
  template <class Function>
  void each_metric(const char* doing, Function&& function);
  void compute();
  treino_loss_value evaluate(std::size_t loss, const BatchViews& views, bool with_gradient);
  bool has_penalties() const { return batch_.size() > losses_.size(); }
  /// The sum of the losses' means, times their weights, and of the penalties.
  treino_loss_value total(const std::vector<treino_loss_value>& values) const;

  host::Session& session_;
  std::vector<Loss> losses_;
  std::vector<Metric> metrics_;
  const Regularization& regularization_;
  std::optional<double> penalty_;  // of a pass in which weights stay as they are; nothing before its first batch
  bool adds_up_ = false;
  std::vector<treino_loss_value> batch_;  // of the losses, and of the penalties where there are any
  std::vector<std::size_t> first_value_, value_count_;
  std::vector<std::size_t> metric_of_value_;
  std::vector<double> values_;
  std::vector<host::MetricTables> metric_tables_;
  std::vector<Table> tables_;
  State state_;
  bool fresh_ = false;  // values_ are those of the counts as they are
};

}  // namespace treino::train
