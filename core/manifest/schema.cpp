// The schema is made from the same descriptions that complete() checks with, so that an editor and `treino check` agree.
#include "manifest/schema.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "manifest/manifest.hpp"
#include "manifest/sections.hpp"

namespace treino::manifest {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Value& value) {
  if (const auto* list = value.as<List>()) {
    Json result = Json::array();
    for (const Value& element : *list) result.push_back(to_json(element));
    return result;
  }
  if (const auto* table = value.as<Table>()) {
    Json result = Json::object();
    for (const Entry& entry : *table) result[entry.key] = to_json(entry.value);
    return result;
  }
  if (const auto* boolean = value.as<bool>()) return *boolean;
  if (const auto* integer = value.as<std::int64_t>()) return *integer;
  if (const auto* real = value.as<double>()) return *real;
  return *value.as<std::string>();
}

/// A "/" in an id would step into the definition.
Json reference(std::string definition) {
  if (const std::size_t slash = definition.find('/'); slash != definition.npos) definition.replace(slash, 1, "~1");
  return {{"$ref", "#/definitions/" + definition}};
}

void add_bounds(Json& schema, const ParameterDescription& parameter) {
  // A limit without a fraction is written without one: "at least 1", not "at least 1.0".
  const auto add = [&](const char* key, const std::optional<double>& bound) {
    if (!bound || *bound != *bound || *bound - *bound != 0) return;
    const bool whole = *bound > -1e15 && *bound < 1e15 && *bound == static_cast<double>(static_cast<std::int64_t>(*bound));
    schema[key] = whole ? Json(static_cast<std::int64_t>(*bound)) : Json(*bound);
  };
  add("minimum", parameter.min);
  add("maximum", parameter.max);
  add("exclusiveMinimum", parameter.above);
  add("exclusiveMaximum", parameter.below);
}

/// What one value of the type may be.
Json type_schema(const ParameterDescription& parameter, const std::string& type) {
  if (type == "bool") return {{"type", "boolean"}};
  if (type == "table") return {{"type", "object"}};
  if (type == "any") return Json::object();
  if (type == "column") return {{"anyOf", {{{"type", "integer"}}, {{"type", "string"}, {"minLength", 1}}}}};
  if (child_kind(type)) return reference(type);
  Json schema = {{"type", type == "int" ? "integer" : type == "float" ? "number" : "string"}};
  if (type == "int" || type == "float") add_bounds(schema, parameter);
  if (type == "monitor" || type == "output" || type == "input") schema["minLength"] = 1;
  if (!parameter.choices.empty()) schema["enum"] = parameter.choices;
  if (!parameter.or_int) return schema;
  Json integer = {{"type", "integer"}};
  add_bounds(integer, parameter);
  return {{"anyOf", {schema, integer}}};
}

Json parameter_schema(const ParameterDescription& parameter) {
  Json schema;
  if (parameter.type == "list") {
    const Json element = type_schema(parameter, parameter.items);
    const Json list = {{"type", "array"}, {"items", element}};
    schema = parameter.scalar ? Json{{"anyOf", {element, list}}} : list;
  } else {
    schema = type_schema(parameter, parameter.type);
  }
  // In draft 7 nothing is read beside a "$ref".
  if (schema.contains("$ref")) schema = {{"allOf", Json::array({schema})}};
  if (!parameter.doc.empty()) schema["description"] = parameter.doc;
  if (parameter.default_value) schema["default"] = to_json(*parameter.default_value);
  return schema;
}

