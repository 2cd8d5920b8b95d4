// Everything that the host promises is kept here, and nothing more: what a layer is not to read is not there.
#include "plugins/conformance/layer_under_test.hpp"

#include <algorithm>
#include <limits>

#include "support/catch.hpp"

namespace treino::conformance {

namespace {

std::int64_t size_of_shape(const std::vector<std::int64_t>& shape) {
  std::int64_t size = 1;
  for (const std::int64_t axis : shape) size *= axis;
  return size;
}

}  // namespace

LayerUnderTest::Guarded::Guarded(std::size_t size, float value) : values_(size + 2 * margin, mark) {
  std::fill_n(values_.begin() + margin, size, value);
}

LayerUnderTest::Values LayerUnderTest::Guarded::checked(const char* what) const {
  const auto is_mark = [](float value) { return value == mark; };
  if (!std::all_of(values_.begin(), values_.begin() + margin, is_mark) ||
      !std::all_of(values_.end() - margin, values_.end(), is_mark))
    throw std::logic_error(std::string("wrote beyond ") + what);
  return {values_.begin() + margin, values_.end() - margin};
}

LayerUnderTest::LayerUnderTest(const PluginUnderTest& plugin, const manifest::Table& completed, const Shapes& inputs)
    : table_(*plugin.layer), instance_(plugin, completed) {
  for (const auto& shape : inputs) input_sizes_.push_back(size_of_shape(shape));
  prepare(inputs);
}

void LayerUnderTest::prepare(const Shapes& inputs) {
  std::vector<treino_layer_shape> shown;
  for (const auto& shape : inputs) shown.push_back({shape.data(), static_cast<std::uint32_t>(shape.size()), 0});
  plan_.size = sizeof plan_;
  plan_.reads_inputs = 1;
  plan_.prediction = TREINO_PREDICTION_VALUES;
  ErrorBuffer error;
  error.check(table_.prepare(instance_.self(), shown.data(), static_cast<std::uint32_t>(shown.size()), &plan_, error.get()));
  REQUIRE(plan_.output_rank > 0);
  REQUIRE(plan_.output_rank <= TREINO_LAYER_MOST_RANK);
  REQUIRE(plan_.parameter_count <= TREINO_LAYER_MOST_PARAMETERS);
  REQUIRE(plan_.workspace >= 0);
  output_shape_.assign(plan_.output_shape, plan_.output_shape + plan_.output_rank);
  output_size_ = size_of_shape(output_shape_);
  REQUIRE(output_size_ > 0);
  for (std::uint32_t i = 0; i < plan_.parameter_count; ++i) {
    const treino_layer_parameter& one = plan_.parameters[i];
    const std::int64_t size = size_of_shape({one.shape, one.shape + one.rank});
    REQUIRE(size > 0);
    REQUIRE((one.values != nullptr || (one.gain > 0 && one.fan_in > 0 && one.fan_out > 0)));
    names_.emplace_back(one.name);
    learns_.push_back(one.learns != 0);
    Values& values = parameters_.emplace_back(static_cast<std::size_t>(size));
    for (std::size_t k = 0; k < values.size(); ++k)
      values[k] = one.values != nullptr ? one.values[k] : static_cast<float>((k * 37 + i * 11) % 23) / 23 - 0.45f;
  }
  for (const Values& values : parameters_) parameter_pointers_.push_back(values.data());
}

LayerUnderTest::Values LayerUnderTest::forward(const std::vector<Values>& inputs, const Pass& pass) {
  shard_.rows = static_cast<std::int64_t>(inputs.front().size()) / input_sizes_.front();
  shard_.inputs = inputs;
  shard_.pass = pass;
  const std::vector<Values> before = parameters_;
  std::vector<const float*> pointers;
  for (const Values& one : shard_.inputs) pointers.push_back(one.data());
  const auto rows = static_cast<std::size_t>(shard_.rows);
  Guarded output(rows * static_cast<std::size_t>(output_size_), std::numeric_limits<float>::quiet_NaN());
  Guarded workspace(rows * static_cast<std::size_t>(plan_.workspace), std::numeric_limits<float>::quiet_NaN());
  treino_layer_forward shown{};
  shown.size = sizeof shown;
  shown.training = pass.training ? 1 : 0;
  shown.rows = shard_.rows;
  shown.first_row = pass.first_row;
  shown.seed = pass.seed;
  shown.inputs = pointers.data();
  shown.output = output.data();
  shown.parameters = parameter_pointers_.data();
  shown.workspace = plan_.workspace == 0 ? nullptr : workspace.data();
  ErrorBuffer error;
  error.check(table_.forward(instance_.self(), &shown, error.get()));
  shard_.output = output.checked("its output in forward");
  shard_.workspace = workspace.checked("its workspace in forward");
  if (shard_.inputs != inputs) throw std::logic_error("changed an input in forward");
  if (parameters_ != before) throw std::logic_error("changed a parameter in forward");
  return shard_.output;
}

LayerUnderTest::Gradients LayerUnderTest::backward(const Values& output_gradient, float beginning, std::vector<bool> wanted) {
  wanted.resize(std::max(wanted.size(), inputs() + parameters()), true);
  const auto rows = static_cast<std::size_t>(shard_.rows);
  std::vector<const float*> inputs_shown;
  std::vector<Guarded> input_gradients, parameter_gradients;
  for (std::size_t k = 0; k < inputs(); ++k) {
    inputs_shown.push_back(plan_.reads_inputs != 0 ? shard_.inputs[k].data() : nullptr);
    input_gradients.emplace_back(rows * static_cast<std::size_t>(input_sizes_[k]), beginning);
  }
  for (const Values& values : parameters_) parameter_gradients.emplace_back(values.size(), beginning);
  std::vector<float*> input_pointers, parameter_pointers;
  for (std::size_t k = 0; k < inputs(); ++k) input_pointers.push_back(wanted[k] ? input_gradients[k].data() : nullptr);
  for (std::size_t i = 0; i < parameters(); ++i)
    parameter_pointers.push_back(learns_[i] && wanted[inputs() + i] ? parameter_gradients[i].data() : nullptr);
  treino_layer_backward shown{};
  shown.size = sizeof shown;
  shown.rows = shard_.rows;
  shown.first_row = shard_.pass.first_row;
  shown.seed = shard_.pass.seed;
  shown.inputs = inputs_shown.data();
  shown.output = plan_.reads_output != 0 ? shard_.output.data() : nullptr;
  shown.output_gradient = output_gradient.data();
  shown.parameters = parameter_pointers_.data();
  shown.workspace = plan_.workspace == 0 ? nullptr : shard_.workspace.data();
  shown.input_gradients = input_pointers.data();
  shown.parameter_gradients = parameter_pointers.data();
  ErrorBuffer error;
  error.check(table_.backward(instance_.self(), &shown, error.get()));
  Gradients found;
  for (const Guarded& one : input_gradients) found.inputs.push_back(one.checked("an input's gradient in backward"));
  for (const Guarded& one : parameter_gradients) found.parameters.push_back(one.checked("a parameter's gradient in backward"));
  return found;
}

}  // namespace treino::conformance
