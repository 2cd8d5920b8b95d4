// A trained model after its training data have changed or are gone, and without the plugins that only watched the training.
#include <nlohmann/json.hpp>

#include "small_model.hpp"

using namespace treino::test;

namespace {

const std::string prepared = "scaling = 'standardize'";
const std::string split = ", validation = 0.2, test = 0.25";

/// The mean squared error of what predict printed, against 2 a - b.
double error_of(const std::string& predictions, const std::string& data) {
  const auto predicted = lines(predictions), rows = lines(data);
  double sum = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double value = std::stod(predicted.at(i).substr(predicted[i].rfind(',') + 1));
    const double wanted = std::stod(rows[i].substr(rows[i].rfind(',') + 1));
    sum += (value - wanted) * (value - wanted);
  }
  return sum / static_cast<double>(rows.size() - 1);
}

double loss_of(const std::string& table) { return std::stod(table.substr(table.find("loss") + 4)); }

/// Takes the key out of every plugin in a run's plugins.json.
void forget_events(const fs::path& run) {
  auto plugins = nlohmann::json::parse(read_text(run / "plugins.json"));
  for (auto& plugin : plugins) plugin.erase("events");
  write_text(run / "plugins.json", plugins.dump());
}

/// With no plugins but the built-in ones.
Finished bare(const Workshop& workshop, std::vector<std::string> arguments) {
  ProcessOptions options = workshop.command(std::move(arguments));
  options.environment["TREINO_PLUGIN_PATH"] = "";
  return run_process(options);
}

}  // namespace

TEST_CASE("predict gives what it gave when the training file grows, and when it is gone") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,2\n3,4\n");
  REQUIRE(workshop.run(linear_manifest(split, "", prepared), "run").exit_code == kDone);
  const Finished before = workshop.treino({"predict", workshop / "run", fresh});
  REQUIRE(before.exit_code == kDone);
  REQUIRE(lines(before.output).size() == 3);
  std::string grown = linear_data();
  for (int i = 0; i < 30; ++i) grown += "1000,-7,3\n";
  workshop.write("d.csv", grown);
  CHECK(workshop.treino({"predict", workshop / "run", fresh}).output == before.output);
  fs::remove(workshop / "d.csv");
  const Finished after = workshop.treino({"predict", workshop / "run", fresh});
  INFO(after.error);
  CHECK(after.output == before.output);
}

TEST_CASE("evaluate on a part of the run's data refuses another part than the run's") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  REQUIRE(workshop.run(linear_manifest(split, "", prepared), "run").exit_code == kDone);
  const auto evaluate = [&](const std::string& part, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"evaluate", workshop / "run", "--on", part};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return workshop.treino(arguments);
  };
  std::map<std::string, std::string> before;
  for (const std::string part : {"test", "validation", "train"}) {
    before[part] = evaluate(part).output;
    CHECK(contains(before[part], "loss"));
    CHECK(evaluate(part, {"--set", "run.seed=8"}).exit_code == kBadInput);  // another split
  }
  workshop.write("d.csv", linear_data() + "7,7,7\n");
  for (const std::string part : {"test", "validation", "train"}) {
    const Finished changed = evaluate(part);
    CHECK(changed.exit_code == kBadInput);
    CHECK(contains(changed.error, "d.csv: has changed since the run was trained"));
    CHECK(contains(changed.error, part + " data"));
    CHECK(contains(changed.error, "--data"));
  }
  fs::remove(workshop / "d.csv");
  CHECK(evaluate("test").exit_code == kBadInput);
  CHECK(contains(evaluate("test").error, "d.csv"));
  workshop.write("d.csv", linear_data());
  for (const auto& [part, output] : before) CHECK(evaluate(part).output == output);
}

