// `every` of a callback: which events it receives then, in which order with others, and what a resume makes of it.
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

std::string manifest_of_six(const Workshop& workshop, const std::string& run, const std::string& more) {
  write_text(workshop.path() / "d.csv", "x,y\n1.5,0.5\n-0.5,1\n2,-1\n-1,0.75\n0.25,2\n1,-0.25\n");
  write_text(workshop.path() / "v.csv", "x,y\n0.5,1\n1,0\n");
  return "[run]\nthreads = 1\n" + run +
         "\n[data]\nshuffle = false\nbatch_size = 2\nvalidation = \"v.csv\"\n"
         "train = { file = \"d.csv\", target = \"y\", target_kind = \"values\" }\n"
         "[model]\nlayers = [ { type = \"dense\", units = 1, initializer = \"ones\" } ]\n"
         "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"mse\"\n" +
         more;
}

const std::vector<std::string> all_turns = {"run_begin",        "epoch_begin",    "fetch_begin", "fetch_end",
                                            "batch_begin",      "step_begin",     "step_end",    "batch_end",
                                            "validation_begin", "validation_end", "epoch_end",   "run_end"};

/// A callback that writes a line for each of the events, with the batch and the steps taken.
std::string called(const Workshop& workshop, const std::string& name, const std::string& keys,
                   const std::vector<std::string>& events = all_turns) {
  std::string text = "[[callback]]\nplugin = \"lambda\"\nunsafe = true\nname = \"" + name + "\"\n" + keys;
  for (const std::string& event : events)
    text += "on_" + event + " = \"local f = io.open('" + (workshop.path() / "calls").string() + "', 'a') f:write('" + name +
            " ', event:sub(4), ' ', batch, ' ', step, '\\\\n') f:close()\"\n";
  return text;
}

std::string calls(const Workshop& workshop) {
  const std::string text = read_text(workshop.path() / "calls");
  std::filesystem::remove(workshop.path() / "calls");
  return text;
}

}  // namespace

