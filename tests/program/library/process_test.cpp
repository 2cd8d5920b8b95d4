// A program that gives its process to Treino. What the program treino does with it is tested in tests/program/e2e/signals_test.cpp.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "program/library/softmax_regression.hpp"
#include "support/catch.hpp"

using namespace treino::test;
namespace fs = std::filesystem;

namespace {

bool has_trained(const fs::path& folder) {
  return fs::exists(folder / "log.jsonl") && read_text(folder / "log.jsonl").find("\"type\":\"epoch\"") != std::string::npos;
}

}  // namespace

TEST_CASE("Ctrl-C ends both runs of a process, and each can be resumed") {
  const TemporaryFolder folder;
  write_text(folder / "digits.toml", digits_manifest(from_file));
  ProcessOptions options;
  options.arguments = {TWO_RUNS, (folder / "digits.toml").string(), folder.path().string()};
  treino::test::Process process(options);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);  // one run may have failed
  while (process.running() && !(has_trained(folder / "0") && has_trained(folder / "1")) &&
         std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  process.send(SIGINT);
  const Finished finished = process.wait();
  CAPTURE(finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(finished.output == "interrupted: Ctrl-C\ninterrupted: Ctrl-C\n");
  treino::Run resumed = treino::Run::from_text("");
  resumed.folder((folder / "1").string()).plugin_folder(PLUGINS).quiet();
  resumed.on_epoch([](const treino::Epoch&) { return true; });
  CHECK(resumed.resume().outcome == treino::Outcome::early_stopped);
}

TEST_CASE("Ctrl-C ends a loop of one's own, which continues to the same bytes") {
  const TemporaryFolder folder;
  const LoopData data;
  const std::string manifest = "[run]\nname = \"own\"\nepochs = 3\n[[metric]]\nplugin = \"accuracy\"\n";
  SoftmaxRegression whole;
  {
    treino::Loop loop = loop_of(manifest, folder / "whole", whole);
    train(loop, whole, data);
  }
  const pid_t child = fork();
  if (child == 0) {
    const treino::Process process;
    SoftmaxRegression model;
    treino::Loop loop = loop_of(manifest, folder / "run", model);
    loop.begin(data.setup());
    int step = 0;
    while (loop.epoch())
      for (std::size_t b = 0; b < data.batches(); ++b) {
        if (!loop.batch(data.batch)) continue;
        if (++step == 7) {
          kill(getpid(), SIGINT);
          std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
        const double loss = model.forward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
        model.backward(&data.x[b * data.batch * 64], &data.y[b * data.batch], data.batch);
        loop.metrics(model.probabilities.data(), &data.y[b * data.batch]);
        if (loop.step(loss)) model.step(loop.learning_rate());
        loop.step_done();
      }
    const treino::Result result = loop.end();
    _exit(result.outcome == treino::Outcome::interrupted && result.reason == "Ctrl-C" && step == 7 ? 42 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 42);
  SoftmaxRegression model;
  treino::Loop loop = loop_of(manifest, folder / "run", model);
  CHECK(train(loop, model, data).outcome == treino::Outcome::done);
  CHECK((model.weight == whole.weight));
}

TEST_CASE("a run continues when the process is released, and obeys the signals of its next owner") {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    auto first = std::make_unique<treino::Process>();
    treino::Result result;
    std::thread trains([&] {
      treino::Run run = treino::Run::from_text(digits_manifest(from_file), {"run.epochs=1000000"});
      run.folder((folder / "run").string()).plugin_folder(PLUGINS).quiet();
      result = run.fit();
    });
    while (!has_trained(folder / "run")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    first.reset();
    const treino::Process second;
    kill(getpid(), SIGTERM);
    trains.join();
    _exit(result.outcome == treino::Outcome::interrupted && result.reason == "SIGTERM" ? 42 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
}

TEST_CASE("a process is owned once at a time") {
  treino_process_handle *first = nullptr, *second = nullptr;
  char text[100] = "";
  treino_error error{sizeof error, sizeof text, text};
  REQUIRE(treino_process_own(&first, &error) == TREINO_OK);
  CHECK(treino_process_own(&second, &error) == TREINO_BAD_INPUT);
  CHECK(std::string(text) == "the process is owned already: one treino::Process at a time");
  CHECK(second == nullptr);
  treino_process_release(first);
  treino_process_release(nullptr);
  CHECK_NOTHROW(treino::Process());
  CHECK(treino_process_own(nullptr, &error) == TREINO_BAD_INPUT);
}
