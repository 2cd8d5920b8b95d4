// Losses of margins (hinge, squared_hinge): what the model gives is neither a probability nor a logit. One rule: a margin above 0
// says yes, in metrics, in predict and in csv_writer; what is written are the margins themselves. All values by hand.
#include "small_model.hpp"

using namespace treino::test;

namespace {

const std::string two_classes = "a,b,y\n0,0,no\n1,0,yes\n0,1,no\n1,1,yes\n";
const std::string metrics = "[[metric]]\nplugin = 'accuracy'\n[[metric]]\nplugin = 'auc'\n";
const std::string writer = "[[callback]]\nplugin = 'csv_writer'\nof = ['predict']\ncolumns = ['row', 'class']\n";

double scalar_of(const Finished& evaluated, const std::string& name) {
  INFO(evaluated.output << evaluated.error);
  const std::size_t at = evaluated.output.find(name);
  REQUIRE(at != std::string::npos);
  return std::stod(evaluated.output.substr(at + name.size()));
}

}  // namespace

TEST_CASE("the class of a margin is that of its sign, in metrics, in predict and in csv_writer") {
  for (const std::string loss : {"hinge", "squared_hinge"}) {
    INFO(loss);
    const Workshop workshop;
    workshop.write("c.csv", two_classes);
    REQUIRE(workshop.run(classifier_manifest(1, loss, writer + metrics), "run").exit_code == kDone);
    // margin = a / 2 - 1 / 4: between 0 and one half for the two rows of class "yes", -1 / 4 for the others.
    const fs::path weights = workshop.write("w.safetensors", foreign_weights({0.5f, 0}, {-0.25f}));
    const fs::path fresh = workshop.write("new.csv", "a,b\n0,0\n1,0\n0.5,0\n");
    const Finished predicted = workshop.treino({"predict", workshop / "run", fresh, "--weights", weights});
    INFO(predicted.error);
    CHECK(predicted.output == "row,class,output_yes\n0,no,-0.25\n1,yes,0.25\n2,no,0\n");
    CHECK(read_text(workshop / "run/predictions.csv") == "row,class\n0,no\n1,yes\n2,no\n");
    const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--on", "train", "--weights", weights});
    CHECK(scalar_of(evaluated, "accuracy") == 1);
    CHECK(scalar_of(evaluated, "auc") == 1);
  }
}

TEST_CASE("targets of -1 and 1 are counted by the same rule, and predict writes the margins") {
  const Workshop workshop;
  workshop.write("c.csv", "a,b,y\n0,0,-1\n1,0,1\n0,1,-1\n1,1,1\n");
  std::string manifest = classifier_manifest(1, "hinge", "[[metric]]\nplugin = 'accuracy'\n", ", target_kind = 'values'");
  const std::string plain = "plugin = 'hinge'";
  const std::size_t at = manifest.find("hinge");
  REQUIRE(at != std::string::npos);
  manifest.insert(manifest.find('\n', at), "\nlabels = 'minus_one_one'");
  const Finished finished = workshop.run(manifest, "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  const fs::path weights = workshop.write("w.safetensors", foreign_weights({0.5f, 0}, {-0.25f}));
  const fs::path fresh = workshop.write("new.csv", "a,b\n0,0\n1,0\n");
  CHECK(workshop.treino({"predict", workshop / "run", fresh, "--weights", weights}).output == "row,y\n0,-0.25\n1,0.25\n");
  CHECK(scalar_of(workshop.treino({"evaluate", workshop / "run", "--on", "train", "--weights", weights}), "accuracy") == 1);
}

TEST_CASE("what categorical_hinge is trained on are scores: predict writes them, and no metric takes them for probabilities") {
  const Workshop workshop;
  workshop.write("c.csv", two_classes);
  REQUIRE(workshop.run(classifier_manifest(2, "categorical_hinge", metrics), "run").exit_code == kDone);
  // Scores: of "no" 1 / 4 - a / 2, of "yes" 0.
  const fs::path weights = workshop.write("w.safetensors", foreign_weights({-0.5f, 0, 0, 0}, {0.25f, 0}));
  const fs::path fresh = workshop.write("new.csv", "a,b\n0,0\n1,0\n");
  const Finished predicted = workshop.treino({"predict", workshop / "run", fresh, "--weights", weights});
  INFO(predicted.error);
  CHECK(predicted.output == "row,class,output_no,output_yes\n0,no,0.25,0\n1,yes,-0.25,0\n");
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--on", "train", "--weights", weights});
  CHECK(scalar_of(evaluated, "accuracy") == 1);
  const Finished refused = workshop.run(classifier_manifest(2, "categorical_hinge", "[[metric]]\nplugin = 'brier'\n"), "refused");
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error, "brier needs probabilities"));
}

TEST_CASE("a metric of probabilities beside hinge is refused: a margin has none") {
  const Workshop workshop;
  workshop.write("c.csv", two_classes);
  const Finished finished = workshop.run(classifier_manifest(1, "hinge", "[[metric]]\nplugin = 'brier'\n"), "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "brier needs probabilities"));
}
