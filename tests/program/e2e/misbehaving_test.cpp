// Plugins that throw, fail or return NaN are named, and the others receive the run's end.
#include "workshop.hpp"

using namespace treino::test;

namespace {

const std::string witness = "[[callback]]\nplugin = 'order_witness_a'\nfile = 'heard.txt'\n";

std::string callback(const std::string& plugin, const std::string& more = "") {
  return "[[callback]]\nplugin = '" + plugin + "'\n" + more;
}

bool heard_run_end(const Workshop& workshop) {
  const auto heard = lines(read_text(workshop / "run/heard.txt"));
  return !heard.empty() && heard.back() == "order_witness_a run_end";
}

}  // namespace

TEST_CASE("a callback that throws is named, the run fails with exit code 1, and others receive its end") {
  for (const std::string event : {"run_begin", "epoch_begin", "batch_end", "validation_begin", "epoch_end", "run_end"}) {
    INFO(event);
    const Workshop workshop;
    const std::string parameters = "event = '" + event + "'\n" + (event == "run_begin" ? "epoch = 0\n" : "");
    const Finished finished = workshop.run(small_manifest(witness + callback("thrower", parameters)), "run");
    INFO(finished.error);
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "thrower: the cat is on the keyboard (in " + event + ")"));
    CHECK(heard_run_end(workshop));
    CHECK(fact(workshop / "run", "/outcome") == "\"failed\"");
  }
}

TEST_CASE("with on_error = disable the run continues without a callback that throws, bit for bit") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "without").exit_code == kDone);
  const Finished finished = workshop.run(
      small_manifest(witness + callback("thrower", "event = 'batch_end'\non_error = 'disable'\nname = 'cat'\n")), "run");
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output + finished.error, "cat: the cat is on the keyboard (in batch_end)"));
  CHECK(heard_run_end(workshop));
  CHECK((read_text(workshop / "run/model.safetensors") == read_text(workshop / "without/model.safetensors")));
}

TEST_CASE("a callback in C that fails without a reason is named") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(witness + callback("failer")), "run");
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "failer: failed without saying why (in epoch_end)"));
  CHECK(heard_run_end(workshop));
  const Finished disabled = workshop.run(small_manifest(callback("failer", "on_error = 'disable'\n")), "disabled");
  CHECK(disabled.exit_code == kDone);
  CHECK(contains(disabled.output + disabled.error, "failer: failed without saying why"));
}

TEST_CASE("a scheduler that returns NaN is named and ends the run, or is disabled") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(witness + "[[scheduler]]\nplugin = 'nan_rate'\n"), "run");
  INFO(finished.error);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "nan_rate"));
  CHECK(heard_run_end(workshop));
  const Finished disabled =
      workshop.run(small_manifest("[[scheduler]]\nplugin = 'nan_rate'\nfrom = 0\non_error = 'disable'\n"), "disabled");
  INFO(disabled.error);
  CHECK(disabled.exit_code == kDone);
  CHECK(contains(disabled.output + disabled.error, "nan_rate"));
  CHECK_FALSE(contains(read_text(workshop / "disabled/summary.json"), "nan\""));
}

TEST_CASE("a loss and a metric that return NaN are named or shown as NaN, and the files stay readable") {
  const Workshop workshop;
  const Finished loss = workshop.run(small_manifest(), "loss", {"--set", "loss.plugin=nan_loss"});
  INFO(loss.output << loss.error);
  CHECK(loss.exit_code == kDone);
  CHECK(contains(loss.output + loss.error, "nan_loss"));
  CHECK(fact(workshop / "loss", "/scalars/loss") == "\"nan\"");
  const Finished metric = workshop.run(small_manifest("[[metric]]\nplugin = 'nan_metric'\n"), "metric");
  INFO(metric.error);
  CHECK(metric.exit_code == kDone);
  CHECK(fact(workshop / "metric", "/scalars/val_nan_metric") == "\"nan\"");
}

TEST_CASE("a callback that changes the floating-point mode is named and changes no result") {
  const Workshop workshop;
  REQUIRE(workshop.run(small_manifest(), "without").exit_code == kDone);
  const Finished finished = workshop.run(small_manifest(callback("fp_vandal")), "run");
  CHECK(finished.exit_code == kDone);
  CHECK(contains(finished.output + finished.error, "fp_vandal"));
  CHECK(contains(finished.output + finished.error, "rounding"));
  CHECK((read_text(workshop / "run/model.safetensors") == read_text(workshop / "without/model.safetensors")));
}

TEST_CASE("weights can be set at the end of an epoch and not between batch_begin and step_end") {
  const Workshop workshop;
  const Finished refused = workshop.run(small_manifest(callback("weight_writer", "event = 'backward_end'\n")), "refused");
  CHECK(refused.exit_code == kFailed);
  CHECK(contains(refused.error, "weight_writer: "));
  CHECK(contains(refused.error, "(in backward_end)"));
  const Finished allowed = workshop.run(small_manifest(callback("weight_writer", "event = 'epoch_end'\n")), "allowed");
  INFO(allowed.error);
  CHECK(allowed.exit_code == kDone);
}
