// The plugin mpi between processes that mpirun starts, here on one machine.
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

using namespace treino::test;

namespace {

ProcessOptions options(std::vector<std::string> command, const std::string& scenario, const TemporaryFolder& folder) {
  for (const std::string& word : {std::string(RANK), std::string(LIBRARY), scenario, folder.path().string()})
    command.push_back(word);
  ProcessOptions result;
  result.arguments = std::move(command);
  // What MPI keeps until the process ends is not the plugin's.
  // In containers, a process may not read another's memory, and OpenMPI says so each time.
  result.environment = {{"OMPI_MCA_btl_vader_single_copy_mechanism", "none"},
                        {"ASAN_OPTIONS", "detect_leaks=0"},
                        {"OMPI_MCA_btl", "^tcp"},  // OpenMPI 5 warns of each pair of ranks where a machine has no network
                        {"OMPI_COMM_WORLD_SIZE", ""},
                        {"PMIX_RANK", ""},
                        {"PMI_RANK", ""}};
  return result;
}

std::vector<std::string> mpirun(int ranks) {
  return {MPIRUN, "--allow-run-as-root", "--map-by", ":OVERSUBSCRIBE", "-n", std::to_string(ranks)};
}

Finished play(const std::string& scenario, int ranks) {
  const TemporaryFolder folder;
  return run_process(options(mpirun(ranks), scenario, folder));
}

void check_silent(const Finished& finished) {
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(finished.output.empty());
  CHECK(finished.error.empty());
}

/// Where mpirun finds fault with the end, since nobody waits for others at the end of a run that failed.
void check_as_expected(const std::string& scenario, int ranks) {
  const Finished finished = play(scenario, ranks);
  INFO(finished.output << finished.error);
  CHECK(finished.output.empty());
  CHECK(finished.error.find(scenario + ": ") == std::string::npos);  // what a rank says whose expectations are not met
}

}  // namespace

TEST_CASE("exchanges between 1, 2, 3 and 4 ranks give what they should, and nothing is printed") {
  for (const int ranks : {1, 2, 3, 4}) {
    CAPTURE(ranks);
    check_silent(play("exchanges", ranks));
  }
}

TEST_CASE("exchanges in progress at once are not confused, in whatever order they are waited for") {
  for (const int ranks : {2, 3, 4}) {
    CAPTURE(ranks);
    check_silent(play("under_way", ranks));
  }
}

TEST_CASE("a process may have one run after another, and not two at once") { check_silent(play("two_runs", 2)); }

TEST_CASE("an impossible exchange is refused, and the run can continue") { check_silent(play("refused", 2)); }

TEST_CASE("an error of MPI is a sentence with the rank") { check_as_expected("too_short", 2); }

TEST_CASE("a process that nobody started with others is alone, and does not begin MPI") {
  const TemporaryFolder folder;
  check_silent(run_process(options({}, "alone", folder)));
}

TEST_CASE("processes that srun started without telling them of each other are refused") {
  const TemporaryFolder folder;
  ProcessOptions alone = options({}, "alone", folder);
  alone.environment["SLURM_STEP_NUM_TASKS"] = "3";
  const Finished finished = run_process(alone);
  CHECK(finished.exit_code == 1);
  CHECK(finished.error == "alone: srun started 3 processes that cannot find each other: add --mpi=pmix to srun, or use mpirun\n");
  alone.environment["SLURM_STEP_NUM_TASKS"] = "1";
  check_silent(run_process(alone));
}

TEST_CASE("a rank that waits for one that has left gets the reason, and no rank waits at the end") {
  for (const int ranks : {2, 4}) {
    CAPTURE(ranks);
    check_as_expected("leave", ranks);
  }
}

TEST_CASE("a rank that is stopped is the one reported as not responding, and the others continue once it does") {
  for (const int ranks : {2, 3, 4}) {
    CAPTURE(ranks);
    check_silent(play("stopped", ranks));
  }
}

TEST_CASE("a rank that is killed ends the others, and mpirun names it") {
  const Finished finished = play("killed", 3);
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code != 0);
  CHECK(finished.error.find("process rank 1 ") != std::string::npos);
}

TEST_CASE("where mpirun lets the others live, they find out who is missing") {
  ProcessOptions version;
  version.arguments = {MPIRUN, "--version"};
  if (run_process(version).output.find(" 4.") == std::string::npos) {
    WARN("this is not OpenMPI 4, whose --enable-recovery is known: left out");
    return;
  }
  std::vector<std::string> command = mpirun(3);
  command.insert(command.begin() + 1, "--enable-recovery");
  const TemporaryFolder folder;
  const Finished finished = run_process(options(command, "killed", folder));
  INFO(finished.output << finished.error);
  CHECK(finished.output.find("rank 0 misses rank 1") != std::string::npos);
  CHECK(finished.output.find("rank 2 misses rank 1") != std::string::npos);
  CHECK(finished.error.find("killed: ") == std::string::npos);
}
