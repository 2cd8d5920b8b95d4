// What counts as better than the best so far: what the parameters `min_delta` and `threshold_mode` mean.
#pragma once
#include <treino/monitor.hpp>

namespace treino {
inline namespace sdk0 {

/// In the description: `min_delta` of type "float" with min = 0.0, `threshold_mode` of type "string" with the choices abs, rel.
class Improvement {
 public:
  explicit Improvement(const Setup& setup)
      : min_delta_(setup.get<double>("min_delta")), relative_(setup.get<std::string>("threshold_mode") == "rel") {}

  /// Strictly, by more than min_delta or min_delta * |than|. NaN is never better; anything else is better than nothing.
  bool operator()(const Monitor& monitor, double value, const std::optional<double>& than) const {
    return monitor.better(value, than, than ? margin(*than) : 0);
  }

 private:
  /// Every share of an infinity would be one: nothing could be better than it.
  double margin(double than) const {
    if (!relative_) return min_delta_;
    return std::isfinite(than) ? min_delta_ * std::abs(than) : 0;
  }

  double min_delta_;
  bool relative_;
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_MIN_DELTA_TOML(...)).
#define TREINO_MIN_DELTA_TOML(fallback) \
  "\n"                                  \
  "[parameters.min_delta]\n"            \
  "type = \"float\"\n"                  \
  "default = " fallback                 \
  "\n"                                  \
  "min = 0.0\n"                         \
  "doc = \"by more than this a value must be better to count\"\n"
#define TREINO_THRESHOLD_MODE_TOML \
  "\n"                             \
  "[parameters.threshold_mode]\n"  \
  "type = \"string\"\n"            \
  "default = \"abs\"\n"            \
  "choices = [\"abs\", \"rel\"]\n" \
  "doc = \"min_delta in units of the metric, or as a share of the best value\"\n"
