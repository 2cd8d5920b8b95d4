// Descriptions of plugins: what is accepted, and what is refused with which words.
#include "manifest/description.hpp"

#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const std::string kLogger = R"(kind = "callback"
id = "csv_logger"
version = "1.0.0"
summary = "a row per epoch"
phase = "report"
events = ["epoch_end"]
[parameters.filename]
type = "output"
required = true
doc = "file"
)";

/// With a parameter `p` of these keys, in line 11.
Lines faults_of_parameter(const std::string& keys) { return faults_of_description(kLogger + "[parameters.p]\n" + keys); }

}  // namespace

TEST_CASE("a description is read with all its keys") {
  const Description description = parse_description(R"(
kind = "metric"
id = "f1"
version = "2.1"
summary = "harmonic mean"
help = """
several
lines"""
scalars = ["f1_*"]
no_direction = true
target = ["index", "one_hot"]
state_version = 3
[parameters.threshold]
type = "float"
default = 1
min = 0
below = 1.5
doc = "cut"
[parameters.average]
type = "string"
choices = ["binary", "macro"]
default = "binary"
[parameters.levels]
type = "list"
items = "float"
scalar = true
default = 1
above = 0
max = 2
)",
                                                    "f1.so");
  CHECK(description.kind == "metric");
  CHECK(description.id == "f1");
  CHECK(description.version == "2.1");
  CHECK(description.summary == "harmonic mean");
  CHECK(description.help == "several\nlines");
  CHECK(description.scalars == std::vector<std::string>{"f1_*"});
  CHECK(description.no_direction);
  CHECK(description.target == std::vector<std::string>{"index", "one_hot"});
  CHECK(description.state_version == 3);
  REQUIRE(description.parameters.size() == 3);
  const ParameterDescription& threshold = description.parameters[0];
  CHECK(threshold.name == "threshold");
  CHECK(*threshold.default_value->as<double>() == 1.0);
  CHECK(threshold.min == 0.0);
  CHECK(threshold.below == 1.5);
  CHECK_FALSE(threshold.max);
  CHECK(threshold.doc == "cut");
  CHECK(description.find("average")->choices == std::vector<std::string>{"binary", "macro"});
  CHECK(*description.find("levels")->default_value->as<List>()->at(0).as<double>() == 1.0);
  CHECK(description.find("nothing") == nullptr);
}

TEST_CASE("callbacks and schedulers have their own keys") {
  CHECK(parse_description(kLogger, "x.so").events == std::vector<std::string>{"epoch_end"});
  CHECK(parse_description(kLogger, "x.so").phase == "report");
  CHECK(parse_description(replaced(kLogger, "phase", "needs = [\"layers\", \"freezing\"]\nphase"), "x.so").needs ==
        std::vector<std::string>{"layers", "freezing"});
  CHECK_FALSE(parse_description(kLogger, "x.so").all_ranks);
  CHECK(parse_description(replaced(kLogger, "phase", "ranks = \"all\"\nphase"), "x.so").all_ranks);
  CHECK(faults_of_description(replaced(kLogger, "phase", "ranks = \"some\"\nphase"))
            .at(0)
            .find("ranks of the description: expected \"all\", got the string \"some\"") != std::string::npos);
  CHECK(parse_description(kLogger, "x.so").state_version == 1);
  CHECK(parse_description("kind = \"scheduler\"\nid = \"s\"\nversion = \"1\"\nsummary = \"s\"\nunit = \"epoch\"", "x.so").unit ==
        "epoch");
}

TEST_CASE("an empty description lacks what each must have") {
  CHECK(
      faults_of_description("") ==
      Lines{"x.so: the description needs the key 'kind', one of \"callback\", \"scheduler\", \"loss\", \"metric\", \"exporter\", "
            "\"collective\", \"optimizer\", \"layer\", \"reader\"",
            "x.so: the description needs the key 'id', a string", "x.so: the description needs the key 'version', a string",
            "x.so: the description needs the key 'summary', a string"});
}

