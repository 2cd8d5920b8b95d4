// How long a run lasts, beside its epochs: steps, max_time and min_epochs of [run].
#include <csignal>
#include <nlohmann/json.hpp>

#include "support/replaced.hpp"
#include "workshop.hpp"

using namespace treino::test;

namespace {

/// Kills the run of reference.toml in the folder `name` once its history has rows of so many epochs, and resumes it to its end.
void kill_and_resume(const Workshop& workshop, const std::string& name, std::size_t epochs) {
  Process process(workshop.command({"run", workshop / "reference.toml", "--folder", workshop / name, "--quiet"}));
  const fs::path history = workshop / (name + "/history.csv");
  std::size_t rows = 0;
  while (rows < epochs + 1 && process.running())
    if (fs::exists(history)) rows = lines(read_text(history)).size();
  process.send(SIGKILL);
  process.wait();
  const Finished resumed = workshop.treino({"resume", workshop / name});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kDone);
  check_same_run(workshop / "reference", workshop / name);
}

std::string in_run(const std::string& manifest, const std::string& key) {
  return replaced(manifest, "[run]\n", "[run]\n" + key + "\n");
}

/// Asks to stop after each epoch but the first, since no loss improves by so much.
const std::string impatient =
    "[[callback]]\nplugin = 'early_stopping'\nmonitor = 'loss'\nmode = 'min'\nmin_delta = 1000.0\npatience = 1\n";

}  // namespace

TEST_CASE("a run whose max_time is over is saved, says so, and continues bit for bit, as often as it takes") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  Finished finished = workshop.run(in_run(stateful_manifest(), "max_time = '0.2 s'"), "limited");
  int interrupted = 0;
  for (; finished.exit_code == kInterrupted && interrupted < 200; ++interrupted) {
    CHECK(contains(finished.output, "max_time"));
    CHECK(contains(finished.output, "treino resume " + (workshop / "limited").string()));
    CHECK(fact(workshop / "limited", "/outcome") == "\"interrupted\"");
    finished = workshop.treino({"resume", workshop / "limited"});
  }
  INFO(finished.output << finished.error);
  CHECK(interrupted > 0);
  REQUIRE(finished.exit_code == kDone);
  check_same_run(workshop / "reference", workshop / "limited");
}

TEST_CASE("a run that is done before its max_time is done") {
  const Workshop workshop;
  CHECK(workshop.run(in_run(small_manifest(), "max_time = '1000000 d'"), "run").exit_code == kDone);
}

TEST_CASE("before min_epochs no callback stops the run early, and what is asked for in vain is told") {
  const Workshop workshop;
  const std::string manifest = replaced(small_manifest(impatient), "epochs = 3", "epochs = 9");
  REQUIRE(workshop.run(manifest, "early").exit_code == kEarlyStopped);
  CHECK(fact(workshop / "early", "/epochs") == "2");
  const Finished finished = workshop.run(in_run(manifest, "min_epochs = 5"), "later");
  CHECK(finished.exit_code == kEarlyStopped);
  CHECK(fact(workshop / "later", "/epochs") == "5");
  CHECK(contains(finished.output + finished.error,
                 "early_stopping: the run continues to min_epochs, though loss has not improved"));
}

TEST_CASE("a wrong max_time, and more min_epochs than epochs, are refused with their places") {
  const Workshop workshop;
  for (const std::string wrong : {"2 hours", "h", "-1 s", "0 s", "nan s", "inf d", "1e400 s", "", "1 2 s", "5"}) {
    CAPTURE(wrong);
    const Finished finished = workshop.run(in_run(small_manifest(), "max_time = '" + wrong + "'"), "run");
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error,
                   "run.toml:2:12: max_time of [run]: expected a time such as \"90 s\", \"30 min\", \"2 h\" or \"1 d\", got"));
  }
  const Finished finished = workshop.run(in_run(small_manifest(), "min_epochs = 4"), "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "run.toml:2:14: min_epochs of [run]: expected at most epochs, 3, got 4"));
}

