// The program with data that a plugin reads: what check shows, and the commands that come after a run.
#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

std::string manifest(const std::string& train, const std::string& more = "") {
  return "[run]\nname = \"m\"\nseed = 3\nepochs = 2\nthreads = 1\n[data]\ntrain = { " + train +
         " }\n[model]\nlayers = [ { type = \"dense\", units = 2 } ]\n[optimizer]\nplugin = \"adam\"\nlearning_rate = "
         "0.01\n[loss]\nplugin "
         "= \"cross_entropy\"\n[[metric]]\nplugin = \"accuracy\"\n" +
         more;
}

std::string words(int count) {
  std::string text = "age size kind\n";
  for (int i = 0; i < count; ++i)
    text += std::to_string(i % 7) + " " + std::to_string(0.5 * (i % 5)) + (i % 3 == 0 ? " cat\n" : " dog\n");
  return text;
}

const std::string by_words = "file = \"data.txt\", format = \"words\", target = \"kind\", test = 0.2";

}  // namespace

TEST_CASE("check reads the head of a source through its plugin, and says what is wrong with it") {
  const Workshop workshop;
  workshop.write("data.txt", words(40));
  const Finished good = workshop.treino({"check", workshop.write("train.toml", manifest(by_words))});
  INFO(good.error);
  CHECK(good.exit_code == 0);
  CHECK(contains(good.output, "input    2"));
  workshop.write("data.txt", words(40) + "old 3 cat\n");
  const Finished bad = workshop.treino({"check", workshop.write("train.toml", manifest(by_words))});
  CHECK(bad.exit_code == kBadInput);
  CHECK(contains(bad.error, "data.txt:42:1: expected a number, found 'old'"));
}

TEST_CASE("a run whose data a plugin reads is resumed, evaluated and used for predictions; plugins.json knows the reader") {
  const Workshop workshop;
  workshop.write("data.txt", words(40));
  const Finished run = workshop.run(manifest(by_words), "run");
  INFO(run.error);
  REQUIRE(run.exit_code == kDone);
  CHECK(contains(all_files(workshop / "run")["plugins.json"], "\"kind\": \"reader\""));
  CHECK(contains(all_files(workshop / "run")["manifest.toml"], "format = \"words\""));
  const Finished on_test = workshop.treino({"evaluate", workshop / "run", "--on", "test"});
  INFO(on_test.error);
  CHECK(on_test.exit_code == 0);
  workshop.write("new.txt", "size age\n0.5 3\n1 2\n");
  const Finished predicted = workshop.treino({"predict", workshop / "run", workshop / "new.txt"});
  INFO(predicted.error);
  CHECK(predicted.exit_code == 0);
  CHECK(lines(predicted.output).size() == 3);
  const Finished resumed = workshop.treino({"resume", workshop / "run", "--set", "run.epochs=4"});
  INFO(resumed.error);
  CHECK(resumed.exit_code == kDone);
}

TEST_CASE("keys that an older release wrote of every file are passed over in a run's folder, and refused in a manifest") {
  const Workshop workshop;
  workshop.write("data.txt", words(40));
  REQUIRE(workshop.run(manifest(by_words), "run").exit_code == kDone);
  const std::string format = "format = \"words\"", older = format + ", feature_key = \"x\", target_key = \"y\"";
  std::string text = read_text(workshop / "run/manifest.toml");
  text.replace(text.find(format), format.size(), older);
  write_text(workshop / "run/manifest.toml", text);
  const Finished evaluated = workshop.treino({"evaluate", workshop / "run", "--on", "test"});
  INFO(evaluated.error);
  CHECK(evaluated.exit_code == 0);
  text = manifest(by_words);
  text.replace(text.find(format), format.size(), older);
  const Finished checked = workshop.treino({"check", workshop.write("train.toml", text)});
  CHECK(checked.exit_code == kBadInput);
  CHECK(contains(checked.error, "words has no parameter 'feature_key'"));
}

TEST_CASE("describe and plugins show readers, and the schema has their parameters beside a file") {
  const Workshop workshop;
  const Finished described = workshop.treino({"describe", "cifar"});
  CHECK(described.exit_code == 0);
  CHECK(contains(described.output, "reader cifar 1.0.0"));
  CHECK(contains(workshop.treino({"schema"}).output, "cifar: channels, height and width"));
}

#ifdef MPIRUN
TEST_CASE("every process opens its reader, and two give the run of one bit for bit") {
  const Workshop workshop;
  workshop.write("data.txt", words(40));
  const std::string text = manifest(by_words, "[collective]\nplugin = \"mpi\"\n");
  const std::string file = workshop.write("train.toml", text);
  for (const std::string ranks : {"1", "2"}) {
    ProcessOptions command = workshop.command({"run", file, "--folder", workshop / ranks, "--set", "run.shards=2", "--quiet"});
    const std::vector<std::string> mpirun{MPIRUN, "--allow-run-as-root", "--map-by", ":OVERSUBSCRIBE", "-n", ranks};
    command.arguments.insert(command.arguments.begin(), mpirun.begin(), mpirun.end());
    command.environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none";
    command.environment["OMPI_MCA_btl"] = "^tcp";
    const Finished finished = run_process(command);
    CAPTURE(ranks, finished.output, finished.error);
    REQUIRE(finished.exit_code == 0);
  }
  CHECK((read_text(workshop / "1/model.safetensors") == read_text(workshop / "2/model.safetensors")));
}
#endif
