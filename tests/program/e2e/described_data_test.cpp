// What `treino check` tells from the heads of the data and from the plugins' descriptions, and the keys that it names.
#include <array>

#include "small_model.hpp"

using namespace treino::test;

namespace {

Finished check(const Workshop& workshop, const std::string& manifest) {
  return workshop.treino({"check", workshop.write("m.toml", manifest)});
}

/// By check, and by the run in the same words.
void expect_refusal(const Workshop& workshop, const std::string& manifest, const std::vector<std::string>& words) {
  const Finished checked = check(workshop, manifest), run = workshop.run(manifest, "run");
  INFO(checked.error << "\n" << run.error);
  CHECK(checked.exit_code == kBadInput);
  CHECK(run.exit_code == kBadInput);
  CHECK_FALSE(fs::exists(workshop / "run"));
  for (const std::string& word : words) {
    INFO(word);
    CHECK(contains(checked.error, word));
    CHECK(contains(run.error, word));
  }
}

}  // namespace

TEST_CASE("a column of words among the features is refused with the key that leaves it out") {
  const Workshop workshop;
  workshop.write("d.csv", "a,b,y\n1,red,3\n2,blue,4\n");
  const Finished checked = check(workshop, linear_manifest());
  INFO(checked.error);
  CHECK(checked.exit_code == kBadInput);
  CHECK(contains(checked.error, "m.toml:6:"));
  CHECK(contains(checked.error, "d.csv:2:2: expected a number, found 'red' (column 'b')"));
  CHECK(contains(checked.error, "name the columns that are features with features = [...]"));
  CHECK(check(workshop, linear_manifest(", features = ['a'], target_kind = 'values'")).exit_code == kDone);
}

TEST_CASE("a word that stands for a missing value, or comes after numbers, is refused with missing_markers") {
  const Workshop workshop;
  for (const auto& [rows, words] : std::vector<std::array<std::string, 2>>{
           {"1,NULL,3\n",
            "d.csv:2:2: expected a number, found 'NULL' (column 'b'); if it stands for a missing value, set missing_markers = "
            "['NULL']"},
           {"1,2,3\n1,later,3\n",
            "d.csv:3:2: expected a number, found 'later' (column 'b'); if it stands for a missing value, set "
            "missing_markers = ['later']; if the column holds words, "}}) {
    workshop.write("d.csv", "a,b,y\n" + rows);
    const Finished checked = check(workshop, linear_manifest());
    INFO(checked.error);
    CHECK(checked.exit_code == kBadInput);
    CHECK(contains(checked.error, words));
  }
  CHECK(check(workshop, linear_manifest(", target_kind = 'values', missing = 'zero', missing_markers = ['later']")).exit_code ==
        kDone);
}

TEST_CASE("a target of words is refused for losses and metrics of values, with its place, all at once") {
  const Workshop workshop;
  workshop.write("d.csv", "a,b,y\n1,2,low\n2,3,high\n");
  std::string manifest = linear_manifest("", "[[metric]]\nplugin = 'mape'\n");
  manifest.replace(manifest.find("'mse'"), 5, "'mape'");
  const Finished checked = check(workshop, manifest);
  INFO(checked.error);
  CHECK(checked.exit_code == kBadInput);
  CHECK(contains(checked.error, "m.toml:14:10: mape_loss takes a target of values, and the data have index, which are texts ("));
  CHECK(contains(checked.error, "d.csv:2:3: 'low'). Name another column with target, or take a loss of classes"));
  CHECK(contains(checked.error, "m.toml:16:10: mape takes a target of values"));
  const Finished run = workshop.run(manifest, "run");
  CHECK(run.exit_code == kBadInput);
  CHECK(contains(run.error, "Name another column with target, or take a metric of classes"));
}

TEST_CASE("a target that only the first rows show is not judged by them, unless they are enough") {
  const Workshop workshop;
  std::string classes = "a,b,y\n", values = "a,b,y\n";
  for (int i = 0; i < 1200; ++i) {
    classes += "1,2," + std::to_string(i % 3) + "\n";
    values += "1,2," + std::to_string(i % 3) + ".5\n";
  }
  workshop.write("c.csv", classes + "1,2,3.5\n");  // values in the end
  CHECK(check(workshop, classifier_manifest(1, "mse")).exit_code == kDone);
  workshop.write("c.csv", values);
  const Finished checked = check(workshop, classifier_manifest(3, "cross_entropy"));
  INFO(checked.error);
  CHECK(checked.exit_code == kBadInput);
  CHECK(contains(checked.error, "cross_entropy: the target has 1 column of values, and the model has 3 outputs"));
}

TEST_CASE("labels 1, 2, 3 lead to target_kind and class_names") {
  const Workshop workshop;
  workshop.write("c.csv", "a,b,y\n0,0,1\n1,0,2\n0,1,3\n");
  expect_refusal(workshop, classifier_manifest(3, "cross_entropy"),
                 {"target_kind = \"index\"", "class_names = [\"1\", \"2\", \"3\"]", "0 is a class too"});
  // Four classes, the first of which has no sample.
  expect_refusal(workshop, classifier_manifest(3, "cross_entropy", "", ", target_kind = 'index'"),
                 {"layer 1 dense: the model has 3 outputs, and the data have 4 classes (0, 1, 2, 3)", "no label is below 1",
                  "name the others with class_names = [\"1\", \"2\", \"3\"]"});
  CHECK(check(workshop, classifier_manifest(3, "cross_entropy", "", ", class_names = ['1', '2', '3']")).exit_code == kDone);
}

TEST_CASE("what readers say of a file never shows what its path was built from") {
  const Workshop workshop;
  fs::create_directory(workshop / "hunter2");
  const auto command = [&](std::vector<std::string> arguments) {
    ProcessOptions options = workshop.command(std::move(arguments));
    options.environment["PLACE"] = (workshop / "hunter2").string();
    return run_process(options);
  };
  std::string manifest = linear_manifest();
  manifest.replace(manifest.find("'d.csv'"), 7, "'${PLACE}/d.csv'");
  const fs::path file = workshop.write("m.toml", manifest);
  for (const std::string rows : {"", "a,b,y\n", "a,b,y\n1,2\n", "a,b,y\n1,x,3\n", "a,b,z\n1,2,3\n"}) {
    write_text(workshop / "hunter2/d.csv", rows);
    for (const std::string verb : {"check", "run"}) {
      std::vector<std::string> arguments = {verb, file};
      if (verb == "run") arguments.insert(arguments.end(), {"--folder", workshop / "run"});
      const Finished finished = command(arguments);
      INFO(verb << " of " << rows << finished.error);
      CHECK(finished.exit_code != kDone);
      CHECK_FALSE(contains(finished.error + finished.output, "hunter2"));
      CHECK(contains(finished.error, "${PLACE}/d.csv"));
    }
  }
  write_text(workshop / "hunter2/d.csv", linear_data());
  REQUIRE(command({"run", file, "--folder", workshop / "run"}).exit_code == kDone);
  write_text(workshop / "hunter2/d.csv", linear_data() + "1,2,3\n");
  const Finished changed = command({"evaluate", workshop / "run", "--on", "train"});
  CHECK(changed.exit_code != kDone);
  CHECK_FALSE(contains(changed.error, "hunter2"));
}
