// [run] validate_every and validate_first: when validations come, that training does not notice them, and that every callback with a
// monitor acts on values that are new.
#include <cmath>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// Rows (x, y) of the training, three batches of two in their order, and of the validation.
const double train_x[6] = {1.5, -0.5, 2, -1, 0.25, 1}, train_y[6] = {0.5, 1, -1, 0.75, 2, -0.25};
const double valid_x[2] = {0.5, 1}, valid_y[2] = {1, 0};

/// y = weight * x + bias, begun at 1 and 0.
std::string fitted_line(const Workshop& workshop, const std::string& run, const std::string& more = "",
                        const char* first_y = "0.5") {
  write_text(workshop.path() / "d.csv", std::string("x,y\n1.5,") + first_y + "\n-0.5,1\n2,-1\n-1,0.75\n0.25,2\n1,-0.25\n");
  write_text(workshop.path() / "v.csv", "x,y\n0.5,1\n1,0\n");
  return "[run]\nthreads = 1\n" + run +
         "\n[data]\nshuffle = false\nbatch_size = 2\nvalidation = \"v.csv\"\n"
         "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\n"
         "[model]\nlayers = [ { type = \"dense\", units = 1, initializer = \"ones\" } ]\n"
         "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"mse\"\n" +
         more;
}

struct Line {
  double weight = 1, bias = 0, validation_loss = 0;
};

/// After each of so many steps, in double; the first is the line that is begun with.
std::vector<Line> lines_after(int steps) {
  std::vector<Line> lines(1);
  for (int step = 0; step <= steps; ++step) {
    Line& line = lines.back();
    for (int i = 0; i < 2; ++i) line.validation_loss += std::pow(line.weight * valid_x[i] + line.bias - valid_y[i], 2) / 2;
    if (step == steps) break;
    double slope = 0, intercept = 0;  // of mean (weight x + bias - y)^2 by the weight and the bias
    for (int i = step % 3 * 2; i < step % 3 * 2 + 2; ++i) {
      const double error = line.weight * train_x[i] + line.bias - train_y[i];
      slope += error * train_x[i];
      intercept += error;
    }
    lines.push_back({line.weight - 0.1 * slope, line.bias - 0.1 * intercept, 0});
  }
  return lines;
}

/// A callback that appends `what`, a piece of Lua, to the file `seen` at each of the events.
std::string noted_at(const Workshop& workshop, const std::vector<std::string>& events, const std::string& what) {
  std::string text = "[[callback]]\nplugin = \"lambda\"\nname = \"witness\"\nunsafe = true\n";
  for (const std::string& event : events)
    text += "on_" + event + " = \"local f = io.open('" + (workshop.path() / "seen").string() + "', 'a') f:write(" + what +
            ") f:close()\"\n";
  return text;
}

/// What was noted since this was asked last.
std::string seen(const Workshop& workshop) {
  const std::string text =
      std::filesystem::exists(workshop.path() / "seen") ? read_text(workshop.path() / "seen") : std::string();
  std::filesystem::remove(workshop.path() / "seen");
  return text;
}

const std::vector<std::string> turns = {"run_begin",      "epoch_begin", "batch_end", "validation_begin",
                                        "validation_end", "epoch_end",   "run_end"};
/// With + where val_loss has a value.
const std::string place_and_value = "event:sub(4), ' ', batch, '/', batches, ' ', step, logs.val_loss and ' +' or '', '\\\\n'";
const std::string each_validation = "step, ' '";
const std::string saved_each_step =
    "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 1\nasync_checkpoint = false\n";

std::vector<double> numbers_in(const std::string& text) {
  std::istringstream stream(text);
  std::vector<double> numbers;
  for (double number = 0; stream >> number;) numbers.push_back(number);
  return numbers;
}

}  // namespace

TEST_CASE("validation every two steps comes after the batch, within the epoch or at its end, and its value is there until then") {
  const Workshop workshop;
  SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 2\nvalidate_every = \"2 steps\"",
                                          noted_at(workshop, turns, place_and_value))),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  CHECK(seen(workshop) ==
        "run_begin 0/3 0\n"
        "epoch_begin 0/3 0\nbatch_end 0/3 1\nbatch_end 1/3 2\nvalidation_begin 2/1 2\nvalidation_end 2/3 2 +\nbatch_end 2/3 3\n"
        "epoch_end 3/3 3\n"
        "epoch_begin 0/3 3\nbatch_end 0/3 4\nvalidation_begin 1/1 4\nvalidation_end 1/3 4 +\nbatch_end 1/3 5\nbatch_end 2/3 6\n"
        "validation_begin 3/1 6\nvalidation_end 3/3 6 +\nepoch_end 3/3 6 +\n"
        "run_end 0/3 6 +\n");
}

