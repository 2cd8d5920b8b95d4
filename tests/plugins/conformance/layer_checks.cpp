// Layers. A case:
//   parameters, refused                  as everywhere
//   shapes = [[4], ...]                  of a sample of each input
//   inputs = [[[...], ...], ...]         rows of each input
//   weights = { weight = [...], ... }    the parameters' values, in row-major order
//   output_shape = [3]                   of a sample; may be left out
//   output = [[...], ...]                a row for each sample
//   output_gradient = [[...], ...]       and then
//   input_gradients = [[[...], ...], ...], weight_gradients = { weight = [...], ... }; any of them may be left out
//   tolerance = 1e-6                     relative to 1 or the number, whichever is larger
// A file may begin with [random]: input = [low, high], for layers that are not smooth everywhere.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "plugins/conformance/layer_under_test.hpp"
#include "plugins/conformance/refusal.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace layer_checks {
namespace {

using manifest::Table;
using Values = LayerUnderTest::Values;
using Shapes = LayerUnderTest::Shapes;

constexpr std::int64_t rows_of_checks = 5;

Values flat(const std::vector<std::vector<double>>& rows) {
  Values values;
  for (const auto& row : rows)
    for (const double one : row) values.push_back(static_cast<float>(one));
  return values;
}

std::vector<std::vector<std::vector<double>>> lists_of_rows(const Table& one, const char* key) {
  std::vector<std::vector<std::vector<double>>> lists;
  const auto* all = manifest::find(one, key)->as<manifest::List>();
  REQUIRE(all != nullptr);
  for (const manifest::Value& list : *all) lists.push_back(rows({{"rows", {}, list}}, "rows"));
  return lists;
}

Shapes shapes_of(const Table& one) {
  Shapes shapes;
  for (const std::vector<double>& shape : rows(one, "shapes")) shapes.emplace_back(shape.begin(), shape.end());
  return shapes;
}

std::size_t parameter_named(const LayerUnderTest& layer, const std::string& name) {
  for (std::size_t i = 0; i < layer.parameters(); ++i)
    if (layer.parameter_name(i) == name) return i;
  FAIL("the layer has no parameter " << name);
  return 0;
}

void set_weights(LayerUnderTest& layer, const Table& one) {
  if (!has(one, "weights")) return;
  const Table weights = table(one, "weights");
  for (const manifest::Entry& entry : weights) {
    Values& values = layer.parameter(parameter_named(layer, entry.key));
    const std::vector<double> given = numbers(weights, entry.key);
    REQUIRE(given.size() == values.size());
    std::transform(given.begin(), given.end(), values.begin(), [](double value) { return static_cast<float>(value); });
  }
}

void check_near(const char* what, const Values& found, const Values& expected, double tolerance) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO(what << ", number " << i);
    const double wanted = static_cast<double>(expected[i]);
    CHECK(std::abs(static_cast<double>(found[i]) - wanted) <= tolerance * std::max(1.0, std::abs(wanted)));
  }
}

void check_refusal(const PluginUnderTest& plugin, const Table& one) {
  std::string said = "nothing was refused";
  try {
    const LayerUnderTest layer(plugin, parameters_of(plugin, one), has(one, "shapes") ? shapes_of(one) : Shapes{{2}});
  } catch (const Refusal& refusal) {
    said = refusal.what();
  }
  check_reason(said, text(one, "refused"));
}

void check_values(const PluginUnderTest& plugin, const Table& one) {
  LayerUnderTest layer(plugin, parameters_of(plugin, one), shapes_of(one));
  set_weights(layer, one);
  const double tolerance = number(one, "tolerance", 1e-6);
  std::vector<Values> inputs;
  for (const auto& rows : lists_of_rows(one, "inputs")) inputs.push_back(flat(rows));
  if (has(one, "output_shape")) {
    const std::vector<double> shape = numbers(one, "output_shape");
    CHECK(layer.output_shape() == std::vector<std::int64_t>(shape.begin(), shape.end()));
  }
  check_near("the output", layer.forward(inputs, {.training = has(one, "output_gradient")}), flat(rows(one, "output")),
             tolerance);
  if (!has(one, "output_gradient")) return;
  const LayerUnderTest::Gradients found = layer.backward(flat(rows(one, "output_gradient")));
  if (has(one, "input_gradients")) {
    const auto expected = lists_of_rows(one, "input_gradients");
    REQUIRE(expected.size() == found.inputs.size());
    for (std::size_t k = 0; k < expected.size(); ++k)
      check_near("an input's gradient", found.inputs[k], flat(expected[k]), tolerance);
  }
  if (!has(one, "weight_gradients")) return;
  const Table expected = table(one, "weight_gradients");
  for (const manifest::Entry& entry : expected)
    check_near(entry.key.c_str(), found.parameters[parameter_named(layer, entry.key)], flat({numbers(expected, entry.key)}),
               tolerance);
}

// ---- what holds for every layer

struct Range {
  double low = -1, high = 1;
};

