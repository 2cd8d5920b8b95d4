// What ends a run from outside (signals, limits), and plugins that end it, hold it up, or leave the process changed.
#include <sys/stat.h>

#include <csignal>
#include <thread>

#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string callback(const std::string& plugin, const std::string& more = "") {
  return "[[callback]]\nplugin = '" + plugin + "'\n" + more;
}

/// So wide that sgemm works on the main thread nearly all the time.
std::string wide_manifest() {
  return "[run]\nname = 'wide'\nseed = 1\nepochs = 1000\nthreads = 1\n"
         "[data]\ntrain = { file = '" SOURCE_FOLDER
         "/examples/data/digits.csv.gz', target = -1, target_kind = 'index' }\nscale = 0.0625\nbatch_size = 64\n"
         "[model]\nlayers = [ { type = 'dense', units = 3000 }, { type = 'relu' }, { type = 'dense', units = 1500 }, "
         "{ type = 'relu' }, { type = 'dense', units = 10 } ]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.01\n[loss]\nplugin "
         "= "
         "'cross_entropy'\n" +
         callback("csv_logger", "filename = 'history.csv'\n");
}

/// Starts it, and returns when `text` stands in its log or it has ended.
void wait_for_text(Process& process, const fs::path& log, const std::string& text) {
  while (process.running() && !(fs::exists(log) && contains(read_text(log), text)))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

/// The run under `ulimit` of the shell.
Finished run_limited(const Workshop& workshop, const std::string& limit, const std::string& manifest, const std::string& name,
                     const std::vector<std::string>& more) {
  ProcessOptions options = workshop.command({"run", workshop.write(name + ".toml", manifest), "--folder", workshop / name});
  options.arguments.insert(options.arguments.end(), more.begin(), more.end());
  options.arguments.insert(options.arguments.begin(), {"/bin/sh", "-c", limit + "; exec \"$@\"", "sh"});
  return run_process(options);
}

}  // namespace

TEST_CASE("a wide net is interrupted 50 times, and each time it has saved its checkpoint") {
  const Workshop workshop;
  const fs::path manifest = workshop.write("wide.toml", wide_manifest());
  for (int i = 0; i < 50; ++i) {
    const std::string name = "run_" + std::to_string(i);
    Process process(workshop.command({"run", manifest, "--folder", workshop / name, "--quiet"}));
    wait_for_text(process, workshop / (name + "/history.csv"), "\n0,");
    std::this_thread::sleep_for(std::chrono::milliseconds(i));  // into a batch
    process.send(i % 2 == 0 ? SIGINT : SIGTERM);
    const Finished finished = process.wait();
    CAPTURE(i, finished.signal, finished.error);
    REQUIRE(finished.exit_code == kInterrupted);
    REQUIRE(fs::exists(workshop / (name + "/checkpoint.safetensors")));
    if (i % 10 == 9)
      CHECK(
          workshop
              .treino({"evaluate", workshop / name, "--on", "train", "--weights", workshop / (name + "/checkpoint.safetensors")})
              .exit_code == kDone);
    fs::remove_all(workshop / name);
  }
}

TEST_CASE("SIGHUP and SIGXCPU end a run as SIGTERM does, and it resumes bit-exactly") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "reference").exit_code == kDone);
  for (const auto& [signal, word] : std::map<int, std::string>{{SIGHUP, "SIGHUP"}, {SIGXCPU, "SIGXCPU"}}) {
    const std::string name = "run_" + word;
    Process process(workshop.command({"run", workshop / "reference.toml", "--folder", workshop / name}));
    wait_for_text(process, workshop / (name + "/log.jsonl"), "\"epoch\":1");
    process.send(signal);
    process.send(signal);  // as a terminal that is closed, and the limit, do
    const Finished finished = process.wait();
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kInterrupted);
    CHECK(fact(workshop / name, "/reason") == "\"" + word + "\"");
    CHECK(workshop.treino({"resume", workshop / name}).exit_code == kDone);
    check_same_run(workshop / "reference", workshop / name);
  }
}

