// The command line before any command runs, and readers of its output that leave.
#include "program/e2e/workshop.hpp"

using namespace treino::test;

TEST_CASE("an unknown command is refused with the nearest one and the list of all") {
  const Workshop workshop;
  const Finished near = workshop.treino({"chekc", "m.toml"});
  CHECK(near.exit_code == kBadInput);
  CHECK(near.output.empty());
  CHECK(contains(near.error, "there is no command 'chekc'. Did you mean 'check'? There are: run, resume, check, evaluate, "));
  const Finished far = workshop.treino({"frobnicate"});
  CHECK(far.exit_code == kBadInput);
  CHECK(contains(far.error, "there is no command 'frobnicate'. There are: run, "));
  CHECK(contains(workshop.treino({"\x1b[2Jrun"}).error, "there is no command '\\x1b[2Jrun'."));
  CHECK(workshop.treino({"--version"}).exit_code == kDone);
}

TEST_CASE("without a command the help is printed as an error: exit code 2, nothing on standard output") {
  const Workshop workshop;
  const Finished bare = workshop.treino({}), help = workshop.treino({"--help"});
  CHECK(bare.exit_code == kBadInput);
  CHECK(bare.output.empty());
  CHECK(bare.error == help.output);
  CHECK(help.exit_code == kDone);
  CHECK(contains(help.output, "Exit codes: 0 success"));
}

TEST_CASE("a reader that closes the pipe is not a failure of any command that prints") {
  const Workshop workshop;
  const std::string manifest = workshop.write("m.toml", small_manifest());
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  for (const std::string& command :
       {std::string("plugins"), std::string("plugins --json"), std::string("schema"), std::string("describe mse"),
        std::string("--help"), "check " + manifest, "lr " + manifest,
        "predict " + (workshop / "run").string() + " " SOURCE_FOLDER "/examples/data/digits.csv.gz"}) {
    INFO(command);
    ProcessOptions options = workshop.command({});
    // A pipe whose only reader has closed it.
    options.arguments = {"/bin/sh", "-c",
                         "rm -f pipe && mkfifo pipe && exec 3<>pipe 4>pipe 3<&- && exec " TREINO " " + command + " >&4"};
    const Finished finished = run_process(options);
    CHECK(finished.exit_code == kDone);
    CHECK(finished.error.empty());
  }
}
