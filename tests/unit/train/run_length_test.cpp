// [run] steps: a run of so many steps, which may end within an epoch. What its events say, what it trains on, and what schedulers,
// refused steps and a resume make of it.
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// y = weight * x + bias, begun at 1 and 0; three batches of two rows in their order, and one of two for validation.
std::string line_of(const Workshop& workshop, const std::string& run, const std::string& more = "", const char* first_y = "0.5") {
  write_text(workshop.path() / "d.csv", std::string("x,y\n1.5,") + first_y + "\n-0.5,1\n2,-1\n-1,0.75\n0.25,2\n1,-0.25\n");
  write_text(workshop.path() / "v.csv", "x,y\n0.5,1\n1,0\n");
  return "[run]\nthreads = 1\n" + run +
         "\n[data]\nshuffle = false\nbatch_size = 2\nvalidation = \"v.csv\"\n"
         "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\n"
         "[model]\nlayers = [ { type = \"dense\", units = 1, initializer = \"ones\" } ]\n"
         "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"mse\"\n" +
         more;
}

/// The weights after steps of the rows [first, last), in double.
std::vector<double> line_after(const std::vector<std::pair<int, int>>& steps) {
  const double x[6] = {1.5, -0.5, 2, -1, 0.25, 1}, y[6] = {0.5, 1, -1, 0.75, 2, -0.25};
  double weight = 1, bias = 0;
  for (const auto& [first, last] : steps) {
    double slope = 0, intercept = 0;  // of mean (weight x + bias - y)^2 by the weight and the bias
    for (int i = first; i < last; ++i) {
      const double error = weight * x[i] + bias - y[i];
      slope += 2 * error * x[i] / (last - first);
      intercept += 2 * error / (last - first);
    }
    weight -= 0.1 * slope;
    bias -= 0.1 * intercept;
  }
  return {weight, bias};
}

/// A callback that writes `what`, a piece of Lua, at each of the events.
std::string told_at(const Workshop& workshop, const std::vector<std::string>& events, const std::string& what) {
  std::string text = "[[callback]]\nplugin = \"lambda\"\nname = \"witness\"\nunsafe = true\n";
  for (const std::string& event : events)
    text += "on_" + event + " = \"local f = io.open('" + (workshop.path() / "told").string() + "', 'a') f:write(" + what +
            ") f:close()\"\n";
  return text;
}

const std::string saver_of_steps =
    "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 1\nasync_checkpoint = false\n";

}  // namespace

TEST_CASE("the epoch that the steps end within has their batches alone, and its validation and its end as any other") {
  const Workshop workshop;
  const std::string events =
      told_at(workshop, {"run_begin", "epoch_begin", "batch_end", "validation_begin", "validation_end", "epoch_end", "run_end"},
              "event:sub(4), ' ', epoch, '/', epochs, ' ', batch, '/', batches, ' ', step, '\\\\n'");
  SilentRun run(workshop.plan(line_of(workshop, "steps = 5", events)), workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.outcome == host::Outcome::done);
  CHECK(result.reason == "all 5 steps are done");
  CHECK(result.epochs == 2);
  CHECK(!result.last.empty());
  CHECK(read_text(workshop.path() / "told") ==
        "run_begin 0/2 0/3 0\n"
        "epoch_begin 0/2 0/3 0\nbatch_end 0/2 0/3 1\nbatch_end 0/2 1/3 2\nbatch_end 0/2 2/3 3\n"
        "validation_begin 0/2 3/1 3\nvalidation_end 0/2 3/3 3\nepoch_end 0/2 3/3 3\n"
        "epoch_begin 1/2 0/2 3\nbatch_end 1/2 0/2 4\nbatch_end 1/2 1/2 5\n"
        "validation_begin 1/2 2/1 5\nvalidation_end 1/2 2/2 5\nepoch_end 1/2 2/2 5\n"
        "run_end 2/2 0/2 5\n");
  check_near(weights_of(run), line_after({{0, 2}, {2, 4}, {4, 6}, {0, 2}, {2, 4}}));
}

TEST_CASE("of epochs and steps, what is over first ends the run, and says so") {
  struct Case {
    const char* run;
    std::uint64_t epochs, steps;
    const char* reason;
  };
  for (const Case& each : {Case{"epochs = 1\nsteps = 5", 1, 3, "the epoch is done"},
                           {"epochs = 9\nsteps = 4", 2, 4, "all 4 steps are done"},
                           {"steps = 1", 1, 1, "the step is done"},
                           {"steps = 6", 2, 6, "all 6 steps are done"},
                           {"", 1, 3, "the epoch is done"},
                           {"epochs = 2\nsteps = 9000000000000000000", 2, 6, "all 2 epochs are done"},
                           {"steps = 6\nmin_epochs = 9", 2, 6, "all 6 steps are done"}}) {
    INFO(each.run);
    const Workshop workshop;
    SilentRun run(workshop.plan(line_of(workshop, each.run)), workshop.path() / "run");
    const train::Result result = run.fit();
    CHECK(result.reason == each.reason);
    CHECK(result.epochs == each.epochs);
    CHECK(run.run.progress.position().step == each.steps);
    CHECK(run.run.session.info().epochs == each.epochs);
  }
}

TEST_CASE("steps of several batches are whole where the run ends") {
  const Workshop workshop;
  // Two steps per epoch, of four rows and of two; then three of two rows each; in the third epoch two of four and two.
  SilentRun run(workshop.plan(line_of(workshop, "steps = 6\naccumulate = { 0 = 2, 1 = 1, 2 = 2 }")), workshop.path() / "run");
  CHECK(run.fit().epochs == 3);
  check_near(weights_of(run), line_after({{0, 4}, {4, 6}, {0, 2}, {2, 4}, {4, 6}, {0, 4}}));
  SilentRun one(workshop.plan(line_of(workshop, "steps = 2\naccumulate = 50")), workshop.path() / "one");
  CHECK(one.fit().epochs == 2);
  check_near(weights_of(one), line_after({{0, 6}, {0, 6}}));
}

