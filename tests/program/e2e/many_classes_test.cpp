// A table of a thousand classes through the whole run: training, backup, evaluation, and the file of the table.
#include <algorithm>
#include <sstream>

#include "small_model.hpp"

using namespace treino::test;

namespace {

/// Two rows of each class, whose features are the class and its half.
std::string thousand_classes() {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 2000; ++i)
    text += std::to_string(i % 1000) + "," + std::to_string(i % 1000 / 2) + "," + std::to_string(i % 1000) + "\n";
  return text;
}

}  // namespace

TEST_CASE("confusion_matrix of 1,000 classes goes through a run, and its counts are those of the rows") {
  const Workshop workshop;
  workshop.write("c.csv", thousand_classes());
  const std::string more =
      "[[metric]]\nplugin = 'confusion_matrix'\n[[metric]]\nplugin = 'accuracy'\n[[callback]]\nplugin = 'csv_logger'\n"
      "filename = 'epochs.csv'\n[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = 'backup'\n";
  const Finished finished = workshop.run(classifier_manifest(1000, "cross_entropy", more, ", target_kind = 'index'"), "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  // No scalar is made of the million counts; they are in a file of their own.
  const std::string epochs = read_text(workshop / "run/epochs.csv"), header = epochs.substr(0, epochs.find('\n'));
  CHECK(contains(header, "accuracy"));
  CHECK_FALSE(contains(header, "confusion"));
  const std::vector<std::string> table = lines(read_text(workshop / "run/confusion_matrix.csv"));
  REQUIRE(table.size() == 1001);
  double all = 0, of_a_class = 0;
  for (std::size_t row = 1; row < table.size(); ++row) {
    REQUIRE(std::count(table[row].begin(), table[row].end(), ',') == 1000);
    std::istringstream cells(table[row]);
    std::string cell;
    std::getline(cells, cell, ',');
    while (std::getline(cells, cell, ',')) {
      all += std::stod(cell);
      if (row == 500) of_a_class += std::stod(cell);
    }
  }
  CHECK(all == 2000);
  CHECK(of_a_class == 2);
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--on", "train"});
  INFO(evaluated.error);
  REQUIRE(evaluated.exit_code == kDone);
  CHECK(contains(evaluated.output, "accuracy"));
}
