// Whatever stands in a manifest or a description, the answer is a result or faults: no crash, no hang, no other exception.
#include <random>

#include "manifest/complete.hpp"
#include "manifest/placeholders.hpp"
#include "manifest/resolved.hpp"
#include "manifest/schema.hpp"
#include "manifest/toml_writer.hpp"
#include "support/catch.hpp"
#include "unit/manifest/workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const std::string kDescription = R"(
kind = "callback"
id = "early_stopping"
version = "1.0.0"
summary = "stops when a number no longer gets better"
phase = "decide"
events = ["epoch_end", "run_end"]
scalars = ["stop_*"]
help = """
several 'lines' of "text"
"""
[parameters.patience]
type = "int"
default = 0
min = 0
[parameters.mode]
type = "string"
default = "auto"
choices = ["auto", "min", "max"]
[parameters.file]
type = "output"
placeholders = true
default = "{epoch:03d}-{val_loss:.2f}"
[parameters.steps]
type = "list"
items = "float"
scalar = true
above = 0.0
default = 1
[parameters]
first = { type = "scheduler", doc = "child" }
)";

const std::vector<std::string> kPieces = {"[",
                                          "[[",
                                          "]",
                                          "{",
                                          "}",
                                          "=",
                                          ".",
                                          ",",
                                          "\"",
                                          "\"\"\"",
                                          "'",
                                          "'''",
                                          "#",
                                          "\n",
                                          "\r\n",
                                          "\\",
                                          "\\u00",
                                          "${",
                                          "${HOME}",
                                          "$${",
                                          "nan",
                                          "-inf",
                                          "0x",
                                          "1e999",
                                          "_",
                                          "-1",
                                          "true",
                                          "1979-05-27",
                                          "\xff",
                                          "\xc3",
                                          "\x1b",
                                          "plugin",
                                          "name",
                                          "type",
                                          "[a.b.c]",
                                          "[[callback]]",
                                          "data.train = 1",
                                          "9223372036854775808",
                                          "{ plugin = 3 }",
                                          "default",
                                          "min = nan",
                                          "items = \"list\"",
                                          "[[[",
                                          "= {",
                                          "a.b.c.d",
                                          std::string(1, '\0')};

class Mutator {
 public:
  std::string mutated(std::string text) {
    for (std::size_t edits = 1 + pick(3); edits > 0; --edits) edit(text);
    return text;
  }
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

 private:
  void edit(std::string& text) {
    const std::size_t at = pick(text.size() + 1), length = pick(12);
    switch (pick(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kPieces[pick(kPieces.size())]);
        break;
      case 2:
        text.insert(at, text.substr(pick(text.size() + 1), 1 + pick(60)));
        break;
      case 3:
        text.replace(at, length, kPieces[pick(kPieces.size())]);
        break;
      case 4:
        text.insert(at, std::string(1, static_cast<char>(pick(256))));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  std::mt19937_64 random_{20240607};
};

}  // namespace

TEST_CASE("a mutated manifest gives faults or a manifest whose resolved text reads as itself") {
  const Workshop workshop;
  Mutator mutator;
  const std::vector<std::string> settings = {"run.epochs=3", "callback.0.patience=[1, {a=2}]", "data.train.file=digits.csv",
                                             "model.layers.1.type=gelu"};
  int good = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string text = mutator.mutated(kDigits);
    std::vector<std::string> given;
    if (mutator.pick(4) == 0) given.push_back(mutator.mutated(settings[mutator.pick(settings.size())]));
    INFO(text);
    Faults faults;
    const Manifest manifest = workshop.read(text, faults, given);
    const std::string written = to_toml(resolved(manifest));
    if (!faults.empty()) continue;
    ++good;
    REQUIRE(to_toml(resolved(workshop.read_good(written))) == written);
  }
  CHECK(good > 100);
}

TEST_CASE("a mutated description gives a ManifestError or a description that completes and has a schema") {
  Mutator mutator;
  int good = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string text = mutator.mutated(kDescription);
    INFO(text);
    try {
      const Description description = parse_description(text, "x.so");
      Faults faults;
      complete(description, {}, {"train.toml", 1, 1}, description.id, faults);
      CHECK(json_schema({description}, {}).size() > 100);
      ++good;
    } catch (const ManifestError& error) {
      CHECK_FALSE(error.faults().empty());
    }
  }
  CHECK(good > 100);
}

TEST_CASE("a mutated template gives names or faults") {
  Mutator mutator;
  for (int round = 0; round < 10'000; ++round) {
    Faults faults;
    placeholders(mutator.mutated("{epoch:03d}-{val_loss:.2f}.safetensors"), {}, faults);
  }
}
