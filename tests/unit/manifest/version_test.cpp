// Versions, namespaces, numbers in --set, and nearest names.
#include "manifest/version.hpp"

#include "manifest/suggestion.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

TEST_CASE("a version is in a range when all comparisons hold, number by number") {
  CHECK(in_range(">=1.2", "1.2"));
  CHECK(in_range(">=1.2", "1.2.0"));
  CHECK(in_range(">=1.2", "1.10"));
  CHECK_FALSE(in_range(">=1.10", "1.2.9"));
  CHECK(in_range(">=1.2, <2", "1.99"));
  CHECK_FALSE(in_range(">=1.2, <2", "2.0"));
  CHECK(in_range("= 1.2", "1.2.0"));
  CHECK_FALSE(in_range("!=1.2", "1.2.0"));
  CHECK_FALSE(in_range(">=1.2", "1.2-beta"));
  CHECK(in_range(">1.1", "1.2-beta"));
  CHECK(in_range("==1.2", "1.2+debian1"));
  CHECK_FALSE(in_range(">=0", "trunk"));
}

TEST_CASE("an invalid version range is reported with what it may mean") {
  CHECK(fault_in_range(">=1.2, <2").empty());
  CHECK(fault_in_range("1.2") ==
        "expected comparisons like \">=1.2\" or \">=1.2, <2\", got the string \"1.2\". Did you mean \">=1.2\"?");
  CHECK(fault_in_range(">=") == "expected comparisons like \">=1.2\" or \">=1.2, <2\", got the string \">=\"");
  CHECK_FALSE(fault_in_range(">=1.2,").empty());
  CHECK_FALSE(fault_in_range(">=1.x").empty());
  CHECK_FALSE(fault_in_range("").empty());
}

TEST_CASE("an id may have a namespace, and the instance is called without its slash") {
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(kDigits + "[[callback]]\nplugin = \"acme/notify\"\nversion = \">=1.2\"\n",
                                               {"callback.acme_notify.on_error=disable"});
  const PluginSection& section = manifest.callbacks.back();
  CHECK(section.id.value == "acme/notify");
  CHECK(section.name.value == "acme_notify");
  CHECK(section.version.value == ">=1.2");
  CHECK(section.on_error == OnError::disable);
  CHECK(section.parameters.empty());
  CHECK(workshop.faults(kDigits + "[[callback]]\nplugin = \"acme/notify/now\"\n").size() == 1);
  CHECK(workshop.faults(kDigits + "[[callback]]\nplugin = \"/notify\"\n").size() == 1);
}

namespace {

std::string described(const std::string& id) {
  try {
    return parse_description(
               "kind = \"metric\"\nid = \"" + id + "\"\nversion = \"1.0.0\"\nsummary = \"x\"\ntarget = [\"values\"]\n", "x.so")
        .id;
  } catch (const ManifestError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a description's namespace is an identifier that is not the name of a kind") {
  CHECK(described("acme/notify") == "acme/notify");
  for (const char* bad : {"acme/", "/notify", "a/b/c", "Acme/notify", "loss/mse", "layer/mine"})
    CHECK(described(bad).find("id of the description: expected a namespace that is no kind and a name, as in acme/notify") !=
          std::string::npos);
}

TEST_CASE("numbers that TOML writes otherwise are numbers in --set") {
  const Workshop workshop;
  const auto rate = [&](const std::string& text) {
    return workshop.read_good(kDigits, {"optimizer.learning_rate=" + text}).learning_rate.value;
  };
  CHECK(rate(".001") == 0.001);
  CHECK(rate("1.") == 1.0);
  CHECK(rate("+1") == 1.0);
  CHECK(rate("+.5") == 0.5);
  CHECK(rate("1.e-3") == 0.001);
  CHECK(workshop.faults(kDigits, {"run.epochs=007"}).front() ==
        "--set run.epochs=007: '007' is no number of TOML: write it without leading zeros, or as a text in quotation marks");
}

TEST_CASE("the nearest name is the one that is abbreviated, then the one with the fewest edits, then the shortest") {
  const std::vector<std::string> metrics = {"auc", "accuracy", "balanced_accuracy", "mse", "mae"};
  CHECK(suggestion("acc", metrics) == " Did you mean 'accuracy'?");
  CHECK(suggestion("Accuracy", metrics) == " Did you mean 'accuracy'?");
  CHECK(suggestion("MSE", metrics) == " Did you mean 'mse'?");
  CHECK(suggestion("accuracy_score", metrics) == " Did you mean 'accuracy'?");
  CHECK(suggestion("learning_rate", {"type", "rate", "momentum"}) == " Did you mean 'rate'?");
  CHECK(suggestion("generate", {"type", "rate", "momentum"}) == "");  // ends with the letters, not with the word
  CHECK(suggestion("acuracy", metrics) == " Did you mean 'accuracy'?");
  CHECK(suggestion("ac", metrics) == " Did you mean 'auc'?");
  CHECK(suggestion("xyz", metrics).empty());
}
