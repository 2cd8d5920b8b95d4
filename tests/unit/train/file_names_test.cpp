// What may stand in braces in a file's name.
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino::test;

namespace {

std::vector<std::string> faults_of(const std::string& filepath, const std::string& more = "") {
  return Workshop().faults(wine + small_model + "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"" + filepath + "\"\n" +
                           more);
}

}  // namespace

TEST_CASE("epoch, batch, step and any scalar may stand in a file's name") {
  CHECK(faults_of("{epoch:03d}-{batch:02d}-{step}-{val_loss:.2f}.safetensors").empty());
}

TEST_CASE("an unknown placeholder is refused with the nearest name and the list of all") {
  const auto counter = faults_of("{epoch}-{bacth}.safetensors");
  REQUIRE(counter.size() == 1);
  CHECK(contains(counter[0],
                 "model_checkpoint's filepath: there is no scalar 'bacth'. Did you mean 'batch'? This run has: epoch, batch, "
                 "step, loss, val_loss"));
  const auto number = faults_of("{val_los:.2f}.safetensors");
  REQUIRE(number.size() == 1);
  CHECK(contains(number[0], "Did you mean 'val_loss'?"));
}

TEST_CASE("a counter is nothing that gets better") {
  const auto faults = faults_of("best.safetensors", "save_best_only = true\nmonitor = \"batch\"\n");
  REQUIRE(faults.size() == 1);
  CHECK(contains(faults[0], "there is no scalar 'batch'"));
}
