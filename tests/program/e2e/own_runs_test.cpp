// One's own runs continue without --trust: the manifest in the folder is signed with a key that lies in the user's own place for
// states.
#include <sys/stat.h>

#include <csignal>
#include <thread>

#include "own_plugin_folder.hpp"
#include "support/replaced.hpp"

using namespace treino::test;

namespace {

/// A user whose run takes its loss from a folder that the manifest names, and writes beyond its own folder.
class User : public OwnPluginFolder {
 public:
  std::string manifest(const std::string& more = "") const {
    return OwnPluginFolder::manifest("[[callback]]\nplugin = 'csv_logger'\nfilename = '" + (workshop / "history.csv").string() +
                                     "'\n" + more);
  }
  ProcessOptions command(std::vector<std::string> arguments, const std::string& state = "state") const {
    ProcessOptions options = OwnPluginFolder::command(std::move(arguments));
    options.environment["XDG_STATE_HOME"] = state == "none" ? "/dev/null/none" : (workshop / state).string();
    return options;
  }
  Finished treino(std::vector<std::string> arguments, const std::string& state = "state") const {
    return run_process(command(std::move(arguments), state));
  }
  Finished run(const std::string& state = "state") const {
    return treino({"run", workshop.write("m.toml", manifest()), "--folder", workshop / "run"}, state);
  }
  Finished resume(const std::string& state = "state") const {
    return treino({"resume", workshop / "run", "--set", "run.epochs=2"}, state);
  }
};

}  // namespace

TEST_CASE("a run continues without --trust for the user who made it, and for no other") {
  const User user;
  REQUIRE(user.run().exit_code == kDone);
  const Finished resumed = user.resume();
  INFO(resumed.error);
  CHECK(resumed.exit_code == kDone);
  CHECK(user.resume().exit_code == kDone);  // what a resume writes is signed, too
  const Finished foreign = user.resume("another_state");
  CHECK(foreign.exit_code == kBadInput);
  CHECK(contains(foreign.error, "--trust"));
  struct stat key {};
  REQUIRE(stat((user.workshop / "state/treino/key").c_str(), &key) == 0);
  CHECK((key.st_mode & 0777) == 0600);
  // A folder may be moved.
  fs::rename(user.workshop / "run", user.workshop / "archive");
  CHECK(user.treino({"evaluate", user.workshop / "archive", "--data", user.workshop / "c.csv"}).exit_code == kDone);
}

TEST_CASE("a run's manifest that somebody has changed is not the user's any more") {
  const User user;
  REQUIRE(user.run().exit_code == kDone);
  const fs::path manifest = user.workshop / "run/manifest.toml";
  write_text(manifest, read_text(manifest) + "\n");
  const Finished changed = user.resume();
  CHECK(changed.exit_code == kBadInput);
  CHECK(contains(changed.error, "--trust"));
  // Who trusts it once has made it his own.
  CHECK(user.treino({"resume", user.workshop / "run", "--set", "run.epochs=2", "--trust"}).exit_code == kDone);
  CHECK(user.resume().exit_code == kDone);
}

TEST_CASE("a harmless run of another user that continues does not become the user's own") {
  const User user;
  const Workshop& workshop = user.workshop;
  workshop.write("d.csv", linear_data());
  REQUIRE(user.treino({"run", workshop.write("m.toml", linear_manifest()), "--folder", workshop / "run"}, "theirs").exit_code ==
          kDone);
  CHECK(user.resume().exit_code == kDone);
  write_text(workshop / "run/signature", "");
  CHECK(user.resume().exit_code == kDone);
  CHECK(read_text(workshop / "run/signature").empty());
}

TEST_CASE("a key that others can read signs nothing") {
  const User user;
  REQUIRE(user.run().exit_code == kDone);
  REQUIRE(chmod((user.workshop / "state/treino/key").c_str(), 0644) == 0);
  CHECK(user.resume().exit_code == kBadInput);
}

