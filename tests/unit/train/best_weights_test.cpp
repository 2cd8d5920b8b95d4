// What was measured is what is kept: the weights behind the best value of a number, averages included.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "store/safetensors.hpp"
#include "store/safetensors_read.hpp"
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

const std::string ema = "[[callback]]\nplugin = \"swap_ema_weights\"\ndecay = 0.9\n";
// The loss falls all the time: where mode is "max", the best epoch is the first.
const std::vector<std::string> settings = {"run.epochs=8"};

/// The number in each epoch, from the log that a callback keeps.
std::vector<double> column(const std::filesystem::path& csv, const std::string& name) {
  const std::string text = read_text(csv);
  std::vector<double> values;
  std::size_t wanted = 0, row = 0;
  for (std::size_t begin = 0; begin < text.size(); ++row) {
    const std::size_t end = text.find('\n', begin);
    std::string line = text.substr(begin, end - begin) + ",";
    std::size_t index = 0;
    for (std::size_t at = 0; at < line.size(); ++index) {
      const std::size_t comma = line.find(',', at);
      const std::string cell = line.substr(at, comma - at);
      if (row == 0 && cell == name) wanted = index;
      if (row > 0 && index == wanted) values.push_back(std::stod(cell));
      at = comma + 1;
    }
    begin = end + 1;
  }
  return values;
}

double validation_loss(SilentRun& silent) {
  for (const auto& [name, value] : silent.test(silent.run.data.validation))
    if (name == "test_loss") return value;
  throw std::logic_error("no test_loss");
}

double loss_of_file(const Workshop& workshop, const std::string& text, const std::filesystem::path& file) {
  train::Plan plan = workshop.plan(text, settings);
  std::erase_if(plan.callbacks, [](const auto& callback) { return callback.section.id.value != "swap_ema_weights"; });
  SilentRun other(std::move(plan), workshop.path() / "other");
  other.load_weights(file);
  return validation_loss(other);
}

const std::string history = "[[callback]]\nplugin = \"csv_logger\"\nfilename = \"history.csv\"\n";

}  // namespace

TEST_CASE("early_stopping restores the averages that the best val_loss was measured with, in either order, resumed or not") {
  const Workshop workshop;
  const std::string stop =
      "[[callback]]\nplugin = \"early_stopping\"\npatience = 100\nmode = \"max\"\nrestore_best_weights = true\n";
  for (const std::string& callbacks : {ema + stop, stop + ema, ema + "swap_on_epoch = true\n" + stop, stop,
                                       "[[callback]]\nplugin = \"stochastic_weight_averaging\"\nswa_epoch_start = 2\n" + stop}) {
    INFO(callbacks);
    const std::string text = wine + norm_model + callbacks + history;
    SilentRun run(workshop.plan(text, settings), workshop.path() / "run");
    run.fit();
    const auto losses = column(workshop.path() / "run/history.csv", "val_loss");
    const double best = *std::max_element(losses.begin(), losses.end());
    CHECK(losses.front() == best);
    CHECK(validation_loss(run) == Approx(best).epsilon(1e-6));
    run.save_weights(workshop.path() / "model.safetensors");
    CHECK(loss_of_file(workshop, text, workshop.path() / "model.safetensors") == Approx(best).epsilon(1e-6));

    SilentRun half(workshop.plan(text, {"run.epochs=5"}), workshop.path() / "half");
    half.fit();
    SilentRun rest(workshop.plan(text, settings), workshop.path() / "half");
    rest.restore(workshop.path() / "half/checkpoint.safetensors");
    rest.fit();
    CHECK(weights_of(rest) == weights_of(run));
    std::filesystem::remove_all(workshop.path() / "run");
    std::filesystem::remove_all(workshop.path() / "half");
  }
}