TEST_CASE("evaluate on a file needs neither the training file nor a guess at the target") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  REQUIRE(workshop.run(linear_manifest("", "", prepared), "run").exit_code == kDone);
  fs::remove(workshop / "d.csv");
  // y = 0, 1, 2, ... would be classes to a reader that guesses.
  const std::string rows = "a,b,y\n1,1,0\n2,1,1\n3,2,2\n0,5,1\n";
  const fs::path file = workshop.write("e.csv", rows);
  const Finished finished = workshop.treino({"evaluate", workshop / "run", "--data", file});
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(loss_of(finished.output) == Approx(error_of(workshop.treino({"predict", workshop / "run", file}).output, rows)));
}

TEST_CASE("a validation or test file that has changed is noticed by evaluate, and its own file alone is read") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  workshop.write("v.csv", linear_data());
  workshop.write("t.csv", "a,b,y\n1,1,1\n2,2,2\n0,3,-3\n");
  REQUIRE(workshop.run(linear_manifest("", "", "validation = 'v.csv'\ntest = 't.csv'"), "run").exit_code == kDone);
  const std::string before = workshop.treino({"evaluate", workshop / "run"}).output;
  fs::remove(workshop / "d.csv");
  CHECK(workshop.treino({"evaluate", workshop / "run"}).output == before);
  workshop.write("v.csv", linear_data() + "1,1,1\n");
  const Finished changed = workshop.treino({"evaluate", workshop / "run", "--on", "validation"});
  CHECK(changed.exit_code == kBadInput);
  CHECK(contains(changed.error, "v.csv: has changed"));
  const Finished none = workshop.treino({"evaluate", workshop / "run", "--on", "train"});
  CHECK(none.exit_code == kBadInput);
}

TEST_CASE("a run does not continue with other validation data") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  workshop.write("v.csv", linear_data());
  REQUIRE(workshop.run(linear_manifest("", "", "validation = 'v.csv'"), "run").exit_code == kDone);
  workshop.write("v.csv", linear_data() + "1,1,1\n");
  const Finished changed = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=5"});
  CHECK(changed.exit_code == kBadInput);
  CHECK(contains(changed.error, "the validation data are not those the run began with"));
  workshop.write("v.csv", linear_data());
  CHECK(workshop.treino({"resume", workshop / "run", "--set", "run.epochs=5"}).exit_code == kDone);
}

TEST_CASE("plugins that only watched the training are not needed for predict and evaluate") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,2\n");
  const std::string watching = "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 0\n";
  REQUIRE(workshop.run(linear_manifest(", test = 0.2", watching), "run").exit_code == kDone);
  const std::string before = workshop.treino({"predict", workshop / "run", fresh}).output;
  const Finished predicted = bare(workshop, {"predict", workshop / "run", fresh});
  INFO(predicted.error);
  CHECK(predicted.exit_code == kDone);
  CHECK(predicted.output == before);
  CHECK(bare(workshop, {"evaluate", workshop / "run"}).exit_code == kDone);
  // A run of an earlier version does not tell whether the plugin had to do with predictions.
  forget_events(workshop / "run");
  const Finished unknown = bare(workshop, {"predict", workshop / "run", fresh});
  CHECK(unknown.exit_code == kBadInput);
  CHECK(contains(unknown.error, "there is no callback 'slow_sleeper'"));
}

TEST_CASE("predict needs no metric, and evaluate those of the run") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,2\n");
  REQUIRE(workshop.run(linear_manifest(", test = 0.2", "[[metric]]\nplugin = 'nan_metric'\n"), "run").exit_code == kDone);
  CHECK(bare(workshop, {"predict", workshop / "run", fresh}).exit_code == kDone);
  const Finished evaluated = bare(workshop, {"evaluate", workshop / "run"});
  CHECK(evaluated.exit_code == kBadInput);
  CHECK(contains(evaluated.error, "there is no metric 'nan_metric'"));
}

