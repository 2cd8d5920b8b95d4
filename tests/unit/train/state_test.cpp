// Checkpoints: refused where they do not fit, and continued bit for bit where they do.
#include <algorithm>
#include <map>

#include "manifest/value.hpp"
#include "support/catch.hpp"
#include "train/run/run_folder.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {}  // namespace

TEST_CASE("a checkpoint of another model, of weights alone, or of other data is refused with the reason") {
  const Workshop workshop;
  SilentRun first(workshop.plan(wine + small_model), workshop.path() / "run");
  REQUIRE(first.fit().outcome == host::Outcome::done);
  first.save_weights(workshop.path() / "weights.safetensors");
  const auto checkpoint = workshop.path() / "run/checkpoint.safetensors";

  std::string wider = small_model;
  wider.replace(wider.find("units = 8"), 9, "units = 9");
  SilentRun other(workshop.plan(wine + wider), workshop.path() / "other");
  CHECK(contains(what_is_thrown([&] { other.restore(checkpoint); }), "has shape"));

  SilentRun again(workshop.plan(wine + small_model), workshop.path() / "again");
  CHECK(contains(what_is_thrown([&] { again.restore(workshop.path() / "weights.safetensors"); }), "holds weights only"));

  std::string changed = read_text(DATA "/wine.csv");
  changed.replace(changed.find("14.23"), 5, "14.24");
  write_text(workshop.path() / "changed.csv", changed);
  std::string text = wine + small_model;
  text.replace(text.find(DATA "/wine.csv"), std::string(DATA "/wine.csv").size(), (workshop.path() / "changed.csv").string());
  SilentRun elsewhere(workshop.plan(text), workshop.path() / "elsewhere");
  CHECK(contains(what_is_thrown([&] { elsewhere.restore(checkpoint); }), "the training data are not those the run began with"));
}

TEST_CASE("a run that is continued with more epochs equals one that had them from the start") {
  const Workshop workshop;
  SilentRun whole(workshop.plan(wine + small_model, {"run.epochs=6"}), workshop.path() / "whole");
  whole.fit();
  SilentRun half(workshop.plan(wine + small_model, {"run.epochs=3"}), workshop.path() / "half");
  half.fit();
  SilentRun rest(workshop.plan(wine + small_model, {"run.epochs=6"}), workshop.path() / "half");
  rest.restore(workshop.path() / "half/checkpoint.safetensors");
  rest.fit();
  CHECK(weights_of(whole) == weights_of(rest));
}

TEST_CASE("checkpoints that a thread writes are those that would have been written at once") {
  const Workshop workshop;
  const std::string saver = "[[callback]]\nplugin = \"model_checkpoint\"\n";
  const std::map<std::string, std::string> ways = {
      {"everything", "filepath = \"w/{epoch}.safetensors\"\n"},
      {"best", "filepath = \"w/{epoch}-{step}.safetensors\"\nsave_top_k = 2\nsave_last = true\nmode = \"max\"\n"},
      {"weights", "filepath = \"w/{epoch}.safetensors\"\nsave_weights_only = true\n"},
      {"steps", "filepath = \"w/{step}.safetensors\"\nsave_freq = 4\nkeep_last_n = 3\n"},
      {"best steps", "filepath = \"w/{step}.safetensors\"\nsave_freq = 4\nsave_top_k = 3\nmonitor = \"loss\"\n"}};
  for (const auto& [name, parameters] : ways) {
    INFO(name);
    const auto files_of = [&, &parameters = parameters](const std::string& folder, const std::string& more) {
      SilentRun run(workshop.plan(wine + small_model + saver + parameters + more), workshop.path() / folder);
      CHECK(run.fit().outcome == host::Outcome::done);
      std::map<std::string, std::string> files;
      for (const auto& entry : std::filesystem::directory_iterator(workshop.path() / folder / "w"))
        files[entry.path().filename().string()] = read_text(entry.path());
      return files;
    };
    const auto at_once = files_of(name + " at once", "async_checkpoint = false\n"), later = files_of(name + " later", "");
    CHECK(at_once.size() >= 2);
    CHECK((later == at_once));
  }
}

