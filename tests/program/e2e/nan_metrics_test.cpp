// A network that has become NaN looks good in no number.
#include <nlohmann/json.hpp>

#include "support/replaced.hpp"
#include "workshop.hpp"

using namespace treino::test;

namespace {

/// The last record of an epoch in the run's log.
nlohmann::json last_epoch(const fs::path& run) {
  nlohmann::json last;
  for (const std::string& line : lines(read_text(run / "log.jsonl")))
    if (nlohmann::json record = nlohmann::json::parse(line); record["type"] == "epoch") last = std::move(record);
  return last;
}

}  // namespace

TEST_CASE("every metric of a network that has become NaN is NaN, counts and tables too") {
  const Workshop workshop;
  std::string metrics;
  for (const char* metric : {"f1",
                             "auc",
                             "balanced_accuracy",
                             "mcc",
                             "cohen_kappa",
                             "average_precision",
                             "brier",
                             "calibration_error",
                             "top_k_accuracy",
                             "precision",
                             "recall",
                             "mean_iou",
                             "hinge",
                             "ndcg",
                             "hit_rate",
                             "perplexity",
                             "true_positives",
                             "false_negatives",
                             "classification_report",
                             "confusion_matrix"})
    metrics += std::string("[[metric]]\nplugin = '") + metric + "'\n";
  const std::string manifest = replaced(
      replaced(small_manifest(metrics), "plugin = \"adam\"\nlearning_rate = 2e-3", "plugin = \"sgd\"\nlearning_rate = 1e30"),
      "epochs = 3", "epochs = 2");
  const Finished finished = workshop.run(manifest, "run");
  INFO(finished.error);
  const nlohmann::json epoch = last_epoch(workshop / "run");
  REQUIRE(epoch.contains("val_accuracy"));
  int checked = 0;
  for (const auto& [name, value] : epoch.items()) {
    if (name.rfind("val_", 0) != 0) continue;
    INFO(name << " " << value);
    CHECK((value.is_string() && value == "nan"));
    ++checked;
  }
  CHECK(checked >= 25);
  const std::string table = read_text(workshop / "run/val_confusion_matrix.csv");
  CHECK(contains(table, "\n0,nan,nan,"));
}