TEST_CASE("a run of steps killed at any of its saves resumes bit for bit, and its summary tells its steps") {
  const Workshop workshop;
  const std::string manifest =
      replaced(stateful_manifest(), "epochs = 8", "steps = 97");  // 20 per epoch: four, and 17 of a fifth
  REQUIRE(workshop.run(manifest, "reference").exit_code == kDone);
  CHECK(fact(workshop / "reference", "/steps") == "97");
  CHECK(fact(workshop / "reference", "/epochs") == "5");
  CHECK(fact(workshop / "reference", "/reason") == "\"all 97 steps are done\"");
  for (const std::size_t epochs : {1u, 2u, 4u}) kill_and_resume(workshop, "killed_" + std::to_string(epochs), epochs);
}

TEST_CASE("runs of each key that says when and of what, killed anywhere, resume bit for bit") {
  const std::vector<std::string> keys = {"validate_every = '7 steps'\nvalidate_first = true", "validate_every = '3 epochs'",
                                         "limit_train = 0.6\nlimit_validation = 2", "overfit_batches = 9"};
  for (const std::string& key : keys) {
    CAPTURE(key);
    const Workshop workshop;
    const Finished reference = workshop.run(in_run(stateful_manifest(), key), "reference");
    INFO(reference.error);
    REQUIRE((reference.exit_code == kDone || reference.exit_code == kEarlyStopped));
    for (const std::size_t epochs : {1u, 3u}) {
      if (reference.exit_code == kDone) kill_and_resume(workshop, "killed_" + std::to_string(epochs), epochs);
    }
  }
}

TEST_CASE("a run with callbacks that are called in some epochs and steps alone, killed anywhere, resumes bit for bit") {
  const Workshop workshop;
  std::string manifest =
      replaced(stateful_manifest(), "plugin = \"csv_logger\"\n", "plugin = \"csv_logger\"\nevery = \"2 epochs\"\n");
  manifest = replaced(manifest, "plugin = \"slow_sleeper\"\n", "plugin = \"slow_sleeper\"\nevery = \"2 steps\"\n");
  REQUIRE(workshop.run(manifest, "reference").exit_code == kDone);
  CHECK(lines(read_text(workshop / "reference/history.csv")).size() == 5);  // the head, and every second of eight epochs
  for (const std::size_t rows : {1u, 2u}) kill_and_resume(workshop, "killed_" + std::to_string(rows), rows);
}

TEST_CASE("validations within an epoch are in the log") {
  const Workshop workshop;
  REQUIRE(workshop.run(in_run(small_manifest(), "validate_every = '50 steps'\nvalidate_first = true"), "run").exit_code == kDone);
  std::vector<std::pair<int, int>> found;  // epoch and step; 40 steps per epoch, three epochs
  for (const std::string& line : lines(read_text(workshop / "run/log.jsonl")))
    if (const auto record = nlohmann::json::parse(line); record.value("type", "") == "validation") {
      CHECK(record.at("val_loss").is_number());
      CHECK(record.at("val_accuracy").is_number());
      CHECK_FALSE(record.contains("loss"));
      found.emplace_back(record.at("epoch").get<int>(), record.at("step").get<int>());
    }
  CHECK(found == std::vector<std::pair<int, int>>{{0, 0}, {1, 50}, {2, 100}});
}

TEST_CASE("treino lr shows the learning rate of each of the run's steps") {
  const Workshop workshop;
  const std::string manifest =
      replaced(small_manifest("[[scheduler]]\nplugin = 'cosine_with_min_lr'\nmin_lr = 0.0\nunit = 'step'\n"
                              "[[callback]]\nplugin = 'lambda'\n"
                              "on_step_end = \"log(string.format('%.17g', lr))\"\n"),
               "epochs = 3", "steps = 50");
  REQUIRE(workshop.run(manifest, "run").exit_code == kDone);
  const Finished shown = workshop.treino({"lr", workshop / "run.toml", "--csv", workshop / "lr.csv"});
  INFO(shown.output << shown.error);
  REQUIRE(shown.exit_code == kDone);
  CHECK(contains(shown.output, "2 epochs, 50 steps"));  // 40 per epoch
  std::vector<double> logged, drawn;
  for (const std::string& line : lines(read_text(workshop / "run/log.jsonl")))
    if (const auto record = nlohmann::json::parse(line); record.value("from", "") == "lambda")
      logged.push_back(std::stod(record["text"].get<std::string>()));
  const auto rows = lines(read_text(workshop / "lr.csv"));
  for (std::size_t i = 1; i < rows.size(); ++i)
    drawn.push_back(std::stod(rows[i].substr(rows[i].find(',', rows[i].find(',') + 1) + 1)));
  CHECK(logged.size() == 50);
  CHECK(drawn == logged);
  CHECK(rows.at(41).rfind("1,40,", 0) == 0);
}