TEST_CASE("each kind has keys that it needs and keys that it has not") {
  const auto of_kind = [](const std::string& kind, const std::string& more) {
    return faults_of_description("kind = \"" + kind + "\"\nid = \"a\"\nversion = \"1\"\nsummary = \"s\"\n" + more);
  };
  CHECK(of_kind("callback", "") == Lines{"x.so:1:8: a callback needs 'phase'", "x.so:1:8: a callback needs 'events'"});
  CHECK(of_kind("callback", "phase = \"act\"\nevents = []") == Lines{"x.so:6:10: a callback needs at least one of 'events'"});
  CHECK(of_kind("scheduler", "") == Lines{"x.so:1:8: a scheduler needs 'unit'"});
  CHECK(of_kind("loss", "") == Lines{"x.so:1:8: a loss needs 'target'"});
  CHECK(of_kind("metric", "") == Lines{"x.so:1:8: a metric needs 'target'"});
  CHECK(of_kind("metric", "target = []") == Lines{"x.so:5:10: a metric needs at least one of 'target'"});
  CHECK(of_kind("loss",
                "target = [\"values\"]\nscalars = [\"x\"]\nunit = \"step\"\nphase = \"act\"\nevents = "
                "[\"run_end\"]\nno_direction = true\nneeds = [\"layers\"]") ==
        Lines{"x.so:6:11: a loss has no 'scalars'", "x.so:7:8: a loss has no 'unit'", "x.so:8:9: a loss has no 'phase'",
              "x.so:9:10: a loss has no 'events'", "x.so:10:16: a loss has no 'no_direction'",
              "x.so:11:9: a loss has no 'needs'"});
  CHECK(of_kind("loss", "target = [\"values\"]\nranks = \"all\"") == Lines{"x.so:6:9: a loss has no 'ranks'"});
  CHECK(of_kind("collective", "") == Lines{"x.so:1:8: a collective needs 'draft', which is 1 here"});
  CHECK(of_kind("collective", "draft = 2") ==
        Lines{"x.so:5:9: a collective of draft 2; this host speaks draft 1: build it against this host's SDK"});
  CHECK(of_kind("callback", "phase = \"act\"\nevents = [\"run_end\"]\ntarget = [\"index\"]") ==
        Lines{"x.so:7:10: a callback has no 'target'"});
  CHECK(of_kind("loss", "target = [\"values\"]\ninputs = 2") == Lines{"x.so:6:10: a loss has no 'inputs'"});
}

TEST_CASE("a layer says how many others it reads: one, a number, or from the least to the most") {
  const auto layer = [](const std::string& inputs) {
    return "kind = \"layer\"\ndraft = 1\nid = \"a\"\nversion = \"1\"\nsummary = \"s\"\n" + inputs;
  };
  const auto counts = [&](const std::string& inputs) {
    const Description description = parse_description(layer(inputs), "x.so");
    return std::pair(description.least_inputs, description.most_inputs);
  };
  using Counts = std::pair<std::size_t, std::size_t>;
  CHECK(counts("") == Counts{1, 1});
  CHECK(counts("inputs = 2") == Counts{2, 2});
  CHECK(counts("inputs = [2, 4]") == Counts{2, 4});
  for (const char* wrong : {"inputs = [4, 2]", "inputs = [2]", "inputs = []", "inputs = [1, 2, 3]"}) {
    INFO(wrong);
    CHECK(faults_of_description(layer(wrong)) ==
          Lines{"x.so:6:10: inputs of the description: expected a number, or the least and the most as in [2, 4]"});
  }
  for (const char* wrong : {"inputs = 0", "inputs = [1, 65]", "inputs = \"two\""}) {
    INFO(wrong);
    CHECK(faults_of_description(layer(wrong)).size() == 1);
  }
}

TEST_CASE("unknown keys, kinds, events and phases are named with the nearest right one") {
  CHECK(faults_of_description(replaced(kLogger, "events", "evnts")).size() == 2);
  CHECK(faults_of_description(replaced(kLogger, "\"callback\"", "\"calback\""))
            .at(0)
            .find("x.so:1:8: kind of the description: expected one of \"callback\", \"scheduler\", \"loss\", \"metric\", "
                  "\"exporter\", \"collective\", \"optimizer\", \"layer\", \"reader\", got the "
                  "string "
                  "\"calback\". Did you mean 'callback'?") == 0);
  const std::string event = faults_of_description(replaced(kLogger, "[\"epoch_end\"]", "[\"epoch_ends\"]")).at(0);
  CHECK(event.find("x.so:6:11: element 1 of events of the description: expected one of \"run_begin\", ") == 0);
  CHECK(event.find("Did you mean 'epoch_end'?") != std::string::npos);
  CHECK(faults_of_description(replaced(kLogger, "\"report\"", "\"reports\"")).at(0).find("Did you mean 'report'?") !=
        std::string::npos);
  CHECK(faults_of_description("x = 1\n" + kLogger).at(0).find("x.so:1:1: the description has no key 'x'.") == 0);
}

