// The TOML texts against what the engine really takes.
#include <toml++/toml.h>

#include <cmath>
#include <map>
#include <set>

#include "nn/initializers.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/model.hpp"
#include "nn/shapes.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

using Types = std::map<std::string, toml::table>;

Types types_of(std::string_view text) {
  Types types;
  const toml::table document = toml::parse(text);
  for (const toml::node& entry : *document["type"].as_array()) {
    const toml::table& table = *entry.as_table();
    CHECK_FALSE(table["summary"].value_or<std::string>("").empty());
    const bool fresh = types.emplace(table["id"].value<std::string>().value(), table).second;
    CHECK(fresh);
  }
  return types;
}

template <class Visit>
void each_parameter(const Types& types, Visit visit) {
  for (const auto& [type, entry] : types) {
    const toml::table* parameters = entry["parameters"].as_table();
    if (parameters == nullptr) continue;
    for (const auto& [name, value] : *parameters) visit(type, std::string(name.str()), *value.as_table());
  }
}

/// Those for which no value is the usual one: a limit, and what belongs to a second input.
bool is_optional(const std::string& name) { return name == "max_norm" || name == "mask_value"; }

void check_form(const Types& types) {
  const std::set<std::string> kinds{"bool", "int", "float", "string", "list"};
  const std::set<std::string> keys{"type", "items", "scalar", "default", "required", "min",
                                   "max",  "above", "below",  "choices", "doc"};
  each_parameter(types, [&](const std::string& type, const std::string& name, const toml::table& parameter) {
    CAPTURE(type, name);
    for (const auto& [key, value] : parameter) CHECK(keys.count(std::string(key.str())) == 1);
    const std::string kind = parameter["type"].value_or<std::string>("");
    CHECK(kinds.count(kind) == 1);
    CHECK(parameter.contains("items") == (kind == "list"));
    CHECK(parameter.contains("default") + parameter["required"].value_or(false) + is_optional(name) == 1);
    CHECK_FALSE(parameter["doc"].value_or<std::string>("").empty());
    if (kind == "float" && parameter.contains("default")) CHECK(parameter["default"].is_floating_point());
    if (kind == "int" && parameter.contains("default")) CHECK(parameter["default"].is_integer());
  });
}

/// A spec of a type with the required parameters filled in.
LayerSpec filled(const std::string& type) {
  LayerSpec spec = layer(type);
  each_parameter(types_of(layer_descriptions()), [&](const std::string& id, const std::string& name,
                                                     const toml::table& parameter) {
    if (id != type || !parameter["required"].value_or(false)) return;
    spec.settings.set(name, parameter["type"].value<std::string>() == "list" ? Settings::Value(Sizes{2}) : Settings::Value(2));
  });
  if (type == "permute") spec.settings.set("dims", Sizes{0});
  if (find_layer_type(type)->least_inputs > 1) spec.inputs.assign(find_layer_type(type)->least_inputs, "input");
  return spec;
}

template <class Spec>
Spec without(const Spec& spec, const std::string& left_out) {
  Spec rest = spec;
  rest.settings = {};
  for (const auto& [name, value] : spec.settings.all())
    if (name != left_out) rest.settings.set(name, value);
  return rest;
}

Shape input_of(const std::string& type) {
  for (const Shape& shape : {Shape{4}, Shape{2, 4, 4}, Shape{4, 4}, Shape{2}}) {
    try {
      infer_shapes({filled(type)}, shape);
      return shape;
    } catch (const ShapeError&) {  // another one, then
    }
  }
  throw std::logic_error(type + " takes neither a flat sample nor an image or a sequence");
}

double number(const toml::table& table, const char* key) { return table[key].value<double>().value(); }

}  // namespace

TEST_CASE("the descriptions of layers keep to the form") { check_form(types_of(layer_descriptions())); }

TEST_CASE("every layer type described can be built, and the engine knows no other") {
  const Types types = types_of(layer_descriptions());
  std::string known;
  try {
    infer_shapes({layer("?")}, {1});
  } catch (const ShapeError& error) {
    known = error.what();
  }
  std::size_t length = std::string("unknown layer type \"?\"; there are ").size();
  for (const auto& [type, entry] : types) {
    CAPTURE(type);
    const Model model({filled(type)}, input_of(type), 1, 1);
    CHECK(model.layers()[0].type == type);
    length += type.size() + 2;
    CHECK(known.find(type) != std::string::npos);
  }
  CHECK(known.size() == length - 2);
}

TEST_CASE("every parameter described is asked for by the engine") {
  each_parameter(types_of(layer_descriptions()), [&](const std::string& type, const std::string& name, const toml::table&) {
    CAPTURE(type, name);
    if (is_optional(name)) return;
    CHECK_THROWS_AS(Model({without(filled(type), name)}, input_of(type), 1, 1), std::logic_error);
  });
}

TEST_CASE("the limits described are those that the engine keeps") {
  each_parameter(types_of(layer_descriptions()),
                 [&](const std::string& type, const std::string& name, const toml::table& parameter) {
                   if (parameter["type"].value<std::string>() != "float") return;
                   CAPTURE(type, name);
                   const auto takes = [&](double value) {
                     LayerSpec spec = with(filled(type), name, value);
                     if (name == "initializer_scale") spec.settings.set("initializer", std::string("variance_scaling"));
                     try {
                       infer_shapes({spec}, input_of(type));
                       return true;
                     } catch (const ShapeError&) {
                       return false;
                     }
                   };
                   if (parameter.contains("min"))
                     CHECK((takes(number(parameter, "min")) && !takes(number(parameter, "min") - 1e-9)));
                   if (parameter.contains("max"))
                     CHECK((takes(number(parameter, "max")) && !takes(number(parameter, "max") + 1e-9)));
                   if (parameter.contains("above"))
                     CHECK((!takes(number(parameter, "above")) && takes(number(parameter, "above") + 1e-9)));
                   if (parameter.contains("below"))
                     CHECK((!takes(number(parameter, "below")) && takes(number(parameter, "below") - 1e-9)));
                 });
}

TEST_CASE("the choices of initializer are the initializers") {
  int seen = 0;
  each_parameter(types_of(layer_descriptions()),
                 [&](const std::string& type, const std::string& name, const toml::table& parameter) {
                   if (name != "initializer") return;
                   ++seen;
                   std::vector<std::string_view> choices;
                   for (const toml::node& choice : *parameter["choices"].as_array())
                     choices.push_back(choice.value<std::string_view>().value());
                   CHECK(choices == initializer_names());
                   const bool table = type.find("embedding") != std::string::npos;  // of which no sums are made
                   CHECK(parameter["default"].value<std::string>() == (table ? "uniform" : "glorot_uniform"));
                 });
  CHECK(seen >= 2);
}
