// Where commands write to: never onto what they read, whole or not at all, and with an exit code that tells of a failure.
#include <sys/stat.h>

#include <future>

#include "small_model.hpp"

using namespace treino::test;

namespace {

struct TrainedLine {
  Workshop workshop;
  fs::path run, data;
  TrainedLine() : run(workshop / "run"), data(workshop.write("d.csv", linear_data())) {
    REQUIRE(workshop.run(linear_manifest(), "run").exit_code == kDone);
  }
  Finished predict(const fs::path& output, const fs::path& from = {}) const {
    return workshop.treino({"predict", run, from.empty() ? data : from, "--output", output});
  }
};

}  // namespace

TEST_CASE("predict never writes onto its data, the training data, the weights or the run's own files") {
  const TrainedLine trained;
  const Workshop& workshop = trained.workshop;
  const fs::path other = workshop.write("new.csv", "a,b\n1,2\n");
  fs::copy(trained.run / "model.safetensors", trained.run / "best.safetensors");
  fs::create_symlink(other, workshop / "link.csv");
  fs::create_hard_link(other, workshop / "hard.csv");
  for (const fs::path& output :
       {other, workshop / "link.csv", workshop / "hard.csv", workshop / "x/../new.csv", trained.data,
        trained.run / "model.safetensors", trained.run / "manifest.toml", trained.run / "best.safetensors",
        trained.run / "log.jsonl", trained.run / "summary.json", trained.run / "plugins.json"}) {
    INFO(output);
    const std::string before = read_text(output.string().find("..") == std::string::npos ? output : other);
    const Finished finished = trained.predict(output, other);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, "name another file"));
    CHECK(read_text(output.string().find("..") == std::string::npos ? output : other) == before);
  }
}

TEST_CASE("lr writes neither onto the manifest or the data, nor two results onto one file") {
  const Workshop workshop;
  const fs::path data = workshop.write("d.csv", linear_data()), manifest = workshop.write("m.toml", linear_manifest());
  CHECK(workshop.treino({"lr", manifest, "--csv", manifest}).exit_code == kBadInput);
  CHECK(workshop.treino({"lr", manifest, "--svg", data}).exit_code == kBadInput);
  CHECK(workshop.treino({"lr", manifest, "--csv", workshop / "o", "--svg", workshop / "o"}).exit_code == kBadInput);
  CHECK(read_text(manifest) == linear_manifest());
  CHECK(read_text(data) == linear_data());
}

TEST_CASE("a full disk ends every command that writes a file with a failure") {
  const TrainedLine trained;
  const Workshop& workshop = trained.workshop;
  const fs::path manifest = workshop / "run.toml";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"predict", trained.run, trained.data, "--output", "/dev/full"},
        {"lr", manifest, "--csv", "/dev/full"},
        {"lr", manifest, "--svg", "/dev/full"},
        {"schema", "--output", "/dev/full"}}) {
    const Finished finished = workshop.treino(command);
    INFO(command[0] << finished.error);
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "/dev/full: cannot be written: No space left on device"));
  }
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("output goes to a device, an open stream or a FIFO as it is") {
  const TrainedLine trained;
  const Workshop& workshop = trained.workshop;
  const std::string rows = workshop.treino({"predict", trained.run, trained.data}).output;
  for (const char* stream : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    const Finished finished = workshop.treino({"predict", trained.run, trained.data, "--output", stream});
    INFO(stream << finished.error);
    CHECK(finished.exit_code == kDone);
    CHECK(finished.output == rows);
  }
  CHECK(trained.predict("/dev/null").exit_code == kDone);
  CHECK(fs::is_character_file("/dev/null"));
  const fs::path fifo = workshop / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  const auto finished = std::async(std::launch::async, [&] { return trained.predict(fifo).exit_code; });
  CHECK(read_text(fifo) == rows);
  CHECK(finished.valid());
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("an output that cannot be made is a failure, and nothing is left of it") {
  const TrainedLine trained;
  CHECK(trained.predict(trained.workshop / "nowhere/o.csv").exit_code == kFailed);
  CHECK(trained.predict(trained.run).exit_code == kFailed);
  CHECK(fs::is_directory(trained.run));
}
