// A model whose output is a sequence, with a target for each step, in the program's commands.
#include "workshop.hpp"

using namespace treino::test;

namespace {

/// 12 rows of 4 steps with a letter's number and the next one's: 0, 1, 2, 0, 1, ... from another place in each row.
std::string letters() {
  std::string text = "x0,x1,x2,x3,y0,y1,y2,y3\n";
  for (int row = 0; row < 12; ++row) {
    for (int i = 0; i < 8; ++i) text += std::to_string((row + i % 4 + i / 4) % 3) + (i == 7 ? "\n" : ",");
  }
  return text;
}

std::string letters_manifest(const std::string& target =
                                 "target = ['y0', 'y1', 'y2', 'y3'], target_kind = 'index', class_names = "
                                 "['a', 'b', 'c']",
                             const std::string& more = "") {
  return "[run]\nname = 'letters'\nseed = 1\nepochs = 40\nquiet = true\n[data]\ntrain = { file = 'letters.csv', " + target +
         " }\nbatch_size = 5\n[model]\nlayers = [\n  { type = 'embedding', input_dim = 3, output_dim = 4 },\n  { type = 'dense', "
         "units = 3 },\n]\n[optimizer]\nplugin = 'adam'\nlearning_rate = 0.1\n[loss]\nplugin = 'cross_entropy'\n[[metric]]\n"
         "plugin = 'accuracy'\n" +
         more;
}

class LetterShop : public Workshop {
 public:
  LetterShop() { write("letters.csv", letters()); }
};

}  // namespace

TEST_CASE("check says that the loss is taken at each step") {
  const LetterShop shop;
  const fs::path manifest = shop.write("m.toml", letters_manifest());
  const Finished checked = shop.treino({"check", manifest});
  INFO(checked.output << checked.error);
  REQUIRE(checked.exit_code == kDone);
  CHECK(contains(checked.output, "\nloss        cross_entropy, at each of 4 steps\n"));
  CHECK(contains(shop.treino({"check", "--json", manifest}).output, "\"steps\": 4"));
}

TEST_CASE("check refuses targets that do not fit the steps, before a run does") {
  const LetterShop shop;
  for (const auto& [target, fault] : std::map<std::string, std::string>{
           {"target = 'y0', features = ['x0', 'x1', 'x2', 'x3'], target_kind = 'index'",
            "m.toml:9:1: the model's output has shape 4x3, a sequence of 4 steps, and the target has 1 column: classes take 4, "
            "one "
            "for each step. For one target for each sample, end with a flatten or global_avg_pool and a dense layer"},
           {"target = ['y0', 'y1', 'y2', 'y3']",
            "cross_entropy: the target has 1 column of values, and the model has 3 outputs. If the target columns hold classes, "
            "say "
            "[data] train = { ..., target_kind = \"index\" }"},
           {"target = ['y0', 'y1', 'y2', 'y3'], target_kind = 'index', class_names = ['a', 'b', 'c', 'd']",
            "layer 2 dense: the model has 3 outputs, and the data have 4 classes (a, b, c, d)"}}) {
    const fs::path manifest = shop.write("m.toml", letters_manifest(target));
    const Finished checked = shop.treino({"check", manifest});
    INFO(checked.error);
    CHECK(checked.exit_code == kBadInput);
    CHECK(contains(checked.error, fault));
    const Finished run = shop.treino({"run", manifest});
    INFO(run.error);
    CHECK(run.exit_code != kDone);
    CHECK(contains(run.error, fault.substr(fault.rfind("If the target") == std::string::npos ? fault.find(": the ")
                                                                                             : fault.rfind("If the"))));
  }
}

TEST_CASE("run, evaluate, predict and lr take a model of sequences") {
  const LetterShop shop;
  const std::string writer = "[[callback]]\nplugin = 'csv_writer'\n";
  const Finished finished = shop.run(letters_manifest() + writer, "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  // Which letter follows is learnt whole.
  CHECK(fact(shop / "run", "/scalars/accuracy") == "1.0");
  const Finished evaluated = shop.treino({"evaluate", shop / "run", "--on", "train"});
  INFO(evaluated.error);
  CHECK(std::stod(value_of(evaluated.output, "accuracy")) == 1);

  const Finished predicted = shop.treino({"predict", shop / "run", shop / "letters.csv"});
  INFO(predicted.error);
  REQUIRE(predicted.exit_code == kDone);
  const std::vector<std::string> rows = lines(predicted.output);
  REQUIRE(rows.size() == 1 + 12 * 4);
  CHECK(rows[0] == "row,step,class,probability_a,probability_b,probability_c");
  CHECK(rows[1].substr(0, 6) == "0,0,b,");
  CHECK(rows[2].substr(0, 6) == "0,1,c,");
  CHECK(rows[3].substr(0, 6) == "0,2,a,");
  CHECK(rows[5].substr(0, 6) == "1,0,c,");
  CHECK(rows.back().substr(0, 7) == "11,3,a,");

  const Finished rate = shop.treino({"lr", shop.write("m.toml", letters_manifest())});
  INFO(rate.error);
  CHECK(rate.exit_code == kDone);
}

TEST_CASE("a callback that writes predictions writes a row for each step, with its sample's row") {
  const LetterShop shop;
  REQUIRE(
      shop.run(letters_manifest() + "[[callback]]\nplugin = 'csv_writer'\nof = 'predict'\ncolumns = ['row', 'class']\n", "run")
          .exit_code == kDone);
  REQUIRE(shop.treino({"predict", shop / "run", shop / "letters.csv"}).exit_code == kDone);
  const std::vector<std::string> rows = lines(read_text(shop / "run/predictions.csv"));
  REQUIRE(rows.size() == 1 + 12 * 4);
  CHECK(std::vector<std::string>(rows.begin(), rows.begin() + 6) ==
        std::vector<std::string>{"row,class", "0,b", "0,c", "0,a", "0,b", "1,c"});
}

TEST_CASE("further outputs that are sequences are shown with their steps, and predicted") {
  const LetterShop shop;
  std::string text = letters_manifest("target = 'y0', target_kind = 'index', features = ['x0', 'x1', 'x2', 'x3']");
  const std::string end = "units = 3 },\n";
  text.replace(text.find(end), end.size(),
               "units = 3, name = 'next' },\n  { type = 'flatten' },\n  { type = 'dense', units = 3 },\n");
  const std::string loss = "[loss]\nplugin = 'cross_entropy'\n";
  text.replace(text.find(loss), loss.size(),
               "[[loss]]\nplugin = 'cross_entropy'\n[[loss]]\nplugin = 'cross_entropy'\noutput = 'next'\ntarget = ['y0', 'y1', "
               "'y2', 'y3']\ntarget_kind = 'index'\n");
  const Finished checked = shop.treino({"check", shop.write("m.toml", text)});
  INFO(checked.output << checked.error);
  CHECK(contains(checked.output, "cross_entropy times 1, of the output next, at each of 4 steps\n"));
  REQUIRE(shop.run(text, "run").exit_code == kDone);
  const Finished predicted = shop.treino({"predict", shop / "run", shop / "letters.csv", "--output-layer", "next"});
  INFO(predicted.error);
  const std::vector<std::string> rows = lines(predicted.output);
  REQUIRE(rows.size() == 1 + 12 * 4);
  CHECK(rows[0] == "row,step,class,probability_0,probability_1,probability_2");
  CHECK(rows[3].substr(0, 6) == "0,2,0,");
  CHECK(lines(shop.treino({"predict", shop / "run", shop / "letters.csv"}).output).size() == 1 + 12);
}
