// The class that predict and csv_writer name is the one that metrics count, and there is one for each output or none.
#include "small_model.hpp"

using namespace treino::test;

namespace {

const std::string two_classes = "a,b,y\n0,0,no\n1,0,yes\n0,1,no\n1,1,yes\n";
const std::string writer = "[[callback]]\nplugin = 'csv_writer'\nof = ['predict']\ncolumns = ['row', 'class']\n";

/// What predict and csv_writer say of the rows a,b = 0,0 and 1,0, by these weights.
struct Said {
  std::string predicted, written;
};
Said said(const Workshop& workshop, const std::string& weights) {
  const fs::path fresh = workshop.write("new.csv", "a,b\n0,0\n1,0\n");
  const Finished finished =
      workshop.treino({"predict", workshop / "run", fresh, "--weights", workshop.write("w.safetensors", weights)});
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  const fs::path file = workshop / "run/predictions.csv";
  Said result{finished.output, read_text(file)};
  fs::remove(file);
  return result;
}

constexpr float none = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("a probability of exactly one half is class 0, as metrics count it, and anything above is class 1") {
  const Workshop workshop;
  workshop.write("c.csv", two_classes);
  REQUIRE(workshop.run(classifier_manifest(1, "binary_cross_entropy", writer + "[[metric]]\nplugin = 'accuracy'\n"), "run")
              .exit_code == kDone);
  // Logits 0 and 1e-20: the second one's probability is 0.5 in every precision, and its class is 1.
  const Said half = said(workshop, foreign_weights({1e-20f, 0}, {0}));
  CHECK(half.predicted == "row,class,probability_yes\n0,no,0.5\n1,yes,0.5\n");
  CHECK(half.written == "row,class\n0,no\n1,yes\n");
  // Of the four rows a = 0 is right with "no" and a = 1 with "yes".
  const Finished evaluated =
      workshop.treino({"evaluate", workshop / "run", "--on", "train", "--weights", workshop / "w.safetensors"});
  CHECK(contains(evaluated.output, "accuracy"));
  CHECK(std::stod(evaluated.output.substr(evaluated.output.find("accuracy") + 8)) == 1);
}

TEST_CASE("of equal outputs the first is the class, and a NaN output names none") {
  const Workshop workshop;
  workshop.write("c.csv", two_classes);
  REQUIRE(workshop.run(classifier_manifest(2, "cross_entropy", writer), "run").exit_code == kDone);
  const Said tie = said(workshop, foreign_weights({0, 1, 0, 0}, {0, 0}));
  CHECK(tie.written == "row,class\n0,no\n1,yes\n");
  CHECK(lines(tie.predicted)[1] == "0,no,0.5,0.5");
  const Said nothing = said(workshop, foreign_weights({0, 0, 0, 0}, {0, none}));
  CHECK(nothing.written == "row,class\n0,\n1,\n");
  CHECK(lines(nothing.predicted)[1] == "0,,nan,nan");
}

TEST_CASE("a loss of classes refuses another number of outputs than classes, at the layer") {
  const Workshop workshop;
  workshop.write("c.csv", "a,b,y\n0,0,x\n1,0,y\n0,1,z\n1,1,x\n");
  const Finished many = workshop.run(classifier_manifest(5, "cross_entropy"), "many");
  CHECK(many.exit_code == kBadInput);
  CHECK(contains(many.error,
                 "many.toml:9:12: layer 1 dense: the model has 5 outputs, and the data have 3 classes (x, y, z): give it 3"));
  CHECK(contains(many.error, "class_names"));
  const Finished few = workshop.run(classifier_manifest(2, "cross_entropy"), "few");
  CHECK(few.exit_code == kBadInput);
  CHECK(contains(few.error,
                 "few.toml:9:12: layer 1 dense: the model has 2 outputs, and the data have 3 classes (x, y, z): give it 3"));
  const Finished one = workshop.run(classifier_manifest(1, "binary_cross_entropy"), "one");
  CHECK(one.exit_code == kBadInput);
  CHECK(contains(one.error, "one.toml:9:12: layer 1 dense: the model has 1 output, and the data have 3 classes"));
  CHECK(
      workshop.run(classifier_manifest(5, "cross_entropy", "", ", class_names = ['v', 'w', 'x', 'y', 'z']"), "named").exit_code ==
      kDone);
}

TEST_CASE("the layer that the fault names is the one that decides the number of outputs") {
  const Workshop workshop;
  workshop.write("c.csv", two_classes);
  const std::string manifest =
      "[data]\ntrain = { file = 'c.csv', target = 'y' }\n[model]\nlayers = [\n  { type = 'dense', units = 4 },\n"
      "  { type = 'softmax' },\n]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.1\n[loss]\nplugin = "
      "'cross_entropy'\nfrom_logits "
      "= false\n";
  const Finished finished = workshop.run(manifest, "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "run.toml:5:12: layer 1 dense: the model has 4 outputs, and the data have 2 classes (no, yes)"));
}

TEST_CASE("predict names outputs that are not scores of classes, and then gives no class") {
  const Workshop workshop;
  workshop.write("c.csv", two_classes);
  REQUIRE(workshop.run(classifier_manifest(3, "index_loss"), "run").exit_code == kDone);
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,0\n");
  const fs::path weights = workshop.write("w.safetensors", foreign_weights({1, 2, 3, 0, 0, 0}, {0, 0, 0}));
  CHECK(workshop.treino({"predict", workshop / "run", fresh, "--weights", weights}).output ==
        "row,output_0,output_1,output_2\n0,1,2,3\n");
}

TEST_CASE("predict of a model that saw one class of two names the other by its index") {
  const Workshop workshop;
  workshop.write("c.csv", "a,b,y\n0,0,no\n1,0,no\n");
  REQUIRE(workshop.run(classifier_manifest(1, "binary_cross_entropy"), "run").exit_code == kDone);
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,0\n0,0\n");
  const fs::path weights = workshop.write("w.safetensors", foreign_weights({100, 0}, {0}));
  CHECK(workshop.treino({"predict", workshop / "run", fresh, "--weights", weights}).output ==
        "row,class,probability_1\n0,1,1\n1,no,0.5\n");
}
