// Callbacks that act on the run: averages of weights, frozen layers, clipped gradients, trial steps, snapshots. What they do to
// the numbers is in tests/train; here is what a user sees.
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "workshop.hpp"

using namespace treino::test;

namespace {

const std::string averages = "[[callback]]\nplugin = 'swap_ema_weights'\ndecay = 0.95\n";

/// A field of the log's records of one type.
std::vector<nlohmann::json> logged(const fs::path& run, const std::string& type, const std::string& field) {
  std::vector<nlohmann::json> found;
  for (const std::string& line : lines(read_text(run / "log.jsonl")))
    if (const auto record = nlohmann::json::parse(line); record.value("type", "") == type) found.push_back(record.at(field));
  return found;
}

/// Everything that this file is about, and everything that has to be remembered beside it.
std::string acting_manifest() {
  return stateful_manifest() + R"(
[[callback]]
plugin = "freeze"
layers = "dense_1"
until_epoch = 2
[[callback]]
plugin = "lr_finder"
num_training = 40
[[callback]]
plugin = "gradient_clip"
norm = 1.0
[[callback]]
plugin = "spike_guard"
action = "rollback"
warmup_steps = 10
threshold = 2.0
margin = 0.0
max_in_a_row = 1000
[[callback]]
plugin = "swap_ema_weights"
swap_on_epoch = true
update_every = 2
[[callback]]
plugin = "stochastic_weight_averaging"
swa_epoch_start = 4
swa_lr = 0.01
annealing_epochs = 2
[[callback]]
plugin = "snapshot_saver"
dirpath = "snapshots"
save_every_n_train_steps = 5
save_every_n_epochs = 1
keep_last_n_checkpoints = 2
monitor = "val_loss"
[[callback]]
plugin = "model_checkpoint"
name = "averages"
filepath = "averages.safetensors"
save_weights_only = true
weights = "ema"
)";
}

}  // namespace

TEST_CASE("evaluate and predict of a finished run use the averages that validation has used") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(averages), "run").exit_code == kDone);
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--on", "validation"});
  INFO(evaluated.output << evaluated.error);
  REQUIRE(evaluated.exit_code == kDone);
  CHECK(std::stod("0" + value_of(evaluated.output, "loss")) == std::stod(fact(workshop / "run", "/scalars/val_loss")));
  const Finished tested = workshop.treino({"evaluate", workshop / "run"});
  CHECK(std::stod("0" + value_of(tested.output, "loss")) == std::stod(fact(workshop / "run", "/scalars/test_loss")));

  const std::string digits = SOURCE_FOLDER "/examples/data/digits.csv.gz";
  const Finished with = workshop.treino({"predict", workshop / "run", digits});
  REQUIRE(with.exit_code == kDone);
  REQUIRE(workshop.run(small_manifest(), "plain").exit_code == kDone);
  fs::copy_file(workshop / "run/model.safetensors", workshop / "plain/model.safetensors", fs::copy_options::overwrite_existing);
  CHECK(workshop.treino({"predict", workshop / "plain", digits}).output == with.output);
}

