// Callbacks that watch a run and show it: their bars on terminals and pipes, their numbers in the files of others.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <regex>
#include <thread>

#include "terminal.hpp"
#include "workshop.hpp"

using namespace treino::test;

namespace {

const std::string slow = "[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = ";

std::string callback(const std::string& id, const std::string& more = "") {
  return "[[callback]]\nplugin = '" + id + "'\n" + more;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char letter : text)
    if (letter == separator)
      parts.emplace_back();
    else
      parts.back() += letter;
  return parts;
}

/// A column of a run's history.csv; empty where it has none of that name.
std::vector<std::string> column(const fs::path& run, const std::string& name) {
  std::vector<std::string> values;
  const std::vector<std::string> rows = lines(read_text(run / "history.csv"));
  REQUIRE_FALSE(rows.empty());
  const std::vector<std::string> header = split(rows[0], ',');
  const auto at = static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  if (at == header.size()) return values;
  for (std::size_t i = 1; i < rows.size(); ++i) values.push_back(split(rows[i], ',').at(at));
  return values;
}

std::vector<double> numbers(const fs::path& run, const std::string& name) {
  std::vector<double> values;
  for (const std::string& text : column(run, name)) values.push_back(text.empty() ? std::nan("") : std::stod(text));
  return values;
}

void check_numbers(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("place " << i);
    CHECK(found[i] == Approx(expected[i]));
  }
}

std::string printed(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::vector<std::string> beginning_with(const std::vector<std::string>& all, const std::string& begin) {
  std::vector<std::string> found;
  for (const std::string& line : all)
    if (line.rfind(begin, 0) == 0) found.push_back(line);
  return found;
}

/// A run that is slow enough to be looked at, with callbacks that say something while the bar is drawn: one on the thread that
/// trains, one (nobody listens on port 9) on a thread of its own.
std::string talkative(const std::string& bar) {
  return small_manifest(slow + "4\n" + callback(bar) + callback("csv_logger", "filename = 'history.csv'\n") +
                        callback("reduce_lr_on_plateau", "min_delta = 1e9\npatience = 1\nfactor = 0.9\n") +
                        callback("remote_monitor", "root = 'http://127.0.0.1:9'\nretries = 1\ntimeout = 1.0\n"));
}

ProcessOptions run_command(const Workshop& workshop, const std::string& manifest, const std::string& name) {
  return workshop.command({"run", workshop.write(name + ".toml", manifest), "--folder", workshop / name});
}

const std::string progbar_shapes =
    "(Validation )?[ 0-9]+/[0-9]+ \\[[=>.]+\\]( - ETA: [0-9:]+s?| - [0-9:]+s? [0-9]+[mu]?s/step)?( - [a-z_]+: [0-9.e+-]+)*";
const std::string tqdm_shapes =
    "((Epoch [0-9]/[0-9]|Validation|Test): )?[ 0-9]{3}%(\\|[#0-9 ]*\\|)? [0-9]+/[0-9]+ "
    "\\[[0-9:]+<[0-9:?]+(, +[0-9.?]+(it/s|s/it))?(, [a-z_]+=[0-9.e+-]+)*\\]";

/// Titles, bars and messages, each whole.
void check_whole(const Terminal& terminal, const std::string& bars) {
  const std::regex line("Epoch [0-9]/[0-9]|" + bars +
                        "|Test [ 0-9]+/.*|(small|run folder|(last|best) epoch [0-9]|test|model): .*|" +
                        "done after [0-9.]+ s: all [0-9] epochs are done|reduce_lr_on_plateau: epoch [0-9]: .* -> [0-9.e-]+|" +
                        "(warning: )?remote_monitor: .*");
  for (const std::string& text : terminal.lines()) {
    INFO("line: " << text);
    CHECK(std::regex_match(text, line));
  }
  for (const std::string& text : terminal.frames()) {
    INFO("frame: " << text);
    CHECK(std::regex_match(text, line));
  }
}

}  // namespace