TEST_CASE("by steps, a callback receives the batches of each second step, and all other events") {
  const Workshop workshop;
  SilentRun run(workshop.plan(manifest_of_six(workshop, "epochs = 2", called(workshop, "a", "every = \"2 steps\"\n"))),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  CHECK(calls(workshop) ==
        "a run_begin 0 0\na epoch_begin 0 0\n"
        "a fetch_begin 1 1\na fetch_end 1 1\na batch_begin 1 1\na step_begin 1 1\na step_end 1 2\na batch_end 1 2\n"
        "a validation_begin 3 3\na validation_end 3 3\na epoch_end 3 3\n"
        "a epoch_begin 0 3\n"
        "a fetch_begin 0 3\na fetch_end 0 3\na batch_begin 0 3\na step_begin 0 3\na step_end 0 4\na batch_end 0 4\n"
        "a fetch_begin 2 5\na fetch_end 2 5\na batch_begin 2 5\na step_begin 2 5\na step_end 2 6\na batch_end 2 6\n"
        "a validation_begin 3 6\na validation_end 3 6\na epoch_end 3 6\n"
        "a run_end 0 6\n");
}

TEST_CASE("all batches of a step belong to it") {
  const Workshop workshop;
  SilentRun run(
      workshop.plan(manifest_of_six(workshop, "epochs = 2\naccumulate = 2",
                                    called(workshop, "a", "every = \"3 steps\"\n", {"batch_begin", "step_end", "batch_end"}))),
      workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  // Two steps per epoch, of two batches and of one: the third is the first of the second epoch.
  CHECK(calls(workshop) == "a batch_begin 0 2\na batch_end 0 2\na batch_begin 1 2\na step_end 1 3\na batch_end 1 3\n");
}

TEST_CASE("by epochs, a callback receives each second epoch with its batches and its validation") {
  const Workshop workshop;
  SilentRun run(workshop.plan(manifest_of_six(workshop, "epochs = 3\nlimit_train = 1",
                                              called(workshop, "a", "every = \"2 epochs\"\n",
                                                     {"run_begin", "epoch_begin", "batch_begin", "batch_end", "validation_begin",
                                                      "validation_end", "epoch_end", "run_end"}))),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  CHECK(calls(workshop) ==
        "a run_begin 0 0\n"
        "a epoch_begin 0 1\na batch_begin 0 1\na batch_end 0 2\na validation_begin 1 2\na validation_end 1 2\na epoch_end 1 2\n"
        "a run_end 0 3\n");
}

TEST_CASE("callbacks keep their order, and those without a cadence receive all") {
  const Workshop workshop;
  SilentRun run(workshop.plan(manifest_of_six(workshop, "epochs = 1",
                                              called(workshop, "a", "every = \"3 steps\"\n", {"batch_end"}) +
                                                  called(workshop, "b", "", {"batch_end"}) +
                                                  called(workshop, "c", "every = \"2 steps\"\n", {"batch_end"}) +
                                                  called(workshop, "d", "every = \"1 step\"\n", {"batch_end"}))),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  CHECK(calls(workshop) ==
        "b batch_end 0 1\nd batch_end 0 1\n"
        "b batch_end 1 2\nc batch_end 1 2\nd batch_end 1 2\n"
        "a batch_end 2 3\nb batch_end 2 3\nd batch_end 2 3\n");
}

TEST_CASE("a run that is resumed after any step calls as the whole one goes on to") {
  const Workshop workshop;
  const std::string text =
      manifest_of_six(workshop, "epochs = 3",
                      called(workshop, "a", "every = \"2 steps\"\n", {"step_end"}) +
                          called(workshop, "b", "every = \"2 epochs\"\n", {"step_end"}) +
                          "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 1\n"
                          "async_checkpoint = false\n");
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  REQUIRE(whole.fit().outcome == host::Outcome::done);
  const std::string expected = calls(workshop);
  CHECK(expected ==
        "a step_end 1 2\na step_end 0 4\nb step_end 0 4\nb step_end 1 5\na step_end 2 6\nb step_end 2 6\na step_end 1 8\n");
  for (int step = 1; step <= 7; ++step) {
    INFO("from step " << step);
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / ("whole/w/" + std::to_string(step) + ".safetensors"));
    REQUIRE(rest.fit().outcome == host::Outcome::done);
    const std::string found = calls(workshop);
    CHECK(expected.substr(expected.size() - std::min(found.size(), expected.size())) == found);
    const char* first = step < 2 ? "a step_end 1 2\n" : step < 4 ? "a step_end 0 4\n" : step < 5 ? "b step_end 1 5\n" : nullptr;
    if (first != nullptr) CHECK(found.rfind(first, 0) == 0);
  }
}

TEST_CASE("a callback that is disabled while it is not its turn stays away") {
  const Workshop workshop;
  const std::string failing = called(workshop, "a", "every = \"3 steps\"\non_error = \"disable\"\n", {"batch_end", "run_end"}) +
                              "on_epoch_begin = \"error('broken')\"\n";
  SilentRun run(workshop.plan(manifest_of_six(workshop, "epochs = 2", failing + called(workshop, "b", "", {"run_end"}))),
                workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  CHECK(calls(workshop) == "b run_end 0 6\n");
}

TEST_CASE("what `every` cannot be is refused with its place") {
  const Workshop workshop;
  const auto faults = [&](const std::string& callback) {
    return workshop.faults("[[callback]]\n" + callback + "\n" + manifest_of_six(workshop, "", ""));
  };
  using Faults = std::vector<std::string>;
  const std::string expected = "train.toml:3:9: every of lambda: expected \"100 steps\" or \"2 epochs\", got ";
  const std::string lambda = "plugin = \"lambda\"\nevery = ";
  CHECK(faults(lambda + "\"10 stepps\"") == Faults{expected + "the string \"10 stepps\". Did you mean 'steps'?"});
  CHECK(faults(lambda + "\"10 min\"").at(0).rfind(expected + "the string \"10 min\"", 0) == 0);
  CHECK(faults(lambda + "10") == Faults{expected + "the integer 10"});
  CHECK(faults(lambda + "\"0 steps\"") == Faults{expected + "the string \"0 steps\""});
  CHECK(faults("plugin = \"reduce_lr_on_plateau\"\nevery = \"2 steps\"") ==
        Faults{
            "train.toml:3:9: every of reduce_lr_on_plateau: there is nothing to be called less often for, since of the events of "
            "batches and steps it receives none. It receives: run_begin, epoch_end, validation_end"});
  CHECK(faults("plugin = \"reduce_lr_on_plateau\"\nevery = \"2 epochs\"").empty());
}

TEST_CASE("where a plugin has a parameter `every` of its own, it is that") {
  const Workshop workshop;
  const auto faults = [&](const std::string& value) {
    return workshop.faults("[[callback]]\nplugin = \"progbar_logger\"\nevery = " + value + "\n" +
                           manifest_of_six(workshop, "", ""));
  };
  CHECK(faults("3").empty());
  CHECK(contains(faults("\"3 steps\"").at(0), "train.toml:3:9: every of progbar_logger: expected an integer"));
}
