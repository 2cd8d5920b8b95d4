// Metrics in C++: counts that add up, so that any split into batches or processes gives the same value.
#pragma once
#include <algorithm>
#include <treino/detail/batch.hpp>
#include <treino/detail/component.hpp>
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

struct MetricValue {
  std::string name;
  Direction direction = Direction::none;
};

/// A metric is copyable, has state (save and load), and `void merge(const Self& other)` beside the functions below. Where a
/// prediction that counts is NaN, all its values and tables are NaN until reset; no class has to see to that, and update() is not
/// called with it.
class Metric : public Plugin {
 public:
  /// Before the first batch: checks that the metric fits data and model (throws with the fix in the text), allocates.
  virtual void prepare(const Problem&) {}
  /// After prepare, and the same ever after: what compute() gives.
  virtual std::vector<MetricValue> values() const = 0;
  virtual void reset() = 0;
  /// All of them are held against prepare's problem before: shapes, kinds, finite weights from 0 up, indices that are classes.
  virtual void update(Matrix<const float> prediction, const Target& target, Weights weights) = 0;
  /// Whether a sample of weight above 0 counts for nothing all the same: its class index and prediction may then be anything.
  /// By itself: where its target is the class that the parameter `ignore_class` names; update() is given weight 0 for it.
  virtual bool ignores(const Target& target, std::int64_t sample) const {
    if (!ignore_class_) return false;
    if (target.is_index()) return target.index(sample) == *ignore_class_;
    const float* const row = target.values().row(sample);
    return std::max_element(row, row + target.values().columns()) - row == *ignore_class_;
  }
  /// For the SDK, which calls it with what the metric was constructed from.
  void note_parameters(const Setup& setup) { ignore_class_ = setup.find<std::int64_t>("ignore_class"); }
  /// One value for each of values(), in that order. Called during an epoch too.
  virtual void compute(double* values) const = 0;

 private:
  template <class, class>
  friend struct detail::Kind;
  /// Throws std::invalid_argument with the fix where no sample has a class to ignore.
  void prepare_ignoring(const Problem& problem) {
    if (ignore_class_ && problem.target_is_values())
      throw std::invalid_argument("ignore_class is of targets that are classes, and here they are values: leave it out");
    if (ignore_class_) counted_.reserve(static_cast<std::size_t>(problem.batch_capacity()));
  }
  /// The batch's weights, 0 for what the parameter ignores.
  Weights counted_weights() {
    if (!ignore_class_) return batch_.weights;
    counted_.resize(static_cast<std::size_t>(batch_.prediction.rows()));
    for (std::int64_t sample = 0; sample < batch_.prediction.rows(); ++sample)
      counted_[static_cast<std::size_t>(sample)] = Metric::ignores(batch_.target, sample) ? 0 : batch_.weights[sample];
    return Weights(counted_.data());
  }

  std::vector<MetricValue> named_;  // storage for the names that the host borrows
  detail::Batch batch_;
  std::optional<std::int64_t> ignore_class_;
  std::vector<float> counted_;
};

namespace detail {

/// Without branches, so that compilers make vectors of it.
inline bool has_nan(const float* values, std::int64_t count) {
  std::int32_t found = 0;
  for (std::int64_t i = 0; i < count; ++i) found |= static_cast<std::int32_t>(values[i] != values[i]);
  return found != 0;
}
/// In a row of which ignored(sample) is false.
template <class Ignored>
bool has_nan(const Matrix<const float>& matrix, const Ignored& ignored) {
  const std::int64_t columns = matrix.columns();
  if (matrix.row_stride() == columns && !has_nan(matrix.row(0), matrix.rows() * columns)) return false;
  for (std::int64_t row = 0; row < matrix.rows(); ++row)
    if (has_nan(matrix.row(row), columns) && !ignored(row)) return true;
  return false;
}

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Metric, T>>> {
  using Base = Metric;
  using Life = Lifecycle<T, Metric>;
  static constexpr const char* kind = "metric";
  static treino_status prepare(void* self, const treino_problem* problem, treino_error* error) {
    return guarded(error, [&] {
      Metric& metric = Life::get(self);
      metric.batch_ = Batch();  // where prepare throws, nothing fits
      metric.prepare_ignoring(Problem(*problem));
      metric.prepare(Problem(*problem));
      metric.batch_.expect(*problem);
      metric.named_ = metric.values();
      start_again(metric);
    });
  }
  static const std::vector<MetricValue>& named(void* self) { return static_cast<Metric&>(Life::get(self)).named_; }
  static std::uint32_t count(void* self) { return static_cast<std::uint32_t>(named(self).size()); }
  static const char* name(void* self, std::uint32_t index) {
    return index < count(self) ? named(self)[index].name.c_str() : nullptr;
  }
  static std::uint32_t direction(void* self, std::uint32_t index) {
    return index < count(self) ? static_cast<std::uint32_t>(named(self)[index].direction) : std::uint32_t{TREINO_NO_DIRECTION};
  }
  static treino_status reset(void* self, treino_error* error) {
    return guarded(error, [&] { start_again(Life::get(self)); });
  }
  static treino_status update(void* self, const treino_tensor* prediction, const treino_tensor* target,
                              const treino_tensor* weight, treino_error* error) {
    return guarded(error, [&] {
      T& metric = Life::get(self);
      Batch& batch = static_cast<Metric&>(metric).batch_;
      const auto ignored = [&](std::int64_t sample) {
        return batch.weights[sample] == 0 || metric.ignores(batch.target, sample);
      };
      batch.bind(prediction, target, weight, ignored);
      if (has_nan(batch.prediction, ignored)) {
        static_cast<Plugin&>(metric).undefined_ = true;
        return;
      }
      metric.update(batch.prediction, batch.target, static_cast<Metric&>(metric).counted_weights());
    });
  }
  static treino_status merge(void* self, const treino_source* source, std::uint32_t version, treino_error* error) {
    return guarded(error, [&] {
      const std::vector<unsigned char> bytes = read_state(*source);
      Reader reader(bytes.data(), bytes.size());
      T other(Life::get(self));
      Life::load_from(reader, version, other);
      Life::get(self).merge(static_cast<const T&>(other));
      if (static_cast<Plugin&>(other).undefined_) Life::base(self).undefined_ = true;
    });
  }
  static treino_status compute(void* self, double* values, treino_error* error) {
    return guarded(error, [&] {
      if (!Life::base(self).undefined_) return Life::get(self).compute(values);
      for (std::uint32_t i = 0; i < count(self); ++i) values[i] = std::numeric_limits<double>::quiet_NaN();
    });
  }
  static void start_again(Metric& metric) {
    metric.reset();
    static_cast<Plugin&>(metric).undefined_ = false;
  }
  static constexpr treino_metric table() {
    static_assert(Life::has_state, "a metric overrides save and load");
    return {sizeof(treino_metric), 0, prepare, count, name, direction, reset, update, merge, compute};
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_IGNORE_CLASS_TOML).
#define TREINO_IGNORE_CLASS_TOML \
  "\n"                           \
  "[parameters.ignore_class]\n"  \
  "type = \"int\"\n"             \
  "doc = \"samples whose target is this class, -1 for example (unlabeled), are left out; none where it is not given\"\n"