TEST_CASE("a dry run takes two batches of each pass with every plugin, under the whole run's schedule, and leaves no file") {
  const Workshop workshop;
  fs::create_directories(workshop / "temporary");
  const auto witness = [&](const std::string& event) {
    return "on_" + event + " = \"local f = io.open('" + (workshop / "told").string() +
           "', 'a') f:write(event:sub(4), ' ', epoch, '/', epochs, ' ', batch, '/', batches, string.format(' %.6g', lr), "
           "'\\\\n') "
           "f:close()\"\n";
  };
  std::string callbacks =
      "[[scheduler]]\nplugin = 'cosine_with_min_lr'\nmin_lr = 0.0\nunit = 'step'\n"
      "[[callback]]\nplugin = 'csv_logger'\nfilename = '" +
      (workshop / "out.csv").string() +
      "'\n"
      "[[callback]]\nplugin = 'csv_logger'\nname = 'beside'\nfilename = '../../beside.csv'\n"
      "[[callback]]\nplugin = 'model_checkpoint'\nfilepath = 'w/{epoch}.safetensors'\n"
      "[[callback]]\nplugin = 'backup_and_restore'\nbackup_dir = '" +
      (workshop / "backup").string() +
      "'\n"
      "[[callback]]\nplugin = 'tensorboard'\n[[callback]]\nplugin = 'html_report'\n"
      "[[callback]]\nplugin = 'lambda'\nunsafe = true\n";
  for (const char* event : {"run_begin", "epoch_begin", "batch_end", "validation_begin", "validation_batch_end", "epoch_end",
                            "run_end", "test_begin", "test_batch_end"})
    callbacks += witness(event);
  const std::string manifest =
      in_run(replaced(small_manifest(callbacks), "batch_size = 32", "batch_size = 32\nevaluation_batch_size = 8"),
             "validate_every = '2 epochs'\nmin_epochs = 2");
  workshop.write("run.toml", manifest);
  const auto before = all_files(workshop / ".");
  ProcessOptions options = workshop.command({"run", workshop / "run.toml", "--dry"});
  options.environment["TMPDIR"] = workshop / "temporary";
  const Finished finished = run_process(options);
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(contains(finished.output, "dry run: two batches of each pass, of which nothing is kept"));
  CHECK_FALSE(contains(finished.output, "run folder"));
  CHECK_FALSE(contains(finished.output, "model:"));
  // 0.001 (1 + cos(pi t / 120)) at t = 0 and 1.
  CHECK(read_text(workshop / "told") ==
        "run_begin 0/1 0/2 0.002\nepoch_begin 0/1 0/2 0.002\nbatch_end 0/1 0/2 0.002\nbatch_end 0/1 1/2 0.00199966\n"
        "validation_begin 0/1 2/2 0.00199966\nvalidation_batch_end 0/1 0/2 0.00199966\nvalidation_batch_end 0/1 1/2 0.00199966\n"
        "epoch_end 0/1 2/2 0.00199966\nrun_end 1/1 0/2 0.00199966\n"
        "test_begin 1/1 0/2 0.00199966\ntest_batch_end 1/1 0/2 0.00199966\ntest_batch_end 1/1 1/2 0.00199966\n");
  fs::remove(workshop / "told");
  CHECK(all_files(workshop / ".") == before);
  CHECK(fs::is_empty(workshop / "temporary"));
}

TEST_CASE("a dry run that fails tells why, leaves nothing either, and takes no folder") {
  const Workshop workshop;
  fs::create_directories(workshop / "temporary");
  workshop.write("run.toml", small_manifest("[[callback]]\nplugin = 'lambda'\non_epoch_end = \"error('broken')\"\n"));
  ProcessOptions options = workshop.command({"run", workshop / "run.toml", "--dry"});
  options.environment["TMPDIR"] = workshop / "temporary";
  const Finished finished = run_process(options);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "broken"));
  CHECK(fs::is_empty(workshop / "temporary"));
  CHECK_FALSE(fs::exists(workshop / "runs"));
  CHECK(workshop.treino({"run", workshop / "run.toml", "--dry", "--folder", workshop / "run"}).exit_code == kBadInput);
  options.environment["TMPDIR"] = workshop / "none";
  CHECK(run_process(options).exit_code != kDone);
}
