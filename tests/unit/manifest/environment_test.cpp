// ${NAME} in manifests: replaced, and never shown.
#include <cstdlib>

#include "manifest/resolved.hpp"
#include "manifest/toml_writer.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const Value& first_parameter(const Manifest& manifest) { return manifest.callbacks.at(0).parameters.at(0).value; }

/// The callback's only parameter is `text`.
std::string with_text(const std::string& text) { return replaced(kDigits, "monitor = \"val_loss\"", "text = '" + text + "'"); }

}  // namespace

TEST_CASE("an environment variable stands in for its name in a string, and the value is secret") {
  setenv("TREINO_TEST_TOKEN", "hunter2", 1);
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(with_text("key=${TREINO_TEST_TOKEN}!"));
  const Value& value = first_parameter(manifest);
  CHECK(*value.as<std::string>() == "key=hunter2!");
  CHECK(value.secret);
  CHECK(value.original == "key=${TREINO_TEST_TOKEN}!");
}

TEST_CASE("the resolved manifest holds the variable, never its value") {
  setenv("TREINO_TEST_TOKEN", "hunter2", 1);
  const Workshop workshop;
  const std::string text = to_toml(resolved(workshop.read_good(with_text("${TREINO_TEST_TOKEN}"))));
  CHECK(text.find("text = \"${TREINO_TEST_TOKEN}\"") != text.npos);
  CHECK(text.find("hunter2") == text.npos);
}

TEST_CASE("a fault about a secret shows the variable, never its value") {
  setenv("TREINO_TEST_TOKEN", "hunter2", 1);
  const Workshop workshop;
  const std::string name = replaced(kDigits, "epochs = 30", "epochs = \"${TREINO_TEST_TOKEN}\"");
  CHECK(workshop.faults(name) == Lines{"train.toml:4:10: epochs of [run]: expected an integer of at least 1, "
                                       "got the value of \"${TREINO_TEST_TOKEN}\""});
  const std::string file = replaced(kDigits, "digits.csv", "${TREINO_TEST_TOKEN}.csv");
  const Lines lines = workshop.faults(file);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "train.toml:6:18: file of [data] train: ${TREINO_TEST_TOKEN}.csv does not exist");
  const std::string choice = replaced(kDigits, "batch_size = 64", "scaling = \"${TREINO_TEST_TOKEN}\"");
  CHECK(workshop.faults(choice).at(0).find("hunter") == std::string::npos);
}

TEST_CASE("$${ stands for ${ itself, and survives being written and read again") {
  const Workshop workshop;
  for (const auto& [written, meant] :
       {std::pair("$${HOME}", "${HOME}"), std::pair("$$${HOME}", "$${HOME}"), std::pair("a$b$", "a$b$")}) {
    const Manifest manifest = workshop.read_good(with_text(written));
    CHECK(*first_parameter(manifest).as<std::string>() == meant);
    CHECK_FALSE(first_parameter(manifest).secret);
    const Manifest again = workshop.read_good(to_toml(resolved(manifest)));
    CHECK(*again.callbacks.at(0).parameters.at(0).value.as<std::string>() == meant);
  }
}

TEST_CASE("a variable that is not set is named") {
  unsetenv("TREINO_TEST_ABSENT");
  CHECK(Workshop().faults(with_text("${TREINO_TEST_ABSENT}")) ==
        Lines{"train.toml:24:8: the environment variable 'TREINO_TEST_ABSENT' is not set"});
}

TEST_CASE("an invalid name of a variable is a fault that says how to write the characters themselves") {
  const Workshop workshop;
  CHECK(workshop.faults(with_text("${a b}")) == Lines{"train.toml:24:8: 'a b' is not the name of an environment variable; write "
                                                      "\"$${\" for the characters \"${\" themselves"});
  CHECK(workshop.faults(with_text("${}")).size() == 1);
  CHECK(workshop.faults(with_text("${1A}")).size() == 1);
  CHECK(workshop.faults(with_text("${HOME")) ==
        Lines{"train.toml:24:8: \"${\" without its \"}\" in \"${HOME\"; write \"$${\" for the characters themselves"});
}

TEST_CASE("variables are replaced in lists, in inner tables and in --set, and a value is not replaced again") {
  setenv("TREINO_TEST_TOKEN", "${HOME}", 1);
  const Workshop workshop;
  const std::string text =
      replaced(kDigits, "monitor = \"val_loss\"", "all = [ \"${TREINO_TEST_TOKEN}\", { x = \"${TREINO_TEST_TOKEN}\" } ]");
  const List all = *first_parameter(workshop.read_good(text)).as<List>();
  CHECK(*all.at(0).as<std::string>() == "${HOME}");
  CHECK(*find(*all.at(1).as<Table>(), "x")->as<std::string>() == "${HOME}");
  const Manifest set = workshop.read_good(kDigits, {"callback.0.monitor=${TREINO_TEST_TOKEN}"});
  CHECK(*first_parameter(set).as<std::string>() == "${HOME}");
  CHECK(first_parameter(set).secret);
}
