// Losses and metrics that stand in the manifest as formulas: what they train and measure, how a run with them resumes, and where their
// errors are.
#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string replaced_once(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

/// With a formula in place of cross_entropy.
std::string with_loss(const std::string& manifest, const std::string& loss) {
  return replaced_once(manifest, "plugin = \"cross_entropy\"\n", "plugin = \"lambda\"\n" + loss);
}

const std::string cross_entropy =
    "takes = 'logits'\nloss = 'log(sum(exp(p - max(p, outputs)), outputs)) + max(p, outputs) - sum(y * p, outputs)'\n";
const std::string right =
    "[[metric]]\nplugin = 'lambda'\nname = 'right'\n"
    "sums = { right = 'sum(y * (p == max(p, outputs)))', all = 'sum(weights)' }\nvalue = 'right / all'\n";

double scalar(const fs::path& run, const std::string& name) { return std::stod(fact(run, "/scalars/" + name)); }

}  // namespace

TEST_CASE("cross-entropy as a formula trains as the plugin, and accuracy as a formula is accuracy") {
  const Workshop workshop;
  const Finished finished = workshop.run(with_loss(small_manifest(right), cross_entropy), "formula");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  REQUIRE(workshop.run(small_manifest(), "plugin").exit_code == kDone);
  for (const char* pass : {"", "val_", "test_"}) {
    INFO(pass);
    const std::string before = pass;
    CHECK(scalar(workshop / "formula", before + "loss") == Approx(scalar(workshop / "plugin", before + "loss")).epsilon(1e-4));
    CHECK(scalar(workshop / "formula", before + "right") == scalar(workshop / "formula", before + "accuracy"));
  }
}

TEST_CASE("errors in formulas have their place in the manifest, their column, and the nearest name") {
  const Workshop workshop;
  const Finished loss =
      workshop.run(with_loss(small_manifest(), "loss = 'mean(alhpa * (y - p)^2)'\nparameters = { alpha = 3.0 }\n"), "loss");
  CHECK(loss.exit_code == kBadInput);
  CHECK(contains(loss.error, "loss.toml:17:10: lambda: loss, column 6: there is no 'alhpa'. Did you mean 'alpha'?"));
  const Finished sum = workshop.run(small_manifest(replaced_once(right, "== max", "== mex")), "sum");
  CHECK(sum.exit_code == kBadInput);
  CHECK(contains(sum.error, "sum.toml:21:10: right: sums.right, column 15: there is no function 'mex'. Did you mean 'max'?"));
  const Finished value = workshop.run(small_manifest(replaced_once(right, "right / all", "rihgt / all")), "value");
  CHECK(value.exit_code == kBadInput);
  CHECK(contains(value.error, "value.toml:21:10: right: value, column 1: there is no 'rihgt'. Did you mean 'right'?"));
  const Finished setting =
      workshop.run(with_loss(small_manifest(), cross_entropy), "setting", {"--set", "loss.parameters.alpha=3"});
  CHECK(setting.exit_code == kBadInput);
  CHECK(contains(setting.error, "the parameter 'alpha' is used by no formula"));
}

TEST_CASE("who monitors a metric that is a formula says which way is better, before the run") {
  const Workshop workshop;
  const std::string monitor = "[[callback]]\nplugin = 'early_stopping'\nmonitor = 'val_right'\n";
  const Finished unknown = workshop.treino({"check", workshop.write("a.toml", small_manifest(right + monitor))});
  CHECK(unknown.exit_code == kBadInput);
  CHECK(contains(unknown.error, "mode"));
  const Finished known = workshop.treino({"check", workshop.write("b.toml", small_manifest(right + monitor + "mode = 'max'\n"))});
  INFO(known.error);
  CHECK(known.exit_code == kDone);
}

TEST_CASE("a run whose loss and metrics are formulas, killed in its second epoch, resumes bit for bit") {
  const Workshop workshop;
  const std::string manifest =
      with_loss(replaced_once(stateful_manifest(), "[[scheduler]]", right + "[[scheduler]]"), cross_entropy);
  REQUIRE(workshop.run(manifest, "reference").exit_code == kDone);
  cut_off(workshop, manifest, "cut");
  const Finished resumed = workshop.treino({"resume", workshop / "cut", "--trust"});
  INFO(resumed.output << resumed.error);
  REQUIRE(resumed.exit_code == kDone);
  check_same_run(workshop / "reference", workshop / "cut");
}

TEST_CASE("a loss of the batch is that of the whole one, however many shards it is cut into") {
  const Workshop workshop;
  const std::string overlap = "loss = '1 - sum(y * p) / sum(y + p - y * p)'\ntakes = 'probabilities'\n";
  const std::string manifest =
      replaced_once(with_loss(small_manifest(), overlap), "units = 10 }", "units = 10 }, { type = \"softmax\" }");
  for (const char* shards : {"1", "4"}) {
    const Finished finished = workshop.run(manifest, std::string("of_") + shards, {"--set", std::string("run.shards=") + shards});
    INFO(finished.output << finished.error);
    REQUIRE(finished.exit_code == kDone);
  }
  // Of shards by themselves the loss would differ in the second digit.
  CHECK(scalar(workshop / "of_4", "loss") == Approx(scalar(workshop / "of_1", "loss")).epsilon(1e-4));
}