/// An object of these parameters and no others.
Json object_schema(const Description& description) {
  Json properties = Json::object(), required = Json::array();
  for (const ParameterDescription& parameter : description.parameters) {
    properties[parameter.name] = parameter_schema(parameter);
    if (parameter.required) required.push_back(parameter.name);
  }
  Json schema = {
      {"type", "object"}, {"description", description.summary}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

/// A table whose other keys depend on one of them: `plugin` or `type`.
class Choice {
 public:
  /// `host_keys` has the deciding key among its parameters.
  Choice(Json& definitions, const std::string& name, const Description& host_keys, const std::string& deciding)
      : definitions_(definitions), name_(name), host_keys_(host_keys), deciding_(deciding) {}

  /// `all` are of one kind.
  void define(const std::vector<Description>& all) {
    for (const Description& each : all) add(each);
    Json deciding = parameter_schema(*host_keys_.find(deciding_));
    // Where no plugin of the kind was found any id is as good as another.
    if (!ids_.empty()) deciding["enum"] = ids_;
    Json schema = {{"type", "object"},
                   {"description", host_keys_.summary},
                   {"properties", {{deciding_, deciding}}},
                   {"required", Json::array({deciding_})}};
    if (!cases_.empty()) schema["allOf"] = cases_;
    definitions_[name_] = schema;
  }

 private:
  void add(const Description& description) {
    Description whole = host_keys_;
    whole.parameters.insert(whole.parameters.end(), description.parameters.begin(), description.parameters.end());
    Json object = object_schema(whole);
    object["title"] = description.id;
    object["description"] = description.summary;
    object["properties"][deciding_] = {{"const", description.id}, {"description", description.summary}};
    const std::string definition = name_ + "." + description.id;
    definitions_[definition] = object;
    ids_.push_back(description.id);
    const Json is_this = {{"properties", {{deciding_, {{"const", description.id}}}}}, {"required", Json::array({deciding_})}};
    cases_.push_back({{"if", is_this}, {"then", reference(definition)}});
  }

  Json& definitions_;
  const std::string name_;
  const Description& host_keys_;
  const std::string deciding_;
  Json ids_ = Json::array(), cases_ = Json::array();
};

Json file_or_path(const std::string& definition, const std::string& doc) {
  return {{"anyOf", {{{"type", "string"}, {"minLength", 1}}, reference(definition)}}, {"description", doc}};
}

/// The sections and keys whose type is "any": what read() does with them by code.
void add_special_keys(Json& definitions) {
  Json& data = definitions["data"]["properties"];
  for (const char* key : {"train", "validation", "test"})
    data[key] = file_or_path(std::string(key) == "train" ? "train" : "file", data[key]["description"]);
  const Json batches = {{"type", "integer"}, {"minimum", 1}};
  definitions["run"]["properties"]["accumulate"]["anyOf"] = {batches,
                                                             {{"type", "object"},
                                                              {"patternProperties", {{"^(0|[1-9][0-9]*)$", batches}}},
                                                              {"additionalProperties", false},
                                                              {"minProperties", 1}}};
  const Json weights = {{"type", "object"}, {"additionalProperties", {{"type", "number"}, {"minimum", 0}}}};
  data["class_weights"]["anyOf"] = {{{"const", "balanced"}}, weights};
  const Json columns = parameter_schema(*section("data_input").find("columns"))["anyOf"][1];
  data["inputs"]["additionalProperties"] = {{"anyOf", {columns, reference("data_input")}}};
  data["inputs"]["minProperties"] = 1;
  definitions["model"]["properties"]["layers"] = {
      {"type", "array"},
      {"items", {{"if", {{"required", {"plugin"}}}}, {"then", reference("layer_plugin")}, {"else", reference("layer")}}},
      {"minItems", 1},
      {"description", section("model").find("layers")->doc}};
  definitions["plugins"]["properties"]["sha256"]["additionalProperties"] = {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}};
}

Json root_schema() {
  const Description& manifest = section("manifest");
  Json schema = object_schema(manifest);
  for (const ParameterDescription& each : manifest.parameters) {
    const std::optional<Kind> kind = kind_named(each.name);
    const bool list = kind && traits(*kind).sections == Sections::any;
    Json part =
        list ? Json{{"type", "array"}, {"items", reference(each.name)}} : Json{{"allOf", Json::array({reference(each.name)})}};
    if (kind == Kind::loss)
      part = {{"anyOf", {reference(each.name), {{"type", "array"}, {"items", reference(each.name)}, {"minItems", 1}}}}};
    part["description"] = each.doc;
    schema["properties"][each.name] = part;
  }
  schema["required"] = {"data", "model", "optimizer", to_text(Kind::loss)};
  return schema;
}

}  // namespace

namespace {

std::vector<Description> of_kind(const std::vector<Description>& plugins, const std::string& kind) {
  std::vector<Description> result;
  std::copy_if(plugins.begin(), plugins.end(), std::back_inserter(result), [&](const auto& each) { return each.kind == kind; });
  return result;
}

/// Keys of a file: which reader it has may follow from its name.
void add_parameters_of_readers(Json& definitions, const std::vector<Description>& readers) {
  for (const char* file : {"train", "file"}) {
    // Where no reader was found any id is as good as another.
    for (const Description& reader : readers) definitions[file]["properties"]["format"]["enum"].push_back(reader.id);
    for (const Description& reader : readers)
      for (const ParameterDescription& parameter : reader.parameters) {
        Json& properties = definitions[file]["properties"];
        if (properties.contains(parameter.name)) {
          properties[parameter.name] = {{"description", "of several readers"}};
          continue;
        }
        properties[parameter.name] = parameter_schema(parameter);
        properties[parameter.name]["description"] = reader.id + ": " + parameter.doc;
      }
  }
}

/// Of a layer that is not named by `other`.
Description keys_of_layers(const std::string& other) {
  Description keys = section("layer");
  std::erase_if(keys.parameters,
                [&](const auto& key) { return key.name == other || (key.name == "version" && other == "plugin"); });
  return keys;
}

}  // namespace

std::string json_schema(const std::vector<Description>& plugins, const std::vector<Description>& layers) {
  Json definitions = Json::object();
  for (const char* id : {"run", "data", "data_input", "train", "file", "model", "plugins", "group"})
    definitions[id] = object_schema(section(id));
  add_special_keys(definitions);
  add_parameters_of_readers(definitions, of_kind(plugins, to_text(Kind::reader)));
  Choice(definitions, "layer", keys_of_layers("plugin"), "type").define(layers);
  for (const KindTraits& kind : kinds()) {
    if (kind.sections == Sections::none || kind.sections == Sections::files) continue;
    const bool is_layer = kind.sections == Sections::layers;
    const Description host_keys = is_layer ? keys_of_layers("type") : section(kind.name);
    Choice(definitions, is_layer ? "layer_plugin" : kind.name, host_keys, "plugin").define(of_kind(plugins, kind.name));
  }
  for (auto& [name, definition] : definitions.items())
    if (name.rfind("optimizer.", 0) == 0) definition["properties"]["group"]["items"] = reference("group");
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Treino manifest"}};
  schema.update(root_schema());
  schema["definitions"] = definitions;
  return schema.dump(2) + "\n";
}

}  // namespace treino::manifest
