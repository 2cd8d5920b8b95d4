// Data files as users have them: columns in another order, rows left out, labels with gaps, numbers far from zero.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "workshop.hpp"

using namespace treino::test;

namespace {

/// A model of one dense layer that is not trained to speak of: what it is given is what it shows.
std::string manifest(const std::string& data, const std::string& rest, int units = 1, const std::string& loss = "mse") {
  return "[run]\nseed = 3\nepochs = 1\n[data]\nshuffle = false\nbatch_size = 64\n" + data +
         "[model]\nlayers = [ { type = 'dense', units = " + std::to_string(units) +
         " } ]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 1e-12\n[loss]\nplugin = '" + loss + "'\n" + rest;
}

/// The named scalar of the last epoch.
double logged(const fs::path& run, const std::string& name) {
  double value = std::nan("");
  for (const std::string& line : lines(read_text(run / "log.jsonl"))) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    if (record.is_object() && record.value("type", "") == "epoch" && record.contains(name)) value = record[name].get<double>();
  }
  return value;
}

/// The first column of CSV text, its head left out.
std::vector<std::string> first_column(const std::string& text) {
  std::vector<std::string> result;
  for (const std::string& line : lines(text)) result.push_back(line.substr(0, line.find(',')));
  if (!result.empty()) result.erase(result.begin());
  return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a validation file's columns are found by name, and a missing one is refused") {
  const Workshop workshop;
  workshop.write("d.csv", "a,b,c,y\n1,2,3,4\n5,6,7,8\n9,10,12,11\n");
  workshop.write("v.csv", "y,note,c,a,b\n4,p,3,1,2\n8,q,7,5,6\n11,r,12,9,10\n");
  workshop.write("w.csv", "a,b,d,y\n1,2,3,4\n");
  const std::string train = "train = { file = 'd.csv', target = -1 }\nscaling = 'standardize'\n";
  const Finished finished = workshop.run(manifest(train + "validation = 'v.csv'\n", ""), "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(logged(workshop / "run", "val_loss") == Approx(logged(workshop / "run", "loss")));
  const Finished refused = workshop.run(manifest(train + "validation = 'w.csv'\n", ""), "other");
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error, "w.csv:1: no column 'c', which the training data have. It has: 'a', 'b', 'd', 'y'"));
}