TEST_CASE("a variable that only a left-out callback reads need not be set, and others may still name it") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,2\n");
  const std::string callbacks =
      "[[callback]]\nplugin = 'csv_logger'\nfilename = '${TREINO_TEST_NAME}.csv'\n"
      "[[callback]]\nplugin = 'csv_writer'\nof = ['predict']\nafter = ['csv_logger']\n";
  ProcessOptions run =
      workshop.command({"run", workshop.write("m.toml", linear_manifest("", callbacks)), "--folder", workshop / "run"});
  run.environment["TREINO_TEST_NAME"] = "history";
  const Finished trained = run_process(run);
  INFO(trained.error);
  REQUIRE(trained.exit_code == kDone);
  const Finished predicted = workshop.treino({"predict", workshop / "run", fresh});
  INFO(predicted.error);
  CHECK(predicted.exit_code == kDone);
  CHECK(fs::exists(workshop / "run/predictions.csv"));
}

TEST_CASE("weights of another tool are used with the run's own preparation") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  REQUIRE(workshop.run(linear_manifest("", "", "scale = 0.5"), "run").exit_code == kDone);
  const fs::path weights = workshop.write("w.safetensors", foreign_weights({2, -1}, {0.25f}));
  const fs::path fresh = workshop.write("new.csv", "a,b\n6,2\n0,0\n");
  // Of halved features: 2 * 3 - 1 + 0.25, and 0.25.
  CHECK(workshop.treino({"predict", workshop / "run", fresh, "--weights", weights}).output == "row,y\n0,5.25\n1,0.25\n");
}

TEST_CASE("a run of an earlier version, whose weights do not record its data, is refused with a sentence") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  REQUIRE(workshop.run(linear_manifest(), "run").exit_code == kDone);
  write_text(workshop / "run/model.safetensors", foreign_weights({2, -1}, {0}));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"evaluate", workshop / "run", "--data", workshop / "d.csv"},
        {"predict", workshop / "run", workshop / "d.csv"}}) {
    const Finished finished = workshop.treino(command);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, "model.safetensors: does not say what model it is of"));
    CHECK(lines(finished.error).size() == 1);
  }
}

TEST_CASE("a folder that is not a run, and files that are not its weights, are bad input to predict, evaluate and resume") {
  const Workshop workshop;
  const fs::path data = workshop.write("d.csv", linear_data());
  REQUIRE(workshop.run(linear_manifest(), "run").exit_code == kDone);
  fs::create_directory(workshop / "empty");
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& text) {
    const Finished finished = workshop.treino(arguments);
    INFO(arguments[0] << ' ' << arguments[1] << ": " << finished.error);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, text));
    CHECK(lines(finished.error).size() == 1);
  };
  for (const std::string command : {"resume", "evaluate", "predict"}) {
    const auto with = [&](const fs::path& folder, std::vector<std::string> more = {}) {
      std::vector<std::string> arguments = {command, folder};
      if (command == "predict") arguments.push_back(data);
      if (command == "evaluate") arguments.insert(arguments.end(), {"--data", data});
      arguments.insert(arguments.end(), more.begin(), more.end());
      return arguments;
    };
    refused(with(workshop / "nothing"),
            command == "resume" ? "nothing: there is no such run folder" : "nothing: there is no such model file or run folder");
    refused(with(workshop / "empty"),
            command == "resume" ? "empty: holds no manifest.toml" : "empty: holds no model.safetensors and no manifest.toml");
    refused(with(data), "d.csv");
    if (command == "resume") continue;
    refused(with(workshop / "run", {"--weights", workshop / "none"}), "none: is not there");
    refused(with(workshop / "run", {"--weights", data}), "d.csv");
    const fs::path other = workshop.write("other.safetensors", foreign_weights({1, 2, 3, 4}, {0, 0}));
    refused(with(workshop / "run", {"--weights", other}), "other.safetensors: tensor 'dense_1/weight' has shape 2x2");
  }
  refused({"predict", workshop / "run", workshop / "none.csv"}, "none.csv");
}
