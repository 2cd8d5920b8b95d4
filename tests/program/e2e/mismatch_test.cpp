// Targets, losses, metrics and last layers that do not go together: said before the first batch, with the fix, and nothing is
// made.
#include "workshop.hpp"

using namespace treino::test;

namespace {

/// The digits (ten classes), as indices unless `kind` says otherwise.
std::string digits(const std::string& kind, const std::string& layers, const std::string& rest) {
  return "[run]\nname = 'mismatch'\nseed = 3\nepochs = 1\n[data]\ntrain = { file = '" SOURCE_FOLDER
         "/examples/data/digits.csv.gz', target = -1, target_kind = '" +
         kind +
         "', validation = 0.1 }\nscale = 0.0625\nbatch_size = 32\n[model]\nlayers = [ { type = 'dense', units = " + layers +
         " ]\n[optimizer]\nplugin = 'adam'\nlearning_rate = 2e-3\n" + rest;
}

/// The diabetes data: one quantity as target.
std::string diabetes(const std::string& layers, const std::string& rest) {
  return "[run]\nname = 'mismatch'\nseed = 3\nepochs = 1\n[data]\ntrain = { file = '" SOURCE_FOLDER
         "/examples/data/diabetes.csv', target = 'target', target_kind = 'values', validation = 0.1 }\nscaling = 'standardize'\n"
         "batch_size = 32\n[model]\nlayers = [ { type = 'dense', units = " +
         layers + " ]\n[optimizer]\nplugin = 'adam'\nlearning_rate = 2e-3\n" + rest;
}

std::string loss(const std::string& text) { return "[loss]\nplugin = " + text + "\n"; }
std::string metric(const std::string& text) { return "[[metric]]\nplugin = " + text + "\n"; }

/// The run ends with the fix in its last words, before a batch has been seen: not even its folder is left.
void check_refused(const std::string& manifest, const std::string& fault, const std::string& fix) {
  const Workshop workshop;
  const Finished finished = workshop.run(manifest, "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, ".toml:"));
  CHECK(contains(finished.error, fault));
  CHECK(contains(finished.error, fix));
  CHECK_FALSE(fs::exists(workshop / "run"));
}

void check_runs(const std::string& manifest) {
  const Workshop workshop;
  const Finished finished = workshop.run(manifest, "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
}

const std::string ten = "10 }";

}  // namespace

TEST_CASE("one-hot data and a loss of indices, and the reverse: what it takes and what there is") {
  check_refused(digits("one_hot", ten, loss("'index_loss'")), "index_loss takes a target of index, and the data have one_hot",
                "target_kind = \"index\"");
  check_refused(digits("index", ten, loss("'dice'")), "dice takes a target of one_hot, values, and the data have index",
                "target_kind = \"one_hot\"");
}

TEST_CASE("indices and a loss of quantities: say values") {
  check_refused(digits("index", "1 }", loss("'mape'")), "mape takes a target of values, and the data have index",
                "target_kind = \"values\"");
}

TEST_CASE("quantities and a loss or metric of classes") {
  check_refused(diabetes("1 }", loss("'categorical_hinge'")), "categorical_hinge takes a target of index",
                "target_kind = \"index\"");
  check_refused(diabetes("1 }", loss("'mse'") + metric("'accuracy'")), "accuracy counts classes, the target is values",
                "take a metric of values such as mae");
  check_refused(diabetes("1 }", loss("'mse'") + metric("'auc'")), "auc counts classes, the target is values",
                "take a metric of values such as mae");
  check_refused(diabetes("1 }", loss("'mse'") + metric("'top_k_accuracy'")), "top_k_accuracy takes a target of index",
                "target_kind = \"index\"");
}

TEST_CASE("ten classes and metrics of two, of quantities, or of probabilities") {
  const std::string cross_entropy = loss("'cross_entropy'");
  check_refused(digits("index", ten, cross_entropy + metric("'precision'\naverage = 'binary'")),
                "average = \"binary\" needs two classes, here are 10", "take macro or none, or one class by class_id");
  check_refused(digits("index", ten, cross_entropy + metric("'auc'\naverage = 'binary'")),
                "average = \"binary\" needs two classes, here are 10", "take macro, micro, weighted or none");
  check_refused(digits("index", ten, cross_entropy + metric("'f1'\nthreshold = 0.3")), "threshold has no meaning",
                "leave it out");
  check_refused(digits("index", ten, cross_entropy + metric("'mae'")), "mae takes a target of values", "the data have index");
  check_refused(digits("one_hot", ten, loss("'mse'") + metric("'brier'")), "brier needs probabilities",
                "end the model with softmax or sigmoid");
}

TEST_CASE("ten classes and one output, or three") {
  check_refused(digits("index", "1 }", loss("'cross_entropy'")), "an output a class, the model has 1", "add units");
  check_refused(digits("index", "3 }", loss("'cross_entropy'")), "10 classes, the model has 3 outputs", "make them equal");
  check_refused(digits("index", "3 }", loss("'binary_cross_entropy'")), "one output and two classes, here are 3 and 10",
                "take cross_entropy");
}

TEST_CASE("probabilities given to a loss of logits") {
  check_refused(digits("index", ten + ", { type = 'softmax' }", loss("'cross_entropy'")), "takes logits", "from_logits = false");
  check_refused(digits("one_hot", ten + ", { type = 'sigmoid' }", loss("'binary_cross_entropy'")), "takes logits",
                "from_logits = false");
}

TEST_CASE("logits given to a loss of probabilities, and a sigmoid's or a softmax's to a loss of the other's") {
  const std::string of_one_choice = loss("'cross_entropy'\nfrom_logits = false");
  const std::string of_questions = loss("'binary_cross_entropy'\nfrom_logits = false");
  check_refused(digits("index", ten, of_one_choice), "takes the probabilities of a softmax", "end the model with one");
  check_refused(digits("one_hot", ten, of_questions), "takes the probabilities of a sigmoid", "end the model with one");
  check_refused(digits("index", ten + ", { type = 'sigmoid' }", of_one_choice), "takes the probabilities of a softmax",
                "end the model with one");
  check_refused(digits("one_hot", ten + ", { type = 'softmax' }", of_questions), "takes the probabilities of a sigmoid",
                "end the model with one");
}

TEST_CASE("what the fixes say works") {
  check_runs(digits("index", ten, loss("'index_loss'")));
  check_runs(digits("one_hot", ten, loss("'dice'") + metric("'brier'")));
  check_runs(digits("index", ten + ", { type = 'softmax' }",
                    loss("'cross_entropy'\nfrom_logits = false") + metric("'precision'\naverage = 'none'")));
  check_runs(digits("index", ten,
                    loss("'cross_entropy'") + metric("'auc'") + metric("'perplexity'") + metric("'classification_report'")));
  check_runs(diabetes("1 }", loss("'mse'") + metric("'mae'") + metric("'r2'")));
}
