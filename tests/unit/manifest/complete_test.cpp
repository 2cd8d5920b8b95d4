// A table against a description: defaults, types, unknown and missing keys.
#include "manifest/complete.hpp"

#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const std::string kStopper = R"(kind = "callback"
id = "early_stopping"
version = "1.0.0"
summary = "stops"
phase = "decide"
events = ["epoch_end"]
[parameters]
monitor = { type = "monitor", default = "val_loss" }
min_delta = { type = "float", default = 0, min = 0.0 }
patience = { type = "int", default = 0, min = 0, max = 10 }
mode = { type = "string", default = "auto", choices = ["auto", "min", "max"] }
baseline = { type = "float" }
file = { type = "output", placeholders = true }
table = { type = "input" }
steps = { type = "list", items = "int", scalar = true, above = 0 }
names = { type = "list", items = "string" }
verbose = { type = "bool", required = true, doc = "say more" }
inner = { type = "table" }
first = { type = "scheduler" }
stages = { type = "list", items = "scheduler" }
)";

struct Result {
  Table table;
  Lines lines;
};

/// The callback's table of a manifest that ends with `lines`, which begin in line 24.
Result completed(const std::string& lines, const std::filesystem::path& folder = {}) {
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(replaced(kDigits, "monitor = \"val_loss\"\n", lines));
  const PluginSection& callback = manifest.callbacks.at(0);
  Faults faults;
  Result result;
  result.table = complete(parse_description(kStopper, "stopper.so"), callback.parameters, callback.id.location, "early_stopping",
                          faults, folder);
  result.lines = workshop.lines(faults);
  for (Entry& entry : result.table)
    if (auto* text = std::get_if<std::string>(&entry.value.data)) *text = workshop.without_folder(*text);
  return result;
}

Lines faults_of_values(const std::string& lines) { return completed("verbose = true\n" + lines).lines; }

}  // namespace

TEST_CASE("parameters come in the order of the description, defaults filled in, optional ones left out") {
  const Result result = completed("patience = 3\nverbose = true\n");
  CHECK(result.lines.empty());
  std::vector<std::string> keys;
  for (const Entry& entry : result.table) keys.push_back(entry.key);
  CHECK(keys == std::vector<std::string>{"monitor", "min_delta", "patience", "mode", "verbose"});
  CHECK(*find(result.table, "monitor")->as<std::string>() == "val_loss");
  CHECK(*find(result.table, "patience")->as<std::int64_t>() == 3);
  CHECK(*find(result.table, "min_delta")->as<double>() == 0.0);  // the description says 0, an integer
  CHECK(find(result.table, "monitor")->location.line == 23);     // a default stands where its plugin stands
}

TEST_CASE("integers become floats, and single elements lists, where these are due") {
  const Result result = completed("verbose = true\nbaseline = 2\nsteps = 5\nnames = [\"a\", \"b\"]\n");
  CHECK(result.lines.empty());
  CHECK(*find(result.table, "baseline")->as<double>() == 2.0);
  REQUIRE(find(result.table, "steps")->as<List>());
  CHECK(*find(result.table, "steps")->as<List>()->at(0).as<std::int64_t>() == 5);
  CHECK(find(result.table, "names")->as<List>()->size() == 2);
}

TEST_CASE("an unknown parameter is named with the nearest right one and all that there are") {
  CHECK(
      faults_of_values("patence = 3\n") ==
      Lines{"train.toml:25:1: early_stopping has no parameter 'patence'. Did you mean 'patience'? It takes: monitor, min_delta, "
            "patience, mode, baseline, file, table, steps, names, verbose, inner, first, stages."});
}

TEST_CASE("a misspelled key of the host gets a suggestion too") {
  CHECK(faults_of_values("on_eror = \"stop\"\n").at(0).find("Did you mean 'on_error'?") != std::string::npos);
  CHECK(faults_of_values("afer = \"x\"\n").at(0).find("Did you mean 'after'?") != std::string::npos);
}

TEST_CASE("a plugin without parameters says so") {
  Faults faults;
  Description none;
  none.kind = "loss";
  complete(none, {{"delta", {"t.toml", 1, 2}, Value{1.0, {}, false, {}}}}, {}, "mse", faults);
  CHECK(to_text(faults.sorted().at(0)) == "t.toml:1:2: mse has no parameter 'delta'. It takes no parameters.");
}

TEST_CASE("a required parameter that is missing is named with what it is") {
  CHECK(completed("").lines == Lines{"train.toml:23:10: early_stopping needs the parameter 'verbose', true or false: say more"});
}

TEST_CASE("wrong types and values out of range say what was expected") {
  CHECK(faults_of_values("patience = \"many\"\n") ==
        Lines{"train.toml:25:12: patience of early_stopping: expected an integer of at "
              "least 0 and at most 10, got the string \"many\""});
  CHECK(faults_of_values("patience = 11\n").size() == 1);
  CHECK(faults_of_values("patience = 3.0\n") ==
        Lines{"train.toml:25:12: patience of early_stopping: expected an integer of at least 0 "
              "and at most 10, got the float 3.0 (write 3)"});
  CHECK(faults_of_values("min_delta = -1e-9\n") ==
        Lines{"train.toml:25:13: min_delta of early_stopping: expected a number of at least 0, got the float -1e-09"});
  CHECK(faults_of_values("mode = \"mim\"\n") ==
        Lines{"train.toml:25:8: mode of early_stopping: expected one of \"auto\", \"min\", \"max\", got the "
              "string \"mim\". Did you mean 'min'?"});
  CHECK(faults_of_values("monitor = 3\n") ==
        Lines{"train.toml:25:11: monitor of early_stopping: expected the name of a scalar, as a string, got the integer 3"});
  CHECK(faults_of_values("monitor = \"\"\n").size() == 1);
  CHECK(faults_of_values("inner = []\n") == Lines{"train.toml:25:9: inner of early_stopping: expected a table, got a list"});
  CHECK(faults_of_values("verbos = true\n").size() == 1);
  CHECK(completed("verbose = 1\n").lines ==
        Lines{"train.toml:24:11: verbose of early_stopping: expected true or false, got the integer 1"});
}