TEST_CASE("a checkpoint that a thread cannot write ends the run before the next decision, and says which") {
  const Workshop workshop;
  const std::string saver = "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/model.safetensors\"\n";
  const std::string logger = "[[callback]]\nplugin = \"csv_logger\"\nfilename = \"history.csv\"\n";
  std::filesystem::create_directories(workshop.path() / "run/w/model.safetensors");  // a folder in the file's place
  SilentRun run(workshop.plan(wine + small_model + saver + logger), workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(result.outcome == host::Outcome::failed);
  CHECK(contains(result.reason, "model.safetensors is not saved"));
  CHECK(contains(result.reason, "exists and is not a regular file"));
  const std::string history = read_text(workshop.path() / "run/history.csv");
  CHECK(std::count(history.begin(), history.end(), '\n') <= 3);  // of four epochs
}

TEST_CASE("accumulating two batches of 71 is one batch of 142") {
  const Workshop workshop;  // 178 wines, a fifth of them for validation: 142 to train on
  SilentRun large(workshop.plan(wine + small_model, {"data.batch_size=142"}), workshop.path() / "large");
  SilentRun small(workshop.plan(wine + small_model, {"data.batch_size=71", "run.accumulate=2"}), workshop.path() / "small");
  REQUIRE(large.run.data.training.count == 142);
  REQUIRE(small.run.steps_per_epoch() == 1);
  large.fit();
  small.fit();
  const auto a = weights_of(large), b = weights_of(small);
  for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(a[i] == Approx(b[i]).margin(1e-5));
}

TEST_CASE("a loss that takes logits is refused after a softmax, with what to do") {
  const Workshop workshop;
  std::string model = small_model;
  model.replace(model.find("units = 3 }"), 11, "units = 3 }, { type = \"softmax\" }");
  const std::string text = what_is_thrown([&] { SilentRun silent(workshop.plan(wine + model), workshop.path() / "run"); });
  CHECK(contains(text, "cross_entropy: it takes logits, the model gives probabilities"));
  CHECK(contains(text, "from_logits = false"));
}

TEST_CASE("a regression loss on classes is refused, with what to do") {
  const Workshop workshop;
  std::string text = wine + small_model;
  text.replace(text.find("\"cross_entropy\""), 15, "\"asymmetric_mse\"");
  const std::string thrown = what_is_thrown([&] { SilentRun silent(workshop.plan(text), workshop.path() / "run"); });
  INFO(thrown);
  CHECK(contains(thrown, "asymmetric_mse"));
  CHECK(contains(thrown, "target"));
}

TEST_CASE("a run folder is held by one process, and is not made twice") {
  const Workshop workshop;
  const train::Plan plan = workshop.plan(wine + small_model);
  const train::RunFolder folder = train::RunFolder::create(plan, workshop.path() / "run");
  folder.write_description(plan, false).get();
  CHECK(contains(what_is_thrown([&] { train::RunFolder::open(workshop.path() / "run").lock(); }), "another process is at work"));
  CHECK(contains(what_is_thrown([&] { train::RunFolder::create(plan, workshop.path() / "run"); }), "is there already"));
  CHECK(contains(what_is_thrown([&] { train::RunFolder::open(workshop.path() / "none"); }), "there is no such run folder"));
  CHECK(contains(what_is_thrown([&] { train::RunFolder::open(workshop.path()); }), "holds no manifest.toml"));
}

TEST_CASE("a failure to write a run's description is thrown to the caller who waits for it") {
  const Workshop workshop;
  const train::Plan plan = workshop.plan(wine + small_model);
  for (const char* name : {"manifest.toml", "plugins.json"}) {
    const train::RunFolder folder = train::RunFolder::create(plan, workshop.path() / (std::string("without_") + name));
    std::filesystem::create_directory(folder.path() / name);
    std::future<void> description = folder.write_description(plan, false);
    CHECK(what_is_thrown([&] { description.get(); }) == (folder.path() / name).string() + ": exists and is not a regular file");
  }
}

TEST_CASE("run folders are numbered") {
  const Workshop workshop;
  const train::Plan plan = workshop.plan(wine + small_model);
  const train::RunFolder first = train::RunFolder::create(plan, std::nullopt),
                         second = train::RunFolder::create(plan, std::nullopt);
  CHECK(first.path() == workshop.path() / "runs/wine-001");
  CHECK(second.path() == workshop.path() / "runs/wine-002");
}

TEST_CASE("a scheduler's momentum needs an optimizer that has one") {
  const Workshop workshop;
  const std::string cyclical =
      "[[scheduler]]\nplugin = \"cyclical\"\nmin = 0.01\nmax = 0.1\nstep_size_up = 4\nmin_momentum = 0.8\nmax_momentum = 0.9\n";
  std::string text = wine + small_model + cyclical;
  SilentRun sound(workshop.plan(text), workshop.path() / "sound");
  text.replace(text.find("momentum = 0.9\n"), 15, "");
  const std::string thrown = what_is_thrown([&] { SilentRun silent(workshop.plan(text), workshop.path() / "run"); });
  CHECK(contains(thrown, "the optimizer sgd takes none: give it `momentum` above 0"));
}

TEST_CASE("a model with more outputs than the target has columns is refused by every loss and metric that compares them") {
  const Workshop workshop;
  const std::string text = R"([run]
epochs = 1
[data]
train = { file = ")" DATA R"(/diabetes.csv", target = "target", target_kind = "values" }
[model]
layers = [ { type = "dense", units = 3 } ]
[optimizer]
plugin = "sgd"
learning_rate = 0.01
[loss]
plugin = )";
  for (const char* loss : {"\"mse\"", "\"asymmetric_mse\"", "\"cross_entropy\"", "\"binary_cross_entropy\""}) {
    const std::string thrown =
        what_is_thrown([&] { SilentRun silent(workshop.plan(text + loss + "\n"), workshop.path() / "run"); });
    INFO(loss << ": " << thrown);
    CHECK(contains(thrown, "the target has 1 columns, the model 3 outputs"));
  }
}