TEST_CASE("validation every two epochs leaves the others without a value") {
  const Workshop workshop;
  SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 5\nvalidate_every = \"2 epochs\"",
                                          noted_at(workshop, {"validation_end", "epoch_end"},
                                                   "event:sub(4), ' ', epoch, logs.val_loss and ' +' or '', '\\\\n'"))),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  CHECK(seen(workshop) ==
        "epoch_end 0\nvalidation_end 1 +\nepoch_end 1 +\nepoch_end 2\nvalidation_end 3 +\nepoch_end 3 +\nepoch_end 4\n");
}

TEST_CASE("validate_first comes between run_begin and the first epoch, once, and no callback acts on it") {
  const Workshop workshop;
  // The losses of validation rise from the first on: who takes the one before the first step for the best stops at once.
  const std::string more = noted_at(workshop, turns, place_and_value) +
                           "[[callback]]\nplugin = \"early_stopping\"\nmin_delta = 1000.0\npatience = 1\n" + saved_each_step;
  const std::string text = fitted_line(workshop, "epochs = 9\nvalidate_first = true", more);
  SilentRun run(workshop.plan(text), workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.outcome == host::Outcome::early_stopped);
  CHECK(result.epochs == 2);
  const std::string story = seen(workshop);
  CHECK(story.rfind("run_begin 0/3 0\nvalidation_begin 0/1 0\nvalidation_end 0/3 0 +\nepoch_begin 0/3 0\nbatch_end 0/3 1\n", 0) ==
        0);
  SilentRun rest(workshop.plan(text), workshop.path() / "rest");
  rest.restore(workshop.path() / "run/w/1.safetensors");
  CHECK(rest.fit().epochs == 2);
  CHECK(seen(workshop).rfind("run_begin 1/3 1\nbatch_end 1/3 2\n", 0) == 0);
}

TEST_CASE("each validation measures the weights of its step") {
  const Workshop workshop;
  SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 3\nvalidate_every = \"2 steps\"\nvalidate_first = true",
                                          noted_at(workshop, {"validation_end"}, "string.format('%.9f ', logs.val_loss)"))),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  const auto found = numbers_in(seen(workshop));
  const auto lines = lines_after(8);
  REQUIRE(found.size() == 5);
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(lines[2 * i].validation_loss).epsilon(1e-5));
}

TEST_CASE("training does not notice validations: dropout, batch norm, accumulated gradients, loss and metrics, bit for bit") {
  const Workshop workshop;
  const std::string model = R"([model]
layers = [ { type = "dense", units = 8 }, { type = "batch_norm" }, { type = "relu" }, { type = "dropout", rate = 0.3 },
           { type = "dense", units = 3 } ]
)";
  // At each step too: who reads the running values between is not to read those of a validation.
  const std::string what = "string.format('%d %.17g %.17g %.17g\\\\n', step, logs.loss, logs.accuracy, logs.auc)";
  const std::string text = wine + model + "[[metric]]\nplugin = \"accuracy\"\n[[metric]]\nplugin = \"auc\"\n" +
                           noted_at(workshop, {"step_end", "epoch_end"}, what);
  const std::vector<std::string> accumulated = {"run.accumulate=2"};
  SilentRun plain(workshop.plan(text, accumulated), workshop.path() / "plain");
  REQUIRE(plain.fit().outcome == host::Outcome::done);
  const std::string expected = seen(workshop);
  for (const std::string every : {"1 step", "3 steps", "2 epochs", "0.0000001 s"}) {
    INFO(every);
    std::vector<std::string> settings = accumulated;
    settings.push_back("run.validate_every=" + every);
    settings.push_back("run.validate_first=true");
    SilentRun run(workshop.plan(text, settings), workshop.path() / "run");
    REQUIRE(run.fit().outcome == host::Outcome::done);
    CHECK(weights_of(run) == weights_of(plain));
    CHECK(seen(workshop) == expected);
  }
}

TEST_CASE("by the clock, a validation comes with the first step after the time") {
  const Workshop workshop;
  const auto validated = [&](const std::string& every) {
    SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 3\nvalidate_every = \"" + every + "\"",
                                            noted_at(workshop, {"validation_end"}, each_validation))),
                  workshop.path() / "run");
    REQUIRE(run.fit().outcome == host::Outcome::done);
    return seen(workshop);
  };
  CHECK(validated("0.0000001 s") == "1 2 3 4 5 6 7 8 9 ");
  CHECK(validated("1000 h").empty());
}