TEST_CASE("ids and names of parameters are lower-case identifiers") {
  CHECK(faults_of_description(replaced(kLogger, "\"csv_logger\"", "\"CSV logger\"")) ==
        Lines{"x.so:2:6: id of the description: expected lower-case letters, digits and underscores, got 'CSV logger'"});
  CHECK(faults_of_description(replaced(kLogger, "\"csv_logger\"", "\"\"")).size() == 1);
  CHECK(faults_of_description(replaced(kLogger, "\"csv_logger\"", "\"../x\"")).size() == 1);
  CHECK(faults_of_description(replaced(kLogger, "parameters.filename", "parameters.Filename")).size() == 1);
  CHECK(faults_of_description(replaced(kLogger, "parameters.filename", "parameters.9")).size() == 1);
}

TEST_CASE("a parameter cannot take a name that the host reads itself") {
  CHECK(faults_of_description(replaced(kLogger, "filename", "after")) ==
        Lines{"x.so:7:13: parameter 'after': the host reads this key itself; choose another name"});
  CHECK(faults_of_description(replaced(kLogger, "filename", "on_error")).size() == 1);
  CHECK(faults_of_description(replaced(kLogger, "filename", "unit")).empty());  // the host's for schedulers only
}

TEST_CASE("summary, version and doc are one line each") {
  CHECK(faults_of_description(replaced(kLogger, "\"a row per epoch\"", "\"a\\nb\"")) ==
        Lines{"x.so:4:11: summary of the description: expected one line of text"});
  CHECK(faults_of_description(replaced(kLogger, "\"1.0.0\"", "\"\"")) ==
        Lines{"x.so:3:11: version of the description: expected one line of text"});
  CHECK(faults_of_description(replaced(kLogger, "\"file\"", "\"a\\nb\"")) ==
        Lines{"x.so:10:7: parameter 'filename': doc is one line"});
}

TEST_CASE("a reader says by which names and which first bytes its files are known") {
  const std::string reader = "kind = \"reader\"\ndraft = 1\nid = \"png\"\nversion = \"1\"\nsummary = \"s\"\n";
  const Description description = parse_description(reader + "files = [\"*.png\"]\nmagic = [\"89 50 4e 47\", \"\"]\n", "png.so");
  CHECK(description.files == std::vector<std::string>{"*.png"});
  CHECK(description.magic == std::vector<std::string>{"\x89PNG", ""});
  for (const std::string magic : {"8", "89 5", "89-50", "89 50 ", "PNG", "89 50 4E"}) {
    INFO(magic);
    CHECK(faults_of_description(reader + "magic = [\"" + magic + "\"]\n") ==
          Lines{"x.so:6:10: magic of the description: expected bytes as in \"50 4b 03 04\", got the string \"" + magic + "\""});
  }
}

TEST_CASE("a default that the parameter itself would refuse is a fault") {
  CHECK(faults_of_parameter("type = \"int\"\ndefault = 1.5") ==
        Lines{"x.so:13:11: default of parameter 'p': expected an integer, got the float 1.5"});
  CHECK(faults_of_parameter("type = \"int\"\ndefault = 0\nmin = 1") ==
        Lines{"x.so:13:11: default of parameter 'p': expected an integer of at least 1, got the integer 0"});
  CHECK(faults_of_parameter("type = \"string\"\ndefault = \"c\"\nchoices = [\"a\", \"b\"]").size() == 1);
  CHECK(faults_of_parameter("type = \"list\"\nitems = \"int\"\ndefault = [1, \"x\"]") ==
        Lines{"x.so:14:15: element 2 of default of parameter 'p': expected an integer, got the string \"x\""});
  CHECK(faults_of_parameter("type = \"list\"\nitems = \"int\"\ndefault = 1").size() == 1);
  CHECK(faults_of_parameter("type = \"output\"\ndefault = \"{\"\nplaceholders = true").size() == 1);
}

