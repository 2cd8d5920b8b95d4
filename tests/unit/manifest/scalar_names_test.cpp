// Names of numbers that come out of parameters, and strings that may be integers.
#include "manifest/scalar_names.hpp"

#include "manifest/complete.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const std::string kScript = R"(kind = "callback"
id = "script"
version = "1.0.0"
summary = "scalars what it is told to"
phase = "measure"
events = ["epoch_end"]
scalars = ["fixed", "{scalars}", "mean_{one}", "grad_*"]
[parameters.scalars]
type = "list"
items = "string"
[parameters.one]
type = "string"
[parameters.save_freq]
type = "string"
or = "int"
min = 1
default = "epoch"
choices = ["epoch", "batch"]
)";

Lines texts(const Faults& faults) {
  Lines lines;
  for (const Fault& fault : faults.sorted()) lines.push_back(fault.text);
  return lines;
}

Table parameters(const std::string& toml, Faults& faults) {
  const Workshop workshop;
  const Manifest manifest = workshop.read(kDigits + "[[callback]]\nplugin = 'script'\n" + toml, faults);
  return complete(parse_description(kScript, "script.so"), manifest.callbacks.back().parameters, {}, "script", faults);
}

}  // namespace

TEST_CASE("a name in braces among the logged scalars stands for the parameter's values") {
  Faults faults;
  const Description description = parse_description(kScript, "script.so");
  CHECK(emitted(description, parameters("scalars = ['a', 'b']\none = 'loss'\n", faults)) ==
        std::vector<std::string>{"fixed", "a", "b", "mean_loss", "grad_*"});
  CHECK(emitted(description, parameters("", faults)) == std::vector<std::string>{"fixed", "grad_*"});
  CHECK(faults.empty());
}

TEST_CASE("a name in braces that is not a string parameter is a fault of the description") {
  CHECK(faults_of_description(replaced(kScript, "{one}", "{two}")) ==
        Lines{"x.so:7:34: scalars: '{two}' stands for a parameter that is a "
              "string or a list of strings; there is none of that name"});
  CHECK(faults_of_description(replaced(kScript, "items = \"string\"", "items = \"int\"")).size() == 1);
}

TEST_CASE("a string that may be an integer takes either, within its choices and limits") {
  Faults none;
  CHECK(*find(parameters("save_freq = 500\n", none), "save_freq")->as<std::int64_t>() == 500);
  CHECK(*find(parameters("save_freq = 'batch'\n", none), "save_freq")->as<std::string>() == "batch");
  CHECK(*find(parameters("", none), "save_freq")->as<std::string>() == "epoch");
  CHECK(none.empty());
  for (const std::string given : {"save_freq = 0\n", "save_freq = 'bach'\n", "save_freq = 1.5\n"}) {
    Faults faults;
    parameters(given, faults);
    REQUIRE(faults.sorted().size() == 1);
    INFO(texts(faults)[0]);
    CHECK(texts(faults)[0].find("expected one of \"epoch\", \"batch\" or an integer of at least 1, got ") != std::string::npos);
  }
  CHECK(faults_of_description(replaced(kScript, "or = \"int\"", "or = \"float\"")).size() == 1);
}
