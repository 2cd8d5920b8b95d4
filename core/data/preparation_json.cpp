// The preparation as JSON, beside the model. Doubles are written so that they come back bit for bit.
#include "data/preparation_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "data/dataset.hpp"
#include "data/message.hpp"
#include "data/preparation.hpp"

namespace treino::data {

namespace {

using nlohmann::json;

const std::vector<std::string>& scaling_names() {
  static const std::vector<std::string> names = {"none", "standardize", "min_max", "scale"};  // in the order of the enum
  return names;
}

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names = {"none", "index", "one_hot", "values"};  // in the order of the enum
  return names;
}

[[noreturn]] void fail(const std::string& what) { throw DataError("preparation: " + what); }

/// JSON has no NaN: null stands for it.
json to_array(const std::vector<double>& numbers) {
  json array = json::array();
  for (const double number : numbers) array.push_back(std::isnan(number) ? json(nullptr) : json(number));
  return array;
}

const json& member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) fail(fmt::format("'{}' is missing", key));
  return *found;
}

const json& array_member(const json& object, const char* key) {
  const json& array = member(object, key);
  if (!array.is_array()) fail(fmt::format("'{}': expected an array", key));
  return array;
}

double number_of(const json& value, const char* key) {
  if (!value.is_number()) fail(fmt::format("'{}': expected a number", key));
  const double number = value.get<double>();
  if (!(std::abs(number) <= std::numeric_limits<double>::max())) fail(fmt::format("'{}': expected a finite number", key));
  return number;
}

std::vector<double> numbers_of(const json& object, const char* key) {
  std::vector<double> numbers;
  for (const json& value : array_member(object, key)) {
    const double number = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : number_of(value, key);
    numbers.push_back(number);
  }
  return numbers;
}

Scaling scaling_of(const json& object) {
  const json& value = member(object, "scaling");
  if (!value.is_string()) fail("'scaling': expected a string");
  const auto found = std::find(scaling_names().begin(), scaling_names().end(), value.get<std::string>());
  if (found == scaling_names().end()) fail("'scaling': expected one of " + listed(scaling_names()));
  return static_cast<Scaling>(found - scaling_names().begin());
}

Shape shape_of(const json& object, const std::string& key) {
  Shape shape;
  for (const json& value : array_member(object, key.c_str())) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 1) fail(fmt::format("'{}': expected integers from 1", key));
    shape.push_back(value.get<std::int64_t>());
  }
  if (shape.empty()) fail(fmt::format("'{}': expected at least one dimension", key));
  return shape;
}

std::vector<std::string> names_of(const json& object, const char* key) {
  std::vector<std::string> names;
  for (const json& value : array_member(object, key)) {
    if (!value.is_string()) fail(fmt::format("'{}': expected strings", key));
    names.push_back(value.get<std::string>());
  }
  return names;
}

/// Of a model with a single input there is no such member.
std::vector<InputShape> inputs_of(const json& object) {
  std::vector<InputShape> inputs;
  if (!object.contains("inputs")) return inputs;
  for (const json& value : array_member(object, "inputs")) {
    if (!value.is_object() || !member(value, "name").is_string()) fail("'inputs': expected objects with a name");
    inputs.push_back({value["name"].get<std::string>(), shape_of(value, "shape")});
  }
  return inputs;
}

TargetKind kind_of(const json& object) {
  const json& kind = member(object, "target_kind");
  const auto found =
      kind.is_string() ? std::find(kind_names().begin(), kind_names().end(), kind.get<std::string>()) : kind_names().end();
  if (found == kind_names().end()) fail("'target_kind': expected one of " + listed(kind_names()));
  return static_cast<TargetKind>(found - kind_names().begin());
}

std::int64_t width_of(const json& object) {
  const json& width = member(object, "target_width");
  if (!width.is_number_integer() || width.get<std::int64_t>() < 0) fail("'target_width': expected an integer from 0");
  return width.get<std::int64_t>();
}

/// Written where there are several, so that files of a single class for each sample stay as they were.
std::int64_t steps_of(const json& object) {
  const auto steps = object.find("target_steps");
  if (steps == object.end()) return 1;
  if (!steps->is_number_integer() || steps->get<std::int64_t>() < 1) fail("'target_steps': expected an integer from 1");
  return steps->get<std::int64_t>();
}

/// Likewise of one with a single target.
std::vector<Targets> targets_of(const json& object) {
  std::vector<Targets> targets;
  if (!object.contains("further_targets")) return targets;
  for (const json& value : array_member(object, "further_targets")) {
    if (!value.is_object()) fail("'further_targets': expected objects");
    targets.push_back({kind_of(value),
                       width_of(value),
                       steps_of(value),
                       {},
                       {},
                       names_of(value, "class_names"),
                       names_of(value, "target_names")});
  }
  return targets;
}

