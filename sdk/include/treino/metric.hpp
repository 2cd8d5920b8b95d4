// Metrics in C++: counts that add up, so that any split into batches or processes gives the same number.
#pragma once
#include <treino/plugin.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

struct MetricValue {
  std::string name;
  Direction direction = Direction::none;
};

/// A metric is copyable, has state (save and load), and `void merge(const Self& other)` beside the functions below.
class Metric : public Plugin {
 public:
  /// Before the first batch: checks that the metric fits data and model (throws with the fix in the text), allocates.
  virtual void prepare(const Problem&) {}
  /// After prepare, and the same ever after: what compute() gives.
  virtual std::vector<MetricValue> values() const = 0;
  virtual void reset() = 0;
  virtual void update(Matrix<const float> prediction, const Target& target, Weights weights) = 0;
  /// One number for each of values(), in that order. Called during an epoch too.
  virtual void compute(double* values) const = 0;

 private:
  template <class, class>
  friend struct detail::Kind;
  std::vector<MetricValue> named_;  // storage for the names that the host borrows
  detail::Batch batch_;
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Metric, T>>> {
  using Base = Metric;
  using Life = Lifecycle<T, Metric>;
  static constexpr const char* kind = "metric";
  static treino_status prepare(void* self, const treino_problem* problem, treino_error* error) {
    return guarded(error, [&] {
      Metric& metric = Life::get(self);
      metric.prepare(Problem(*problem));
      metric.named_ = metric.values();
      metric.reset();
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
    return guarded(error, [&] { Life::get(self).reset(); });
  }
  static treino_status update(void* self, const treino_tensor* prediction, const treino_tensor* target,
                              const treino_tensor* weight, treino_error* error) {
    return guarded(error, [&] {
      T& metric = Life::get(self);
      Batch& batch = static_cast<Metric&>(metric).batch_;
      batch.bind(prediction, target, weight);
      metric.update(batch.prediction, batch.target, batch.weights);
    });
  }
  static treino_status merge(void* self, const treino_source* source, std::uint32_t version, treino_error* error) {
    return guarded(error, [&] {
      const std::vector<unsigned char> bytes = read_state(*source);
      Reader reader(bytes.data(), bytes.size());
      T other(Life::get(self));
      other.load(reader, version);
      reader.finish();
      Life::get(self).merge(static_cast<const T&>(other));
    });
  }
  static treino_status compute(void* self, double* values, treino_error* error) {
    return guarded(error, [&] { Life::get(self).compute(values); });
  }
  static constexpr treino_metric table() {
    static_assert(Life::has_state, "a metric overrides save and load");
    return {sizeof(treino_metric), 0, prepare, count, name, direction, reset, update, merge, compute};
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