TEST_CASE("schedulers are told the run's steps, or the epochs that they take") {
  const Workshop workshop;
  const auto rates = [&](const std::string& unit) {
    std::filesystem::remove(workshop.path() / "told");
    SilentRun run(workshop.plan(line_of(workshop, "steps = 10",
                                        "[[scheduler]]\nplugin = \"cosine_with_min_lr\"\nmin_lr = 0.0\nunit = \"" + unit +
                                            "\"\n" + told_at(workshop, {unit + "_end"}, "string.format('%.4f ', lr)"))),
                  workshop.path() / ("run_" + unit));
    REQUIRE(run.fit().outcome == host::Outcome::done);
    return read_text(workshop.path() / "told");
  };
  // 0.05 * (1 + cos(pi t / 10)), and over the four epochs that ten steps take, 0.05 * (1 + cos(pi t / 4)).
  CHECK(rates("step") == "0.1000 0.0976 0.0905 0.0794 0.0655 0.0500 0.0345 0.0206 0.0095 0.0024 ");
  CHECK(rates("epoch") == "0.1000 0.0854 0.0500 0.0146 ");
}

TEST_CASE("a step that is refused counts, so that a run whose steps are all refused ends") {
  const Workshop workshop;
  // The first batch of each epoch has a loss that no float32 holds.
  SilentRun run(workshop.plan(line_of(workshop, "steps = 7",
                                      "[[callback]]\nplugin = \"terminate_on_nan\"\naction = \"skip_step\"\n", "1e30")),
                workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.reason == "all 7 steps are done");
  CHECK(result.epochs == 3);
  CHECK(run.run.progress.position().step == 4);
  check_near(weights_of(run), line_after({{2, 4}, {4, 6}, {2, 4}, {4, 6}}));
}

TEST_CASE("a run of steps that is resumed after any of them ends in the same weights") {
  const Workshop workshop;
  const std::string text = line_of(workshop, "steps = 8\naccumulate = { 0 = 2, 2 = 1 }", saver_of_steps);
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().epochs == 4);  // of 2, 2, 3 and 1 steps
  for (int step = 1; step <= 8; ++step) {
    INFO("from step " << step);
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / ("whole/w/" + std::to_string(step) + ".safetensors"));
    const train::Result result = rest.fit();
    CHECK(result.reason == "all 8 steps are done");
    CHECK(result.epochs == 4);
    CHECK(weights_of(rest) == weights_of(whole));
  }
}

TEST_CASE("a run that is resumed with other batches, or with more or fewer steps, has as many in all as are asked for") {
  const Workshop workshop;
  const std::string text = line_of(workshop, "steps = 8", saver_of_steps);
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);
  const auto resumed = [&](int step, const std::string& setting) {
    SilentRun rest(workshop.plan(text, {setting}), workshop.path() / "rest");
    rest.restore(workshop.path() / ("whole/w/" + std::to_string(step) + ".safetensors"));
    const train::Result result = rest.fit();
    CHECK(result.outcome == host::Outcome::done);
    return std::pair(rest.run.progress.position().step, result.epochs);
  };
  using Reached = std::pair<std::uint64_t, std::uint64_t>;
  CHECK(resumed(4, "run.steps=5") == Reached{5, 2});
  CHECK(resumed(4, "run.steps=2") == Reached{4, 2});  // it stands beyond them: its epoch is ended
  CHECK(resumed(4, "run.steps=11") == Reached{11, 4});
  CHECK(resumed(8, "run.steps=9") == Reached{9, 3});  // saved before the end of the epoch, which gets one more batch
  const std::filesystem::path between = workshop.path() / "between.safetensors";
  {
    SilentRun first(workshop.plan(text, {"run.steps=6"}), workshop.path() / "first");
    REQUIRE(first.fit().epochs == 2);
    train::CheckpointWriter(first.run).save_everything(between);
  }
  SilentRun rest(workshop.plan(text, {"data.batch_size=3"}), workshop.path() / "rest_of_three");  // two steps per epoch
  rest.restore(between);
  CHECK(rest.fit().epochs == 3);
  CHECK(rest.run.progress.position().step == 8);
}

TEST_CASE("invalid steps are refused with their place") {
  const Workshop workshop;
  const auto faults = [&](const std::string& run) { return workshop.faults(line_of(workshop, run)); };
  using Faults = std::vector<std::string>;
  CHECK(faults("steps = 0\nepochs = 0") ==
        Faults{"train.toml:3:9: steps of [run]: expected an integer of at least 1, got the integer 0",
               "train.toml:4:10: epochs of [run]: expected an integer of at least 1, got the integer 0"});
  CHECK(faults("steps = 1.5") == Faults{"train.toml:3:9: steps of [run]: expected an integer of at least 1, got the float 1.5"});
  CHECK(faults("steps = \"500\"") ==
        Faults{"train.toml:3:9: steps of [run]: expected an integer of at least 1, got the string \"500\""});
  CHECK(faults("min_epochs = 2") == Faults{"train.toml:3:14: min_epochs of [run]: expected at most epochs, 1, got 2"});
  CHECK(faults("min_epochs = 3\nepochs = 2\nsteps = 9") ==
        Faults{"train.toml:3:14: min_epochs of [run]: expected at most epochs, 2, got 3"});
}