TEST_CASE("bars show the values that the log has") {
  const Workshop workshop;
  const std::string csv = callback("csv_logger", "filename = 'history.csv'\n");
  const Finished keras = workshop.run(small_manifest(callback("progbar_logger") + csv), "keras");
  const Finished tqdm = workshop.run(small_manifest(callback("tqdm_progress_bar") + csv), "tqdm");
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    const std::string title = "Epoch " + std::to_string(epoch + 1) + "/3";
    std::string keras_numbers, tqdm_numbers;
    for (const char* name : {"loss", "accuracy", "val_loss", "val_accuracy"}) {
      keras_numbers += std::string(" - ") + name + ": " + printed("%.4f", numbers(workshop / "keras", name).at(epoch));
      tqdm_numbers += std::string(", ") + name + "=" + printed("%.3g", numbers(workshop / "tqdm", name).at(epoch));
    }
    INFO(keras.output << tqdm.output);
    REQUIRE(beginning_with(lines(keras.output), title).size() == 1);  // on a pipe: one line per epoch
    REQUIRE(beginning_with(lines(tqdm.output), title).size() == 1);
    CHECK(contains(beginning_with(lines(keras.output), title)[0] + "\n", keras_numbers + " - learning_rate: 0.0020\n"));
    CHECK(contains(beginning_with(lines(tqdm.output), title)[0] + "\n", tqdm_numbers + ", learning_rate=0.002]\n"));
  }
  CHECK_FALSE(contains(keras.output + tqdm.output, "\x1b"));
  CHECK_FALSE(contains(keras.output + tqdm.output, "\r"));
}

TEST_CASE("bars on a terminal, beside messages from two threads, never tear, wrap or leave remains") {
  const Workshop workshop;
  for (const auto& [bar, shapes] :
       std::map<std::string, std::string>{{"progbar_logger", progbar_shapes}, {"tqdm_progress_bar", tqdm_shapes}}) {
    for (const unsigned columns : {80u, 40u}) {
      const std::string name = bar + std::to_string(columns);
      INFO(name);
      Terminal terminal(run_command(workshop, talkative(bar), name), columns);
      CHECK(terminal.wait() == kDone);
      check_whole(terminal, shapes);
      CHECK(terminal.frames().size() > 3 * 4);  // some of each epoch
      for (const std::string& frame : terminal.frames())
        if (std::regex_match(frame, std::regex(shapes))) CHECK(frame.size() <= columns);
      CHECK_FALSE(beginning_with(terminal.lines(), "reduce_lr_on_plateau: ").empty());
      CHECK_FALSE(contains(terminal.lines().back(), "Epoch"));
    }
  }
}

TEST_CASE("a terminal that becomes narrower gets shorter bars from the next one on") {
  const Workshop workshop;
  ProcessOptions command = run_command(workshop, talkative("tqdm_progress_bar"), "run");
  command.arguments.insert(command.arguments.end(), {"--set", "run.epochs=9"});
  Terminal terminal(command, 100);
  REQUIRE(terminal.wait_for("Epoch 2/9:"));
  terminal.resize(50);
  CHECK(terminal.wait() == kDone);
  check_whole(terminal, tqdm_shapes);
  CHECK(beginning_with(terminal.lines(), "Epoch 1/9").at(0).size() == 100);
  const std::vector<std::string> last = beginning_with(terminal.frames(), "Epoch 9/9");
  CHECK_FALSE(last.empty());
  for (const std::string& frame : last) CHECK(frame.size() <= 50);
}