TEST_CASE("predictions carry the row of the file, where rows are skipped too") {
  const Workshop workshop;
  workshop.write("d.csv", "a,b,y\n1,2,3\n4,5,6\n7,8,10\n");
  const std::string file = workshop.write("new.csv", "a,b\n1,1\n,5\n3,2\n4,2\nNA,1\n6,1\n");
  const Finished finished = workshop.run(manifest("train = { file = 'd.csv', target = 'y', missing = 'skip_row' }\n",
                                                  "[[callback]]\nplugin = 'csv_writer'\nof = ['predict']\n"),
                                         "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  const Finished predicted = workshop.treino({"predict", workshop / "run", file});
  INFO(predicted.error);
  CHECK(first_column(predicted.output) == Names{"0", "2", "3", "5"});
  int written = 0;
  for (const auto& entry : fs::directory_iterator(workshop / "run")) {
    if (entry.path().extension() != ".csv") continue;
    ++written;
    CHECK(first_column(read_text(entry.path())) == Names{"0", "2", "3", "5"});
  }
  CHECK(written == 1);
}

TEST_CASE("rows of a part that is split off are those of the file") {
  const Workshop workshop;
  std::string rows = "a,y\n";
  for (int i = 0; i < 10; ++i) rows += i == 4 ? "NA,0\n" : std::to_string(i) + "," + std::to_string(i) + "\n";
  workshop.write("d.csv", rows);
  const Finished finished =
      workshop.run(manifest("train = { file = 'd.csv', target = 'y', missing = 'skip_row', validation = 0.3 }\n",
                            "[[callback]]\nplugin = 'csv_writer'\nof = ['validation']\n"),
                   "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  for (const auto& entry : fs::directory_iterator(workshop / "run")) {
    if (entry.path().extension() != ".csv") continue;
    // The target of row i is i, and it stands in the file.
    const auto written = lines(read_text(entry.path()));
    INFO(read_text(entry.path()));
    const auto head = lines(written.front() + "\n").front();
    std::size_t target = 0;
    const std::size_t at = head.find("target");
    REQUIRE(at != std::string::npos);
    target = static_cast<std::size_t>(std::count(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(at), ','));
    REQUIRE(written.size() == 4);
    for (std::size_t i = 1; i < written.size(); ++i) {
      std::string rest = written[i];
      for (std::size_t field = 0; field < target; ++field) rest.erase(0, rest.find(',') + 1);
      CHECK(std::stod(rest) == std::stod(written[i]));
    }
  }
}

TEST_CASE("label 2 is output 2 where no sample has label 1, and recalls of single classes do not collide") {
  const Workshop workshop;
  workshop.write("d.csv", "x,y\n1,0\n2,2\n3,2\n4,0\n");
  const std::string recalls = "[[metric]]\nplugin = 'recall'\nclass_id = 2\n[[metric]]\nplugin = 'recall'\nclass_id = 0\n";
  const std::string data = "train = { file = 'd.csv', target = 'y', target_kind = 'index' }\n";
  const Finished finished = workshop.run(manifest(data, recalls, 3, "cross_entropy"), "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK_FALSE(std::isnan(logged(workshop / "run", "recall_2")));
  CHECK_FALSE(std::isnan(logged(workshop / "run", "recall_0")));
  const Finished predicted = workshop.treino({"predict", workshop / "run", workshop / "d.csv"});
  CHECK(lines(predicted.output).front() == "row,class,probability_0,probability_1,probability_2");
  const Finished named = workshop.run(
      manifest("train = { file = 'd.csv', target = 'y', class_names = ['a', 'b', 'c'] }\n", recalls, 3, "cross_entropy"),
      "named");
  INFO(named.error);
  REQUIRE(named.exit_code == kDone);
  CHECK_FALSE(std::isnan(logged(workshop / "named", "recall_c")));
}

TEST_CASE("labels from 1 lead to target_kind and then to class_names") {
  const Workshop workshop;
  workshop.write("d.csv", "x,y\n1,1\n2,2\n3,3\n");
  const Finished values = workshop.run(manifest("train = { file = 'd.csv', target = 'y' }\n", "", 3, "cross_entropy"), "run");
  CHECK(values.exit_code == kBadInput);
  CHECK(contains(values.error, "target_kind = \"index\""));
  CHECK(contains(values.error, "class_names = [\"1\", \"2\", \"3\"]"));
  const Finished named = workshop.run(
      manifest("train = { file = 'd.csv', target = 'y', class_names = ['1', '2', '3'] }\n", "", 3, "cross_entropy"), "named");
  INFO(named.error);
  CHECK(named.exit_code == kDone);
}

TEST_CASE("seconds since 1970 reach the model as their standardized values") {
  const Workshop workshop;
  // Two features for two outputs: predictions are linear in the prepared features, so that equal steps make equal differences.
  std::string rows = "x,y\n";
  for (int i = 0; i < 100; ++i) rows += std::to_string(1700000000 + 60 * i) + ",0\n";
  const std::string file = workshop.write("d.csv", rows);
  REQUIRE(
      workshop
          .run(manifest("train = { file = 'd.csv', target = 'y', target_kind = 'values' }\nscaling = 'standardize'\n", ""), "run")
          .exit_code == kDone);
  const Finished predicted = workshop.treino({"predict", workshop / "run", file});
  INFO(predicted.error);
  std::vector<double> outputs;
  for (const std::string& line : lines(predicted.output))
    if (line.rfind("row", 0) != 0) outputs.push_back(std::stod(line.substr(line.find(',') + 1)));
  REQUIRE(outputs.size() == 100);
  CHECK(outputs[1] / outputs[0] == Approx(-1.680173 / -1.714816).epsilon(1e-5));
  CHECK(outputs[2] / outputs[0] == Approx(-1.645531 / -1.714816).epsilon(1e-5));
}
