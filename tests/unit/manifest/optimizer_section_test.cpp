// The section [optimizer], its groups of parameters, and the key `type` that it once had.
#include "manifest/resolved.hpp"
#include "manifest/toml_writer.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

std::string with_groups(const std::string& groups) { return replaced(kDigits, "beta1 = 0.8\n", "beta1 = 0.8\n" + groups); }

}  // namespace

TEST_CASE("[optimizer] is read like a plugin's section, with the learning rate and groups of parameters") {
  const Workshop workshop;
  const Manifest manifest =
      workshop.read_good(with_groups("[[optimizer.group]]\nmatch = \"*/bias\"\nlearning_rate_factor = "
                                     "2\n[[optimizer.group]]\nmatch = \"head/*\"\nweight_decay = 0.5\n"));
  REQUIRE(manifest.optimizer);
  CHECK(manifest.optimizer->kind == Kind::optimizer);
  CHECK(manifest.optimizer->name.value == "adam");
  CHECK(manifest.optimizer->parameters.size() == 1);
  REQUIRE(manifest.optimizer_groups.size() == 2);
  CHECK(manifest.optimizer_groups[0].match.value == "*/bias");
  CHECK(workshop.without_folder(to_text(manifest.optimizer_groups[0].match.location)) == "train.toml:15:9");
  CHECK(manifest.optimizer_groups[0].learning_rate_factor == 2);
  CHECK_FALSE(manifest.optimizer_groups[0].weight_decay);
  CHECK(manifest.optimizer_groups[1].learning_rate_factor == 1);
  CHECK(manifest.optimizer_groups[1].weight_decay->value == 0.5);
  CHECK(workshop.read_good(kDigits).optimizer_groups.empty());
  CHECK(workshop.read_good(with_groups("[[optimizer.group]]\nmatch = \"*\"\n"), {"optimizer.group.0.weight_decay=0.1"})
            .optimizer_groups.at(0)
            .weight_decay->value == 0.1);
}

TEST_CASE("a resolved manifest keeps the groups with their defaults") {
  const Workshop workshop;
  const Manifest first = workshop.read_good(with_groups("[[optimizer.group]]\nmatch = \"*/bias\"\n"));
  const std::string text = to_toml(resolved(first));
  CHECK(text.find("learning_rate_factor = 1.0") != text.npos);
  const Manifest second = workshop.read_good(text);
  REQUIRE(second.optimizer_groups.size() == 1);
  CHECK(second.optimizer_groups[0].match.value == "*/bias");
}

TEST_CASE("faults of groups have their places") {
  const Workshop workshop;
  CHECK(
      workshop.faults(with_groups("[[optimizer.group]]\nmach = \"*/bias\"\nlearning_rate_factor = -1\n"
                                  "[[optimizer.group]]\nmatch = \"a\"\nweight_decay = \"no\"\n")) ==
      Lines{
          "train.toml:14:1: [[optimizer.group]] 1 needs the key 'match', a string: names of parameters, with * for anything: "
          "\"*/bias\"",
          "train.toml:15:1: [[optimizer.group]] 1 has no key 'mach'. Did you mean 'match'? It takes: match, "
          "learning_rate_factor, weight_decay.",
          "train.toml:16:24: learning_rate_factor of [[optimizer.group]] 1: expected a number of at least 0, got the integer -1",
          "train.toml:19:16: weight_decay of [[optimizer.group]] 2: expected a number of at least 0, got the string \"no\""});
}

TEST_CASE("the key that once named the optimizer is refused with the one that does now") {
  const Workshop workshop;
  CHECK(workshop.faults(replaced(kDigits, "plugin = \"adam\"", "type = \"adam\"")) ==
        Lines{"train.toml:11:1: [optimizer] has no key 'type'. Did you mean 'plugin'? Optimizers are plugins: write plugin = "
              "\"adam\""});
  CHECK(workshop.faults(replaced(kDigits, "plugin = \"adam\"", "type = 3")) ==
        Lines{"train.toml:11:1: [optimizer] has no key 'type'. Did you mean 'plugin'? Optimizers are plugins"});
}

TEST_CASE("the manifest that a run's folder keeps may be of a release in which optimizers were no plugins") {
  const Workshop workshop;
  Faults faults;
  Reuse reuse;
  reuse.recorded = true;
  workshop.read_good(kDigits);  // the data file is there
  const Manifest manifest =
      read_text(replaced(kDigits, "plugin = \"adam\"", "type = \"adam\""), workshop.path("train.toml"), {}, faults, reuse);
  CHECK(faults.empty());
  REQUIRE(manifest.optimizer);
  CHECK(manifest.optimizer->id.value == "adam");
}