TEST_CASE("averages leave the model when validation fails, and a failed run does not end with them") {
  const Workshop workshop;
  const std::string failing = "[[callback]]\nplugin = 'thrower'\nevent = 'validation_begin'\nepoch = 1\n";
  const std::string asker = "[[callback]]\nplugin = 'asker'\nrefused = false\n";
  const Finished finished = workshop.run(small_manifest(averages + failing + asker), "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.output, "averages in the model at validation_begin: yes"));
  CHECK(contains(finished.output, "averages in the model at run_end: no"));
}

TEST_CASE("averages are in the model during validation and from the run's end on, with swap_on_epoch between epochs too") {
  const Workshop workshop;
  const std::string asker = "[[callback]]\nplugin = 'asker'\nrefused = false\n";
  for (const std::string between : {"", "swap_on_epoch = true\n"}) {
    const std::string name = between.empty() ? "validation" : "between";
    const Finished finished = workshop.run(small_manifest(averages + between + asker), name);
    INFO(finished.output << finished.error);
    CHECK(contains(finished.output, "averages in the model at validation_begin: yes"));
    CHECK(contains(finished.output, std::string("averages in the model at epoch_end: ") + (between.empty() ? "no" : "yes")));
    CHECK(contains(finished.output, "averages in the model at run_end: yes"));
    CHECK(contains(finished.output, "averages in the model at test_begin: yes"));
  }
}

TEST_CASE("what may not be asked for is refused with the reason, and changes nothing") {
  const Workshop workshop;
  const auto text = [](const std::string& asker) {
    return stateful_manifest(1) + "[[callback]]\nplugin = 'swap_ema_weights'\n" + asker;
  };
  REQUIRE(workshop.run(text(""), "plain").exit_code == kDone);
  const Finished finished = workshop.run(text("[[callback]]\nplugin = 'asker'\n"), "run");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kDone);
  for (const char* line : {
           "another set: there is no set of weights 'emma'. Did you mean 'ema'? This run has: ema",
           "a set that is taken: the set of weights 'ema' belongs to swap_ema_weights already",
           "a set's bad name: a set of weights has a name of lower-case letters, digits and underscores, not 'E M A'",
           "trial steps at a rate below 0: the learning rate of a trial step must be finite and at least 0",
           "trial steps that throws: thrown in between",
           "statistics that learn: ",
           "a file of another set: there is no set of weights 'emma'",
           "a swap before a step: weights may not be swapped between batch_begin and step_end",
           "a freeze before a step: parameters may not be frozen or thawed between batch_begin and step_end",
           "statistics before a step: an estimate of statistics cannot be called between batch_begin and step_end",
           "trial steps in a pass: trial_steps() cannot be called during a batch or an evaluation pass",
           "statistics in a pass: statistics are not estimated within a batch or a pass",
       }) {
    INFO(line);
    CHECK(contains(finished.output, line));
  }
  CHECK_FALSE(contains(finished.output, ": granted"));
  CHECK_FALSE(fs::exists(workshop / "run/never.safetensors"));
  check_same_run(workshop / "plain", workshop / "run");
}

TEST_CASE("a checkpoint of averages that no callback keeps is refused before the first batch") {
  const Workshop workshop;
  const std::string saver =
      "[[callback]]\nplugin = 'model_checkpoint'\nfilepath = 'a'\nsave_weights_only = true\nweights = 'emma'\n";
  const Finished alone = workshop.run(small_manifest(saver), "alone");
  CHECK(alone.exit_code == kFailed);
  CHECK(contains(alone.error, "there is no set of weights 'emma': no plugin of this run keeps any"));
  const Finished other = workshop.run(small_manifest(averages + saver), "other");
  CHECK(contains(other.error, "there is no set of weights 'emma'. Did you mean 'ema'?"));
  CHECK(logged(workshop / "other", "epoch", "epoch").empty());
}

TEST_CASE("a run with a sweep of learning rates has the bytes of one without") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "without").exit_code == kDone);
  const Finished finished = workshop.run(stateful_manifest() + "[[callback]]\nplugin = 'lr_finder'\n", "with");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  check_same_run(workshop / "without", workshop / "with");
  CHECK(contains(finished.output, "suggests a learning rate of 0."));
  CHECK(lines(read_text(workshop / "with/lr_finder.csv")).front() == "step,rate,loss,smoothed_loss");
  CHECK(contains(read_text(workshop / "with/lr_finder.svg"), "</svg>"));
}

TEST_CASE("swa_lr is reached against schedulers, and taken up again after a resume") {
  const Workshop workshop;
  const std::string text = small_manifest(
      "[[scheduler]]\nplugin = 'exponential_decay'\ngamma = 0.5\n[[callback]]\nplugin = 'stochastic_weight_averaging'\n"
      "swa_epoch_start = 2\nswa_lr = 1e-3\nannealing_epochs = 2\nannealing_strategy = 'linear'\n");
  REQUIRE(workshop.run(text, "whole", {"--set", "run.epochs=6"}).exit_code == kDone);
  // 0.002 halved each epoch; from the third epoch on a line from 0.0005 to 0.001 over two epochs.
  const std::vector<double> expected = {0.002, 0.001, 0.0005, 0.00075, 0.001, 0.001};
  const auto rates = logged(workshop / "whole", "epoch", "learning_rate");
  REQUIRE(rates.size() == expected.size());
  for (std::size_t i = 0; i < rates.size(); ++i) CHECK(rates[i].get<double>() == Approx(expected[i]));
  REQUIRE(workshop.run(text, "half", {"--set", "run.epochs=4"}).exit_code == kDone);
  REQUIRE(workshop.treino({"resume", workshop / "half", "--set", "run.epochs=6"}).exit_code == kDone);
  CHECK(logged(workshop / "half", "epoch", "learning_rate") == rates);
  CHECK((read_text(workshop / "half/model.safetensors") == read_text(workshop / "whole/model.safetensors")));
}

