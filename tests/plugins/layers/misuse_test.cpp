// Layers that do not keep to their contract: what they do wrong is reported with the layer's place or name, and the run ends.
#include "host/library/candidate.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "wine_with_layers.hpp"

using namespace treino;
using namespace treino::test;

namespace {

std::string with_fault(const std::string& fault, const std::string& before = "") {
  return layers(before + "{ plugin = \"faulty_layer\", fault = \"" + fault + "\" }, { type = \"dense\", units = 3 }");
}

/// What is said when the run is built, or trains.
std::string said_by(const LayerWorkshop& workshop, const std::string& model) {
  try {
    SilentRun silent(workshop.plan_of(model, {"run.epochs=1"}), workshop.path() / "run");
    return silent.fit().reason;
  } catch (const manifest::ManifestError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("what a layer refuses, or asks for in vain, is reported at its place in the manifest") {
  const LayerWorkshop workshop;
  const auto said = [&](const std::string& fault) { return said_by(workshop, with_fault(fault)); };
  CHECK_THAT(said("prepare"), ContainsSubstring("train.toml:17:23: layer 1 faulty_layer_1: cannot read 13 (in prepare)"));
  CHECK_THAT(said("many"),
             ContainsSubstring("layer 1 faulty_layer_1: asks for 66 parameters; there are 64 at most (in prepare)"));
  CHECK_THAT(said("name"), ContainsSubstring("gives a parameter a name that is not of letters, digits and underscores"));
  CHECK_THAT(said("twice"), ContainsSubstring("gives the name 'weight' to two parameters"));
  CHECK_THAT(said("initializer"),
             ContainsSubstring(
                 "parameter 'other': there is no initializer 'glorot_unifrom'. Did you mean 'glorot_uniform'? There are: "));
  CHECK_THAT(said("gain"), ContainsSubstring("parameter 'other': a gain is above 0 and finite, not -1"));
  CHECK_THAT(said("empty parameter"), ContainsSubstring("gives parameter 'other' the shape 3x0: sizes are at least 1"));
  CHECK_THAT(said("values"), ContainsSubstring("parameter 'other' has shape 3 and 2 values"));
  CHECK_THAT(said("huge parameter"),
             ContainsSubstring("gives parameter 'other' the shape 1073741824x1073741824x1073741824: sizes are"));
  CHECK_THAT(said("penalty"), ContainsSubstring("parameter 'other': l2 is at least 0 and finite, not -1"));
  CHECK_THAT(said("limit"),
             ContainsSubstring("parameter 'other': max_norm is of parameters with columns, two axes or more, not of shape 3"));
  CHECK_THAT(said("constant"), ContainsSubstring("parameter 'other': l1 is of parameters that learn"));
  CHECK_THAT(said("workspace"),
             ContainsSubstring("asks for a workspace of -1 numbers for each sample; there are 0 to 2147483647"));
  CHECK_THAT(said("huge workspace"), ContainsSubstring("asks for a workspace of 9223372036854775807 numbers"));
  CHECK_THAT(said("no axes"), ContainsSubstring("gives its output a shape of 0 axes; there are 1 to 8"));
  CHECK_THAT(said("many axes"), ContainsSubstring("gives its output a shape of 9 axes; there are 1 to 8"));
  CHECK_THAT(said("negative"), ContainsSubstring("gives its output the shape 2x-3: sizes are at least 1"));
  CHECK_THAT(said("overflow"),
             ContainsSubstring("gives its output the shape 4611686018427387904x4: sizes are at least 1, and their product"));
}

TEST_CASE("a pass that fails ends the run and says which layer, and why") {
  const LayerWorkshop workshop;
  const std::string dense = "{ type = \"dense\", units = 4 }, ";
  CHECK(said_by(workshop, with_fault("forward")) == "faulty_layer_1: no forward (in forward)");
  CHECK(said_by(workshop, with_fault("foreign")) == "faulty_layer_1: threw something that is not a std::exception (in forward)");
  CHECK(said_by(workshop, with_fault("evaluation")) == "faulty_layer_1: knows training alone (in forward)");
  CHECK(said_by(workshop, with_fault("backward", dense)) == "faulty_layer_1: no backward (in backward)");
  CHECK(said_by(workshop, with_fault("unwanted")) ==
        "faulty_layer_1: input_gradient() is not there: ask wants_input() first (in backward)");
  CHECK(said_by(workshop, with_fault("release", dense)) ==
        "faulty_layer_1: input() is not there: release_inputs() has given it away (in backward)");
  CHECK(said_by(workshop, with_fault("output", dense)) ==
        "faulty_layer_1: output() is not there: prepare() has not called keep_output() (in backward)");
  CHECK(said_by(workshop, with_fault("no workspace", dense)) ==
        "faulty_layer_1: workspace() is not there: prepare() has asked for none (in backward)");
}

TEST_CASE("a layer that asks for the gradient of a frozen parameter is told to ask first") {
  const LayerWorkshop workshop;
  SilentRun silent(workshop.plan_of(with_fault("frozen", "{ type = \"dense\", units = 4 }, ")), workshop.path() / "run");
  silent.run.model.set_trainable(2, false);
  CHECK(silent.fit().reason == "faulty_layer_1: parameter_gradient() is not there: ask wants_parameter() first (in backward)");
}

TEST_CASE("NaN that a layer puts out is the run's loss, as that of any layer") {
  const LayerWorkshop workshop;
  SilentRun silent(workshop.plan_of(with_fault("nan"), {"run.epochs=1"}), workshop.path() / "run");
  CHECK(std::isnan(number(silent.fit(), "loss")));
}

TEST_CASE("a layer with a state of its own is refused when it is loaded") {
  const host::Candidate candidate = host::inspect(OWN_PLUGINS "/stateful_layer.so", true);
  REQUIRE(candidate.refusal.empty());
  std::vector<std::string> warnings;
  CHECK_THROWS_WITH(host::load(candidate, warnings),
                    ContainsSubstring("gives its layer 'stateful_layer' a state of its own; what a layer learns are parameters "
                                      "that it names in prepare"));
}