TEST_CASE("there are no colors, with NO_COLOR or without it") {
  const Workshop workshop;
  for (const char* no_color : {"", "1"}) {
    ProcessOptions command = run_command(workshop, talkative("progbar_logger"), std::string("run") + no_color);
    command.environment["NO_COLOR"] = no_color;
    Terminal terminal(command, 80);
    CHECK(terminal.wait() == kDone);
    CHECK(std::regex_replace(terminal.bytes(), std::regex("\x1b\\[K"), "").find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a terminal that can do nothing gets plain lines") {
  const Workshop workshop;
  ProcessOptions command = run_command(workshop, talkative("progbar_logger"), "run");
  command.environment["TERM"] = "dumb";
  Terminal terminal(command, 80);
  CHECK(terminal.wait() == kDone);
  CHECK_FALSE(contains(terminal.bytes(), "\x1b"));
  CHECK(beginning_with(terminal.lines(), "Epoch").size() == 3);
}

TEST_CASE("after a resume within an epoch the bar continues where it was") {
  const Workshop workshop;
  for (const auto& [bar, share] : std::map<std::string, std::string>{{"progbar_logger", " *([0-9]+)/40 \\[.*"},
                                                                     {"tqdm_progress_bar", "Epoch 2/3: .* ([0-9]+)/40 .*"}}) {
    INFO(bar);
    const std::string manifest = small_manifest(slow + "10\n" + callback(bar));
    {
      Terminal first(run_command(workshop, manifest, bar), 120);
      REQUIRE(first.wait_for("Epoch 2/3"));
      REQUIRE(first.wait_for("/40 ["));
      first.send(SIGINT);
      CHECK(first.wait() == kInterrupted);
    }
    Terminal second(workshop.command({"resume", workshop / bar}), 120);
    CHECK(second.wait() == kDone);
    int before = 0, seen = 0;
    for (const std::string& frame : second.frames()) {
      std::smatch match;
      if (!std::regex_match(frame, match, std::regex(share))) continue;
      const int done = std::stoi(match[1]);
      if (done < before) break;  // the next epoch
      if (seen++ == 0) CHECK(done >= 1);
      before = done;
    }
    INFO(second.bytes());
    CHECK(before == 40);
    CHECK(second.lines().back().find("resume") == std::string::npos);
  }
}

TEST_CASE("evaluate and predict have bars too") {
  const Workshop workshop;
  const std::string manifest = small_manifest(callback("progbar_logger"));
  REQUIRE(workshop.run(manifest, "run").exit_code == kDone);
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run"});
  CHECK(evaluated.exit_code == kDone);
  CHECK(beginning_with(lines(evaluated.output), "Test - 12/12 - ").size() == 1);
  const std::vector<std::string> predict = {"predict", workshop / "run", SOURCE_FOLDER "/examples/data/digits.csv.gz"};
  std::vector<std::string> to_file = predict;
  to_file.insert(to_file.end(), {"--output", workshop / "rows.csv"});
  const Finished predicted = workshop.treino(to_file);
  INFO(predicted.output << predicted.error);
  CHECK(predicted.exit_code == kDone);
  CHECK(beginning_with(lines(predicted.output), "Prediction - 57/57 - ").size() == 1);
  const Finished rows = workshop.treino(predict);
  CHECK(beginning_with(lines(rows.output), "Prediction").empty());  // the rows themselves are what is printed
}

TEST_CASE("the learning rate, its base and its factors, cut during a warm-up, are what each epoch trains with") {
  const Workshop workshop;
  for (const std::string compat : {"keras", "torch"}) {
    std::string manifest = small_manifest(
        "[[scheduler]]\nplugin = 'warmup'\nsteps = 4\nunit = 'epoch'\n" +
        callback("reduce_lr_on_plateau",
                 "monitor = 'loss'\nmin_delta = 1e9\npatience = 2\nfactor = 0.5\ncompat = '" + compat + "'\n") +
        callback("learning_rate_monitor", "log_momentum = true\n") + callback("csv_logger", "filename = 'history.csv'\n"));
    REQUIRE(workshop.run(manifest, compat, {"--set", "run.epochs=8", "--set", "optimizer.learning_rate=1.0"}).exit_code == kDone);
    // Cuts after the epochs 2, 4, 6 as Keras counts, after 3, 6 as torch does; the warm-up gives 0, 1/4, 1/2, 3/4, 1.
    const bool keras = compat == "keras";
    const std::vector<double> factors =
        keras ? std::vector<double>{1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125} : std::vector<double>{1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25};
    std::vector<double> rates;
    for (std::size_t epoch = 0; epoch < 8; ++epoch)
      rates.push_back(std::min(1.0, static_cast<double>(epoch) / 4) * factors[epoch]);
    check_numbers(numbers(workshop / compat, "lr"), rates);
    check_numbers(numbers(workshop / compat, "lr_base"), std::vector<double>(8, 1.0));
    check_numbers(numbers(workshop / compat, "lr_factor"), factors);
    check_numbers(numbers(workshop / compat, "lr_factor_reduce_lr_on_plateau"), factors);
  }
}

TEST_CASE("a momentum that the optimizer does not have is an error before training") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(callback("learning_rate_monitor", "log_momentum = true\n")), "run",
                                         {"--set", "optimizer.plugin=adagrad"});
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "the optimizer has no momentum; leave it out"));
}