TEST_CASE("a run under nohup continues after SIGHUP") {
  const Workshop workshop;
  ProcessOptions options =
      workshop.command({"run", workshop.write("run.toml", small_manifest(callback("slow_sleeper", "milliseconds = 5\n"))),
                        "--folder", workshop / "run"});
  options.arguments.insert(options.arguments.begin(), {"/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"});
  Process process(options);
  wait_for_text(process, workshop / "run/log.jsonl", "\"epoch\":0");
  process.send(SIGHUP);
  CHECK(process.wait().exit_code == kDone);
}

TEST_CASE("a plugin that hangs is named after stop_timeout, with its event, and the run ends with what can be saved") {
  struct Case {
    std::string event, more, there;
  };
  const std::string backup = callback("backup_and_restore", "backup_dir = 'backup'\nsave_freq = 3\n");
  for (const Case& each : {Case{"batch_end", backup + callback("hanger", "epoch = 1\n"), "backup/backup.safetensors"},
                           Case{"batch_end", callback("hanger"), "there is no checkpoint to continue from"},
                           Case{"run_end", callback("hanger", "event = 'run_end'\n"), "checkpoint.safetensors"}}) {
    INFO(each.event << " " << each.there);
    const Workshop workshop;
    Process process(workshop.command({"run", workshop.write("run.toml", small_manifest(each.more)), "--folder", workshop / "run",
                                      "--set", "run.stop_timeout=0.5"}));
    wait_for_text(process, workshop / "run/log.jsonl", "hangs");
    process.send(SIGTERM);
    const Finished finished = process.wait();
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "hanger has not returned from " + each.event + " for 0.5 s after SIGTERM"));
    CHECK(contains(finished.error, each.there));
    CHECK(fact(workshop / "run", "/outcome") == "\"failed\"");
    CHECK(workshop.treino({"evaluate", workshop / "run"}).exit_code == kDone);  // the weights
    if (each.event == "run_end") CHECK(contains(read_text(workshop / "run/summary.json"), "treino resume"));
  }
}

TEST_CASE("trial steps end at the next batch after Ctrl-C, nothing of them is kept, and a resume repeats them") {
  const Workshop workshop;
  const std::string finder = callback("lr_finder", "filename = 'rates.csv'\nmax_lr = 0.001\nearly_stop_threshold = 0.0\n");
  REQUIRE(workshop.run(small_manifest(finder + "num_training = 20\n"), "reference", {"--set", "model.layers.0.units=600"})
              .exit_code == kDone);
  for (const std::string on_error : {"stop", "disable"}) {
    INFO(on_error);
    const std::string name = "run_" + on_error;
    const std::string manifest = small_manifest(finder + "num_training = 10000\non_error = '" + on_error + "'\n");
    Process process(workshop.command(
        {"run", workshop.write(name + ".toml", manifest), "--folder", workshop / name, "--set", "model.layers.0.units=600"}));
    wait_for_text(process, workshop / (name + "/plugins.json"), "lr_finder");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    process.send(SIGINT);
    const Finished finished = process.wait();
    INFO(finished.output << finished.error);
    if (finished.signal == SIGINT) continue;  // too early: not yet in its trial steps
    CHECK(finished.exit_code == kInterrupted);
    CHECK_FALSE(fs::exists(workshop / (name + "/checkpoint.safetensors")));
    CHECK_FALSE(fs::exists(workshop / (name + "/rates.csv")));
    const Finished resumed = workshop.treino({"resume", workshop / name, "--set", "callback.lr_finder.num_training=20"});
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
    CHECK((read_text(workshop / (name + "/model.safetensors")) == read_text(workshop / "reference/model.safetensors")));
  }
}