Range range_of_inputs(const PluginUnderTest& plugin) {
  const Table file = read_cases(plugin.cases);
  if (!has(file, "random")) return {};
  const std::vector<double> range = numbers(table(file, "random"), "input");
  return {range.at(0), range.at(1)};
}

std::vector<Values> random_inputs(const LayerUnderTest& layer, std::int64_t rows, const Range& range, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Values> inputs;
  for (std::size_t k = 0; k < layer.inputs(); ++k) {
    Values& values = inputs.emplace_back(static_cast<std::size_t>(rows * layer.input_size(k)));
    for (float& value : values)
      value = static_cast<float>(range.low + (range.high - range.low) * static_cast<double>(random() % 10001) / 10000);
  }
  return inputs;
}

Values random_values(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Values values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000 - 1;
  return values;
}

bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}
bool same_bits(const std::vector<Values>& a, const std::vector<Values>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Values& x, const Values& y) { return same_bits(x, y); });
}

/// The sum that output_gradient is the gradient of.
double weighted_sum(const Values& output, const Values& output_gradient) {
  double sum = 0;
  for (std::size_t i = 0; i < output.size(); ++i) sum += static_cast<double>(output[i]) * static_cast<double>(output_gradient[i]);
  return sum;
}

/// `value` is the element of an input or a parameter that is moved.
double central_difference(LayerUnderTest& layer, std::vector<Values>& inputs, float& value, const Values& output_gradient) {
  const float kept = value;
  const double step = 1e-2 * std::max(1.0, std::abs(static_cast<double>(kept)));
  const auto at = [&](double moved) {
    value = static_cast<float>(moved);
    return std::pair(static_cast<double>(value), weighted_sum(layer.forward(inputs, {}), output_gradient));
  };
  const auto [high, above] = at(static_cast<double>(kept) + step);
  const auto [low, below] = at(static_cast<double>(kept) - step);
  value = kept;
  return (above - below) / (high - low);
}

void check_slope(const char* what, double found, double measured, double scale) {
  INFO(what << " by central differences");
  CHECK(std::abs(found - measured) <= 2e-2 * std::max({1e-2, scale, std::abs(measured)}));
}

double largest(const Values& values) {
  double most = 0;
  for (const float value : values) most = std::max(most, std::abs(static_cast<double>(value)));
  return most;
}

void check_gradients(LayerUnderTest& layer, const Range& range) {
  std::vector<Values> inputs = random_inputs(layer, rows_of_checks, range, 1);
  const Values gradient = random_values(static_cast<std::size_t>(rows_of_checks * layer.output_size()), 2);
  layer.forward(inputs, {});
  const LayerUnderTest::Gradients found = layer.backward(gradient);
  // Of large ones, some: each takes two passes.
  const auto stride = [](const Values& values) { return std::max<std::size_t>(1, values.size() / 40); };
  for (std::size_t k = 0; k < inputs.size(); ++k)
    for (std::size_t i = 0; i < inputs[k].size(); i += stride(inputs[k]))
      check_slope("an input's gradient", static_cast<double>(found.inputs[k][i]),
                  central_difference(layer, inputs, inputs[k][i], gradient), largest(found.inputs[k]));
  for (std::size_t p = 0; p < layer.parameters(); ++p)
    for (std::size_t i = 0; layer.learns(p) && i < layer.parameter(p).size(); i += stride(layer.parameter(p)))
      check_slope(layer.parameter_name(p).c_str(), static_cast<double>(found.parameters[p][i]),
                  central_difference(layer, inputs, layer.parameter(p)[i], gradient), largest(found.parameters[p]));
}

void check_added(const Values& found, const Values& alone, float beginning) {
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(static_cast<double>(found[i]) ==
          Approx(static_cast<double>(alone[i]) + static_cast<double>(beginning)).epsilon(1e-4).margin(1e-4));
}

/// Gradients are added to what stands there, and only those that are wanted; the rest stays as it is.
void check_adding(LayerUnderTest& layer, const Range& range) {
  const std::vector<Values> inputs = random_inputs(layer, rows_of_checks, range, 3);
  const Values gradient = random_values(static_cast<std::size_t>(rows_of_checks * layer.output_size()), 4);
  const auto backward = [&](float beginning, std::vector<bool> wanted) {
    layer.forward(inputs, {});
    return layer.backward(gradient, beginning, std::move(wanted));
  };
  const std::size_t all = layer.inputs() + layer.parameters();
  const LayerUnderTest::Gradients alone = backward(0, {});
  const auto values_of = [&](const LayerUnderTest::Gradients& gradients, std::size_t which) {
    return which < layer.inputs() ? gradients.inputs[which] : gradients.parameters[which - layer.inputs()];
  };
  const auto has_gradient = [&](std::size_t which) { return which < layer.inputs() || layer.learns(which - layer.inputs()); };
  {
    INFO("gradients are added to what stands there");
    const LayerUnderTest::Gradients added = backward(3, {});
    for (std::size_t which = 0; which < all; ++which)
      if (has_gradient(which)) check_added(values_of(added, which), values_of(alone, which), 3);
  }
  INFO("gradients that nobody wants are not asked for, one wanted alone is the same");
  for (std::size_t which = 0; which <= all; ++which) {
    std::vector<bool> wanted(all, false);
    if (which < all) wanted[which] = true;
    const LayerUnderTest::Gradients found = backward(0, wanted);
    if (which < all && has_gradient(which)) CHECK(same_bits(values_of(found, which), values_of(alone, which)));
  }
}

