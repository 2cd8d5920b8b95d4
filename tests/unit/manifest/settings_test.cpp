// --set: what it reaches, and what it says where it reaches nothing.
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

TEST_CASE("--set replaces a value of the file, and a later one wins") {
  const Workshop workshop;
  CHECK(workshop.read_good(kDigits, {"run.epochs=3"}).run.epochs == 3);
  CHECK(workshop.read_good(kDigits, {"run.epochs=3", "run.epochs=4"}).run.epochs == 4);
}

TEST_CASE("--set takes TOML, and anything else as a string") {
  const Workshop workshop;
  CHECK(workshop.read_good(kDigits, {"run.name=other"}).run.name.value == "other");
  CHECK(workshop.read_good(kDigits, {"run.name=\"o=ther\""}).run.name.value == "o=ther");
  CHECK(workshop.read_good(kDigits, {"optimizer.learning_rate=1e-2"}).learning_rate.value == 0.01);
  CHECK(workshop.read_good(kDigits, {"data.shuffle=false"}).data.shuffle == false);
  const Manifest table = workshop.read_good(kDigits, {"loss={ plugin = \"mse\", x = [1, 2] }"});
  CHECK(table.losses.at(0).id.value == "mse");
  CHECK(table.losses.at(0).parameters.at(0).value.as<List>()->size() == 2);
  // Two lines are not one value: nothing is smuggled in.
  CHECK(*workshop.read_good(kDigits, {"callback.0.monitor=1\nb = 2"}).callbacks.at(0).parameters.at(0).value.as<std::string>() ==
        "1\nb = 2");
}

TEST_CASE("--set makes keys and tables that are missing") {
  const Workshop workshop;
  const Manifest manifest = workshop.read_good(kDigits, {"run.threads=2", "plugins.path=p", "data.validation.file=more.csv",
                                                         "data.train={ file = \"digits.csv\", target = \"label\" }"});
  CHECK(manifest.run.threads == 2);
  CHECK(manifest.plugin_paths == std::vector<std::string>{workshop.path("p").string()});
  CHECK(manifest.data.validation->file.value == workshop.path("more.csv").string());
}

TEST_CASE("--set reaches into lists by number, by name, and by the name that an unnamed one gets") {
  const Workshop workshop;
  const std::string text =
      kDigits + "[[callback]]\nplugin = \"early_stopping\"\n[[callback]]\nplugin = \"csv_logger\"\nname = \"table\"\n";
  const Manifest manifest =
      workshop.read_good(text, {"callback.0.a=1", "callback.early_stopping.b=2", "callback.early_stopping_2.c=3",
                                "callback.table.d=4", "model.layers.0.units=8", "model.layers.head.units=9"});
  CHECK(*find(manifest.callbacks[0].parameters, "a")->as<std::int64_t>() == 1);
  CHECK(*find(manifest.callbacks[0].parameters, "b")->as<std::int64_t>() == 2);
  CHECK(*find(manifest.callbacks[1].parameters, "c")->as<std::int64_t>() == 3);
  CHECK(*find(manifest.callbacks[2].parameters, "d")->as<std::int64_t>() == 4);
  CHECK(*find(manifest.layers[0].parameters, "units")->as<std::int64_t>() == 8);
  CHECK(*find(manifest.layers[2].parameters, "units")->as<std::int64_t>() == 9);
}

TEST_CASE("what was set is checked like what stands in the file, and named as it was typed") {
  const Workshop workshop;
  CHECK(workshop.faults(kDigits, {"run.epochs=0"}) ==
        Lines{"--set run.epochs=0: epochs of [run]: expected an integer of at least 1, got the integer 0"});
  CHECK(workshop.faults(kDigits, {"run.epoch=3"}) ==
        Lines{"--set run.epoch=3: [run] has no key 'epoch'. Did you mean 'epochs'? "
              "It takes: name, seed, epochs, steps, min_epochs, max_time, validate_every, validate_first, limit_train, "
              "limit_validation, overfit_batches, threads, kernels, precision, folder, accumulate, quiet, shards, "
              "stop_timeout."});
  CHECK(workshop.faults(kDigits, {"rum.epochs=3"})
            .at(0)
            .find("--set rum.epochs=3: the manifest has no section 'rum'. Did you mean 'run'?") == 0);
}

TEST_CASE("a path into nothing is a fault that says what is there") {
  const Workshop workshop;
  CHECK(workshop.faults(kDigits, {"callback.7.patience=3"}) ==
        Lines{"--set callback.7.patience=3: 'callback' has the elements 0 to 0, but no '7'. It has: early_stopping."});
  CHECK(workshop.faults(kDigits, {"callback.early_stoping.patience=3"}) ==
        Lines{"--set callback.early_stoping.patience=3: 'callback' has the elements 0 to 0, but no 'early_stoping'. "
              "Did you mean 'early_stopping'? It has: early_stopping."});
  CHECK(workshop.faults(kDigits, {"run.epochs.x=3"}) ==
        Lines{"--set run.epochs.x=3: 'run.epochs' is the integer 30: there is nothing in it to set"});
  const std::string no_metric = replaced(kDigits, "[[metric]]\nplugin = \"accuracy\"\n", "");
  CHECK(workshop.faults(no_metric, {"metric.0.x=3"}) == Lines{"--set metric.0.x=3: the manifest has no [[metric]]"});
  CHECK(workshop.faults(kDigits, {"data.train.target=[]", "data.train.target.0=x"}) ==
        Lines{"--set data.train.target.0=x: 'data.train.target' is empty, but no '0'."});
}

TEST_CASE("what is not key=value in UTF-8 is a fault") {
  const Workshop workshop;
  CHECK(workshop.faults(kDigits, {"epochs"}) == Lines{"--set epochs: expected key=value, as in --set run.epochs=3"});
  for (const char* key : {"=3", ".=3", "run.=3", "run..epochs=3", "run.\"epochs=3", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"})
    CHECK(workshop.faults(kDigits, {key}).at(0).find("expected a key like run.epochs before the '='") != std::string::npos);
  CHECK(workshop.faults(kDigits, {"run.name=\xff"}).at(0).find("not UTF-8 text") != std::string::npos);
}

TEST_CASE("a quoted part of a key may hold dots") {
  const Manifest manifest = Workshop().read_good(kDigits, {"data.class_weights.\"a.b\"=2"});
  CHECK(manifest.data.class_weights == std::vector<std::pair<std::string, double>>{{"a.b", 2.0}});
}