TEST_CASE("a plugin that crashes is named with its event, and the signal ends the program") {
  struct Case {
    std::string how, words;
    int signal;
  };
  for (const Case& each : {Case{"null", "segmentation fault (SIGSEGV)", SIGSEGV},
                           {"overflow", "segmentation fault (SIGSEGV)", SIGSEGV},
                           {"abort", "abort (SIGABRT)", SIGABRT},
                           {"SIGBUS", "bus error (SIGBUS)", SIGBUS},
                           {"SIGFPE", "arithmetic fault (SIGFPE)", SIGFPE},
                           {"SIGILL", "illegal instruction (SIGILL)", SIGILL}}) {
    INFO(each.how);
    const Workshop workshop;
    const Finished finished = workshop.run(small_manifest(callback("crasher", "how = '" + each.how + "'\n")), "run");
    INFO(finished.error);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(finished.signal == each.signal);
    CHECK(contains(finished.error, "error: crasher: " + each.words + " in batch_end\n"));
#endif
    CHECK(finished.exit_code != kDone);
  }
  for (const std::string event : {"create", "run_begin", "run_end"}) {
    const Workshop workshop;
    const Finished finished =
        workshop.run(small_manifest(callback("crasher", "how = 'abort'\nname = 'cat'\nevent = '" + event + "'\n")), "run");
    INFO(finished.error);
    CHECK(finished.signal == SIGABRT);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(contains(finished.error, "error: cat: abort (SIGABRT) in " + event + "\n"));
#endif
  }
}

TEST_CASE("exit(0) in a plugin is a failed run") {
  for (const std::string event : {"create", "run_begin", "batch_end", "run_end"}) {
    const Workshop workshop;
    const Finished finished = workshop.run(small_manifest(callback("crasher", "how = 'exit'\nevent = '" + event + "'\n")), "run");
    INFO(finished.error);
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "error: crasher: called exit(0) in " + event + "; the run has failed\n"));
  }
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(callback("crasher", "how = 'exit_in_thread'\n")), "run");
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "crasher.so: called exit(0) in a thread of its own"));
}

TEST_CASE("a file that grows beyond ulimit -f is an error with the file's name, not the program's end") {
  const Workshop workshop;
  // 31 MB: plugins are copied into memory files, which are held to the limit too. The weights have 18 MB, the checkpoint with
  // Adam's state 54.
  std::string wide = small_manifest();
  wide.replace(wide.find("units = 24"), 10, "units = 60000");
  const Finished finished =
      run_limited(workshop, "ulimit -f 60000", wide, "run", {"--set", "run.epochs=1", "--set", "data.batch_size=600"});
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "checkpoint.safetensors: cannot be written: File too large"));
  CHECK(contains(finished.error, "the model is saved: "));
}

TEST_CASE("a plugin that leaves signal mask, handler, umask or working folder changed is named once, and they are restored") {
  struct Case {
    std::string what, words;
  };
  for (const Case& each : {Case{"mask", "the signal mask"},
                           {"handler", "the handler of SIGINT"},
                           {"umask", "the umask"},
                           {"folder", "the working folder"}})
    for (const std::string event : {"create", "run_begin", "batch_end"}) {
      INFO(each.what << " " << event);
      const Workshop workshop;
      const Finished finished =
          workshop.run(small_manifest(callback("slow_sleeper", "milliseconds = 2\n") +
                                      callback("process_vandal", "what = '" + each.what + "'\nevent = '" + event + "'\n") +
                                      callback("csv_logger", "filename = 'history.csv'\n")),
                       "run");
      INFO(finished.output << finished.error);
      CHECK(finished.exit_code == kDone);
      const std::string said = "process_vandal: left " + each.words + " changed in " + event + " (";
      CHECK(contains(finished.output, said));
      CHECK(finished.output.find(said) == finished.output.rfind(said));
      struct stat status {};
      REQUIRE(stat((workshop / "run/summary.json").c_str(), &status) == 0);
      if (event != "batch_end") CHECK((status.st_mode & 022) == 0);  // as the tests' own umask has it
    }
}

TEST_CASE("what a plugin changes once, in the middle of an epoch, is restored, and all plugins that may have done it are named") {
  const Workshop workshop;
  const Finished finished = workshop.run(
      small_manifest(callback("slow_sleeper") + callback("process_vandal", "what = 'folder'\nevent = 'batch_end'\n")), "run",
      {"--set", "run.epochs=1"});
  INFO(finished.output << finished.error);
  CHECK(contains(finished.output, "slow_sleeper, process_vandal left the working folder changed during an epoch"));
}