/// What files of earlier versions do not have.
void read_later_members(const json& object, Preparation& result) {
  if (!object.contains("target_kind")) return;
  result.target_kind = kind_of(object);
  result.target_width = width_of(object);
  result.target_steps = steps_of(object);
  result.target_names = names_of(object, "target_names");
  result.feature_names = names_of(object, "feature_names");
}

void check(const Preparation& preparation) {
  const std::uint64_t size = element_count(preparation.sample_shape, "preparation: 'sample_shape'");
  const bool scales = preparation.scaling == Scaling::standardize || preparation.scaling == Scaling::min_max;
  const auto expect = [](const char* key, std::uint64_t found, std::uint64_t expected) {
    if (found != expected) fail(fmt::format("'{}': expected {} numbers, found {}", key, expected, found));
  };
  std::uint64_t of_inputs = 0;
  for (const InputShape& input : preparation.inputs) of_inputs += element_count(input.shape, "preparation: 'inputs'");
  if (!preparation.inputs.empty()) expect("inputs", of_inputs, size);
  expect("offset", preparation.offset.size(), scales ? size : 0);
  expect("gain", preparation.gain.size(), scales ? size : 0);
  if (!preparation.missing_mean.empty()) expect("missing_mean", preparation.missing_mean.size(), size);
  if (!preparation.feature_names.empty() && preparation.feature_names.size() != size)
    fail(fmt::format("'feature_names': expected {} names, found {}", size, preparation.feature_names.size()));
  const bool classes = preparation.target_kind == TargetKind::index || preparation.target_kind == TargetKind::one_hot;
  if (classes && preparation.class_names.size() != static_cast<std::uint64_t>(preparation.target_width))
    fail(fmt::format("'class_names': expected {} names, found {}", preparation.target_width, preparation.class_names.size()));
  const auto is_nan = [](double number) { return std::isnan(number); };
  for (const std::vector<double>* numbers : {&preparation.offset, &preparation.gain}) {
    if (std::any_of(numbers->begin(), numbers->end(), is_nan)) fail("offset and gain: expected numbers, found null");
  }
  const auto refuse_beyond_floats = [](const char* key, const std::vector<double>& numbers) {
    for (const double number : numbers) {
      if (std::abs(number) > std::numeric_limits<float>::max())
        fail(fmt::format("'{}': {} is beyond the range of 32-bit floats", key, number));
    }
  };
  refuse_beyond_floats("offset", preparation.offset);
  refuse_beyond_floats("missing_mean", preparation.missing_mean);
}

}  // namespace

std::string to_json(const Preparation& preparation) {
  json object;
  object["scaling"] = scaling_names().at(static_cast<std::size_t>(preparation.scaling));
  object["factor"] = preparation.factor;
  object["offset"] = to_array(preparation.offset);
  object["gain"] = to_array(preparation.gain);
  object["missing_mean"] = to_array(preparation.missing_mean);
  object["class_names"] = preparation.class_names;
  object["sample_shape"] = preparation.sample_shape;
  for (const InputShape& input : preparation.inputs) object["inputs"].push_back({{"name", input.name}, {"shape", input.shape}});
  object["feature_names"] = preparation.feature_names;
  object["target_names"] = preparation.target_names;
  object["target_kind"] = kind_names().at(static_cast<std::size_t>(preparation.target_kind));
  object["target_width"] = preparation.target_width;
  if (preparation.target_steps > 1) object["target_steps"] = preparation.target_steps;
  for (const Targets& target : preparation.targets) {
    object["further_targets"].push_back({{"target_kind", kind_names().at(static_cast<std::size_t>(target.kind))},
                                         {"target_width", target.width},
                                         {"class_names", target.class_names},
                                         {"target_names", target.names}});
    if (target.steps > 1) object["further_targets"].back()["target_steps"] = target.steps;
  }
  return object.dump();
}

Preparation preparation_from_json(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) fail("expected a JSON object");
  Preparation result;
  result.scaling = scaling_of(object);
  result.factor = number_of(member(object, "factor"), "factor");
  result.offset = numbers_of(object, "offset");
  result.gain = numbers_of(object, "gain");
  result.missing_mean = numbers_of(object, "missing_mean");
  result.class_names = names_of(object, "class_names");
  result.sample_shape = shape_of(object, "sample_shape");
  result.inputs = inputs_of(object);
  result.targets = targets_of(object);
  read_later_members(object, result);
  check(result);
  return result;
}

}  // namespace treino::data