TEST_CASE("keys of a parameter that contradict each other or its type are faults") {
  CHECK(faults_of_parameter("type = \"int\"\nrequired = true\ndefault = 1") ==
        Lines{"x.so:14:11: parameter 'p': 'required' and 'default' exclude each other"});
  CHECK(faults_of_parameter("type = \"int\"\nrequired = false\ndefault = 1").empty());
  CHECK(faults_of_parameter("type = \"int\"\nmin = 1\nabove = 0") ==
        Lines{"x.so:14:9: parameter 'p': 'min' and 'above' exclude each other"});
  CHECK(faults_of_parameter("type = \"int\"\nmax = 1\nbelow = 0") ==
        Lines{"x.so:14:9: parameter 'p': 'max' and 'below' exclude each other"});
  CHECK(faults_of_parameter("type = \"int\"\nmin = 2\nmax = 1") ==
        Lines{"x.so:11:13: parameter 'p': no number is within its limits"});
  CHECK(faults_of_parameter("type = \"float\"\nabove = 1\nmax = 1") ==
        Lines{"x.so:11:13: parameter 'p': no number is within its limits"});
  CHECK(faults_of_parameter("type = \"float\"\nmin = 1\nmax = 1").empty());
  CHECK(faults_of_parameter("type = \"string\"\nmin = 1") == Lines{"x.so:13:7: parameter 'p': 'min' is for numbers only"});
  CHECK(faults_of_parameter("type = \"int\"\nchoices = [\"a\"]") ==
        Lines{"x.so:13:11: parameter 'p': 'choices' is for strings and lists of strings only"});
  CHECK(faults_of_parameter("type = \"string\"\nchoices = []") == Lines{"x.so:13:11: parameter 'p': no choices"});
  CHECK(faults_of_parameter("type = \"int\"\nitems = \"int\"\nscalar = true") ==
        Lines{"x.so:13:9: parameter 'p': 'items' is for lists only", "x.so:14:10: parameter 'p': 'scalar' is for lists only"});
  CHECK(faults_of_parameter("type = \"list\"") ==
        Lines{"x.so:11:13: parameter 'p': a list needs 'items', the type of its elements"});
  CHECK(faults_of_parameter("type = \"input\"\nplaceholders = true") ==
        Lines{"x.so:13:16: parameter 'p': 'placeholders' is for outputs only"});
  CHECK(faults_of_parameter("type = \"int\"\nneeds = \"layers\"") ==
        Lines{"x.so:13:9: parameter 'p': 'needs' is for bools only"});
}

TEST_CASE("a parameter needs a known type and has no unknown keys") {
  CHECK(faults_of_parameter("") ==
        Lines{"x.so:11:13: parameter 'p' needs the key 'type', one of \"bool\", \"int\", \"float\", \"string\", "
              "\"list\", \"table\", \"monitor\", \"output\", \"input\", \"scheduler\", \"loss\", \"metric\""});
  CHECK(faults_of_parameter("type = \"integer\"").size() == 1);
  CHECK(faults_of_parameter("type = \"any\"").size() == 1);  // the host's own
  CHECK(faults_of_parameter("type = \"int\"\nminimum = 3").at(0).find("x.so:13:1: parameter 'p' has no key 'minimum'.") == 0);
  CHECK(faults_of_description(replaced(kLogger, "[parameters.filename]", "[parameters]\nx = 3\n[parameters.filename]")) ==
        Lines{"x.so:8:5: parameter 'x': expected a table with a type, got the integer 3"});
  CHECK(faults_of_description("parameters = 3\n" + replaced(kLogger, "[parameters.filename]", "[x]")).size() == 2);
}

TEST_CASE("a description of more than a megabyte is not read") {
  CHECK(faults_of_description(kLogger + "# " + std::string(1 << 20, 'x')).size() == 1);
  CHECK(faults_of_description(std::string("\0\0\0", 3)).size() == 1);
}

TEST_CASE("types of layers are a list, without kind and version") {
  const std::string text =
      "[[type]]\nid = \"dense\"\nsummary = \"all to all\"\n[type.parameters.units]\ntype = \"int\"\nrequired = true\n"
      "[[type]]\nid = \"relu\"\nsummary = \"max(x, 0)\"\n";
  const std::vector<Description> types = parse_type_descriptions(text, "layers");
  REQUIRE(types.size() == 2);
  CHECK(types[0].id == "dense");
  CHECK(types[0].kind.empty());
  CHECK(types[0].parameters.at(0).required);
  CHECK(types[1].parameters.empty());
  const auto faults = [](const std::string& wrong) {
    try {
      parse_type_descriptions(wrong, "layers");
    } catch (const ManifestError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(faults("") == "layers: expected a list of [[type]] tables and nothing else");
  CHECK(faults("x = 1\n" + text) == "layers: expected a list of [[type]] tables and nothing else");
  CHECK(faults("type = [1]") == "layers:1:9: expected a table [[type]], got the integer 1");
  CHECK(faults("[[type]]\nid = \"a\"") == "layers:1:1: the description needs the key 'summary', a string");
  CHECK(faults("[[type]]\nid = \"a\"\nsummary = \"s\"\nparameters = { type = { type = \"int\" } }") ==
        "layers:4:16: parameter 'type': the host reads this key itself; choose another name");
  CHECK(faults("[").find("layers:1:2: not TOML") == 0);
}
