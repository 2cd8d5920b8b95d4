// csv_writer: what a trained model predicts, as files.
#include <set>
#include <sstream>

#include "plugins/network/small_disk.hpp"
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

const std::string wine = SOURCE_FOLDER "/examples/data/wine.csv";

std::string wine_manifest(const std::string& writer) {
  return "[run]\nname = 'wine'\nseed = 5\nepochs = 4\n[data]\ntrain = { file = '" + wine +
         "', target = 'target', validation = 0.2, test = 0.3 }\nstratified = true\nscaling = 'standardize'\nbatch_size = 16\n"
         "[model]\nlayers = [ { type = 'dense', units = 16 }, { type = 'relu' }, { type = 'dense', units = 3 } ]\n"
         "[optimizer]\nplugin = 'adam'\nlearning_rate = 0.01\n[loss]\nplugin = 'cross_entropy'\n[[metric]]\nplugin = 'accuracy'\n"
         "[[callback]]\nplugin = 'csv_writer'\n" +
         writer;
}

std::vector<std::string> fields(const std::string& line, char separator = ',') {
  std::vector<std::string> result(1);
  for (const char letter : line)
    if (letter == separator)
      result.emplace_back();
    else
      result.back() += letter;
  return result;
}

}  // namespace

TEST_CASE("treino predict gives the rows that csv_writer writes, whose targets stay empty, since they are not looked at") {
  const Workshop workshop;
  REQUIRE(workshop.run(wine_manifest("dir_path = 'out'\n"), "run").exit_code == kDone);
  CHECK_FALSE(fs::exists(workshop / "run/out"));
  const Finished predicted = workshop.treino({"predict", workshop / "run", wine});
  INFO(predicted.error);
  REQUIRE(predicted.exit_code == kDone);
  const auto expected = lines(predicted.output), found = lines(read_text(workshop / "run/out/predictions.csv"));
  REQUIRE(found.size() == 178 + 1);
  CHECK(found[0] == "row,target,class,probability_class_0,probability_class_1,probability_class_2");
  for (std::size_t i = 1; i < found.size(); ++i) {
    std::vector<std::string> own = fields(found[i]);
    CHECK(own[1].empty());
    own.erase(own.begin() + 1);
    CHECK(own == fields(expected[i]));
  }
  std::string bare;  // the same file without its last column, the target
  for (const std::string& line : lines(read_text(wine))) bare += line.substr(0, line.find_last_of(',')) + "\n";
  REQUIRE(workshop.treino({"predict", workshop / "run", workshop.write("bare.csv", bare)}).exit_code == kDone);
  CHECK(lines(read_text(workshop / "run/out/predictions.csv")) == found);  // a second predict begins another file
  const auto second = lines(read_text(workshop / "run/out/predictions-2.csv"));
  REQUIRE(second.size() == found.size());
  CHECK(fields(second[1])[1].empty());
  CHECK(all_files(workshop / "run/out").size() == 2);
}

TEST_CASE("columns are chosen and ordered, the delimiter too; append adds rows under one header and refuses another") {
  const Workshop workshop;
  const std::string writer = "columns = ['class', 'row', 'outputs']\ndelimiter = ';'\nappend = true\nfilename = 'p.txt'\n";
  REQUIRE(workshop.run(wine_manifest(writer), "run").exit_code == kDone);
  for (int i = 0; i < 2; ++i) REQUIRE(workshop.treino({"predict", workshop / "run", wine}).exit_code == kDone);
  const auto found = lines(read_text(workshop / "run/p.txt"));
  REQUIRE(found.size() == 1 + 2 * 178);
  CHECK(found[0] == "class;row;output_0;output_1;output_2");
  for (std::size_t i = 1; i <= 178; ++i) {
    const auto own = fields(found[i], ';');
    REQUIRE(own.size() == 5);
    CHECK(own[1] == std::to_string(i - 1));
    CHECK(found[i + 178] == found[i]);
    const double a = std::stod(own[2]), b = std::stod(own[3]), c = std::stod(own[4]);
    CHECK(own[0] == (a >= b && a >= c ? "class_0" : b >= c ? "class_1" : "class_2"));
  }
  write_text(workshop / "run/p.txt", "class;row\nclass_0;1\n");
  const Finished refused = workshop.treino({"predict", workshop / "run", wine});
  CHECK(refused.exit_code == kFailed);
  CHECK(contains(refused.error, (workshop / "run/p.txt").string() + ": has other columns"));
  CHECK(contains(refused.error, "its first line should be class;row;output_0;output_1;output_2"));
  CHECK(read_text(workshop / "run/p.txt") == "class;row\nclass_0;1\n");
}