TEST_CASE("links that somebody has put into a run's folder are not followed out of it, in one's own runs either") {
  const User user;
  const Workshop& workshop = user.workshop;
  workshop.write("d.csv", linear_data());
  const std::string logger = "[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n";
  REQUIRE(user.treino({"run", workshop.write("m.toml", linear_manifest("", logger)), "--folder", workshop / "run"}).exit_code ==
          kDone);
  const fs::path victim = workshop.write("victim", "precious\n");
  for (const std::string name : {"history.csv", "log.jsonl", "model.safetensors", "summary.json", "plugins.json"}) {
    const fs::path file = workshop / ("run/" + name), kept = workshop / "kept";
    fs::rename(file, kept);
    fs::create_symlink(victim, file);
    const Finished refused = user.resume();
    INFO(name << "\n" << refused.error);
    CHECK(refused.exit_code == kBadInput);
    CHECK(contains(refused.error, victim.string()));
    CHECK(contains(refused.error, "--trust"));
    CHECK(read_text(victim) == "precious\n");
    fs::remove(file);
    fs::rename(kept, file);
  }
  CHECK(user.resume().exit_code == kDone);
}

TEST_CASE("the line that tells how to continue is a command that continues") {
  for (const std::string state : {"state", "none"}) {
    const User user;
    const Workshop& workshop = user.workshop;
    const fs::path plugins = workshop / "my plugins";
    fs::create_directory(plugins);
    fs::copy(fs::path(E2E_PLUGINS) / "slow_sleeper.so", plugins / "slow_sleeper.so");
    const std::string text =
        replaced(user.manifest("[[callback]]\nplugin = 'slow_sleeper'\nmilliseconds = 20\n"), "epochs = 1", "epochs = 60");
    Process process(
        user.command({"run", workshop.write("m.toml", text), "--folder", workshop / "run", "--plugin-path", plugins}, state));
    while (process.running() && !(fs::exists(workshop / "history.csv") && contains(read_text(workshop / "history.csv"), "\n1,")))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    process.send(SIGINT);
    const Finished interrupted = process.wait();
    INFO(interrupted.output << interrupted.error);
    REQUIRE(interrupted.exit_code == kInterrupted);
    const std::string mark = "resume with: treino ";
    const std::size_t at = interrupted.output.find(mark);
    REQUIRE(at != std::string::npos);
    const std::size_t begin = at + mark.size();
    const std::string line = interrupted.output.substr(begin, interrupted.output.find('\n', begin) - begin);
    CHECK(contains(line, "--plugin-path '" + plugins.string() + "'"));
    CHECK(contains(line, "--trust") == (state == "none"));
    ProcessOptions options = user.command({}, state);
    options.arguments = {"/bin/sh", "-c", "exec \"" TREINO "\" " + line + " --set run.epochs=3"};
    const Finished resumed = run_process(options);
    INFO(resumed.output << resumed.error);
    CHECK(resumed.exit_code == kDone);
  }
}

TEST_CASE("run folders are taken by relative paths, from wherever the command is given") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  workshop.write("new.csv", "a,b\n1,0\n");
  workshop.write("m.toml", linear_manifest());
  fs::create_directories(workshop / "below/deep");
  const auto in_folder = [&](const std::string& folder, std::vector<std::string> arguments) {
    ProcessOptions options = workshop.command(std::move(arguments));
    options.folder = workshop / folder;
    return run_process(options);
  };
  CHECK(in_folder("below", {"run", "../m.toml", "--folder", "deep/../runs/x/"}).exit_code == kDone);
  CHECK(fs::exists(workshop / "below/runs/x/model.safetensors"));
  CHECK(in_folder("below/deep", {"resume", "../runs/x", "--set", "run.epochs=4"}).exit_code == kDone);
  CHECK(in_folder("below/runs/x", {"resume", ".", "--set", "run.epochs=5"}).exit_code == kDone);
  const Finished predicted = in_folder("below/runs", {"predict", "x/", "../../new.csv", "--output", "p.csv"});
  INFO(predicted.error);
  CHECK(predicted.exit_code == kDone);
  CHECK(fs::exists(workshop / "below/runs/p.csv"));
  CHECK(in_folder("below", {"evaluate", "runs/x", "--on", "train"}).exit_code == kDone);
}
