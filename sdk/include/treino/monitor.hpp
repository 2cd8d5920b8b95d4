// The metric that a callback monitors, and which way it gets better: what the parameters `monitor` and `mode` mean.
#pragma once
#include <cmath>
#include <optional>
#include <string>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// In the description: `monitor` of type "monitor", `mode` of type "string" with the choices auto, min, max.
class Monitor {
 public:
  Monitor(const Host& host, std::string name, std::string mode) : host_(host), name_(std::move(name)), mode_(std::move(mode)) {}
  explicit Monitor(const Setup& setup)
      : Monitor(setup.host(), setup.get<std::string>("monitor"), setup.get<std::string>("mode")) {}

  /// In on_run_begin, before the rest is used. Throws with the nearest right name where the run has no such scalar, and where
  /// mode is "auto" but the scalar does not say which way is better.
  void find() {
    scalar_ = host_.find(name_);
    const Direction direction = mode_ == "min" ? Direction::lower : mode_ == "max" ? Direction::higher : host_.direction(scalar_);
    if (direction == Direction::none)
      throw std::invalid_argument("'" + name_ +
                                  "' does not say whether lower or higher is better: set mode = \"min\" or \"max\"");
    lower_ = direction == Direction::lower;
  }

  const std::string& name() const { return name_; }
  /// Empty where there is no value yet; NaN is a value.
  std::optional<double> value() const { return host_.value(scalar_); }
  /// At validation_end: whether the scalar is of validation, and the epoch goes on after it, whose end will have no value then. Callbacks
  /// that decide at the ends of epochs decide here as well. What a validation before the first step finds is nobody's to decide on.
  bool is_due_within_epoch(const treino_event_info& event) const {
    return is_of_validation() && event.step > 0 && event.batch < event.batches;
  }
  bool is_of_validation() const { return name_.rfind("val_", 0) == 0; }
  /// The set of weights that the value was measured with: who keeps what is best keeps that. "": the weights being trained.
  std::string measured_with() const { return host_.measured_with(scalar_); }
  /// Strictly, by more than `margin`. NaN is never better, and nothing is better than NaN.
  bool better(double value, double than, double margin = 0) const {
    return lower_ ? value + margin < than : value - margin > than;
  }
  /// Anything but NaN is better than nothing.
  bool better(double value, const std::optional<double>& than, double margin = 0) const {
    return than ? better(value, *than, margin) : !std::isnan(value);
  }

  /// Saved beside what was seen of the scalar, since a best loss means nothing to who now watches the accuracy.
  void save(Writer& writer) const {
    writer.write(name_);
    writer.write(mode_);
  }
  /// Whether the state is of the same scalar and mode.
  bool matches(Reader& reader) const {
    const auto name = reader.get<std::string>();
    const auto mode = reader.get<std::string>();
    return name == name_ && mode == mode_;
  }

 private:
  Host host_;
  std::string name_, mode_;
  Scalar scalar_ = 0;
  bool lower_ = true;
};

/// A value that may be missing, in a state.
inline void write_optional(Writer& writer, const std::optional<double>& value) {
  writer.write(value.has_value());
  writer.write(value.value_or(0.0));
}
inline std::optional<double> read_optional(Reader& reader) {
  const bool present = reader.get<bool>();
  const double value = reader.get<double>();
  return present ? std::optional<double>(value) : std::nullopt;
}

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_MODE_TOML).
#define TREINO_MODE_TOML                     \
  "\n"                                       \
  "[parameters.mode]\n"                      \
  "type = \"string\"\n"                      \
  "default = \"auto\"\n"                     \
  "choices = [\"auto\", \"min\", \"max\"]\n" \
  "doc = \"which way is better; auto: as the metric itself says\"\n"
#define TREINO_MONITOR_TOML  \
  "\n"                       \
  "[parameters.monitor]\n"   \
  "type = \"monitor\"\n"     \
  "default = \"val_loss\"\n" \
  "doc = \"metric to monitor\"\n"
