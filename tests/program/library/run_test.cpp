// Runs of the library do what runs of the program do, to the bit.
#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "program/library/digits.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;
namespace fs = std::filesystem;

namespace {

std::string model_bytes(const fs::path& folder) { return read_text(folder / "model.safetensors"); }

/// By the program, in `folder`.
std::string model_of_program(const std::string& manifest, const fs::path& folder) {
  fs::create_directories(folder);
  write_text(folder / "manifest.toml", manifest);
  ProcessOptions options;
  options.arguments = {
      TREINO,  "run",    (folder / "manifest.toml").string(), "--folder", (folder / "run").string(), "--plugin-path",
      PLUGINS, "--quiet"};
  const Finished finished = run_process(options);
  INFO(finished.error);
  REQUIRE(finished.exit_code == 0);
  return model_bytes(folder / "run");
}

}  // namespace

TEST_CASE("a run of the library and one of the program leave the same bytes") {
  const TemporaryFolder folder;
  const std::string expected = model_of_program(digits_manifest(from_file), folder / "program");
  Run run = run_of(digits_manifest(from_file), folder / "own");
  const Result result = run.fit();
  CHECK(result.outcome == Outcome::done);
  CHECK(result.epochs == 3);
  CHECK(result.reason == "all 3 epochs are done");
  CHECK(result.folder == (folder / "own").string());
  CHECK(result["val_accuracy"] > 0.7);
  CHECK(result["test_accuracy"] > 0.5);
  CHECK(std::isnan(result["nothing"]));
  CHECK((model_bytes(folder / "own") == expected));
  CHECK(fs::exists(folder / "own/summary.json"));

  const std::vector<float> images = digits(3).features;
  CHECK(run.predict(images) == run.model().predict(images));
  run.save((folder / "elsewhere/copy.safetensors").string());
  CHECK((read_text(folder / "elsewhere/copy.safetensors") == expected));
}

