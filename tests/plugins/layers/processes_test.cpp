// A run with plugins' layers on several processes: the same bits on any number of them.
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

const std::string manifest_of_many = R"([run]
name = "many"
seed = 3
epochs = 2
threads = 1
shards = 4
[collective]
plugin = "mpi"
timeout = 60
[data]
train = { file = ")" SOURCE_FOLDER R"(/examples/data/digits.csv.gz", target = -1, target_kind = "index", validation = 0.1 }
scale = 0.0625
batch_size = 30
[model]
layers = [
  { type = "dense", units = 16, name = "a" }, { plugin = "swiglu", units = 16, name = "b" },
  { plugin = "acme/mixture", noise = 0.5, inputs = ["a", "b"] }, { type = "batch_norm" }, { type = "dense", units = 10 },
]
[optimizer]
plugin = "adam"
learning_rate = 2e-3
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
)";

}  // namespace

TEST_CASE("1, 2 and 4 processes with layers of plugins end bit for bit the same, and resume so") {
  const Workshop workshop;
  const std::string file = workshop.write("many.toml", manifest_of_many);
  const auto on = [&](int ranks, std::vector<std::string> arguments) {
    ProcessOptions command = workshop.command(std::move(arguments));
    const std::vector<std::string> mpirun{MPIRUN, "--allow-run-as-root", "--map-by", ":OVERSUBSCRIBE",
                                          "-n",   std::to_string(ranks)};
    command.arguments.insert(command.arguments.begin(), mpirun.begin(), mpirun.end());
    command.environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none";
    command.environment["OMPI_MCA_btl"] = "^tcp";
    const Finished finished = run_process(command);
    CAPTURE(ranks, finished.output, finished.error);
    CHECK(finished.exit_code == 0);
  };
  const auto bytes_of = [&](const std::string& name) { return read_text(workshop / name / "checkpoint.safetensors"); };
  for (const int ranks : {1, 2, 4}) on(ranks, {"run", file, "--folder", workshop / std::to_string(ranks)});
  CHECK((bytes_of("2") == bytes_of("1")));
  CHECK((bytes_of("4") == bytes_of("1")));
  on(4, {"run", file, "--folder", workshop / "half", "--set", "run.epochs=1"});
  on(2, {"resume", workshop / "half", "--set", "run.epochs=2"});
  CHECK((read_text(workshop / "half/model.safetensors") == read_text(workshop / "1/model.safetensors")));
}