TEST_CASE("a run that is resumed after any step is validated where it would have been") {
  const Workshop workshop;
  const std::string text = fitted_line(workshop, "epochs = 4\naccumulate = 2\nvalidate_every = \"3 steps\"",
                                       noted_at(workshop, {"validation_end"}, each_validation) + saved_each_step);
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);  // of two steps per epoch
  CHECK(seen(workshop) == "3 6 ");
  for (int step = 1; step <= 8; ++step) {
    INFO("from step " << step);
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / ("whole/w/" + std::to_string(step) + ".safetensors"));
    REQUIRE(rest.fit().outcome == host::Outcome::done);
    // At an epoch's end the validation comes after the save that its last step asks for.
    CHECK(seen(workshop) == (step < 3 ? "3 6 " : step <= 6 ? "6 " : ""));
    CHECK(weights_of(rest) == weights_of(whole));
  }
}

TEST_CASE("a refused step is followed by no validation of the one before") {
  const Workshop workshop;
  // The first batch of each epoch has a loss that no float32 holds.
  SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 3\nvalidate_every = \"2 steps\"",
                                          "[[callback]]\nplugin = \"terminate_on_nan\"\naction = \"skip_step\"\n" +
                                              noted_at(workshop, {"validation_end"}, each_validation),
                                          "1e30")),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  CHECK(seen(workshop) == "2 4 6 ");
}

TEST_CASE("early_stopping counts epochs with a value, and each validation within an epoch") {
  const auto stopped = [](const std::string& every, const std::string& more) {
    const Workshop workshop;
    SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 20\nvalidate_every = \"" + every + "\"",
                                            "[[callback]]\nplugin = \"early_stopping\"\nmin_delta = 1000.0\n" + more)),
                  workshop.path() / "run");
    const train::Result result = run.fit();
    CHECK(result.outcome == host::Outcome::early_stopped);
    return std::to_string(run.run.progress.position().step) + ": " + result.reason.substr(0, result.reason.find(" ("));
  };
  // Validated after the epochs 2, 4, 6: the second value is the first without an improvement.
  CHECK(stopped("2 epochs", "patience = 1\n") == "12: val_loss has not improved for 1 epoch");
  CHECK(stopped("2 epochs", "patience = 2\n") == "18: val_loss has not improved for 2 epochs");
  // Validated after the steps 2, 4, 6 (an epoch's end), 8.
  CHECK(stopped("2 steps", "patience = 1\n") == "4: val_loss has not improved for 1 validation");
  CHECK(stopped("2 steps", "patience = 2\n") == "6: val_loss has not improved for 2 epochs");
  CHECK(stopped("2 steps", "patience = 3\n") == "8: val_loss has not improved for 3 validations");
  // The training's loss is looked at as ever.
  CHECK(stopped("2 steps", "monitor = \"loss\"\npatience = 2\n") == "9: loss has not improved for 2 epochs");
}

TEST_CASE("restore_best_weights brings back the weights of the best validation, within an epoch too") {
  const Workshop workshop;
  SilentRun run(
      workshop.plan(fitted_line(workshop, "epochs = 3\nvalidate_every = \"4 steps\"",
                                "[[callback]]\nplugin = \"early_stopping\"\npatience = 99\nrestore_best_weights = true\n"
                                "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"best.safetensors\"\n"
                                "save_best_only = true\nsave_weights_only = true\n")),
      workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  const auto lines = lines_after(8);
  const std::size_t best = lines[4].validation_loss < lines[8].validation_loss ? 4 : 8;  // both are within epochs
  check_near(weights_of(run), {lines[best].weight, lines[best].bias});
  SilentRun saved(workshop.plan(fitted_line(workshop, "epochs = 3")), workshop.path() / "saved");
  saved.load_weights(workshop.path() / "run/best.safetensors");
  CHECK(weights_of(saved) == weights_of(run));
}

TEST_CASE("reduce_lr_on_plateau counts epochs with a value, and each validation within an epoch") {
  const auto rates = [](const std::string& every) {
    const Workshop workshop;
    SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 6\nvalidate_every = \"" + every + "\"",
                                            "[[callback]]\nplugin = \"reduce_lr_on_plateau\"\nmin_delta = 1000.0\npatience = 1\n"
                                            "factor = 0.5\n" +
                                                noted_at(workshop, {"step_end"}, "string.format('%g ', lr)"))),
                  workshop.path() / "run");
    REQUIRE(run.fit().outcome == host::Outcome::done);
    return seen(workshop);
  };
  // Cut by the second validation, after the fourth epoch; and by each after step 2: after 6, an epoch's end, and 10.
  CHECK(rates("2 epochs") == "0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.05 0.05 0.05 0.05 0.05 0.05 ");
  CHECK(rates("4 steps") == "0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.05 0.05 0.05 0.05 0.025 0.025 0.025 0.025 0.0125 0.0125 ");
}