/// Rows [first, last) of each input.
std::vector<Values> rows_between(const LayerUnderTest& layer, const std::vector<Values>& inputs, std::int64_t first,
                                 std::int64_t last) {
  std::vector<Values> part;
  for (std::size_t k = 0; k < inputs.size(); ++k)
    part.emplace_back(inputs[k].begin() + first * layer.input_size(k), inputs[k].begin() + last * layer.input_size(k));
  return part;
}

void check_splits(LayerUnderTest& layer, const Range& range) {
  const std::vector<Values> inputs = random_inputs(layer, rows_of_checks, range, 5);
  for (const bool training : {true, false}) {
    const Values whole = layer.forward(inputs, {.training = training});
    CHECK(same_bits(whole, layer.forward(inputs, {.training = training})));
    Values parts;
    for (const auto& [first, last] : {std::pair(0, 2), std::pair(2, 3), std::pair(3, 5)}) {
      const Values part = layer.forward(rows_between(layer, inputs, first, last), {.training = training, .first_row = first});
      parts.insert(parts.end(), part.begin(), part.end());
    }
    INFO("a sample's output is the same in any part of a batch, " << (training ? "in training" : "otherwise"));
    check_near("the output", parts, whole, 1e-5);
  }
  INFO("without training, nothing is random");
  CHECK(same_bits(layer.forward(inputs, {.training = false, .seed = 1}), layer.forward(inputs, {.training = false, .seed = 2})));
}

void check_instances(const PluginUnderTest& plugin, const Table& parameters, const Shapes& shapes, const Range& range) {
  LayerUnderTest one(plugin, parameters, shapes), alone(plugin, parameters, shapes), other(plugin, parameters, shapes);
  const std::vector<Values> inputs = random_inputs(one, rows_of_checks, range, 6), others = random_inputs(one, 2, range, 7);
  const Values gradient = random_values(static_cast<std::size_t>(rows_of_checks * one.output_size()), 8);
  const Values expected = alone.forward(inputs, {});
  const LayerUnderTest::Gradients gradients = alone.backward(gradient);
  const Values found = one.forward(inputs, {});
  other.forward(others, {.seed = 5});
  const LayerUnderTest::Gradients between = one.backward(gradient);
  INFO("two instances must not disturb each other");
  CHECK(same_bits(found, expected));
  CHECK(same_bits(between.inputs, gradients.inputs));
  CHECK(same_bits(between.parameters, gradients.parameters));
}

/// Two shards of a batch go through an instance in turn: what one leaves for its backward is in its workspace.
void check_workspace(const PluginUnderTest& plugin, const Table& parameters, const Shapes& shapes, const Range& range) {
  LayerUnderTest layer(plugin, parameters, shapes);
  const std::vector<Values> inputs = random_inputs(layer, rows_of_checks, range, 9), others = random_inputs(layer, 3, range, 10);
  const Values gradient = random_values(static_cast<std::size_t>(rows_of_checks * layer.output_size()), 11);
  layer.forward(inputs, {});
  const LayerUnderTest::Gradients alone = layer.backward(gradient);
  layer.forward(inputs, {});
  const LayerUnderTest::Shard first = layer.shard();
  layer.forward(others, {.first_row = rows_of_checks, .seed = 6});
  layer.set_shard(first);
  const LayerUnderTest::Gradients between = layer.backward(gradient);
  INFO("what backward needs of its forward is in the workspace, and nowhere else");
  CHECK(same_bits(between.inputs, alone.inputs));
  CHECK(same_bits(between.parameters, alone.parameters));
}

}  // namespace
}  // namespace layer_checks

void check_layer(const PluginUnderTest& plugin) {
  using namespace layer_checks;
  CHECK(plugin.lifecycle->save == nullptr);
  const std::vector<Table> cases = cases_of(plugin);
  CHECK_FALSE(cases.empty());
  const Range range = range_of_inputs(plugin);
  for (const Table& one : cases) {
    INFO("case " << text(one, "name"));
    if (has(one, "refused")) {
      check_refusal(plugin, one);
      continue;
    }
    check_values(plugin, one);
    const Table parameters = parameters_of(plugin, one);
    LayerUnderTest layer(plugin, parameters, shapes_of(one));
    check_gradients(layer, range);
    check_adding(layer, range);
    check_splits(layer, range);
    check_instances(plugin, parameters, shapes_of(one), range);
    check_workspace(plugin, parameters, shapes_of(one), range);
  }
}

}  // namespace treino::conformance
