// The words in which a layer is refused.
#include "nn/layers/shape_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nn/initializers.hpp"

namespace treino::nn {

void ShapeContext::fail(const std::string& text) const { throw ShapeError(layer, spec.type + ": " + text); }
void ShapeContext::fail_input(std::size_t which, const std::string& text) const {
  throw ShapeError(layer, spec.type + ": " + text, which);
}

void ShapeContext::check_flat() const {
  if (input.size() != 1) fail(fmt::format("the input is {}, not flat; add a flatten layer before it", to_text(input)));
}

void ShapeContext::check_image() const {
  if (input.size() != 3) fail(fmt::format("expects channels x height x width, the input is {}", to_text(input)));
}

void ShapeContext::check_places() const {
  if (input.size() != 2 && input.size() != 3)
    fail(fmt::format("expects channels x length or channels x height x width, the input is {}", to_text(input)));
}

void ShapeContext::check_weights() const {
  check_initializer();
  for (const char* setting : {"l1", "l2"}) {
    const double factor = spec.settings.at<double>(setting);
    if (!(factor >= 0)) fail(fmt::format("{} must be at least 0, not {}", setting, factor));
  }
  if (!spec.settings.has("max_norm")) return;
  const double limit = spec.settings.at<double>("max_norm");
  if (!(limit > 0)) fail(fmt::format("max_norm must be above 0, not {}", limit));
}

void ShapeContext::check_initializer() const {
  const std::string& name = spec.settings.at<std::string>("initializer");
  if (!is_initializer(name))
    fail(fmt::format("unknown initializer \"{}\"; there are {}", name, fmt::join(initializer_names(), ", ")));
  const double gain = spec.settings.at<double>("initializer_gain");
  if (!(gain > 0)) fail(fmt::format("initializer_gain must be above 0, not {}", gain));
  check_variance_scaling(name);
}

// With another initializer these settings would be without effect: who gives one means this one.
void ShapeContext::check_variance_scaling(const std::string& initializer) const {
  const double scale = spec.settings.at<double>("initializer_scale");
  if (!(scale > 0)) fail(fmt::format("initializer_scale must be above 0, not {}", scale));
  const std::string& mode = check_choice("initializer_mode", {"fan_in", "fan_out", "fan_avg"});
  const std::string& distribution =
      check_choice("initializer_distribution", {"truncated_normal", "untruncated_normal", "uniform"});
  if (initializer == "variance_scaling") return;
  const InitializerSpec defaults;
  const bool given[] = {scale != defaults.scale, mode != defaults.mode, distribution != defaults.distribution};
  const char* const settings[] = {"initializer_scale", "initializer_mode", "initializer_distribution"};
  for (int i = 0; i < 3; ++i)
    if (given[i]) fail(fmt::format("{} is for initializer = \"variance_scaling\", not for \"{}\"", settings[i], initializer));
}

const std::string& ShapeContext::check_choice(const char* setting, std::initializer_list<std::string_view> choices) const {
  const std::string& value = spec.settings.at<std::string>(setting);
  if (std::find(choices.begin(), choices.end(), value) == choices.end())
    fail(fmt::format("unknown {} \"{}\"; there are {}", setting, value, fmt::join(choices, ", ")));
  return value;
}

void ShapeContext::check_epsilon() const {
  const double epsilon = spec.settings.at<double>("epsilon");
  if (!(epsilon > 0)) fail(fmt::format("epsilon must be above 0, not {}", epsilon));
}

void ShapeContext::check_size(const Shape& shape, const char* what) const {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) {
    if (__builtin_mul_overflow(size, n, &size) || size > std::numeric_limits<std::int32_t>::max()) {
      fail(fmt::format("{} of {} is too large", what, to_text(shape)));
    }
  }
}

}  // namespace treino::nn
