// Settings of a run that decide how it computes: the same bits on any number of processes.
#include "many_processes.hpp"

using namespace treino::test;

namespace {

/// Two processes train what one does. Both have a cache folder for themselves.
void check_two_processes(const std::string& manifest, const std::string& name) {
  const Workshop workshop;
  const std::string file = workshop.write(name + ".toml", manifest);
  for (const int ranks : {1, 2}) {
    ProcessOptions command = on(ranks, workshop, {"run", file, "--folder", workshop / std::to_string(ranks)});
    command.environment["XDG_CACHE_HOME"] = workshop / "cache";
    const Finished finished = run_process(command);
    CAPTURE(name, ranks, finished.output, finished.error);
    REQUIRE(finished.exit_code == 0);
  }
  CAPTURE(name);
  check_bits(workshop / "1", workshop / "2");
}

std::string with(std::string manifest, const std::string& what, const std::string& by) {
  replace(manifest, what, by);
  return manifest;
}

}  // namespace

TEST_CASE("two processes train in emulated bfloat16 what one does") {
  check_two_processes(with(manifest(), "threads = 1", "threads = 1\nprecision = \"bf16-emulated\""), "bf16");
}

TEST_CASE("the first process chooses the kernels of all, and records them") {
  const std::string wide = with(manifest(), "units = 32", "units = 512");
  check_two_processes(with(wide, "threads = 1", "threads = 1\nkernels = \"measured\""), "kernels");
}

TEST_CASE("two processes evaluate an optimizer's closure alike") {
  const std::string plain = with(regression(), "plugin = \"adam\"\nlearning_rate = 1e-2",
                                 "plugin = \"lbfgs\"\nlearning_rate = 0.5\nline_search = \"strong_wolfe\"");
  check_two_processes(plain, "lbfgs");
}

TEST_CASE("two processes evaluate a formula of the whole batch alike") {
  // A mean over the batch of a ratio of sums is no mean of samples: it needs the outputs of all processes.
  const std::string formula = "plugin = \"lambda\"\nloss = \"sum((y - p)^2) / (1 + sum(abs(y)))\"";
  check_two_processes(with(regression(), "plugin = \"asymmetric_mse\"\nalpha = 2.0", formula), "formula");
}
