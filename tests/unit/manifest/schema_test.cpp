// The JSON Schema that editors get.
#include "manifest/schema.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;
using Json = nlohmann::json;

namespace {

Json schema() {
  const Description stopper = parse_description(R"(kind = "callback"
id = "early_stopping"
version = "1"
summary = "stops"
phase = "decide"
events = ["epoch_end"]
[parameters]
patience = { type = "int", default = 3, min = 0, doc = "epochs" }
factor = { type = "float", required = true, above = 0, below = 0.5 }
mode = { type = "string", choices = ["min", "max"] }
steps = { type = "list", items = "int", scalar = true, min = 1 }
stages = { type = "list", items = "scheduler" }
child = { type = "loss", doc = "inner" }
)",
                                                "x.so");
  const auto types = [](const std::string& id) {
    return parse_type_descriptions(
        "[[type]]\nid = \"" + id + "\"\nsummary = \"s\"\nparameters = { units = { type = \"int\" } }\n", "t");
  };
  const Description adam =
      parse_description("kind = \"optimizer\"\ndraft = 1\nid = \"adam\"\nversion = \"1\"\nsummary = \"s\"\n", "adam.so");
  return Json::parse(json_schema({stopper, adam}, types("dense")));
}

}  // namespace

TEST_CASE("the schema is draft 7 and names what a manifest must have") {
  const Json json = schema();
  CHECK(json["$schema"] == "http://json-schema.org/draft-07/schema#");
  CHECK(json["required"] == Json({"data", "model", "optimizer", "loss"}));
  CHECK(json["additionalProperties"] == false);
  CHECK(json["properties"].size() == 10);
  CHECK(json["properties"]["callback"]["items"]["$ref"] == "#/definitions/callback");
}

TEST_CASE("a plugin is chosen by its id, and then takes its own parameters and the host's, and no others") {
  const Json definitions = schema()["definitions"];
  CHECK(definitions["callback"]["properties"]["plugin"]["enum"] == Json({"early_stopping"}));
  const Json& choice = definitions["callback"]["allOf"][0];
  CHECK(choice["if"]["properties"]["plugin"]["const"] == "early_stopping");
  CHECK(choice["then"]["$ref"] == "#/definitions/callback.early_stopping");
  const Json& stopper = definitions["callback.early_stopping"];
  CHECK(stopper["additionalProperties"] == false);
  CHECK(stopper["required"] == Json({"plugin", "factor"}));
  CHECK(stopper["description"] == "stops");
  for (const char* key : {"plugin", "name", "on_error", "after", "before", "patience"})
    CHECK(stopper["properties"].contains(key));
  CHECK_FALSE(stopper["properties"].contains("unit"));
}

TEST_CASE("parameters carry type, limits, default, choices and doc") {
  const Json properties = schema()["definitions"]["callback.early_stopping"]["properties"];
  CHECK(properties["patience"] == Json({{"type", "integer"}, {"minimum", 0}, {"default", 3}, {"description", "epochs"}}));
  CHECK(properties["factor"] == Json({{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 0.5}}));
  CHECK(properties["mode"]["enum"] == Json({"min", "max"}));
  CHECK(properties["steps"]["anyOf"][0]["type"] == "integer");
  CHECK(properties["steps"]["anyOf"][1]["items"]["minimum"] == 1);
  CHECK(properties["stages"]["items"]["$ref"] == "#/definitions/scheduler");
  CHECK(properties["child"]["allOf"][0]["$ref"] == "#/definitions/loss");
}

TEST_CASE("layers are chosen by type, the optimizer by its plugin, which has groups beside its parameters") {
  const Json definitions = schema()["definitions"];
  CHECK(definitions["model"]["properties"]["layers"]["items"]["else"]["$ref"] == "#/definitions/layer");
  CHECK(definitions["layer"]["properties"]["type"]["enum"] == Json({"dense"}));
  CHECK(definitions["layer.dense"]["properties"].contains("name"));
  CHECK(definitions["optimizer.adam"]["required"] == Json({"plugin", "learning_rate"}));
  CHECK(definitions["optimizer.adam"]["properties"]["group"]["items"]["$ref"] == "#/definitions/group");
  CHECK(definitions["group"]["required"] == Json({"match"}));
  CHECK_FALSE(definitions["optimizer.adam"]["properties"].contains("on_error"));
}

TEST_CASE("where no plugin of a kind was found the schema takes any id") {
  const Json definitions = Json::parse(json_schema({}, {}))["definitions"];
  CHECK_FALSE(definitions["callback"]["properties"]["plugin"].contains("enum"));
  CHECK(definitions["callback"]["required"] == Json({"plugin"}));
}

TEST_CASE("every key that the schema offers for a section is one that reading knows") {
  // An unknown key is the only fault that says "has no key": a known one of a wrong type is refused in other words.
  const Workshop workshop;
  const Json definitions = schema()["definitions"];
  for (const char* section : {"run", "data", "plugins"})
    for (const auto& [key, value] : definitions[section]["properties"].items())
      for (const std::string& line : workshop.faults(kDigits, {std::string(section) + "." + key + "=[[1]]"}))
        CHECK(line.find("has no key") == std::string::npos);
}