TEST_CASE("the predictions of the last validation and of the test are those that the run's accuracy was counted from") {
  const Workshop workshop;
  REQUIRE(workshop.run(wine_manifest("of = ['validation', 'test']\n"), "run").exit_code == kDone);
  for (const auto& [part, prefix] : std::map<std::string, std::string>{{"validation", "val_"}, {"test", "test_"}}) {
    CAPTURE(part);
    const auto found = lines(read_text(workshop / ("run/predictions-" + part + ".csv")));
    REQUIRE(found.size() > 30);
    double right = 0;
    std::set<std::string> rows;
    const auto data = lines(read_text(wine));  // with a header
    for (std::size_t i = 1; i < found.size(); ++i) {
      const auto own = fields(found[i]);
      CHECK(own[1] == fields(data.at(1 + std::stoul(own[0]))).back());
      right += own[1] == own[2] ? 1 : 0;
      rows.insert(own[0]);
    }
    CHECK(rows.size() == found.size() - 1);
    CHECK(right / static_cast<double>(found.size() - 1) ==
          Approx(std::stod(fact(workshop / "run", "/scalars/" + prefix + "accuracy"))));
  }
  REQUIRE(workshop.treino({"evaluate", workshop / "run"}).exit_code == kDone);
  CHECK(read_text(workshop / "run/predictions-test-2.csv") == read_text(workshop / "run/predictions-test.csv"));
}

TEST_CASE("quantities have outputs, and no class") {
  const Workshop workshop;
  std::string data = "x,y\n";
  for (int i = 0; i < 40; ++i) data += std::to_string(i % 7) + "." + std::to_string(i) + "," + std::to_string(i % 5) + ".5\n";
  const auto manifest = [&](const std::string& writer) {
    return "[run]\nname = 'line'\nseed = 1\nepochs = 2\n[data]\ntrain = { file = '" + workshop.write("line.csv", data).string() +
           "', target = 'y', target_kind = 'values', validation = 0.25 }\nbatch_size = 8\n[model]\nlayers = [ { type = 'dense', "
           "units = 1 } ]\n"
           "[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.001\n[loss]\nplugin = 'mse'\n[[callback]]\nplugin = 'csv_writer'\nof "
           "= "
           "'validation'\n" +
           writer;
  };
  REQUIRE(workshop.run(manifest(""), "run").exit_code == kDone);
  const auto found = lines(read_text(workshop / "run/predictions-validation.csv"));
  REQUIRE(found.size() == 11);
  CHECK(found[0] == "row,target,output");
  for (std::size_t i = 1; i < found.size(); ++i) CHECK(contains(fields(found[i])[1], ".5"));
  const Finished refused = workshop.run(manifest("columns = ['class']\n"), "refused");
  CHECK(refused.exit_code == kFailed);
  CHECK(contains(refused.error, "columns: there is no class to write, since the target is a quantity; take \"outputs\""));
}

