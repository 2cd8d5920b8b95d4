// A manifest without faults becomes its structs.
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

TEST_CASE("a manifest is read into its structs") {
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(kDigits);
  CHECK(manifest.file == workshop.path("train.toml"));
  CHECK(manifest.folder == workshop.path());
  CHECK(manifest.run.name.value == "digits");
  CHECK(manifest.run.seed == 7);
  CHECK(manifest.run.epochs == 30);
  CHECK(manifest.data.train->file.value == workshop.path("digits.csv").string());
  CHECK(manifest.data.batch_size == 64);
  REQUIRE(manifest.layers.size() == 3);
  CHECK(manifest.layers[0].type.value == "dense");
  CHECK(manifest.layers[0].parameters.size() == 1);
  CHECK(*find(manifest.layers[2].parameters, "name")->as<std::string>() == "head");
  CHECK(manifest.optimizer->id.value == "adam");
  CHECK(manifest.learning_rate.value == 0.5);
  REQUIRE(manifest.optimizer->parameters.size() == 1);
  CHECK(manifest.optimizer->parameters[0].key == "beta1");
  CHECK(manifest.losses.at(0).id.value == "cross_entropy");
  CHECK(manifest.metrics.at(0).id.value == "accuracy");
  CHECK(manifest.schedulers.at(0).unit.value == "step");
  CHECK(manifest.schedulers.at(0).parameters.at(0).key == "t_max");
  CHECK(manifest.callbacks.at(0).parameters.at(0).key == "monitor");
}

TEST_CASE("values remember their place") {
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(kDigits);
  const auto place = [&](const Location& location) { return workshop.without_folder(to_text(location)); };
  CHECK(place(manifest.run.name.location) == "train.toml:2:8");
  CHECK(place(manifest.data.location) == "train.toml:5:1");
  CHECK(place(manifest.data.train->location) == "train.toml:6:9");
  CHECK(place(manifest.data.train->file.location) == "train.toml:6:18");
  CHECK(place(manifest.data.validation_fraction->location) == "train.toml:6:63");
  CHECK(place(manifest.model_location) == "train.toml:8:1");
  CHECK(place(manifest.layers[1].type.location) == "train.toml:9:53");
  CHECK(place(manifest.optimizer->id.location) == "train.toml:11:10");
  CHECK(place(manifest.learning_rate.location) == "train.toml:12:17");
  CHECK(place(manifest.losses.at(0).id.location) == "train.toml:15:10");
  CHECK(place(manifest.schedulers[0].unit.location) == "train.toml:20:8");
  CHECK(place(manifest.callbacks[0].parameters[0].location) == "train.toml:24:1");
  CHECK(place(manifest.callbacks[0].parameters[0].value.location) == "train.toml:24:11");
}

TEST_CASE("columns count characters, not bytes") {
  // U+00E9 takes two bytes.
  const std::string text = replaced(kDigits, "{ type = \"relu\" }", "{ type = \"r\u00e9lu\", name = 3 }");
  CHECK(Workshop().faults(text) == Lines{"train.toml:9:68: name of layer 2: expected a string, got the integer 3"});
}

TEST_CASE("keys that are missing have their defaults") {
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(
      "[data]\ntrain = \"digits.csv\"\n[model]\nlayers = [{ type = \"relu\" }]\n[optimizer]\nplugin = \"sgd\"\nlearning_rate = "
      "1\n"
      "[loss]\nplugin = \"mse\"\n");
  CHECK(manifest.run.name.value == "run");
  CHECK(manifest.run.seed == 0);
  CHECK_FALSE(manifest.run.epochs);  // one, where there are no steps either
  CHECK_FALSE(manifest.run.steps);
  CHECK(manifest.run.validate_every == Cadence());
  CHECK(manifest.run.threads == 0);
  CHECK(manifest.run.accumulate == 1);
  CHECK(manifest.run.folder == workshop.path("runs/{name}-{number}").string());
  CHECK(manifest.data.batch_size == 32);
  CHECK(manifest.data.evaluation_batch_size == 0);
  CHECK(manifest.data.shuffle);
  CHECK_FALSE(manifest.data.drop_last);
  CHECK_FALSE(manifest.data.stratified);
  CHECK(manifest.data.scaling == "none");
  CHECK_FALSE(manifest.data.scale);
  CHECK_FALSE(manifest.data.validation);
  CHECK_FALSE(manifest.data.validation_fraction);
  CHECK(manifest.learning_rate.value == 1.0);
  CHECK(manifest.losses.at(0).on_error == OnError::stop);
  CHECK(manifest.plugin_paths.empty());
  CHECK_FALSE(manifest.allow_unsafe_paths);
}

TEST_CASE("every key of [run] and [plugins] is read") {
  const Workshop workshop;
  const std::string sum(64, 'a');
  const std::string text =
      replaced(kDigits, "epochs = 30", "epochs = 30\nthreads = 3\naccumulate = 4\nfolder = \"out/../o-{number}\"") +
      "[plugins]\npath = [\"p\", \"/q/\"]\nallow_unsafe_paths = true\n[plugins.sha256]\naccuracy = \"" + sum + "\"\n";
  const Manifest manifest = workshop.read_good(text);
  CHECK(manifest.run.threads == 3);
  CHECK(manifest.run.accumulate == 4);
  CHECK(manifest.run.folder == workshop.path("o-{number}").string());
  CHECK(manifest.plugin_paths == std::vector<std::string>{workshop.path("p").string(), "/q/"});
  CHECK(manifest.allow_unsafe_paths);
  CHECK(manifest.pinned == std::map<std::string, std::string>{{"accuracy", sum}});
}

TEST_CASE("paths are relative to the manifest, wherever the program runs") {
  const Workshop workshop;
  std::filesystem::create_directory(workshop.path("sub"));
  workshop.write("sub/train.toml", replaced(kDigits, "digits.csv", "../digits.csv"));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(workshop.path());
  Faults faults;
  const Manifest manifest = read("sub/train.toml", {}, faults);
  std::filesystem::current_path(before);
  CHECK(faults.empty());
  CHECK(manifest.folder == workshop.path("sub"));
  CHECK(manifest.data.train->file.value == workshop.path("digits.csv").string());
  CHECK(to_text(manifest.losses.at(0).id.location) == "sub/train.toml:15:10");
}
