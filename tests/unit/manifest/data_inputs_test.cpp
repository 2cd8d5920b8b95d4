// Several inputs in [data]: what may stand there, and what each wrong form is told.
#include "manifest/resolved.hpp"
#include "manifest/toml_writer.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

std::string with_inputs(const std::string& inputs, const std::string& train = "{ file = \"digits.csv\", target = \"label\" }",
                        const std::string& more = "") {
  return replaced(kDigits, "train = { file = \"digits.csv\", target = \"label\", validation = 0.2 }\nbatch_size = 64",
                  "inputs = " + inputs + "\ntrain = " + train + "\n" + more);
}

/// Without the file's name.
Lines faults_of(const std::string& text) {
  Lines lines = Workshop().faults(text);
  for (std::string& line : lines) line.erase(0, std::string("train.toml:").size());
  return lines;
}
Lines faults(const std::string& inputs) { return faults_of(with_inputs(inputs)); }

}  // namespace

TEST_CASE("inputs are columns, or columns in a shape, in the order in which they stand") {
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(with_inputs(
      "{ image = { columns = [3, \"b\", -1, 4], shape = [1, 2, 2], scaling = \"none\" }, a = [\"a\"], z = { columns = 7 } }",
      "{ file = \"digits.csv\", target = \"label\" }", "validation = \"digits.csv\""));
  const auto& inputs = manifest.data.inputs;
  REQUIRE(inputs.size() == 3);
  CHECK(inputs[0].name.value == "image");
  CHECK(inputs[0].columns.size() == 4);
  CHECK(*inputs[0].columns[1].as<std::string>() == "b");
  CHECK(inputs[0].shape == std::vector<std::int64_t>{1, 2, 2});
  CHECK(inputs[0].scaling == "none");
  CHECK(inputs[1].name.value == "a");
  CHECK(inputs[1].columns.size() == 1);
  CHECK(inputs[1].scaling.empty());
  CHECK(inputs[2].name.value == "z");
  CHECK(*inputs[2].columns[0].as<std::int64_t>() == 7);
  // Every file has them.
  CHECK(manifest.data.train->inputs.size() == 3);
  CHECK(manifest.data.validation->inputs.size() == 3);
}

TEST_CASE("inputs are arrays of a npz file by their keys") {
  const auto inputs =
      Workshop().read_good(with_inputs("{ x = { key = \"x_image\" }, t = { key = \"t\", shape = 5 } }")).data.inputs;
  REQUIRE(inputs.size() == 2);
  CHECK(inputs[0].key == "x_image");
  CHECK(inputs[1].key == "t");
  CHECK(inputs[1].shape == std::vector<std::int64_t>{5});
}

TEST_CASE("a manifest written back has the same inputs in the same order") {
  const Workshop workshop;
  const Manifest first = workshop.read_good(with_inputs("{ z = [\"b\"], a = { columns = [\"a\"], shape = [1, 1] } }"));
  const Manifest again = workshop.read_good(to_toml(resolved(first)));
  REQUIRE(again.data.inputs.size() == 2);
  CHECK(again.data.inputs[0].name.value == "z");
  CHECK(again.data.inputs[1].shape == std::vector<std::int64_t>{1, 1});
}

TEST_CASE("inputs that cannot be are refused with what is expected") {
  const std::string forms = "a list of columns or a table { columns = [...], shape = [...] }, or { key = \"...\" } of a npz file";
  CHECK(faults("{}") == Lines{"6:10: inputs of [data]: expected at least one, as in { image = [...] }"});
  CHECK(faults("[\"a\"]") == Lines{"6:10: inputs of [data]: expected a table, got a list"});
  CHECK(faults("{ a = \"b\" }") == Lines{"6:16: input 'a' of [data]: expected " + forms + ", got the string \"b\""});
  CHECK(faults("{ a = { shape = [2] } }") == Lines{"6:12: input 'a' of [data]: expected " + forms});
  CHECK(faults("{ a = [] }") == Lines{"6:16: input 'a' of [data]: columns: expected at least one"});
  CHECK(faults("{ a = { key = \"\" } }") == Lines{"6:24: input 'a' of [data]: key: expected the name of an array"});
  CHECK(faults("{ a = { columns = [1], key = \"x\" } }") ==
        Lines{"6:39: input 'a' of [data]: columns and key: a csv file has columns, a npz file arrays"});
  CHECK(faults("{ a = [1], b = { key = \"x\" } }") ==
        Lines{"6:21: input 'b' of [data]: it is an array of a npz file, and 'a' is columns of a csv file"});
  CHECK(faults("{ a = { columns = [1, 2, 3], shape = [2, 2] } }") ==
        Lines{"6:47: input 'a' of [data]: shape: 2x2 has 4 elements, and there are 3 columns"});
  CHECK(faults("{ a = { columns = [1], shape = [2000000000, 2000000000] } }") ==
        Lines{"6:41: input 'a' of [data]: shape: 2000000000x2000000000 has too many elements, and there are 1 columns"});
  CHECK(faults("{ a = [1.5] }") ==
        Lines{"6:17: element 1 of columns of input 'a' of [data]: expected a column's number or name, got the float 1.5"});
  CHECK(faults("{ a = { columns = [1], shap = [1] } }")
            .at(0)
            .rfind("6:33: input 'a' of [data] has no key 'shap'. Did you mean 'shape'?", 0) == 0);
}

TEST_CASE("an input's name is no other's") {
  CHECK(faults("{ input = [1] }") ==
        Lines{"6:12: input 'input' of [data]: that is the name of a model's input where it has a single one"});
  CHECK(faults("{ \"a/b\" = [1] }") ==
        Lines{"6:12: name of an input of [data]: expected 1 to 100 characters without '/' and control characters, got the string "
              "\"a/b\""});
  CHECK(faults("{ head = [1] }") == Lines{"10:100: name of layer 3: an input of [data] has it already"});
}

TEST_CASE("a file does not say otherwise what its features are") {
  CHECK(faults_of(with_inputs("{ a = [1] }", "{ file = \"digits.csv\", features = [1], shape = [1] }",
                              "test = { file = \"digits.csv\", features = [0] }")) ==
        Lines{"7:43: features of [data] train: inputs of [data] says it for each of them",
              "7:56: shape of [data] train: inputs of [data] says it for each of them",
              "8:42: features of [data] test: inputs of [data] says it for each of them"});
}
