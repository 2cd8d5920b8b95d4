// Layers of plugins in a manifest: found, checked and completed like other plugins', told apart from the types that there are.
#include <span>

#include "base/sha256.hpp"
#include "wine_with_layers.hpp"

using namespace treino;
using namespace treino::test;

TEST_CASE("a plugin's layer is planned like any plugin: unknown ones, parameters and versions are refused with their place") {
  const LayerWorkshop workshop;
  const auto fault = [&](const std::string& layer) {
    return workshop.faults(layers(layer + ", { type = \"dense\", units = 3 }"));
  };
  CHECK(fault("{ plugin = \"swiglu\", units = 8 }").empty());
  CHECK_THAT(fault("{ plugin = \"swigul\", units = 8 }"),
             ContainsSubstring("train.toml:17:23: there is no layer 'swigul'. Did you mean 'swiglu'? There are: acme/mixture, "));
  CHECK_THAT(fault("{ plugin = \"cross_entropy\" }"),
             ContainsSubstring("there is no layer 'cross_entropy'. It is a loss: write [loss]."));
  CHECK_THAT(
      fault("{ plugin = \"swiglu\", unit = 8 }"),
      ContainsSubstring("train.toml:17:33: layer 1 swiglu has no parameter 'unit'. Did you mean 'units'? It takes: units."));
  CHECK_THAT(fault("{ plugin = \"swiglu\" }"), ContainsSubstring("train.toml:17:23: layer 1 swiglu needs the parameter 'units'"));
  CHECK_THAT(fault("{ plugin = \"swiglu\", units = 0 }"),
             ContainsSubstring("train.toml:17:41: units of layer 1 swiglu: expected"));
  CHECK_THAT(fault("{ plugin = \"swiglu\", units = 8, version = \">=2\" }"), ContainsSubstring("the manifest takes \">=2\""));
  CHECK(fault("{ plugin = \"swiglu\", units = 8, version = \">=1, <2\" }").empty());
  CHECK_THAT(fault("{ plugin = 3 }"), ContainsSubstring("plugin of layer 1: expected a string, got the integer 3"));
}

TEST_CASE("a layer has a type or a plugin, and each is pointed to where the other was meant") {
  const LayerWorkshop workshop;
  const auto fault = [&](const std::string& layer) { return workshop.faults(layers(layer)); };
  CHECK_THAT(fault("{ type = \"dense\", plugin = \"swiglu\", units = 3 }"),
             ContainsSubstring("train.toml:17:39: layer 1 has a type and a plugin: write one of them"));
  CHECK_THAT(fault("{ units = 3 }"),
             ContainsSubstring("layer 1 needs the key 'type', what kind of layer it is, or 'plugin', who computes it"));
  CHECK(
      contains(fault("{ type = \"dense\", units = 3, version = \">1\" }"), "layer 1 has no key 'version', which is for plugins"));
  CHECK_THAT(fault("{ plugin = \"dense\", units = 3 }"),
             ContainsSubstring("train.toml:17:23: layer 1 dense: 'dense' is no plugin: write type = \"dense\""));
  CHECK_THAT(
      fault("{ type = \"swiglu\", units = 3 }"),
      ContainsSubstring("train.toml:17:21: there is no layer 'swiglu'. A plugin is called so: write plugin = \"swiglu\"."));
}

TEST_CASE("how many layers a plugin reads is checked by its description, before its code runs") {
  const LayerWorkshop workshop;
  const auto fault = [&](const std::string& inputs) {
    return workshop.faults(layers("{ type = \"dense\", units = 3, name = \"a\" }, { plugin = \"acme/mixture\"" + inputs + " }"));
  };
  CHECK(fault(", inputs = [\"a\", \"input\"]").empty());
  CHECK_THAT(fault(""), ContainsSubstring("layer 2 acme/mixture: takes at least 2 inputs, not 1"));
  CHECK_THAT(fault(", inputs = [\"a\", \"a\", \"a\", \"a\", \"a\"]"),
             ContainsSubstring("layer 2 acme/mixture: takes at most 4 inputs, not 5"));
  CHECK_THAT(fault(", inputs = [\"a\", \"b\"]"), ContainsSubstring("layer 2 acme/mixture: there is no layer \"b\"."));
  CHECK_THAT(workshop.faults(layers("{ plugin = \"swiglu\", units = 3, inputs = [\"input\", \"input\"] }")),
             ContainsSubstring("layer 1 swiglu: takes one input, not 2: join them before it"));
}

TEST_CASE("shapes before a plugin's layer are known and checked, those after it once the plugin is asked") {
  const LayerWorkshop workshop;
  const train::Plan plan = workshop.plan_of(
      layers("{ type = \"dense\", units = 4 }, { plugin = \"swiglu\", units = 8 }, { type = \"dense\", units = 3 }"));
  REQUIRE(plan.shapes.size() == 3);
  CHECK(plan.shapes[0] == nn::Shape{4});
  CHECK(plan.shapes[1].empty());
  CHECK(plan.shapes[2].empty());
  CHECK_THAT(workshop.faults(layers("{ type = \"max_pool\", kernel = 2 }, { plugin = \"swiglu\", units = 3 }")),
             ContainsSubstring("layer 1 max_pool: expects channels x length"));
  const auto said = what_is_thrown([&] {
    SilentRun(workshop.plan_of(layers(
                  "{ plugin = \"swiglu\", units = 8 }, { type = \"max_pool\", kernel = 2 }, { type = \"dense\", units = 3 }")),
              workshop.path() / "run");
  });
  CHECK_THAT(said,
             ContainsSubstring(
                 "train.toml:17:55: layer 2 max_pool: expects channels x length or channels x height x width, the input is 8"));
}

TEST_CASE("a layer of a plugin is called as no other plugin of the run") {
  const LayerWorkshop workshop;
  CHECK(
      contains(workshop.faults(layers("{ plugin = \"swiglu\", units = 8, name = \"accuracy\" }, { type = \"dense\", units = 3 }"),
                               "[[metric]]\nplugin = \"accuracy\"\n"),
               "layer 1 is called 'accuracy', as the metric at "));
}

TEST_CASE("a pinned plugin of a layer has to have the checksum that is pinned") {
  const LayerWorkshop workshop;
  const std::string bytes = read_text(OWN_PLUGINS "/swiglu.so"), sum = base::sha256(std::as_bytes(std::span(bytes)));
  const auto fault = [&](const std::string& key, const std::string& pinned) {
    return workshop.faults(gated, "[plugins.sha256]\n" + key + " = \"" + pinned + "\"\n");
  };
  CHECK(fault("swiglu", sum).empty());
  CHECK(fault("\"layer/swiglu\"", sum).empty());
  CHECK_THAT(fault("swiglu", std::string(64, '0')), ContainsSubstring("but [plugins.sha256] pins swiglu to 0000"));
}

TEST_CASE("the resolved manifest has all parameters of a plugin's layer, and is read again as the same run") {
  const LayerWorkshop workshop;
  const train::Plan plan = workshop.plan_of(branched);
  const std::string resolved = train::resolved_manifest(plan), part = train::model_manifest(plan);
  CHECK_THAT(resolved, ContainsSubstring("plugin = \"acme/mixture\""));
  CHECK_THAT(resolved, ContainsSubstring("squared = false"));
  CHECK_THAT(part, ContainsSubstring("squared = false"));
  write_text(workshop.path() / "resolved.toml", resolved);
  const train::Plan again = train::make_plan({workshop.path() / "resolved.toml", {}, {PLUGINS, OWN_PLUGINS}});
  CHECK(train::resolved_manifest(again) == resolved);
}
