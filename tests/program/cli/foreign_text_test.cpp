// Text that others wrote, on its way to the terminal: nothing of it acts there, and each piece stays on its own line.
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

bool is_clean(const Finished& finished) {
  for (const char byte : finished.output + finished.error)
    if (byte != '\n' && byte != '\t' && (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f)) return false;
  for (const std::string& line : lines(finished.output + finished.error))
    if (line.rfind("forged", 0) == 0) return false;
  return true;
}

std::string with_plugin(const std::string& what) {
  return small_manifest("[[callback]]\nplugin = 'foreign_text'\nwhat = '" + what + "'\n");
}

}  // namespace

TEST_CASE("a plugin's messages, lines, stop reason and failures are shown with escapes") {
  const Workshop workshop;
  const Finished stopped = workshop.run(with_plugin("stop"), "stopped");
  CHECK(is_clean(stopped));
  CHECK(contains(stopped.output, "warning: foreign_text: message\\x1b[31m\\x0aforged\n"));
  CHECK(contains(stopped.output, "\nline\\x1b[31m\\x0aforged\n"));
  CHECK(contains(stopped.output, "reason\\x1b[31m\\x0aforged"));
  const Finished failed = workshop.run(with_plugin("fail"), "failed");
  CHECK(failed.exit_code == kFailed);
  CHECK(is_clean(failed));
  CHECK(contains(failed.error, "error: foreign_text: failure\\x1b[31m\\x0aforged (in epoch_end)\n"));
  const Finished refused = workshop.run(with_plugin("refuse"), "refused");
  CHECK(refused.exit_code == kBadInput);
  CHECK(is_clean(refused));
  CHECK(contains(refused.error, "refused\\x1b[31m\\x0aforged (in create)\n"));
}

TEST_CASE("a scalar without a name, or with control characters in it, is refused when it is declared") {
  const Workshop workshop;
  Finished finished = workshop.run(with_plugin("scalar"), "scalar");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "the name of a scalar is UTF-8 without control characters, and 'a\\x1b[2Jb' is not"));
  finished = workshop.run(with_plugin("no scalar"), "none");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "the name of a scalar is not empty"));
}

TEST_CASE("help, file names and arguments are shown with escapes") {
  const Workshop workshop;
  const Finished described = workshop.treino({"describe", "foreign_text"});
  CHECK(is_clean(described));
  CHECK(contains(described.output, "help \\x1b[31m red\nanother line\n"));
  fs::create_directory(workshop / "bad");
  write_text(workshop / "bad/x\x1b[31m\nforged.so", "no library");
  const Finished listed = workshop.treino({"plugins", "--plugin-path", workshop / "bad"});
  CHECK(is_clean(listed));
  CHECK(contains(listed.output, "x\\x1b[31m\\x0aforged.so: "));
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"run", "no\x1b[31m\nforged.toml"},
                                                    {"check", "no\x1b[31m\nforged.toml"},
                                                    {"resume", "no\x1b[31m\nforged"},
                                                    {"evaluate", "no\x1b[31m\nforged"},
                                                    {"describe", "no\x1b[31m\nforged"},
                                                    {"describe", "mse", "no\x1b[31m\nforged"}}) {
    const Finished finished = workshop.treino(arguments);
    INFO(finished.error);
    CHECK(finished.exit_code != kDone);
    CHECK(is_clean(finished));
    CHECK(contains(finished.error, "no\\x1b[31m\\x0aforged"));
  }
}

TEST_CASE("class names with line ends and escapes name scalars and rows of a report without acting") {
  const Workshop workshop;
  std::string rows = "x,y\n";
  for (int i = 0; i < 6; ++i) rows += "1,p\n2,\"q\x1b[31m\nforged\"\n";
  const std::string data = workshop.write("d.csv", rows);
  const Finished finished = workshop.run(
      "[run]\nepochs = 1\n[data]\ntrain = { file = '" + data +
          "', target = 'y', validation = 0.5 }\n[model]\nlayers = [ { type = 'dense', units = 2 } ]\n"
          "[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.1\n[loss]\nplugin = 'cross_entropy'\n[[metric]]\nplugin = 'f1'\n"
          "average = 'none'\n[[metric]]\nplugin = 'classification_report'\n",
      "run");
  INFO(finished.error);
  CHECK(finished.exit_code == kDone);
  CHECK(is_clean(finished));
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--on", "validation"});
  CHECK(evaluated.exit_code == kDone);
  CHECK(is_clean(evaluated));
  CHECK(contains(evaluated.output, "f1_q\\x1b[31m\\x0aforged"));
}

TEST_CASE("a full disk under standard output is a failure of every command that prints") {
  const Workshop workshop;
  const std::string manifest = workshop.write("m.toml", small_manifest());
  for (const char* command : {"plugins", "plugins --json", "schema", "describe mse", "--help"}) {
    ProcessOptions options = workshop.command({});
    options.arguments = {"/bin/sh", "-c", TREINO " " + std::string(command) + " >/dev/full"};
    const Finished finished = run_process(options);
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "standard output cannot be written: No space left on device"));
  }
  for (const std::string command : {"check", "lr"}) {
    ProcessOptions options = workshop.command({});
    options.arguments = {"/bin/sh", "-c", TREINO " " + command + " " + manifest + " >/dev/full"};
    CHECK(run_process(options).exit_code == kFailed);
  }
}
