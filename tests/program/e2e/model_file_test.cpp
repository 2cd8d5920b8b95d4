// A trained model is one file: evaluate and predict need nothing else.
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "workshop.hpp"

using namespace treino::test;

namespace {

using nlohmann::json;

/// y = 0 or 1 by whether a exceeds b; the columns in the given order.
std::string points(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) text += (text.empty() ? "" : ",") + column;
  text += "\n";
  for (int i = 0; i < 40; ++i) {
    const std::map<std::string, std::string> row = {
        {"a", std::to_string(i % 7)}, {"b", std::to_string(i % 5)}, {"y", i % 7 > i % 5 ? "more" : "less"}};
    std::string line;
    for (const std::string& column : columns) line += (line.empty() ? "" : ",") + row.at(column);
    text += line + "\n";
  }
  return text;
}

std::string manifest(const std::string& more = "") {
  return "[run]\nname = 'points'\nseed = 3\nepochs = 20\n[data]\ntrain = { file = 'secret_place/points.csv', target = 'y', test "
         "= 0.2 }\n"
         "scaling = 'standardize'\nbatch_size = 8\n[model]\nlayers = [ { type = 'dense', units = 8 }, { type = 'tanh' }, { type "
         "= 'dense', "
         "units = 2 } ]\n[optimizer]\nplugin = 'adam'\nlearning_rate = 0.05\n[loss]\nplugin = "
         "'cross_entropy'\n[[metric]]\nplugin "
         "= "
         "'accuracy'\n" +
         more;
}

/// A workshop with a finished run in "run".
class Trained {
 public:
  explicit Trained(const std::string& more = "") {
    fs::create_directory(workshop / "secret_place");
    workshop.write("secret_place/points.csv", points({"a", "b", "y"}));
    REQUIRE(workshop.run(manifest(more), "run").exit_code == kDone);
  }
  fs::path model() const { return workshop / "run/model.safetensors"; }

  const Workshop workshop;
};

/// The same model with other metadata, and without the checksum that these would break.
std::string with_metadata(const fs::path& model, const std::function<void(json&)>& change) {
  const std::string bytes = read_text(model);
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof size);
  json header = json::parse(bytes.substr(8, size));
  json& metadata = header["__metadata__"];
  for (const char* key : {"treino.checksum", "treino.checksum_type"}) metadata.erase(key);
  change(metadata);
  std::string text = header.dump();
  text.resize((text.size() + 8 + 63) / 64 * 64 - 8, ' ');
  const std::uint64_t new_size = text.size();
  return std::string(reinterpret_cast<const char*>(&new_size), sizeof new_size) + text + bytes.substr(8 + size);
}

}  // namespace

TEST_CASE(
    "a model file alone predicts as its run does, where neither run, manifest, training data nor any plugin is left but who "
    "reads CSV") {
  const Trained trained;
  const Workshop& workshop = trained.workshop;
  const std::string data = points({"b", "y", "a"});
  const Finished of_run = workshop.treino({"predict", workshop / "run", workshop.write("d.csv", data)});
  INFO(of_run.error);
  REQUIRE(of_run.exit_code == kDone);
  REQUIRE(lines(of_run.output).size() == 41);
  CHECK(lines(of_run.output)[0] == "row,class,probability_less,probability_more");

  const TemporaryFolder empty;
  fs::copy_file(trained.model(), empty / "m.safetensors");
  // Plugins are looked for beside the library, which is the copy's here.
  fs::copy_file(TREINO, empty / "treino");
  fs::copy_file(fs::path(TREINO).parent_path() / "libtreino.so.0", empty / "libtreino.so.0");
  fs::create_directories(empty / "plugins/readers");
  fs::copy_file(PLUGINS "/readers/csv.so", empty / "plugins/readers/csv.so");
  write_text(empty / "d.csv", data);
  fs::remove_all(workshop / "run");
  fs::remove_all(workshop / "secret_place");
  ProcessOptions options;
  options.arguments = {empty / "treino", "predict", "m.safetensors", "d.csv"};
  options.folder = empty.path();
  options.environment = {{"TREINO_PLUGIN_PATH", ""}, {"HOME", empty.path()}, {"LD_LIBRARY_PATH", empty.path()}};
  const Finished alone = run_process(options);
  INFO(alone.error);
  CHECK(alone.exit_code == kDone);
  CHECK(alone.output == of_run.output);
  CHECK(alone.error.empty());

  options.arguments = {empty / "treino", "evaluate", "m.safetensors", "--data", "d.csv"};
  const Finished without_loss = run_process(options);
  CHECK(without_loss.exit_code == kBadInput);
  CHECK(contains(without_loss.error, "m.safetensors:"));
  CHECK(contains(without_loss.error, "cross_entropy"));
}

