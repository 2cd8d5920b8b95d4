// The section [collective], and the key `shards` that goes with it.
#include "manifest/resolved.hpp"
#include "manifest/toml_writer.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const std::string kCollective = "[collective]\nplugin = \"mpi\"\n";

}  // namespace

TEST_CASE("a run without [collective] has none, and shards are as many as there are processes") {
  const Manifest manifest = Workshop().read_good(kDigits);
  CHECK_FALSE(manifest.collective);
  CHECK_FALSE(manifest.run.shards);
  CHECK(find(manifest.source, "collective") == nullptr);
}

TEST_CASE("[collective] is read like a plugin's section, with the time that a process waits") {
  const Workshop workshop;
  Manifest manifest = workshop.read_good(kDigits + kCollective);
  REQUIRE(manifest.collective);
  CHECK(manifest.collective->kind == Kind::collective);
  CHECK(manifest.collective->id.value == "mpi");
  CHECK(manifest.collective->name.value == "mpi");
  CHECK(workshop.without_folder(to_text(manifest.collective->id.location)) == "train.toml:26:10");
  CHECK(manifest.collective_timeout == 300);
  CHECK(manifest.collective->parameters.empty());
  manifest = workshop.read_good(replaced(kDigits, "epochs = 30", "epochs = 30\nshards = 4") + kCollective +
                                "timeout = 20\nname = \"ranks\"\nversion = \">=1\"\nnetwork = \"eth1\"\n");
  CHECK(manifest.run.shards == 4);
  CHECK(manifest.collective_timeout == 20);
  CHECK(manifest.collective->name.value == "ranks");
  CHECK(manifest.collective->version.value == ">=1");
  REQUIRE(manifest.collective->parameters.size() == 1);
  CHECK(manifest.collective->parameters[0].key == "network");
}

TEST_CASE("a resolved manifest keeps [collective] and shards") {
  const Workshop workshop;
  const Manifest first = workshop.read_good(replaced(kDigits, "epochs = 30", "epochs = 30\nshards = 4") + kCollective);
  const Manifest second = workshop.read_good(to_toml(resolved(first)));
  REQUIRE(second.collective);
  CHECK(second.collective->id.value == "mpi");
  CHECK(second.collective_timeout == 300);
  CHECK(second.run.shards == 4);
}

TEST_CASE("faults of [collective] and shards have their places") {
  const Workshop workshop;
  CHECK(workshop.faults(kDigits + "[collective]\nplugn = \"mpi\"\ntimeout = 0\n") ==
        Lines{"train.toml:25:1: [collective] needs the key 'plugin', a string: id of the plugin",
              "train.toml:26:1: [collective] has no key 'plugn'. Did you mean 'plugin'?",
              "train.toml:27:11: timeout of [collective]: expected a number greater than 0, got the integer 0"});
  CHECK(workshop.faults(kDigits + kCollective + "timeout = \"long\"\n") ==
        Lines{"train.toml:27:11: timeout of mpi: expected a number greater than 0, got the string \"long\""});
  CHECK(workshop.faults(kDigits + "[[collective]]\nplugin = \"mpi\"\n") ==
        Lines{"train.toml:25:1: there is one [collective] only: write [collective], not [[collective]]"});
  CHECK(workshop.faults("collective = \"mpi\"\n" + kDigits) ==
        Lines{"train.toml:1:14: expected a section [collective], got the string \"mpi\""});
  CHECK(workshop.faults(replaced(kDigits, "plugin = \"accuracy\"", "plugin = \"accuracy\"\nname = \"a\"") + kCollective +
                        "name = \"a\"\n") == Lines{"train.toml:28:8: the name 'a' is taken by the metric at train.toml:17:10"});
  for (const auto& [given, shown] : {std::pair("0", "the integer 0"), std::pair("2.5", "the float 2.5")})
    CHECK(workshop.faults(replaced(kDigits, "epochs = 30", std::string("shards = ") + given)) ==
          Lines{std::string("train.toml:4:10: shards of [run]: expected an integer of at least 1, got ") + shown});
}

TEST_CASE("no run continues without its exchanges, so on_error is not a key of [collective]") {
  const Manifest manifest = Workshop().read_good(kDigits + kCollective + "on_error = \"disable\"\n");
  REQUIRE(manifest.collective->parameters.size() == 1);  // for the plugin to refuse
  CHECK(manifest.collective->parameters[0].key == "on_error");
}