TEST_CASE("runs one after another, and two at once in two threads, do not disturb each other") {
  const TemporaryFolder folder;
  run_of(digits_manifest(from_file), folder / "alone").fit();
  const std::string expected = model_bytes(folder / "alone");
  run_of(digits_manifest(from_file), folder / "second").fit();
  CHECK((model_bytes(folder / "second") == expected));
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (const char* name : {"left", "right"})
    threads.emplace_back([&, name] {
      Run run = run_of(digits_manifest(from_file), folder / name);
      done += run.fit().outcome == Outcome::done ? 1 : 0;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 2);
  CHECK((model_bytes(folder / "left") == expected));
  CHECK((model_bytes(folder / "right") == expected));
}

TEST_CASE("settings change the manifest, and a manifest is read from a file") {
  const TemporaryFolder folder;
  write_text(folder / "digits.toml", digits_manifest(from_file));
  Run run((folder / "digits.toml").string(), {"run.epochs=1", "run.folder=runs/{name}"});
  run.plugin_folder(PLUGINS).quiet();
  const Result result = run.fit();
  CHECK(result.epochs == 1);
  CHECK(result.folder == (folder / "runs/digits").string());
}

TEST_CASE("a function is called after each epoch, and can end the run") {
  const TemporaryFolder folder;
  std::vector<Epoch> epochs;
  Run run = run_of(digits_manifest(from_file), folder / "run");
  run.on_epoch([&](const Epoch& epoch) { epochs.push_back(epoch); });
  const Result result = run.fit();
  REQUIRE(epochs.size() == 3);
  CHECK(epochs[1].number == 2);
  CHECK(epochs[1].epochs == 3);
  CHECK(epochs[2]["val_loss"] == result["val_loss"]);
  // cosine_annealing of t_max 3: (1 + cos(pi t / 3)) / 2 is 1, 3/4, 1/4.
  CHECK(epochs[1]["learning_rate"] == Approx(2e-3 * 0.75));

  Run short_run = run_of(digits_manifest(from_file), folder / "short");
  short_run.on_epoch([](const Epoch& epoch) { return epoch.number == 2; });
  const Result ended = short_run.fit();
  CHECK(ended.outcome == Outcome::early_stopped);
  CHECK(ended.epochs == 2);
  CHECK(ended.reason == "the program asked for it after epoch 2");

  Run throwing = run_of(digits_manifest(from_file), folder / "throwing");
  throwing.on_epoch([](const Epoch&) { throw std::runtime_error("my own"); });
  CHECK_THROWS_WITH(throwing.fit(), "my own");
  CHECK(fs::exists(folder / "throwing/model.safetensors"));
  CHECK(throwing.model().outputs() == 10);
}

TEST_CASE("lines of the log go to a function") {
  const TemporaryFolder folder;
  std::vector<std::string> lines;
  Run run = Run::from_text(digits_manifest(from_file));
  run.folder((folder / "run").string()).plugin_folder(PLUGINS);
  run.log_to([&](const char* line) { lines.emplace_back(line); });
  run.fit();
  REQUIRE(lines.size() > 5);
  CHECK(lines.front() == "digits: 1,258 training, 359 validation, 180 test samples; 2,410 parameters; seed 7; 1 thread");
  CHECK(lines.back() == "model: " + (folder / "run/model.safetensors").string());
}

TEST_CASE("a run that another thread interrupts is resumed to the same bytes") {
  const TemporaryFolder folder;
  run_of(digits_manifest(from_file), folder / "whole").fit();
  {
    Run run = run_of(digits_manifest(from_file), folder / "run");
    run.on_epoch([&](const Epoch& epoch) {
      if (epoch.number == 2) std::thread([&] { run.interrupt(); }).join();
    });
    const Result result = run.fit();
    CHECK(result.outcome == Outcome::interrupted);
    CHECK(result.reason == "the program");
    CHECK(result.epochs == 2);
    CHECK_THROWS_WITH(run_of("", folder / "run").resume(), ContainsSubstring("is at work in this run's folder"));
  }
  Run resumed = run_of("", folder / "run");
  CHECK(resumed.resume().outcome == Outcome::done);
  CHECK((model_bytes(folder / "run") == model_bytes(folder / "whole")));
}

TEST_CASE("faults come all at once with their places, before anything is begun") {
  const TemporaryFolder folder;
  const auto faults_of = [&](const std::string& manifest) -> std::string {
    Run run = run_of(manifest, folder / "run");
    try {
      run.check();
    } catch (const Error& error) {
      CHECK(error.is_bad_input());
      return error.what();
    }
    return "";
  };
  std::string manifest = digits_manifest(from_file);
  CHECK(faults_of(manifest).empty());
  manifest.replace(manifest.find("accuracy"), 8, "acuracy");
  manifest.replace(manifest.find("t_max"), 5, "tmax");
  const std::string faults = faults_of(manifest);
  INFO(faults);
  CHECK(faults.find("manifest.toml:18:10: there is no metric 'acuracy'") != std::string::npos);
  CHECK(faults.find("tmax") != std::string::npos);
  CHECK_THROWS_AS(run_of(manifest, folder / "run").fit(), Error);
  CHECK_FALSE(fs::exists(folder / "run"));
  CHECK_THROWS_WITH(Run((folder / "missing.toml").string()).fit(), ContainsSubstring("missing.toml"));
}

TEST_CASE("what cannot be asked of a run is refused with a sentence") {
  const TemporaryFolder folder;
  Run run = run_of(digits_manifest(from_file), folder / "run");
  CHECK_THROWS_WITH(run.evaluate(), "there is no trained model yet: call fit first");
  CHECK_THROWS_WITH(run.save("x"), "there is no trained model yet: call fit first");
  CHECK_THROWS_WITH(run.predict({}), "there is no trained model yet: call fit first");
  CHECK_THROWS_WITH(run.model(), "there is no trained model yet: call fit first");
  CHECK_THROWS_WITH(run.folder("elsewhere"), "folders, quiet() and log_to() come before everything else");
  run.fit();
  CHECK_THROWS_WITH(run.fit(), "this run has been trained already; open another one");
  CHECK_THROWS_WITH(run_of(digits_manifest(from_file), folder / "run").fit(), ContainsSubstring("run"));
  CHECK_THROWS_WITH(Run::from_text("").resume(), ContainsSubstring("which run is to continue"));
}

TEST_CASE("a model is not saved over the run's inputs, nor read from a manifest that was not given") {
  const TemporaryFolder folder;
  write_text(folder / "digits.toml", digits_manifest("file = \"digits.csv.gz\", target = -1, target_kind = \"index\""));
  fs::copy_file(DIGITS, folder / "digits.csv.gz");
  fs::create_symlink("digits.csv.gz", folder / "link");
  Run run((folder / "digits.toml").string(), {"run.epochs=1"});
  run.folder((folder / "run").string()).plugin_folder(PLUGINS).quiet();
  run.fit();
  for (const char* name : {"digits.toml", "digits.csv.gz", "link", "run/manifest.toml", "run/model.safetensors"})
    CHECK_THROWS_WITH(run.save((folder / name).string()),
                      ContainsSubstring("or a file of the run, which the output would replace"));
  CHECK(fs::file_size(folder / "digits.csv.gz") == fs::file_size(DIGITS));
  Trained trained = Trained((folder / "run").string()).plugin_folder(PLUGINS).quiet();
  CHECK_THROWS_WITH(trained.export_to("c", (folder / "digits.csv.gz").string()),
                    ContainsSubstring("which the output would replace"));
  CHECK(fs::file_size(folder / "digits.csv.gz") == fs::file_size(DIGITS));

  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  fs::rename("digits.toml", "manifest.toml");
  CHECK_THROWS_WITH(Run::from_text("").check(), ContainsSubstring("[data]"));
  fs::current_path(before);
}

TEST_CASE("shapes and paths that cannot be are refused") {
  const TemporaryFolder folder;
  Run run = run_of(digits_manifest(from_memory), folder / "run");
  const std::vector<float> features(64);
  const std::vector<int> labels(1);
  const std::string cannot = "a sample's shape cannot have a dimension of ";
  CHECK_THROWS_WITH(run.train_data(features, {INT64_MAX, 4}, labels), cannot + "4");
  CHECK_THROWS_WITH(run.train_data(features, {0}, labels), cannot + "0");
  CHECK_THROWS_WITH(run.train_data(features, {-64}, labels), cannot + "-64");
  CHECK_THROWS_WITH(run.train_data(features, {65}, labels), "64 features are no whole samples of 65");
  CHECK_THROWS_WITH(catalogue({""}), "plugin_folders: text 0 is empty");
  CHECK_THROWS_WITH(Trained("model").export_to("c", ""), ContainsSubstring("there is no such model file or run folder"));
  treino_run_options options{};
  options.size = sizeof options;
  options.text = "";
  options.folder = "";
  treino_run_handle* handle = nullptr;
  CHECK(treino_run_open(&options, &handle, nullptr) == TREINO_BAD_INPUT);
}

TEST_CASE("a run that fails on the way says so in its result") {
  const TemporaryFolder folder;
  Run run = run_of(digits_manifest(from_file), folder / "run");
  run.on_epoch([&](const Epoch& epoch) {
    // From here on the run's last checkpoint cannot be written.
    if (epoch.number == 3) fs::create_directory(folder / "run/checkpoint.safetensors");
  });
  const Result result = run.fit();
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.reason.find("checkpoint.safetensors") != std::string::npos);
}