TEST_CASE("a model file alone is evaluated as in its run's folder, with the loss and the metrics that it was trained with") {
  const Trained trained;
  const Workshop& workshop = trained.workshop;
  const fs::path data = workshop.write("d.csv", points({"y", "a", "b"}));
  const Finished of_run = workshop.treino({"evaluate", workshop / "run", "--data", data});
  const Finished alone = workshop.treino({"evaluate", trained.model(), "--data", data});
  INFO(alone.error);
  CHECK(alone.exit_code == kDone);
  CHECK(contains(alone.output, "accuracy"));
  CHECK(alone.output == of_run.output);

  fs::remove(workshop / "run/manifest.toml");
  CHECK(workshop.treino({"evaluate", workshop / "run", "--data", data}).output == of_run.output);
}

TEST_CASE("a model file records neither where its data lay nor what else the run did") {
  const Trained trained("[[callback]]\nplugin = 'csv_logger'\nfilename = 'private_name.csv'\n");
  const std::string bytes = read_text(trained.model());
  for (const std::string part : {"secret_place", "private_name", "csv_logger", "adam"}) CHECK_FALSE(contains(bytes, part));
  CHECK(contains(bytes, "points.csv"));
}

TEST_CASE("checkpoints are models too") {
  const Trained trained;
  const Workshop& workshop = trained.workshop;
  const fs::path data = workshop.write("d.csv", points({"a", "b", "y"}));
  CHECK(workshop.treino({"predict", workshop / "run/checkpoint.safetensors", data}).output ==
        workshop.treino({"predict", trained.model(), data}).output);
}

TEST_CASE("what a model file alone cannot do is refused with the reason") {
  const Trained trained;
  const Workshop& workshop = trained.workshop;
  const fs::path data = workshop.write("d.csv", points({"a", "b", "y"}));
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& text) {
    const Finished finished = workshop.treino(arguments);
    INFO(finished.error);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, text));
    CHECK(lines(finished.error).size() == 1);
  };
  refused({"evaluate", trained.model()},
          "model.safetensors: a model alone does not know its run's data: give a file with --data");
  refused({"predict", trained.model(), data, "--weights", trained.model()}, "--weights is for a run's folder");
  refused({"predict", trained.model(), data, "--output", trained.model()}, "model.safetensors");
  refused({"predict", trained.model(), workshop.write("c.csv", points({"a", "y"}))}, "no column 'b'");
}

TEST_CASE("a model file of another version, of another program or with broken metadata is refused with a sentence") {
  const Trained trained;
  const Workshop& workshop = trained.workshop;
  const fs::path data = workshop.write("d.csv", points({"a", "b", "y"}));
  const auto refused = [&](const std::function<void(json&)>& change, const std::string& text) {
    std::ofstream(workshop / "changed.safetensors", std::ios::binary) << with_metadata(trained.model(), change);
    const Finished finished = workshop.treino({"predict", workshop / "changed.safetensors", data});
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == kBadInput);
    CHECK(contains(finished.error, "changed.safetensors"));
    CHECK(contains(finished.error, text));
  };
  refused([](json& metadata) { metadata.erase("treino.format"); },
          "was written by another version of Treino (format 1; this one reads 2)");
  refused([](json& metadata) { metadata["treino.format"] = "3"; },
          "was written by another version of Treino (format 3; this one reads 2)");
  refused([](json& metadata) { metadata = json::object(); }, "does not say what model it is of");
  refused([](json& metadata) { metadata.erase("treino.manifest"); }, "no treino.manifest in its metadata");
  refused([](json& metadata) { metadata["treino.manifest"] = "[model"; }, "changed.safetensors:1:");
  refused([](json& metadata) { metadata["treino.manifest"] = "[run]\n"; }, "no section [model]");
  refused([](json& metadata) { metadata["treino.outputs"] = "7"; }, "does not say what the outputs are");
  refused([](json& metadata) { metadata["treino.outputs"] = "{\"prediction\":-1,\"independent\":false}"; },
          "does not say what the outputs are");
  refused([](json& metadata) { metadata["treino.outputs"] = "{\"prediction\":9,\"independent\":false}"; },
          "does not say what the outputs are");
  refused([](json& metadata) { metadata["treino.preparation"] = "{}"; }, "preparation: 'scaling' is missing");
  refused([](json& metadata) { metadata["treino.data"] = "[]"; }, "treino.data");
  refused(
      [](json& metadata) {
        std::string text = metadata["treino.manifest"];
        text.replace(text.find("units = 8"), 9, "units = 9");
        metadata["treino.manifest"] = text;
      },
      "has shape 2x8");
}
