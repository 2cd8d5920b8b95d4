// A planned convolution runs: by oneDNN in the layouts chosen, or by our own Winograd.
#include "nn/onednn/convolution.hpp"

#include <algorithm>
#include <optional>

#include "nn/onednn/convolution_plan.hpp"

namespace treino::nn {

Convolution::Convolution(const Window& window, std::int64_t filters, std::int64_t batch, bool bias, std::int64_t input_block,
                         bool plain_output, Precision precision) {
  std::optional<TakenPlaces> places;
  if (TakenPlaces::worth_it(window, input_block)) places.emplace(window, batch);
  plan_ = std::make_unique<Plan>(places ? places->window() : window, filters, batch, bias, input_block, plain_output);
  plan_->places = places;
  if (precision != Precision::float32) rounded_.emplace(window, filters, batch);
}
Convolution::~Convolution() = default;

std::int64_t Convolution::output_block() const { return plan_->output_block; }
std::size_t Convolution::forward_scratch() const {
  const std::size_t own = plan_->winograd ? plan_->winograd->scratch() : plan_->scratch_offset() + plan_->forward.scratch();
  return own + rounded_size();
}
std::size_t Convolution::backward_scratch() const {
  const std::size_t planned =
      plan_->scratch_offset() + std::max(plan_->backward_weights.scratch(), plan_->backward_data.scratch());
  return std::max(planned, plan_->winograd ? plan_->winograd->scratch() : 0) + rounded_size();
}

Convolution::Implementations Convolution::implementations() const {
  const auto report = [](bool by_winograd, const onednn::ConvolutionPass& pass) {
    std::vector<std::string> names;
    if (by_winograd)
      names.emplace_back("winograd");
    else
      pass.report(names);
    return names;
  };
  return {report(plan_->winograd.has_value(), plan_->forward), report(plan_->winograd_for_weights, plan_->backward_weights),
          report(plan_->winograd.has_value(), plan_->backward_data)};
}

void Convolution::forward(const float* input, const float* weight, const float* bias, float* output, std::byte* scratch) {
  if (rounded_) {
    input = rounded_->first(input, rounded_->input_size, scratch);
    weight = rounded_->second(weight, rounded_->weight_size, scratch);
    scratch += rounded_->size();
  }
  if (plan_->winograd) return plan_->winograd->forward(input, weight, bias, output, scratch);
  plan_->forward.run({plan_->input_of(input, scratch), weight, output, bias}, scratch + plan_->scratch_offset());
}

void Convolution::backward_weights(const float* input, const float* output_gradient, float* weight_gradient, float* bias_gradient,
                                   std::byte* scratch) {
  if (rounded_) {
    input = rounded_->first(input, rounded_->input_size, scratch);
    output_gradient = rounded_->second(output_gradient, rounded_->output_size, scratch);
    scratch += rounded_->size();
  }
  if (plan_->winograd_for_weights)
    return plan_->winograd->backward_weights(input, output_gradient, weight_gradient, bias_gradient, scratch);
  plan_->backward_weights.run({plan_->input_of(input, scratch), output_gradient, weight_gradient, bias_gradient},
                              scratch + plan_->scratch_offset());
}

void Convolution::backward_data(const float* output_gradient, const float* weight, float* input_gradient, std::byte* scratch) {
  if (rounded_) {
    output_gradient = rounded_->first(output_gradient, rounded_->output_size, scratch);
    weight = rounded_->second(weight, rounded_->weight_size, scratch);
    scratch += rounded_->size();
  }
  if (plan_->winograd) return plan_->winograd->backward_data(output_gradient, weight, input_gradient, scratch);
  if (!plan_->places) return plan_->backward_data.run({output_gradient, weight, input_gradient}, scratch);
  auto* taken = reinterpret_cast<float*>(scratch);
  plan_->backward_data.run({output_gradient, weight, taken}, scratch + plan_->scratch_offset());
  plan_->places->restore(taken, input_gradient);
}

}  // namespace treino::nn