TEST_CASE("a pattern that freezes nothing is refused with the nearest layer before the first batch") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest("[[callback]]\nplugin = 'freeze'\nlayers = 'dense1'\n"), "run");
  CHECK(finished.exit_code != kDone);
  CHECK(contains(finished.error, "'dense1' fits no layer and no parameter with weights. Did you mean 'dense_1'?"));
}

TEST_CASE("the norm before clipping is a scalar that other callbacks see") {
  const Workshop workshop;
  const std::string clip =
      "[[callback]]\nplugin = 'gradient_clip'\nnorm = 0.1\n[[callback]]\nplugin = 'csv_logger'\nfilename = 'h.csv'\n";
  REQUIRE(workshop.run(small_manifest(clip), "run").exit_code == kDone);
  CHECK(contains(lines(read_text(workshop / "run/h.csv")).front(), "norm_before_clip,clipped_share"));
  CHECK(std::stod(fact(workshop / "run", "/scalars/norm_before_clip")) > 0.1);
  CHECK(std::stod(fact(workshop / "run", "/scalars/clipped_share")) > 0.5);
}

TEST_CASE("all of them together continue bit for bit after a kill at any moment") {
  const Workshop workshop;
  const Finished reference = workshop.run(acting_manifest(), "reference");
  INFO(reference.output << reference.error);
  REQUIRE(reference.exit_code == kDone);
  int killed = 0;
  for (int i = 1; i <= 8; ++i) {
    const std::string name = "killed_" + std::to_string(i);
    Process process(workshop.command({"run", workshop / "reference.toml", "--folder", workshop / name, "--quiet"}));
    // By how much is in the history, so that the machine's speed does not matter; and a little later.
    if (wait_for(process, workshop / (name + "/history.csv"), 60 * static_cast<unsigned>(i)))
      std::this_thread::sleep_for(std::chrono::milliseconds(7 * i));
    process.send(SIGKILL);
    killed += process.wait().signal == SIGKILL;
    if (!fs::exists(workshop / (name + "/manifest.toml"))) continue;
    const Finished resumed = workshop.treino({"resume", workshop / name});
    INFO(name << ": " << resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
    check_same_run(workshop / "reference", workshop / name);
    CHECK((read_text(workshop / name / "averages.safetensors") == read_text(workshop / "reference/averages.safetensors")));
    CHECK((read_text(workshop / name / "checkpoint.safetensors") == read_text(workshop / "reference/checkpoint.safetensors")));
    std::map<std::string, std::string> there = all_files(workshop / name / "snapshots");
    CHECK((there == all_files(workshop / "reference/snapshots")));
  }
  CHECK(killed >= 4);
}

TEST_CASE("a kill while snapshots are written leaves whole ones, and the run continues from the newest") {
  const Workshop workshop;
  const std::string saver =
      "[[callback]]\nplugin = 'snapshot_saver'\ndirpath = 'snapshots'\nsave_every_n_train_steps = 1\n"
      "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 3\n";
  Process process(workshop.command({"run", workshop.write("run.toml", small_manifest(saver)), "--folder", workshop / "run"}));
  REQUIRE(wait_for(process, workshop / "run/snapshots/epoch_0_step_20.safetensors"));
  process.send(SIGKILL);
  REQUIRE(process.wait().signal == SIGKILL);
  std::uint64_t newest = 0;
  for (const auto& entry : fs::directory_iterator(workshop / "run/snapshots")) {
    const std::string name = entry.path().filename();
    if (name[0] == '.') continue;  // what was being written
    newest = std::max<std::uint64_t>(newest, std::stoull(name.substr(name.rfind('_') + 1)));
  }
  const Finished resumed = workshop.treino({"resume", workshop / "run"});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
  CHECK(contains(resumed.output,
                 "continuing from " + (workshop / "run/snapshots/epoch_0_step_").string() + std::to_string(newest)));
  for (const auto& [name, bytes] : all_files(workshop / "run")) CHECK_FALSE(contains(name, ".tmp"));
}

TEST_CASE("a snapshot is reported as saved once it is on the disk") {
  const Workshop workshop;
  const Finished finished = workshop.run(
      small_manifest(
          "[[callback]]\nplugin = 'snapshot_saver'\ndirpath = 's'\nsave_every_n_epochs = 1\nkeep_last_n_checkpoints = 1\n"),
      "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  int said = 0;
  for (const std::string& line : lines(finished.output)) said += contains(line, "safetensors is saved");
  CHECK(said == 3);
  CHECK(all_files(workshop / "run/s").size() == 1);
}
