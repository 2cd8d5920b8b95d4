// A run's folder may come from anywhere: what its manifest names runs, and is written, only with --trust.
#include "own_plugin_folder.hpp"
#include "support/replaced.hpp"

using namespace treino::test;

namespace {

/// A run whose loss lies in a plugin folder that only its manifest names.
class FromElsewhere : public OwnPluginFolder {
 public:
  FromElsewhere() { REQUIRE(treino({"run", workshop.write("m.toml", manifest()), "--folder", run()}).exit_code == kDone); }
  fs::path run() const { return workshop / "run"; }
  Finished treino(std::vector<std::string> arguments) const { return run_process(command(std::move(arguments))); }

  const fs::path fresh = workshop.write("new.csv", "a,b\n1,0\n");
};

}  // namespace

TEST_CASE("plugins from where only the run's folder says are loaded with --trust alone") {
  const FromElsewhere elsewhere;
  const fs::path run = elsewhere.run();
  CHECK(elsewhere.treino({"predict", run, elsewhere.fresh}).exit_code == kDone);  // which needs none
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"evaluate", run, "--data", elsewhere.workshop / "c.csv"},
        {"resume", run, "--set", "run.epochs=2"}}) {
    const Finished refused = elsewhere.treino(command);
    INFO(command[0] << refused.error);
    CHECK(refused.exit_code == kBadInput);
    CHECK(contains(refused.error, "there is no loss 'index_loss'"));
    CHECK(contains(refused.error, (elsewhere.workshop / "plug").string()));
    CHECK(contains(refused.error, "--trust"));
    std::vector<std::string> trusting = command;
    trusting.push_back("--trust");
    CHECK(elsewhere.treino(trusting).exit_code == kDone);
  }
}

TEST_CASE("a plugin folder that the user names is the user's") {
  const FromElsewhere elsewhere;
  const fs::path data = elsewhere.workshop / "c.csv";
  CHECK(elsewhere.treino({"evaluate", elsewhere.run(), "--data", data, "--plugin-path", E2E_PLUGINS}).exit_code == kDone);
  const std::string setting = "plugins.path=" + fs::path(E2E_PLUGINS).string();
  CHECK(elsewhere.treino({"evaluate", elsewhere.run(), "--data", data, "--set", setting}).exit_code == kDone);
}

TEST_CASE("another plugin of the name does not stand in for one that was not searched for") {
  const FromElsewhere elsewhere;
  const fs::path plugins = elsewhere.run() / "plugins.json";
  const std::string text = read_text(plugins);
  const std::size_t at = text.find("\"sha256\": \"") + 11;
  write_text(plugins, text.substr(0, at) + std::string(64, '0') + text.substr(at + 64));
  const Finished refused =
      elsewhere.treino({"evaluate", elsewhere.run(), "--data", elsewhere.workshop / "c.csv", "--plugin-path", E2E_PLUGINS});
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error, "index_loss of this run was " + (elsewhere.workshop / "plug/index_loss.so").string()));
  CHECK(contains(refused.error, "--trust"));
}

TEST_CASE("Lua without limits in a run's folder runs with --trust alone") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,0\n"), witness = workshop / "witness";
  const std::string lua =
      "[[callback]]\nplugin = 'lambda'\nunsafe = true\non_predict_begin = \"io.open('" + witness.string() + "', 'w'):close()\"\n";
  REQUIRE(workshop.run(linear_manifest("", lua), "run").exit_code == kDone);
  const Finished refused = workshop.treino({"predict", workshop / "run", fresh});
  INFO(refused.error);
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error, "manifest.toml:"));
  CHECK(contains(refused.error, "lambda's unsafe = true lets it run any code"));
  CHECK_FALSE(fs::exists(witness));
  CHECK(workshop.treino({"resume", workshop / "run"}).exit_code == kBadInput);
  CHECK(workshop.treino({"predict", workshop / "run", fresh, "--trust"}).exit_code == kDone);
  CHECK(fs::exists(witness));
  // Within its limits it needs no trust.
  const fs::path manifest = workshop / "run/manifest.toml";
  std::string text = replaced(read_text(manifest), "unsafe = true", "unsafe = false");
  write_text(manifest, replaced(text, "io.open", "log"));
  CHECK_FALSE(contains(workshop.treino({"predict", workshop / "run", fresh}).error, "trust"));
}

TEST_CASE("callbacks write beyond the run's folder with --trust alone, also through a link") {
  const Workshop workshop;
  workshop.write("d.csv", linear_data());
  const fs::path fresh = workshop.write("new.csv", "a,b\n1,0\n");
  const std::string writer = "[[callback]]\nplugin = 'csv_writer'\nof = ['predict']\ndir_path = 'out'\n";
  REQUIRE(workshop.run(linear_manifest("", writer), "run").exit_code == kDone);
  CHECK(workshop.treino({"predict", workshop / "run", fresh}).exit_code == kDone);
  CHECK(fs::exists(workshop / "run/out/predictions.csv"));
  fs::create_directory(workshop / "home");
  const auto expect_refusal = [&](const std::string& what) {
    const Finished refused = workshop.treino({"predict", workshop / "run", fresh});
    INFO(refused.error);
    CHECK(refused.exit_code == kBadInput);
    CHECK(contains(refused.error, what));
    CHECK(fs::is_empty(workshop / "home"));
  };
  fs::remove_all(workshop / "run/out");
  fs::create_directory_symlink(workshop / "home", workshop / "run/out");
  expect_refusal("csv_writer's dir_path writes to " + (workshop / "home").string());
  fs::remove(workshop / "run/out");
  const fs::path manifest = workshop / "run/manifest.toml";
  for (const std::string& place : {(workshop / "home").string(), std::string("../home")}) {
    const std::string text = read_text(manifest);
    write_text(manifest, replaced(text, "dir_path = \"out\"", "dir_path = \"" + place + "\""));
    expect_refusal("writes to " + (workshop / "home").string());
    if (place == "../home") {
      CHECK(workshop.treino({"predict", workshop / "run", fresh, "--trust"}).exit_code == kDone);
      CHECK(fs::exists(workshop / "home/predictions.csv"));
    }
    write_text(manifest, text);
  }
}
