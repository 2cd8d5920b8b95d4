// The memory round a foreign layer is that of any other: it is handed what it reads and where to write, and keeps nothing.
#include "nn/layers/foreign_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.hpp"
#include "nn/layers/merge_layer.hpp"
#include "nn/layers/shape_context.hpp"

namespace treino::nn {
namespace {

class RunsForeignLayer final : public MergeLayer {
 public:
  explicit RunsForeignLayer(const LayerContext& context)
      : foreign_(context.spec.foreign),
        seed_(context.seed),
        first_block_(std::uint64_t{context.number} << 32),
        inputs_(context.inputs.size()),
        input_gradients_(context.inputs.size()) {
    for (const Shape& shape : context.inputs) input_sizes_.push_back(size_of(shape));
    for (const ForeignLayer::Parameter& parameter : plan().parameters) add_parameter(context, parameter);
    parameter_gradients_.resize(parameters_.size());
    context.request(output_);
    if (plan().workspace == 0) return;
    if (plan().workspace > most_numbers / context.capacity)
      throw ShapeError(context.number, fmt::format("{}: a workspace of {} numbers for each of {} samples is too large",
                                                   context.spec.type, plan().workspace, context.capacity));
    context.memory.request(workspace_, context.capacity * plan().workspace, Use::kept);
  }

  Traits traits() const override { return {.reads_input = plan().reads_inputs, .reads_output = plan().reads_output}; }

  const float* merge(std::span<const float* const> inputs, const Pass& pass) override {
    std::ranges::copy(inputs, inputs_.begin());
    first_row_ = pass.first_row;
    step_seed_ = seed_of(pass.step);
    foreign_->forward({.inputs = inputs_,
                       .output = output_.data(),
                       .parameters = parameters_,
                       .workspace = workspace(),
                       .rows = pass.batch,
                       .first_row = first_row_,
                       .seed = step_seed_,
                       .training = pass.mode == Mode::train});
    return output_.data();
  }

  void split(float* output_gradient, std::span<const InputGradient> inputs, const BackwardPass& pass) override {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      input_gradients_[k] = inputs[k].wanted ? inputs[k].values : nullptr;
      if (inputs[k].wanted && !inputs[k].add) std::fill_n(inputs[k].values, pass.batch * input_sizes_[k], 0.0f);
      if (!plan().reads_inputs) inputs_[k] = nullptr;
    }
    for (std::size_t i = 0; i < own_gradients_.size(); ++i) {
      parameter_gradients_[i] = pass.learns ? own_gradients_[i].data() : nullptr;
      if (pass.learns && !pass.accumulate) std::ranges::fill(own_gradients_[i], 0.0f);
    }
    foreign_->backward({.inputs = inputs_,
                        .output = plan().reads_output ? output_.data() : nullptr,
                        .output_gradient = output_gradient,
                        .parameters = parameters_,
                        .workspace = workspace(),
                        .input_gradients = input_gradients_,
                        .parameter_gradients = parameter_gradients_,
                        .rows = pass.batch,
                        .first_row = first_row_,
                        .seed = step_seed_});
  }

 private:
  /// As of what a model puts out: see graph.cpp.
  static constexpr std::int64_t most_numbers = std::int64_t{1} << 40;

  const ForeignLayer::Plan& plan() const { return foreign_->plan(); }
  float* workspace() { return plan().workspace == 0 ? nullptr : workspace_.data(); }

  void add_parameter(const LayerContext& context, const ForeignLayer::Parameter& parameter) {
    const InitializerSpec initializer{.name = parameter.initializer, .gain = parameter.gain};
    const Parameters::Pointers added = context.parameters.add(context.name + "/" + parameter.name, parameter.shape, initializer,
                                                              parameter.fans, parameter.learns);
    if (context.parameters.draws()) std::ranges::copy(parameter.values, added.value);
    parameters_.push_back(added.value);
    const auto size = static_cast<std::size_t>(size_of(parameter.shape));
    own_gradients_.push_back(parameter.learns ? std::span(added.gradient, size) : std::span<float>());
  }

  /// Of the random numbers that dropout would have in the layer's place.
  std::uint64_t seed_of(std::uint64_t step) const {
    std::uint32_t words[4];
    base::RandomStream(seed_, base::Purpose::dropout, step).block(first_block_, words);
    return std::uint64_t{words[0]} << 32 | words[1];
  }

  const std::shared_ptr<ForeignLayer> foreign_;
  const std::uint64_t seed_, first_block_;
  std::uint64_t step_seed_ = 0;
  std::int64_t first_row_ = 0;
  std::vector<std::int64_t> input_sizes_;
  std::vector<const float*> inputs_, parameters_;
  std::vector<std::span<float>> own_gradients_;  // empty of those that do not learn
  std::vector<float*> input_gradients_, parameter_gradients_;
  ArenaSpan<float> output_, workspace_;
};

/// With the words of the one who refuses: they name the layer.
Shape foreign_shape(const ShapeContext& at) {
  ForeignLayer& layer = *at.spec.foreign;
  try {
    layer.plan_for(at.inputs);
  } catch (const std::exception& error) {
    throw ShapeError(at.layer, error.what());
  }
  return layer.plan().output;
}

std::int64_t foreign_flops(const LayerSpec& spec, const Shape&, const Shape&) { return spec.foreign->plan().flops; }

std::unique_ptr<Layer> make_foreign(const LayerContext& context) { return std::make_unique<RunsForeignLayer>(context); }

}  // namespace

ForeignLayer::ForeignLayer(std::string id, std::size_t least_inputs, std::size_t most_inputs)
    : id_(std::move(id)),
      type_{.id = id_,
            .description = "",
            .shape = foreign_shape,
            .flops = foreign_flops,
            .make = make_foreign,
            .least_inputs = least_inputs,
            .most_inputs = most_inputs} {}

void ForeignLayer::plan_for(std::span<const Shape> inputs) {
  plan_ = prepare(inputs);
  type_.outputs = plan_.outputs;
}

}  // namespace treino::nn