TEST_CASE("several faults of one table are all reported") {
  CHECK(faults_of_values("patience = -1\nmode = 3\npatence = 1\nsteps = \"x\"\n").size() == 4);
}

TEST_CASE("NaN is never a value, infinity only where there are no limits") {
  CHECK(faults_of_values("baseline = nan\n") ==
        Lines{"train.toml:25:12: baseline of early_stopping: expected a number, got the float nan"});
  CHECK(faults_of_values("baseline = -inf\n").empty());
  CHECK(faults_of_values("min_delta = inf\n") ==
        Lines{"train.toml:25:13: min_delta of early_stopping: expected a number of at least 0, got the float inf"});
  CHECK(faults_of_values("min_delta = nan\n").size() == 1);
}

TEST_CASE("an element of a list that does not fit is named by its number") {
  CHECK(
      faults_of_values("steps = [1, 0, \"x\"]\n") ==
      Lines{"train.toml:25:13: element 2 of steps of early_stopping: expected an integer greater than 0, got the integer 0",
            "train.toml:25:16: element 3 of steps of early_stopping: expected an integer greater than 0, got the string \"x\""});
  CHECK(faults_of_values("steps = 0\n") ==
        Lines{"train.toml:25:9: steps of early_stopping: expected an integer greater than 0, got the integer 0"});
  CHECK(faults_of_values("names = \"a\"\n") ==
        Lines{"train.toml:25:9: names of early_stopping: expected a list of strings, got the string \"a\""});
}

TEST_CASE("an output's placeholders are checked") {
  CHECK(faults_of_values("file = \"{epoch:03d}-{val_loss:.2f}\"\n").empty());
  CHECK(faults_of_values("file = \"{epoch\"\n") ==
        Lines{"train.toml:25:8: file of early_stopping: '{' without its '}' in \"{epoch\""});
  CHECK(faults_of_values("file = \"\"\n").size() == 1);
  CHECK(faults_of_values("file = \"a\\u0000b\"\n") ==
        Lines{"train.toml:25:8: file of early_stopping: a path cannot hold a null character"});
}

TEST_CASE("an input becomes absolute: from the folder given, or the manifest's; an output stays as it is") {
  const std::string lines = "verbose = true\ntable = \"x/../t.csv\"\nfile = \"o.csv\"\n";
  CHECK(*find(completed(lines).table, "table")->as<std::string>() == "t.csv");
  CHECK(*find(completed(lines, "/data").table, "table")->as<std::string>() == "/data/t.csv");
  CHECK(*find(completed(lines).table, "file")->as<std::string>() == "o.csv");
  CHECK(*find(completed("verbose = true\ntable = \"/a/b\"\n").table, "table")->as<std::string>() == "/a/b");
}

TEST_CASE("children are tables that name their plugin, and are left as they are") {
  const Result result =
      completed("verbose = true\nfirst = { plugin = \"warmup\", anything = 3 }\nstages = [ { plugin = \"step_decay\" } ]\n");
  CHECK(result.lines.empty());
  CHECK(find(result.table, "first")->as<Table>()->size() == 2);
  CHECK(faults_of_values("first = {}\n") ==
        Lines{"train.toml:25:9: first of early_stopping: the table has no 'plugin': which scheduler?"});
  CHECK(
      faults_of_values("first = \"warmup\"\n") ==
      Lines{"train.toml:25:9: first of early_stopping: expected a table { plugin = \"<id>\", ... }, got the string \"warmup\""});
  CHECK(faults_of_values("stages = [ { plugin = 3 } ]\n") ==
        Lines{"train.toml:25:23: element 1 of stages of early_stopping: plugin: expected a string, got the integer 3"});
}

TEST_CASE("after a fault the default stands in, so that the rest can be looked at") {
  const Result result = completed("verbose = true\npatience = -1\nbaseline = \"x\"\n");
  CHECK(*find(result.table, "patience")->as<std::int64_t>() == 0);
  CHECK_FALSE(find(result.table, "baseline"));
}

TEST_CASE("integers at the ends of 64 bits are compared exactly") {
  ParameterDescription big;
  big.name = "n";
  big.type = "int";
  big.max = 9223372036854774784.0;  // 2^63 - 1024, the largest double below 2^63
  Description description;
  description.parameters = {big};
  const auto count = [&](std::int64_t n) {
    Faults faults;
    complete(description, {{"n", {}, Value{n, {}, false, {}}}}, {}, "x", faults);
    return faults.sorted().size();
  };
  CHECK(count(9223372036854774784) == 0);
  CHECK(count(9223372036854774785) == 1);
}
