// A loss that leaves `adds_up` out, as bad_loss does, cannot say that its batches add up.
#include "workshop.hpp"

using namespace treino::test;

namespace {

/// `parameters` of the loss.
std::string manifest(const std::string& parameters, int accumulate) {
  std::string text = small_manifest();
  const std::string good = "plugin = \"cross_entropy\"";
  text.replace(text.find(good), good.size(), "plugin = \"bad_loss\"\n" + parameters);
  const std::string run = "[run]\n";
  return text.insert(text.find(run) + run.size(), "accumulate = " + std::to_string(accumulate) + "\n");
}

}  // namespace

TEST_CASE("a summed loss that does not declare its reduction is refused where several batches make a step, and only there") {
  const Workshop workshop;
  const Finished refused = workshop.run(manifest("reduction = \"sum\"", 2), "summed");
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error, "bad_loss does not say that its batches add up"));
  CHECK(contains(refused.error, "set accumulate = 1"));
  CHECK(workshop.run(manifest("reduction = \"sum\"", 1), "alone").exit_code == kDone);
  CHECK(workshop.run(manifest("reduction = \"mean\"", 2), "mean").exit_code == kDone);
}

TEST_CASE("a loss of summed losses is refused there too, however deep they stand") {
  const Workshop workshop;
  const auto losses = [](const std::string& reduction) {
    return "losses = [ { plugin = \"weighted_sum\", losses = [ { plugin = \"cross_entropy\", reduction = \"" + reduction +
           "\" } ] } ]";
  };
  const Finished refused = workshop.run(manifest(losses("sum"), 2), "summed");
  CHECK(refused.exit_code == kBadInput);
  CHECK(contains(refused.error, "bad_loss does not say that its batches add up"));
  CHECK(workshop.run(manifest(losses("sum"), 1), "alone").exit_code == kDone);
  CHECK(workshop.run(manifest(losses("mean"), 2), "mean").exit_code == kDone);
}