TEST_CASE("times, throughput, steps, resources and collected garbage are scalars for other callbacks") {
  const Workshop workshop;
  const std::string manifest = small_manifest(
      slow + "2\n" + callback("iteration_time_logger") + callback("throughput_monitor") + callback("train_progress_monitor") +
      callback("system_resources_monitor", "every = 0.02\n") + callback("garbage_collector", "step_interval = 30\n") +
      callback("timer", "duration = 3600\n") + callback("csv_logger", "filename = 'history.csv'\n"));
  const Finished finished = workshop.run(manifest, "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const fs::path run = workshop / "run";
  CHECK(column(run, "completed_steps") == std::vector<std::string>{"40", "80", "120"});
  // A step lasts 2 ms at least, since somebody sleeps so long; a batch has 32 samples.
  for (const double seconds : numbers(run, "iteration_time")) CHECK(seconds >= 0.002);
  for (const double rate : numbers(run, "samples_per_second")) CHECK((rate > 0 && rate <= 32 / 0.002));
  for (const double share : numbers(run, "data_wait_share")) CHECK((share >= 0 && share < 1));
  const std::vector<double> elapsed = numbers(run, "elapsed_seconds");
  CHECK((elapsed.at(0) >= 0.08 && elapsed.at(1) >= elapsed.at(0) + 0.08 && elapsed.at(2) >= elapsed.at(1) + 0.08));
  CHECK(column(run, "garbage_collected_bytes") == std::vector<std::string>{"0", "0", "0"});
  for (const double bytes : numbers(run, "heap_returned_bytes")) CHECK(bytes >= 0);
  for (const double percent : numbers(run, "cpu_percent")) CHECK((std::isnan(percent) || (percent >= 0 && percent <= 100)));
  CHECK(numbers(run, "process_cpu_percent").back() >= 0);
  CHECK(numbers(run, "rss_mib").back() > 1);
  for (const char* name : {"memory_percent", "swap_percent", "disk_percent"})
    CHECK((numbers(run, name).back() >= 0 && numbers(run, name).back() <= 100));
}

TEST_CASE("garbage of a script is collected at the interval's steps") {
  const Workshop workshop;
  const std::string litter = "on_step_end = 'for i = 1, 100 do local thrown_away = {i, i + 1, i + 2} end'\n";
  const Finished finished =
      workshop.run(small_manifest(callback("lambda", litter) + callback("garbage_collector", "step_interval = 50\n") +
                                  callback("csv_logger", "filename = 'history.csv'\n")),
                   "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  // Steps 50 and 100, in the second epoch and the third.
  const std::vector<double> bytes = numbers(workshop / "run", "garbage_collected_bytes");
  CHECK(std::isnan(bytes.at(0)));
  CHECK(bytes.at(1) > 0);
  CHECK(bytes.at(2) > 0);
}

TEST_CASE("GPUs give scalars where their driver's library is there, and cost nothing where it does not respond") {
  const Workshop workshop;
  const std::string manifest = small_manifest(slow + "2\n" + callback("system_resources_monitor", "every = 0.02\n") +
                                              callback("csv_logger", "filename = 'history.csv'\n"));
  const auto run = [&](const std::string& fault, const std::string& library = "fake_nvml") {
    ProcessOptions command = run_command(workshop, manifest, "run_" + fault);
    command.environment["LD_LIBRARY_PATH"] = FAKE_NVML_FOLDERS + library;
    command.environment["FAKE_NVML"] = fault;
    const Finished finished = run_process(command);
    INFO(finished.error);
    CHECK(finished.exit_code == kDone);
    return finished.output;
  };
  CHECK_FALSE(contains(run("none"), "warning"));
  CHECK(numbers(workshop / "run_none", "gpu0_percent").back() == 42);
  CHECK(numbers(workshop / "run_none", "gpu1_percent").back() == 7);
  CHECK(numbers(workshop / "run_none", "gpu1_memory_percent").back() == 25);
  CHECK(numbers(workshop / "run_none", "gpu0_celsius").back() == 55);
  CHECK(column(workshop / "run_none", "gpu1_celsius").empty());  // it does not say

  CHECK(contains(run("broken"), "NVML does not start (error 9); there will be no scalars of the GPUs"));
  CHECK(numbers(workshop / "run_broken", "rss_mib").back() > 1);
  CHECK(column(workshop / "run_broken", "gpu0_percent").empty());

  CHECK(contains(run("old", "fake_nvml_old"), "libnvidia-ml.so.1 lacks functions; there will be no scalars of the GPUs"));
  CHECK(column(workshop / "run_old", "gpu0_percent").empty());

  CHECK(contains(run("hang_at_start"), "the GPUs' driver does not answer"));
  CHECK(column(workshop / "run_hang_at_start", "gpu0_percent").empty());

  CHECK(contains(run("hang_later"), "a look at the system does not return"));
  CHECK(numbers(workshop / "run_hang_later", "loss").size() == 3);
}

TEST_CASE("a run that is resumed with its time used up ends at once") {
  const Workshop workshop;
  const std::string manifest = small_manifest(slow + "15\n" + callback("timer", "duration = 3600\n") +
                                              callback("jsonl_logger", "filename = 'steps.jsonl'\nevery_n_steps = 1\n"));
  ProcessOptions command = run_command(workshop, manifest, "run");
  command.arguments.insert(command.arguments.end(), {"--set", "run.epochs=9"});
  Process process(command);
  while (process.running() && lines(read_text(workshop / "run/steps.jsonl")).size() < 70)  // of 15 ms at least: a second and more
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  process.send(SIGINT);
  REQUIRE(process.wait().exit_code == kInterrupted);
  const Finished resumed = workshop.treino({"resume", workshop / "run", "--set", "callback.timer.duration=1"});
  INFO(resumed.output << resumed.error);
  CHECK(resumed.exit_code == kEarlyStopped);
  CHECK(contains(resumed.output, ", the limit is 0:00:01 (epoch 2, step "));
}
