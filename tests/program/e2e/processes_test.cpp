// Threads and processes of plugins: who is named when a thread crashes, and which signals a started process takes.
#include <csignal>

#include "small_model.hpp"

using namespace treino::test;

namespace {

std::string callback(const std::string& plugin, const std::string& more = "") {
  return "[[callback]]\nplugin = '" + plugin + "'\n" + more;
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a crash or exit() in a thread that a plugin has started names the plugin's file") {
  const std::string file = (fs::canonical(E2E_PLUGINS) / "crasher.so").string();
  struct Case {
    std::string how, words;
    int signal;
  };
  for (const Case& each :
       {Case{"null_in_thread", ": segmentation fault (SIGSEGV) outside of its calls, in a thread of its own\n", SIGSEGV},
        {"abort_in_thread", ": abort (SIGABRT) outside of its calls, in a thread of its own\n", SIGABRT},
        {"terminate", ": abort (SIGABRT) outside of its calls, in a thread of its own\n", SIGABRT},
        {"exit_in_thread", ": called exit(0) in a thread of its own; the run has failed\n", 0}}) {
    const Workshop workshop;
    workshop.write("d.csv", linear_data());
    const Finished finished = workshop.run(linear_manifest("", callback("crasher", "how = '" + each.how + "'\n")), "run");
    INFO(each.how << "\n" << finished.error);
    CHECK(finished.signal == each.signal);
    CHECK(contains(finished.error, "error: " + file + each.words));
  }
}
#endif

TEST_CASE("processes that Lua starts receive the signals that the run receives, and return how they ended") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const std::string lua =
      "unsafe = true\non_run_begin = '''\n"
      "os.execute('grep SigBlk /proc/self/status > execute.txt')\n"
      "local pipe = io.popen('grep SigBlk /proc/self/status')\n"
      "io.open('popen.txt', 'w'):write(pipe:read('a')):close()\n"
      "assert(pipe:close() == true)\n"
      "local ok, how, code = os.execute('exit 7')\n"
      "assert(ok == nil and how == 'exit' and code == 7)\n"
      "ok, how, code = io.popen('kill -9 $$'):close()\n"
      "assert(ok == nil and how == 'signal' and code == 9)\n"
      "local writer = io.popen('cat > written.txt', 'w')\n"
      "writer:write('line')\n"
      "assert(writer:close())\n"
      "assert(os.execute() == true)\n"
      "assert(not pcall(io.popen, 'true', 'rw'))\n'''\n";
  const Finished finished = workshop.run(linear_manifest("", callback("lambda", lua)), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  // A mask of none; the test itself may block what it likes, but not these.
  for (const char* name : {"execute.txt", "popen.txt"}) {
    const std::string mask = read_text(workshop / name);
    INFO(name << mask);
    const std::uint64_t blocked = std::stoull(mask.substr(mask.find(':') + 1), nullptr, 16);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) CHECK((blocked >> (signal - 1) & 1) == 0);
  }
  CHECK(read_text(workshop / "written.txt") == "line");
}

// dlopen is declared not to throw, so that an exception of start-up code ends the process: with the library's name, at least.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a library whose start-up code throws is named") {
  for (const std::string plugin : {"throws_at_start", "throws_int_at_start"}) {
    const Workshop workshop;
    workshop.write("d.csv", linear_data());
    const Finished finished = workshop.run(linear_manifest("", callback(plugin)), "run");
    INFO(finished.error);
    CHECK(finished.signal == SIGABRT);
    CHECK(contains(finished.error, plugin + ".so: abort (SIGABRT) in loading"));
  }
}
#endif

TEST_CASE("a tensor that lies on another device is refused") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const Finished finished = workshop.run(linear_manifest("", callback("foreign_device")), "run");
  INFO(finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "foreign_device: set_parameter takes a tensor in the CPU's memory, not one of device 2"));
}

TEST_CASE("Ctrl-C while running statistics are estimated ends that, and says how far it came") {
  const Workshop workshop;
  // The signal comes when the run has ended, before the averages are put into the model, and is taken by another thread.
  const std::string lua =
      "before = 'stochastic_weight_averaging'\nunsafe = true\non_run_end = \"os.execute('kill -INT $PPID; sleep 0.5')\"\n";
  std::string manifest =
      small_manifest(callback("lambda", lua) + callback("stochastic_weight_averaging", "swa_epoch_start = 1\n"));
  manifest.replace(manifest.find("{ type = \"relu\" }"), 17, "{ type = \"batch_norm\" }, { type = \"relu\" }");
  const Finished finished = workshop.run(manifest, "run");
  const std::string log = read_text(workshop / "run/log.jsonl");
  INFO(finished.output << finished.error << log);
  CHECK(finished.exit_code == kDone);
  // 1,258 samples in batches of 32.
  CHECK(contains(log, "the running statistics are those of 1 of 40 batches: Ctrl-C"));
}

TEST_CASE("treino lr --csv numbers the steps in column step, and leaves it empty where epochs are counted") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const auto csv = [&](const std::string& scheduler) {
    const Finished finished = workshop.treino(
        {"lr", workshop.write("m.toml", linear_manifest("", scheduler, "batch_size = 10\n")), "--csv", workshop / "lr.csv"});
    INFO(finished.error);
    CHECK(finished.exit_code == kDone);
    return lines(read_text(workshop / "lr.csv"));
  };
  // 20 samples in batches of 10: two steps per epoch, 0.01 * 0.5^step.
  const auto steps = csv("[[scheduler]]\nplugin = 'step_decay'\nstep_size = 1\ngamma = 0.5\nunit = 'step'\n");
  REQUIRE(steps.size() == 7);
  CHECK(steps[0] == "epoch,step,learning_rate,momentum");
  CHECK(steps[1] == "0,0,0.01,");
  CHECK(steps[2] == "0,1,0.005,");
  CHECK(steps[4] == "1,3,0.00125,");
  const auto epochs = csv("[[scheduler]]\nplugin = 'step_decay'\nstep_size = 1\ngamma = 0.5\n");
  REQUIRE(epochs.size() == 4);
  CHECK(epochs[1] == "0,,0.01,");
  CHECK(epochs[3] == "2,,0.0025,");
}

TEST_CASE("describe says which momentum sgd has, and what rmsprop computes") {
  const Workshop workshop;
  ProcessOptions options = workshop.command({"describe", "sgd"});
  options.environment["COLUMNS"] = "400";
  const std::string sgd = run_process(options).output;
  INFO(sgd);
  CHECK(contains(sgd, "velocity"));
  CHECK(contains(sgd, "PyTorch"));
  const Finished rmsprop = workshop.treino({"describe", "rmsprop"});
  INFO(rmsprop.output);
  CHECK(contains(rmsprop.output, "running mean square"));
}
