// Runs whose products take bfloat16: where they are refused, what they reach, and that they resume bit for bit.
#include "workshop.hpp"

using namespace treino::test;

namespace {

/// With a precision in its line 5.
std::string manifest_in(const std::string& precision, const std::string& text = small_manifest()) {
  std::string manifest = text;
  const std::size_t at = manifest.find("epochs = ");
  return manifest.insert(manifest.find('\n', at) + 1, "precision = '" + precision + "'\n");
}

/// On any processor, one without instructions for bfloat16.
Finished without_bf16(const Workshop& workshop, std::vector<std::string> arguments) {
  ProcessOptions options = workshop.command(std::move(arguments));
  options.environment["ONEDNN_MAX_CPU_ISA"] = "AVX2";
  return run_process(options);
}

}  // namespace

TEST_CASE("bf16 is refused at its place where the processor cannot, with what can be had instead") {
  const Workshop workshop;
  const fs::path manifest = workshop.write("real.toml", manifest_in("bf16"));
  for (const std::string command : {"check", "run"}) {
    const Finished refused = without_bf16(workshop, {command, manifest});
    INFO(refused.error);
    CHECK(refused.exit_code == kBadInput);
    CHECK(contains(refused.error,
                   "real.toml:5:13: precision of [run]: \"bf16\" needs a processor with AVX512_BF16 or AMX, and this is "));
    CHECK(contains(refused.error, "; \"bf16-emulated\" gives the same numbers, up to the order of sums, on any"));
  }
  const Finished unknown = workshop.run(manifest_in("bf17"), "unknown");
  CHECK(unknown.exit_code == kBadInput);
  CHECK(
      contains(unknown.error, "unknown.toml:5:13: precision of [run]: expected one of \"float32\", \"bf16\", \"bf16-emulated\""));
}

TEST_CASE("digits in bf16-emulated are told as well as in float32: within 0.2 points over ten seeds") {
  const Workshop workshop;
  double exact = 0, rounded = 0;
  for (int seed = 0; seed < 10; ++seed) {
    const std::vector<std::string> more = {"--set",         "run.epochs=12", "--set",
                                           "run.threads=1", "--set",         "run.seed=" + std::to_string(seed)};
    const std::string one = "float32_" + std::to_string(seed), other = "bf16_" + std::to_string(seed);
    REQUIRE(workshop.run(manifest_in("float32"), one, more).exit_code == kDone);
    const Finished finished = workshop.run(manifest_in("bf16-emulated"), other, more);
    REQUIRE(finished.exit_code == kDone);
    CHECK(contains(finished.output, "; 1 thread; bf16-emulated"));
    CHECK(read_text(workshop / one / "model.safetensors") != read_text(workshop / other / "model.safetensors"));
    exact += std::stod(fact(workshop / one, "/scalars/test_accuracy")) / 10;
    rounded += std::stod(fact(workshop / other, "/scalars/test_accuracy")) / 10;
  }
  INFO(exact << " and " << rounded);
  CHECK(exact > 0.95);
  CHECK(std::abs(exact - rounded) <= 0.002);
}

TEST_CASE("a run in bf16-emulated resumes bit for bit, keeps float32 in its files, and its precision") {
  const Workshop workshop;
  const std::string manifest = manifest_in("bf16-emulated", stateful_manifest());
  REQUIRE(workshop.run(manifest, "reference").exit_code == kDone);
  cut_off(workshop, manifest, "cut");
  const Finished changed = workshop.treino({"resume", workshop / "cut", "--set", "run.precision=float32"});
  CHECK(changed.exit_code != kDone);
  CHECK(contains(changed.error,
                 "run.precision cannot change when a run is resumed: it was bf16 or bf16-emulated, and float32 is given"));
  REQUIRE(workshop.treino({"resume", workshop / "cut"}).exit_code == kDone);
  check_same_run(workshop / "reference", workshop / "cut");
  const std::string checkpoint = read_text(workshop / "cut/checkpoint.safetensors");
  CHECK(contains(checkpoint, "\"F32\""));
  CHECK_FALSE(contains(checkpoint, "\"BF16\""));
}

TEST_CASE("a model that was trained in bf16 is used in float32, on any processor, unless another precision is asked for") {
  const Workshop workshop;
  REQUIRE(workshop.run(manifest_in("bf16-emulated"), "run").exit_code == kDone);
  const std::string recorded = read_text(workshop / "run/manifest.toml");
  REQUIRE(contains(recorded, "precision = \"bf16-emulated\""));
  const auto predicted = [&](const fs::path& model, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"predict", model, SOURCE_FOLDER "/examples/data/digits.csv.gz"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = without_bf16(workshop, arguments);
    INFO(finished.error);
    REQUIRE(finished.exit_code == kDone);
    return finished.output;
  };
  const std::string alone = predicted(workshop / "run/model.safetensors", {});
  CHECK(predicted(workshop / "run", {}) == alone);
  CHECK(predicted(workshop / "run", {"--set", "run.precision=float32"}) == alone);
  CHECK(predicted(workshop / "run", {"--set", "run.precision=bf16-emulated"}) != alone);
}
