// Which plugin a name means, as users meet it: search order, namespaces, versions, sections.
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

std::string folder(const std::string& name) { return std::string(E2E_PLUGINS) + "_" + name; }

std::string with(const std::string& callback) { return small_manifest("[[callback]]\n" + callback); }

/// treino check of the manifest, with further arguments.
Finished check(const Workshop& workshop, const std::string& manifest, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"check", workshop.write("m.toml", manifest)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return workshop.treino(arguments);
}

}  // namespace

TEST_CASE("a plugin with a namespace runs under a name without a slash, and can be described") {
  const Workshop workshop;
  const Finished finished =
      workshop.run(with("plugin = 'acme/notify'\nversion = '>=1.2, <2'\n"), "run", {"--plugin-path", folder("new")});
  INFO(finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output, "acme_notify: told by 1.10.0\n"));
  const Finished described = workshop.treino({"describe", "acme/notify", "--plugin-path", folder("new")});
  CHECK(contains(described.output, "callback acme/notify 1.10.0"));
  CHECK(contains(described.output, "acme.notify.so"));
  CHECK(contains(workshop.treino({"schema", "--plugin-path", folder("new")}).output, "#/definitions/callback.acme~1notify"));
}

TEST_CASE("the first folder's plugin is taken, and one line says what it hides") {
  const Workshop workshop;
  const std::string manifest = with("plugin = 'acme/notify'\n");
  const std::string line =
      "callback acme/notify: " + folder("old") + "/acme.notify.so (1.1.0) hides " + folder("new") + "/acme.notify.so (1.10.0)\n";
  const Finished checked = check(workshop, manifest, {"--plugin-path", folder("old"), "--plugin-path", folder("new")});
  INFO(checked.error);
  CHECK(checked.exit_code == kDone);
  CHECK(contains(checked.output, line));
  const Finished run = workshop.run(manifest, "run", {"--plugin-path", folder("old"), "--plugin-path", folder("new")});
  CHECK(contains(run.output, line));
  CHECK(contains(run.output, "acme_notify: told by 1.1.0\n"));
  const Finished listed = workshop.treino({"plugins", "--plugin-path", folder("old"), "--plugin-path", folder("new")});
  CHECK(contains(listed.output, "hidden:\n" + folder("new") + "/acme.notify.so: callback acme/notify, by " + folder("old") +
                                    "/acme.notify.so\n"));
}

TEST_CASE("a version that the manifest does not take is refused with its file") {
  const Workshop workshop;
  const Finished finished =
      check(workshop, with("plugin = 'acme/notify'\nversion = '>=1.2'\n"), {"--plugin-path", folder("old")});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "m.toml:22:11: " + folder("old") +
                                     "/acme.notify.so holds version 1.1.0 of acme/notify; the manifest takes \">=1.2\"\n"));
  const Finished bad = check(workshop, with("plugin = 'acme/notify'\nversion = '1.2'\n"), {"--plugin-path", folder("new")});
  CHECK(contains(bad.error,
                 "version of acme/notify: expected comparisons like \">=1.2\" or \">=1.2, <2\", got the string \"1.2\". Did you "
                 "mean \">=1.2\"?"));
}

TEST_CASE("a folder of the command line that is not there is an error") {
  const Workshop workshop;
  const Finished finished = workshop.treino({"plugins", "--plugin-path", workshop / "gone"});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, (workshop / "gone").string()));
}

TEST_CASE("a plugin, layer or optimizer in the wrong section is refused with the right section") {
  const Workshop workshop;
  CHECK(contains(check(workshop, with("plugin = 'accuracy'\n")).error,
                 "there is no callback 'accuracy'. It is a metric: write [[metric]]."));
  CHECK(contains(check(workshop, with("plugin = 'mse'\n")).error, "It is a metric: write [[metric]]."));
  CHECK(contains(check(workshop, with("plugin = 'cross_entropy'\n")).error, "It is a loss: write [loss]."));
  CHECK(contains(check(workshop, with("plugin = 'dropout'\n")).error,
                 "It is a layer: write { type = \"dropout\" } among the layers of [model]."));
  CHECK(contains(check(workshop, with("plugin = 'adam'\n")).error, "It is an optimizer: write [optimizer]."));
  CHECK(contains(check(workshop, small_manifest("[[scheduler]]\nplugin = 'early_stopping'\n")).error,
                 "there is no scheduler 'early_stopping'. It is a callback: write [[callback]]."));
}

TEST_CASE("sections of the manifest can be described") {
  const Workshop workshop;
  for (const char* section :
       {"run", "data", "train", "file", "model", "layer", "optimizer", "loss", "metric", "scheduler", "callback", "plugins"}) {
    const Finished finished = workshop.treino({"describe", section});
    CHECK(finished.exit_code == kDone);
    CHECK(contains(finished.output, std::string("section ") + section));
  }
  CHECK(contains(workshop.treino({"describe", "data"}).output, "batch_size"));
  CHECK(contains(workshop.treino({"describe", "sgd"}).output, "velocity = momentum * velocity + gradient"));
}

TEST_CASE("values that are never written down do not become names") {
  const Workshop workshop;
  ProcessOptions options = workshop.command({});
  options.environment["SECRET"] = "hunter2hunter2";
  std::string manifest = with("plugin = 'early_stopping'\nname = 'x${SECRET}'\nafter = '${SECRET}'\nmonitor = '${SECRET}'\n");
  manifest.replace(manifest.find("'small'"), 7, "'r-${SECRET}'");
  manifest.replace(manifest.find("\"dense\", units = 24"), 19, "\"dense\", units = 24, name = '${SECRET}'");
  manifest.replace(manifest.find("plugin = \"accuracy\""), 19, "plugin = \"${SECRET}\"");
  options.arguments = {TREINO, "check", workshop.write("m.toml", manifest)};
  const Finished finished = run_process(options);
  INFO(finished.error);
  CHECK(finished.exit_code == kBadInput);
  CHECK_FALSE(contains(finished.error, "hunter2"));
  for (const char* what : {"name of [run]", "name of layer 1", "name of early_stopping", "after of early_stopping", "plugin of "})
    CHECK(contains(finished.error, what));
  CHECK(contains(finished.error, "\"r-${SECRET}\" stands for a value that is never written down"));
  options.arguments = {TREINO, "check", workshop.write("n.toml", with("plugin = 'early_stopping'\nmonitor = '${SECRET}'\n"))};
  const Finished monitored = run_process(options);
  CHECK(contains(monitored.error, "early_stopping's monitor: \"${SECRET}\" does not name a number of this run"));
  CHECK_FALSE(contains(monitored.error, "hunter2"));
}