TEST_CASE("formulas add columns of one's own, and a formula that cannot be is refused before training") {
  const Workshop workshop;
  const std::string writer =
      "of = ['validation', 'predict']\ncolumns = ['row', 'outputs', 'probabilities']\n"
      "formulas = ['margin = output_2 - output_0', 'likeliest = math.max(probability_0, probability_1, probability_2)', "
      "'odd = row % 2', 'label = target', 'known = target == target and 1 or 0']\n";
  REQUIRE(workshop.run(wine_manifest(writer), "run").exit_code == kDone);
  REQUIRE(workshop.treino({"predict", workshop / "run", wine}).exit_code == kDone);
  const auto data = lines(read_text(wine));
  for (const std::string part : {"-validation", ""}) {
    const auto found = lines(read_text(workshop / ("run/predictions" + part + ".csv")));
    REQUIRE(found.size() > 30);
    CHECK(found[0] ==
          "row,output_0,output_1,output_2,probability_class_0,probability_class_1,probability_class_2,"
          "margin,likeliest,odd,label,known");
    for (std::size_t i = 1; i < found.size(); ++i) {
      const auto own = fields(found[i]);
      REQUIRE(own.size() == 12);
      CHECK(std::stod(own[7]) == Approx(std::stod(own[3]) - std::stod(own[1])));
      CHECK(std::stod(own[8]) == Approx(std::max({std::stod(own[4]), std::stod(own[5]), std::stod(own[6])})));
      CHECK(own[9] == std::to_string(std::stoul(own[0]) % 2));
      const std::string label = fields(data.at(1 + std::stoul(own[0]))).back();   // class_0, class_1, class_2
      CHECK(own[10] == (part.empty() ? "nan" : label.substr(label.size() - 1)));  // predict does not look at targets
      CHECK(own[11] == (part.empty() ? "0" : "1"));
    }
  }
  for (const auto& [formula, text] : std::map<std::string, std::string>{
           {"output_1 - output_0", "expected a column's name, = and a formula, as \"margin = output_1 - output_0\""},
           {"m = output_3", "formula of column m gives a nil, not a number"},
           {"m = outptu_1 + 1", "attempt to perform arithmetic on a nil value (global 'outptu_1')"},
           {"m = output_1 +", "formula of column m:1: unexpected symbol near <eof>"}}) {
    INFO(formula);
    const Finished refused = workshop.run(wine_manifest("of = 'validation'\nformulas = '" + formula + "'\n"), "refused");
    CHECK(refused.exit_code == kFailed);
    CHECK(contains(refused.error, text));
    CHECK_FALSE(fs::exists(workshop / "refused/predictions-validation.csv"));
    fs::remove_all(workshop / "refused");
  }
}

TEST_CASE("a folder that cannot be made is reported, and on_error decides") {
  const Workshop workshop;
  workshop.write("taken", "a file");
  const std::string writer = "of = 'validation'\ndir_path = '" + (workshop / "taken").string() + "/deeper'\n";
  const Finished stopped = workshop.run(wine_manifest(writer), "stopped");
  CHECK(stopped.exit_code == kFailed);
  CHECK(contains(stopped.error, (workshop / "taken").string()));
  const Finished disabled = workshop.run(wine_manifest(writer + "on_error = 'disable'\n"), "disabled");
  CHECK(disabled.exit_code == kDone);
  CHECK(contains(disabled.output, "disabled, the run continues without it"));
}

TEST_CASE("predictions that find no room leave no file, and what was there stays as it was") {
  const Workshop workshop;
  const SmallDisk disk(workshop / "disk");
  if (!disk.ready) {
    WARN("not run: it takes the right to mount a file system");
    return;
  }
  const std::string file = workshop / "disk/predictions.csv";
  for (const std::string append : {"false", "true"}) {
    const std::string writer = "dir_path = '" + (workshop / "disk").string() + "'\nappend = " + append + "\n";
    REQUIRE(workshop.run(wine_manifest(writer), append).exit_code == kDone);
    if (append == "true") REQUIRE(workshop.treino({"predict", workshop / append, wine, "--trust"}).exit_code == kDone);
    disk.fill();
    const auto before = all_files(workshop / "disk");
    const Finished finished = workshop.treino({"predict", workshop / append, wine, "--trust"});
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "disk/predictions.csv"));
    CHECK(contains(finished.error, "No space left on device"));
    CHECK((all_files(workshop / "disk") == before));
    disk.empty();
  }
}