TEST_CASE("snapshot_saver counts validations, over a resume too") {
  const Workshop workshop;
  const std::string text =
      fitted_line(workshop, "epochs = 4\nvalidate_every = \"2 steps\"\nvalidate_first = true",
                  "[[callback]]\nplugin = \"snapshot_saver\"\ndirpath = \"s\"\nsave_every_n_eval_epochs = 2\n");
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);
  const auto saved = [&](const std::string& run) {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(workshop.path() / run / "s"))
      names.insert(file.path().filename().string());
    return names;
  };
  // Of the validations after 2, 4, 6 (an end), 8, 10 and 12 steps (an end) each second one.
  using Names = std::set<std::string>;
  CHECK(saved("whole") == Names{"epoch_1_step_4.safetensors", "epoch_2_step_8.safetensors", "epoch_3_step_12.safetensors"});
  SilentRun rest(workshop.plan(text), workshop.path() / "rest");
  rest.restore(workshop.path() / "whole/s/epoch_1_step_4.safetensors");
  REQUIRE(rest.fit().outcome == host::Outcome::done);
  CHECK(saved("rest") == saved("whole"));  // what it was saved in is saved again, since it had not been told that it is
}

TEST_CASE("the best epoch is that of the best validation") {
  const Workshop workshop;
  SilentRun run(workshop.plan(fitted_line(workshop, "epochs = 3\nvalidate_every = \"4 steps\"")), workshop.path() / "run");
  const train::Result result = run.fit();  // validated after four steps and after eight
  const auto lines = lines_after(8);
  REQUIRE(result.best);
  CHECK(result.best->epoch == (lines[4].validation_loss < lines[8].validation_loss ? 1 : 2));
}

TEST_CASE("what validate_every cannot be is refused with its place and the nearest that it can be") {
  const Workshop workshop;
  const auto faults = [&](const std::string& run) { return workshop.faults(fitted_line(workshop, run)); };
  using Faults = std::vector<std::string>;
  const std::string expected =
      "train.toml:3:18: validate_every of [run]: expected \"500 steps\", \"2 epochs\" or \"10 min\", got the string ";
  CHECK(faults("validate_every = \"5 stps\"") == Faults{expected + "\"5 stps\". Did you mean 'steps'?"});
  CHECK(faults("validate_every = \"5 epoch s\"").at(0).rfind(expected, 0) == 0);
  CHECK(faults("validate_every = \"-1 epochs\"").at(0).rfind(expected, 0) == 0);
  CHECK(faults("validate_every = \"5  steps\"").at(0).rfind(expected, 0) == 0);
  CHECK(faults("validate_every = \"10 minutes\"").at(0).rfind(expected, 0) == 0);
  for (const std::string wrong : {"0 steps", "1.5 epochs", "steps", "5", "", "0 min", "99999999999999999999 steps"}) {
    INFO(wrong);
    CHECK(faults("validate_every = \"" + wrong + "\"") == Faults{expected + "\"" + wrong + "\""});
  }
  CHECK(faults("validate_every = 5") == Faults{"train.toml:3:18: validate_every of [run]: expected a string, got the integer 5"});
  for (const std::string right : {"1 step", "1 steps", "2steps", "1 epoch", "90 s", "1.5 h", "2 d"}) {
    INFO(right);
    CHECK(faults("epochs = 9\nvalidate_every = \"" + right + "\"").empty());
  }
}

TEST_CASE("a validation that there are no data for, or no time, is refused") {
  const Workshop workshop;
  std::string without = fitted_line(workshop, "validate_every = \"1 step\"\nvalidate_first = true");
  without.erase(without.find("validation = "), std::string("validation = \"v.csv\"\n").size());
  using Faults = std::vector<std::string>;
  CHECK(workshop.faults(without) ==
        Faults{"train.toml:3:18: validate_every of [run]: there are no validation data; give [data] validation",
               "train.toml:4:18: validate_first of [run]: there are no validation data; give [data] validation"});
  const auto faults = [&](const std::string& run) { return workshop.faults(fitted_line(workshop, run)); };
  CHECK(faults("validate_every = \"2 epochs\"") ==
        Faults{"train.toml:3:18: validate_every of [run]: expected at most epochs of [run], 1, got 2 epochs"});
  CHECK(faults("validate_every = \"9 steps\"\nsteps = 8") ==
        Faults{"train.toml:3:18: validate_every of [run]: expected at most steps of [run], 8, got 9 steps"});
  CHECK(faults("validate_every = \"2 epochs\"\nsteps = 8").empty());
  CHECK(faults("validate_every = \"9 steps\"\nepochs = 2").empty());
}
