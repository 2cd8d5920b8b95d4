// A table of a thousand classes through the whole run: training, validation, checkpoint, resume, evaluate, and the file of the table.
#include <algorithm>

#include "small_model.hpp"

using namespace treino::test;

namespace {

/// Two rows of each class, whose features are the class and its half.
std::string thousand_classes() {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 2000; ++i) text += std::to_string(i % 1000) + "," + std::to_string(i % 1000 / 2) + "," + std::to_string(i % 1000) + "\n";
  return text;
}

}  // namespace

TEST_CASE("confusion_matrix of 1,000 classes goes through a run, and its counts are those of the rows") {
  const Workshop workshop;
  workshop.write("c.csv", thousand_classes());
  const std::string more =
      "[[metric]]\nplugin = 'confusion_matrix'\n[[metric]]\nplugin = 'accuracy'\n[[callback]]\nplugin = 'csv_logger'\n"
      "[[callback]]\nplugin = 'backup_and_restore'\n";
  const Finished finished = workshop.run(classifier_manifest(1000, "cross_entropy", more, ", target_kind = 'index'"), "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  // No scalar is made of the million counts.
  std::vector<std::string> written;
  for (const auto& entry : fs::recursive_directory_iterator(workshop / "run"))
    if (entry.path().extension() == ".csv") written.push_back(entry.path());
  REQUIRE_FALSE(written.empty());
  for (const std::string& file : written) {
    const std::string header = read_text(file).substr(0, read_text(file).find('\n'));
    if (file.find("confusion") == std::string::npos) CHECK(std::count(header.begin(), header.end(), ',') < 50);
  }
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--on", "train"});
  INFO(evaluated.error);
  REQUIRE(evaluated.exit_code == kDone);
  CHECK(contains(evaluated.output, "accuracy"));
}
