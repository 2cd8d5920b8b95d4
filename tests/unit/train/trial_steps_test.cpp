// Trial steps leave no trace.
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

const std::string everything = wine + R"([model]
layers = [
  { type = "dense", units = 12 }, { type = "batch_norm" }, { type = "relu" }, { type = "dropout", rate = 0.3 },
  { type = "dense", units = 3 },
]
[[metric]]
plugin = "accuracy"
[[scheduler]]
plugin = "cyclical"
min = 0.01
max = 0.05
step_size_up = 7
min_momentum = 0.8
max_momentum = 0.9
[[callback]]
plugin = "swap_ema_weights"
)";
const std::string finder = "[[callback]]\nplugin = \"lr_finder\"\n";

}  // namespace

TEST_CASE("a sweep of learning rates leaves weights, optimizer, statistics, random streams and scalars as they were") {
  const Workshop workshop;
  for (const char* accumulate : {"run.accumulate=1", "run.accumulate=2"}) {
    SilentRun without(workshop.plan(everything, {accumulate}), workshop.path() / "without");
    const train::Result expected = without.fit();
    // 30 steps are more than three epochs of nine batches: the sweep goes round in the data.
    SilentRun with(workshop.plan(everything + finder + "num_training = 30\nmax_lr = 10.0\n", {accumulate}),
                   workshop.path() / "with");
    const train::Result found = with.fit();
    CHECK(weights_of(with) == weights_of(without));
    CHECK(found.scalars == expected.scalars);
    CHECK(found.outcome == expected.outcome);
  }
}

TEST_CASE("a sweep that makes the weights NaN leaves them as they were, too") {
  const Workshop workshop;
  const std::vector<std::string> settings = {"optimizer.plugin=sgd"};
  SilentRun without(workshop.plan(everything, settings), workshop.path() / "without");
  without.fit();
  SilentRun with(workshop.plan(everything + finder + "min_lr = 1e30\nmax_lr = 1e38\nearly_stop_threshold = 0.0\n", settings),
                 workshop.path() / "with");
  with.fit();
  CHECK(weights_of(with) == weights_of(without));
  const std::string table = read_text(workshop.path() / "with/lr_finder.csv");
  INFO(table);
  CHECK((table.find("nan") != std::string::npos || table.find("inf") != std::string::npos));
}

TEST_CASE("the suggestion becomes the base learning rate, and stays after a resume") {
  const Workshop workshop;
  std::string text = everything + finder + "num_training = 60\nmin_lr = 1e-5\napply = true\n";
  text.replace(text.find("[[scheduler]]"), text.find("[[callback]]") - text.find("[[scheduler]]"), "");
  SilentRun whole(workshop.plan(text), workshop.path() / "whole");
  const train::Result result = whole.fit();
  INFO(result.reason);
  REQUIRE(result.outcome == host::Outcome::done);
  SilentRun plain(workshop.plan(everything), workshop.path() / "plain");
  plain.fit();
  CHECK(weights_of(whole) != weights_of(plain));
  SilentRun half(workshop.plan(text, {"run.epochs=2"}), workshop.path() / "half");
  half.fit();
  SilentRun rest(workshop.plan(text), workshop.path() / "half");
  rest.restore(workshop.path() / "half/checkpoint.safetensors");
  rest.fit();
  CHECK(weights_of(rest) == weights_of(whole));
}
