// [loss], and [[loss]] where a model has further outputs: keys, names, and what is refused in a manifest's own terms.
#include "manifest/resolved.hpp"
#include "manifest/toml_writer.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const std::string one = "[loss]\nplugin = \"cross_entropy\"\n";
std::string with_losses(const std::string& losses, const std::string& more = "") { return replaced(kDigits, one, losses) + more; }
const std::string two =
    "[[loss]]\nplugin = \"cross_entropy\"\n[[loss]]\nplugin = \"mse\"\noutput = \"age\"\nweight = 0.5\ntarget = [\"years\"]\n"
    "target_kind = \"values\"\ndelta = 3\n";

}  // namespace

TEST_CASE("a single loss stands alone or in a list of one") {
  for (const std::string& text : {std::string(kDigits), with_losses("[[loss]]\nplugin = \"cross_entropy\"\n")}) {
    const auto losses = Workshop().read_good(text).losses;
    REQUIRE(losses.size() == 1);
    CHECK(losses[0].id.value == "cross_entropy");
    CHECK(losses[0].name.value == "cross_entropy");
    CHECK(losses[0].output.value.empty());
    CHECK(losses[0].weight == 1);
    CHECK(losses[0].target.columns.empty());
  }
}

TEST_CASE("each of several losses has its output, weight and target beside its plugin's parameters") {
  const Manifest manifest = Workshop().read_good(with_losses(two, "validation = \"digits.csv\"\n"));
  REQUIRE(manifest.losses.size() == 2);
  const PluginSection& loss = manifest.losses[1];
  CHECK(loss.output.value == "age");
  CHECK(loss.weight == 0.5);
  REQUIRE(loss.target.columns.size() == 1);
  CHECK(*loss.target.columns[0].as<std::string>() == "years");
  CHECK(loss.target.kind == "values");
  REQUIRE(loss.parameters.size() == 1);
  CHECK(loss.parameters[0].key == "delta");
  // What Keras calls it.
  CHECK(loss.name.value == "age_loss");
  REQUIRE(manifest.data.train->targets.size() == 1);
}

TEST_CASE("a metric of an output is named after it") {
  const auto metrics = Workshop()
                           .read_good(with_losses(two,
                                                  "[[metric]]\nplugin = \"mae\"\noutput = \"age\"\n[[metric]]\nplugin = "
                                                  "\"mae\"\noutput = \"age\"\nname = \"own\"\n"))
                           .metrics;
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[1].name.value == "age_mae");
  CHECK(metrics[1].output.value == "age");
  CHECK(metrics[2].name.value == "own");
}

TEST_CASE("names of losses give way to names of metrics as before") {
  const auto manifest =
      Workshop().read_good(replaced(replaced(kDigits, "\"cross_entropy\"", "\"mse\""), "\"accuracy\"", "\"mse\""));
  CHECK(manifest.metrics[0].name.value == "mse");
  CHECK(manifest.losses[0].name.value == "mse_loss");
}

TEST_CASE("a manifest with several losses reads as the same from what is written back") {
  const Workshop workshop;
  const std::string text = to_toml(resolved(workshop.read_good(with_losses(two))));
  const Manifest again = workshop.read_good(text);
  REQUIRE(again.losses.size() == 2);
  CHECK(again.losses[1].name.value == "age_loss");
  CHECK(again.losses[1].weight == 0.5);
  CHECK(to_toml(resolved(again)) == text);
}

TEST_CASE("losses that cannot be are refused") {
  const Workshop workshop;
  const auto faults = [&](const std::string& losses) { return workshop.faults(with_losses(losses)); };
  CHECK(faults("") == Lines{"train.toml: the manifest has no section [loss]: its plugin stands there"});
  CHECK(workshop.faults("loss = 3\n" + with_losses("")) ==
        Lines{"train.toml:1:8: expected a section [loss], or several [[loss]], got the integer 3"});
  CHECK(workshop.faults("loss = []\n" + with_losses("")) == Lines{"train.toml:1:8: [[loss]]: at least one is needed"});
  CHECK(workshop.faults("loss = [3]\n" + with_losses("")) ==
        Lines{"train.toml:1:9: expected a section [[loss]], got the integer 3"});
  CHECK(faults("[[loss]]\nplugin = \"mse\"\nweight = -1\n") ==
        Lines{"train.toml:16:10: weight of mse: expected a number of at least 0, got the integer -1"});
  CHECK(
      faults("[[loss]]\nplugin = \"mse\"\ntarget_kind = \"values\"\n") ==
      Lines{
          "train.toml:16:15: target_kind of mse: of which target? target names its columns; that of [data] has its kind there"});
  CHECK(faults("[[loss]]\nplugin = \"mse\"\ntarget = 1.5\n") ==
        Lines{"train.toml:16:10: target of mse: expected a column's number or name, got the float 1.5"});
  setenv("TREINO_TEST_TOKEN", "hunter2", 1);
  CHECK(faults("[[loss]]\nplugin = \"mse\"\noutput = \"${TREINO_TEST_TOKEN}\"\n").at(0).find("hunter2") == std::string::npos);
}
