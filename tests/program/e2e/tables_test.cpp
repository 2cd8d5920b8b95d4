// Metrics that give tables: on the screen, in files of their own, in reports, and in no list of scalars.
#include <nlohmann/json.hpp>
#include <sstream>

#include "workshop.hpp"

using namespace treino::test;

namespace {

std::vector<std::vector<std::string>> csv(const fs::path& file) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : lines(read_text(file))) {
    rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

double sum(const std::vector<std::vector<std::string>>& rows, bool diagonal = false) {
  double sum = 0;
  for (std::size_t row = 1; row < rows.size(); ++row)
    for (std::size_t column = 1; column < rows[row].size(); ++column)
      if (!diagonal || row == column) sum += std::stod(rows[row][column]);
  return sum;
}

int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string files_below(const fs::path& folder) {
  std::string all;
  for (const auto& [name, bytes] : all_files(folder)) all += bytes;
  return all;
}

const std::string matrix = "[[metric]]\nplugin = 'confusion_matrix'\n";

}  // namespace

TEST_CASE("a confusion matrix is printed, written to files of its own and drawn, and among no scalars") {
  const Workshop workshop;
  const Finished finished =
      workshop.run(small_manifest(matrix + "[[callback]]\nplugin = 'html_report'\n[[callback]]\nplugin = 'tensorboard'\n" +
                                  "[[callback]]\nplugin = 'csv_logger'\nfilename = 'numbers.csv'\n"),
                   "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  const fs::path run = workshop / "run";

  const auto test = csv(run / "test_confusion_matrix.csv");
  REQUIRE(test.size() == 11);
  CHECK(test[0] == std::vector<std::string>{"class / predicted as", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  CHECK(sum(test) == 359);
  CHECK(sum(test, true) / sum(test) == Approx(std::stod(fact(run, "/scalars/test_accuracy"))));
  CHECK(sum(csv(run / "val_confusion_matrix.csv"), true) / 180 == Approx(std::stod(fact(run, "/scalars/val_accuracy"))));
  CHECK(sum(csv(run / "confusion_matrix.csv")) == 1258);

  CHECK(contains(finished.output, "test_confusion_matrix (rows: class, columns: predicted as):\n"));
  CHECK(occurrences(finished.output, "confusion_matrix") == 1);
  for (const char* file : {"log.jsonl", "summary.json", "numbers.csv"}) {
    INFO(file);
    CHECK_FALSE(contains(read_text(run / file), "confusion"));
  }
  const std::string page = read_text(run / "report.html");
  CHECK(contains(page, "<h2>Tables</h2>"));
  for (const char* name : {">confusion_matrix<", ">val_confusion_matrix<", ">test_confusion_matrix<"})
    CHECK(contains(page, name));

  CHECK(occurrences(files_below(run / "logs/train"), "epoch_confusion_matrix") == 3);
  CHECK(occurrences(files_below(run / "logs/validation"), "epoch_confusion_matrix") == 3);
  CHECK(occurrences(files_below(run / "logs/validation"), "PNG") == 3);

  const Finished evaluated = workshop.treino({"evaluate", run.string()});
  INFO(evaluated.error);
  CHECK(contains(evaluated.output, "confusion_matrix (rows: class, columns: predicted as)\n"));
  const std::size_t table = finished.output.find("predicted as):\n") + 15;
  CHECK(contains(evaluated.output, finished.output.substr(table, finished.output.find("\ndone", table) - table)));
}

TEST_CASE("a classification report is a table with its means as scalars") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest("[[metric]]\nplugin = 'classification_report'\n"), "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  const auto rows = csv(workshop / "run/val_classification_report.csv");
  REQUIRE(rows.size() == 13);
  CHECK(rows[0] == std::vector<std::string>{"class", "precision", "recall", "f1", "support"});
  CHECK(rows[11][0] == "macro");
  CHECK(std::stod(rows[11][3]) == Approx(std::stod(fact(workshop / "run", "/scalars/val_macro_f1"))));
  CHECK_FALSE(contains(read_text(workshop / "run/summary.json"), "support"));
}

TEST_CASE("a confusion matrix of a thousand classes is written to its file") {
  const Workshop workshop;
  std::string data = "a,y\n";
  for (int i = 0; i < 2000; ++i) data += std::to_string(i) + ",c" + std::to_string(i % 1000) + "\n";
  workshop.write("data.csv", data);
  const Finished finished = workshop.run(
      "[run]\nname = 'many'\nepochs = 1\n[data]\ntrain = { file = 'data.csv', target = 'y' }\nbatch_size = 500\n[model]\n"
      "layers = [ { type = 'dense', units = 1000 } ]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 1e-9\n[loss]\nplugin = "
      "'cross_entropy'\n" +
          matrix + "[[callback]]\nplugin = 'html_report'\n[[callback]]\nplugin = 'tensorboard'\n",
      "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(contains(finished.output, "confusion_matrix (rows: class, columns: predicted as): 1,000 x 1,000, written to "));
  const auto rows = csv(workshop / "run/confusion_matrix.csv");
  REQUIRE(rows.size() == 1001);
  CHECK(rows[1000].size() == 1001);
  CHECK(sum(rows) == 2000);
  CHECK(fs::file_size(workshop / "run/report.html") < 2'000'000);
}

TEST_CASE("a table has the name of its metric, and no scalar to monitor") {
  const Workshop workshop;
  const Finished named =
      workshop.run(small_manifest(matrix + "name = 'parts'\nnormalize = 'class'\n" + matrix + "name = 'counts'\n"), "named");
  INFO(named.error);
  REQUIRE(named.exit_code == kDone);
  CHECK(sum(csv(workshop / "named/test_parts.csv")) == Approx(10));
  CHECK(sum(csv(workshop / "named/test_counts.csv")) == 359);
  const fs::path manifest = workshop.write(
      "monitored.toml", small_manifest(matrix + "[[callback]]\nplugin = 'html_report'\n[[callback]]\nplugin = 'early_stopping'\n"
                                                "monitor = 'confusion_matrix'\n"));
  const Finished refused = workshop.treino({"check", manifest.string()});
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error, "confusion_matrix"));
}