TEST_CASE("a best file holds the weights that its value was measured with, as weights and as a whole checkpoint") {
  const Workshop workshop;
  const auto best_file = [](const std::string& more) {
    return "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"best.safetensors\"\nmonitor = \"val_loss\"\nmode = "
           "\"max\"\n" +
           more;
  };
  for (const char* between : {"", "swap_on_epoch = true\n"})
    for (const char* how : {"save_best_only = true\nsave_weights_only = true\n", "save_top_k = 1\nsave_weights_only = true\n",
                            "save_best_only = true\n", "save_best_only = true\nasync_checkpoint = false\n"}) {
      INFO(between << how);
      const std::string text = wine + norm_model + ema + between + best_file(how) + history;
      SilentRun run(workshop.plan(text, settings), workshop.path() / "run");
      REQUIRE(run.fit().outcome == host::Outcome::done);
      const auto losses = column(workshop.path() / "run/history.csv", "val_loss");
      CHECK(loss_of_file(workshop, text, workshop.path() / "run/best.safetensors") ==
            Approx(*std::max_element(losses.begin(), losses.end())).epsilon(1e-6));
      std::filesystem::remove_all(workshop.path() / "run");
    }
}

TEST_CASE("a snapshot that stays because it is the best is evaluated with what was measured, and resumed with what was trained") {
  const Workshop workshop;
  const std::string text = wine + norm_model + ema + history + R"([[callback]]
plugin = "snapshot_saver"
dirpath = "snapshots"
save_every_n_epochs = 1
keep_last_n_checkpoints = 8
monitor = "val_loss"
)";
  SilentRun run(workshop.plan(text, settings), workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  const auto losses = column(workshop.path() / "run/history.csv", "val_loss");
  const auto snapshot = workshop.path() / "run/snapshots/epoch_4_step_45.safetensors";
  CHECK(loss_of_file(workshop, text, snapshot) == Approx(losses.at(4)).epsilon(1e-6));
  SilentRun rest(workshop.plan(text, settings), workshop.path() / "rest");
  rest.restore(snapshot);
  REQUIRE(rest.fit().outcome == host::Outcome::done);
  CHECK(weights_of(rest) == weights_of(run));
}

TEST_CASE("weights = \"current\" saves what is trained, also as the best") {
  const Workshop workshop;
  const std::string text =
      wine + norm_model + ema +
      "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"{epoch}.safetensors\"\nmonitor = \"val_loss\"\n"
      "save_top_k = 4\nsave_weights_only = true\nweights = \"current\"\n"
      "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{epoch}.safetensors\"\n"
      "save_weights_only = true\n";
  SilentRun run(workshop.plan(text), workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  for (const char* name : {"0.safetensors", "3.safetensors"})
    CHECK((read_text(workshop.path() / "run" / name) == read_text(workshop.path() / "run/w" / name)));
}

TEST_CASE("weights that the last step made NaN are not the best, however good the metric before it was") {
  const Workshop workshop;
  // One step per epoch, so that the loss of an epoch is that of the weights before its step, which a huge rate carries away.
  const std::string text = wine + small_model + R"([[callback]]
plugin = "model_checkpoint"
filepath = "best.safetensors"
monitor = "loss"
save_best_only = true
save_weights_only = true
)";
  SilentRun run(workshop.plan(text, {"data.batch_size=200", "optimizer.learning_rate=1e39", "optimizer.momentum=0.0"}),
                workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.outcome == host::Outcome::diverged);
  CHECK(result.reason.find("is NaN or infinite after epoch 4") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(workshop.path() / "run/best.safetensors"));
  CHECK_FALSE(std::filesystem::exists(workshop.path() / "run/checkpoint.safetensors"));
}

TEST_CASE("the best weights are held once: in the run, and in its checkpoint") {
  const Workshop workshop;
  const std::string stop = "[[callback]]\nplugin = \"early_stopping\"\npatience = 100\nrestore_best_weights = true\n";
  SilentRun run(workshop.plan(wine + norm_model + stop), workshop.path() / "run");
  REQUIRE(run.fit().outcome == host::Outcome::done);
  const store::TensorFile file(workshop.path() / "run/checkpoint.safetensors");
  const store::StoredTensor* set = file.find("treino.weights/best_of_early_stopping");
  REQUIRE(set != nullptr);
  CHECK(set->bytes.size() == 4 * weights_of(run).size());
  REQUIRE(file.find("treino.plugin/callback/early_stopping") != nullptr);
  CHECK(file.find("treino.plugin/callback/early_stopping")->bytes.size() < 200);
}
