// `treino check` looks at the first rows of the data files: what a run would refuse there, it refuses.
#include <array>

#include "small_model.hpp"

using namespace treino::test;

namespace {

Finished check(const Workshop& workshop, const std::string& manifest) {
  return workshop.treino({"check", workshop.write("m.toml", manifest)});
}

}  // namespace

TEST_CASE("check refuses text where values are asked for, as the run would") {
  const Workshop workshop;
  workshop.write("d.csv", "a,b,y\n1,2,3\n1,2,three\n");
  const std::string manifest = linear_manifest(", target_kind = 'values'");
  const Finished checked = check(workshop, manifest);
  CHECK(checked.exit_code == kBadInput);
  CHECK(contains(checked.error, "m.toml:6:"));
  CHECK(contains(checked.error, "d.csv:3:3: "));
  CHECK(contains(checked.error, "'three'"));
  CHECK(contains(workshop.run(manifest, "run").error, "d.csv:3:3: "));
}

TEST_CASE("check refuses text in a feature, an unknown class, and a row that is too short") {
  const Workshop workshop;
  for (const auto& [rows, place, train] :
       std::vector<std::array<std::string, 3>>{{"1,2,3\nx,2,3\n", "d.csv:3:1: ", ""},
                                               {"1,2,p\n1,2,q\n", "d.csv:3:3: ", ", class_names = ['p', 'r']"},
                                               {"1,2,3\n1,2\n", "d.csv:3", ""}}) {
    workshop.write("d.csv", "a,b,y\n" + rows);
    const Finished checked = check(workshop, linear_manifest(train));
    INFO(rows << checked.error);
    CHECK(checked.exit_code == kBadInput);
    CHECK(contains(checked.error, place));
  }
}

TEST_CASE("check compares the columns of validation and test files with the training file's, by name") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  workshop.write("v.csv", "y,b,a,more\n1.5,2,3,x\n2.5,1,1,z\n");
  CHECK(check(workshop, linear_manifest("", "", "validation = 'v.csv'")).exit_code == kDone);
  workshop.write("v.csv", "a,bb,y\n1,2,3.5\n");
  const Finished renamed = check(workshop, linear_manifest("", "", "validation = 'v.csv'"));
  CHECK(renamed.exit_code == kBadInput);
  CHECK(contains(renamed.error, "v.csv:1: no column 'b', which the training data have. Did you mean 'bb'?"));
}

TEST_CASE("check of target arrays and target files finds values that are not classes") {
  const Workshop workshop;
  workshop.write("d.csv", "a,b\n1,2\n3,4\n");
  workshop.write("t.csv", "kind\np\nq\n");
  const std::string manifest = linear_manifest(", target_file = 't.csv', class_names = ['p', 'r']");
  const std::string named = "target = 'y'";
  const std::string text =
      manifest.substr(0, manifest.find(named)) + "target = 'kind'" + manifest.substr(manifest.find(named) + named.size());
  const Finished checked = check(workshop, text);
  CHECK(checked.exit_code == kBadInput);
  CHECK(contains(checked.error, "t.csv:3:1: "));
}

TEST_CASE("check reads the first rows only") {
  const Workshop workshop;
  std::string text = "a,b,y\n";
  for (int i = 0; i < 1500; ++i) text += "1,2,3.5\n";
  workshop.write("d.csv", text + "1,2,late\n");
  CHECK(check(workshop, linear_manifest()).exit_code == kDone);
  CHECK(contains(workshop.run(linear_manifest(), "run").error, "d.csv:1502:3: "));
}

TEST_CASE("check compares outputs with classes, as far as the first rows show") {
  const Workshop workshop;
  workshop.write("c.csv", "a,b,y\n0,0,x\n1,0,y\n0,1,z\n");
  const Finished few = check(workshop, classifier_manifest(2, "cross_entropy"));
  CHECK(few.exit_code == kBadInput);
  CHECK(contains(few.error, "m.toml:9:12: layer 1 dense: the model has 2 outputs, and the data have 3 classes (x, y, z)"));
  CHECK(check(workshop, classifier_manifest(5, "cross_entropy")).exit_code == kBadInput);
  CHECK(check(workshop, classifier_manifest(3, "cross_entropy")).exit_code == kDone);
  // A loss of numbers alone may take the outputs for something else than a score for each class.
  CHECK(check(workshop, classifier_manifest(2, "index_loss")).exit_code == kDone);
  std::string rows = "a,b,y\n";
  for (int i = 0; i < 1200; ++i) rows += "0,0," + std::to_string(i % 3) + "\n";
  workshop.write("c.csv", rows);
  // More classes may come after the rows that were looked at, but not fewer.
  CHECK(check(workshop, classifier_manifest(5, "cross_entropy", "", ", target_kind = 'index'")).exit_code == kDone);
  const Finished head = check(workshop, classifier_manifest(2, "cross_entropy", "", ", target_kind = 'index'"));
  CHECK(head.exit_code == kBadInput);
  CHECK(contains(head.error, "the data have at least 3 classes (0, 1, 2): give it 3 or more"));
}
