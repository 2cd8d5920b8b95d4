// Faults of manifests: their places, order and texts.
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

TEST_CASE("ten faults are ten lines, in the order of the file") {
  const Lines lines = Workshop().faults(R"([run]
epochs = "many"
sede = 3
name = "a/b"
[data]
train = { file = "digitz.csv", target = "label", validation = 1.5 }
scaling = "standardise"
[model]
layers = []
[optimizer]
plugin = "adam"
learning_rate = 0
[loss]
plugn = "mse"
[callback]
plugin = "early_stopping"
)");
  CHECK(
      lines ==
      Lines{
          "train.toml:2:10: epochs of [run]: expected an integer of at least 1, got the string \"many\"",
          "train.toml:3:1: [run] has no key 'sede'. Did you mean 'seed'? It takes: name, seed, epochs, steps, min_epochs, "
          "max_time, "
          "validate_every, validate_first, limit_train, limit_validation, overfit_batches, threads, kernels, precision, folder, "
          "accumulate, quiet, shards, stop_timeout.",
          "train.toml:4:8: name of [run]: expected 1 to 100 characters without '/' and control characters, got the string "
          "\"a/b\"",
          "train.toml:6:18: file of [data] train: digitz.csv does not exist",
          "train.toml:6:63: validation of [data] train: expected a number greater than 0 and less than 1, got the float 1.5",
          "train.toml:7:11: scaling of [data]: expected one of \"none\", \"standardize\", \"min_max\", got the string "
          "\"standardise\". "
          "Did you mean 'standardize'?",
          "train.toml:9:10: layers of [model]: at least one layer is needed",
          "train.toml:12:17: learning_rate of adam: expected a number greater than 0, got the integer 0",
          "train.toml:13:1: [loss] needs the key 'plugin', a string: id of the plugin",
          "train.toml:14:1: [loss] has no key 'plugn'. Did you mean 'plugin'?",
          "train.toml:15:1: there can be several of [callback]: write [[callback]]",
      });
}

TEST_CASE("an unknown section is named with the nearest right one") {
  CHECK(Workshop().faults(kDigits + "[[callbak]]\nplugin = \"x\"\n") ==
        Lines{"train.toml:25:3: the manifest has no section 'callbak'. Did you mean 'callback'? "
              "It takes: run, data, model, optimizer, loss, metric, scheduler, callback, collective, plugins."});
}

TEST_CASE("a section of the wrong form says which is right") {
  const Workshop workshop;
  CHECK(workshop.faults(replaced(kDigits, "[run]", "[[run]]")) ==
        Lines{"train.toml:1:1: there is one [run] only: write [run], not [[run]]"});
  CHECK(workshop.faults(replaced(kDigits, "[model]", "[[model]]")) ==
        Lines{"train.toml:8:1: there is one [model] only: write [model], not [[model]]"});
  CHECK(workshop.faults("plugins = 3\n" + kDigits) == Lines{"train.toml:1:11: expected a section [plugins], got the integer 3"});
  CHECK(workshop.faults(replaced(kDigits, "[[metric]]\nplugin = \"accuracy\"\n", "") + "[metric]\nplugin = \"accuracy\"\n") ==
        Lines{"train.toml:23:1: there can be several of [metric]: write [[metric]]"});
  const std::string no_metric = replaced(kDigits, "[[metric]]\nplugin = \"accuracy\"\n", "");
  CHECK(workshop.faults("metric = \"accuracy\"\n" + no_metric) ==
        Lines{"train.toml:1:10: expected sections [[metric]], got the string \"accuracy\""});
  CHECK(workshop.faults("metric = [\"accuracy\"]\n" + no_metric) ==
        Lines{"train.toml:1:11: expected a section [[metric]], got the string \"accuracy\""});
}

TEST_CASE("each section checks the type and the range of each of its keys") {
  const Workshop workshop;
  const auto run = [&](const std::string& line) { return workshop.faults(replaced(kDigits, "epochs = 30", line)).at(0); };
  CHECK(run("epochs = 0") == "train.toml:4:10: epochs of [run]: expected an integer of at least 1, got the integer 0");
  CHECK(run("epochs = 3.0") ==
        "train.toml:4:10: epochs of [run]: expected an integer of at least 1, got the float 3.0 (write 3)");
  CHECK(run("epochs = 3.5") == "train.toml:4:10: epochs of [run]: expected an integer of at least 1, got the float 3.5");
  CHECK(run("accumulate = 0") == "train.toml:4:14: accumulate of [run]: expected an integer of at least 1, got the integer 0");
  CHECK(run("threads = -1") ==
        "train.toml:4:11: threads of [run]: expected an integer of at least 0 and at most 1024, got the integer -1");
  CHECK(run("folder = 1") == "train.toml:4:10: folder of [run]: expected a path, as a string, got the integer 1");
  CHECK(run("folder = \"{epoch}\"") == "train.toml:4:10: folder of [run]: {epoch} is not known here; {name} and {number} are");
  CHECK(run("folder = \"{name\"") == "train.toml:4:10: folder of [run]: '{' without its '}' in \"{name\"");
  CHECK(workshop.faults(replaced(kDigits, "seed = 7", "seed = -7")).at(0) ==
        "train.toml:3:8: seed of [run]: expected an integer of at least 0, got the integer -7");
  CHECK(workshop.faults(replaced(kDigits, "\"digits\"", "\"\"")).size() == 1);
  CHECK(workshop.faults(replaced(kDigits, "\"digits\"", "\"..\"")).size() == 1);
  CHECK(workshop.faults(replaced(kDigits, "\"digits\"", "\"a\\nb\"")).at(0) ==
        "train.toml:2:8: name of [run]: expected 1 to 100 characters without '/' and control characters, got the string "
        "\"a\\x0ab\"");
}

TEST_CASE("dates and times are refused, with the advice to write a string") {
  CHECK(Workshop().faults(replaced(kDigits, "seed = 7", "seed = 1979-05-27")) ==
        Lines{"train.toml:3:8: dates and times have no use here; write it as a string, in quotes"});
}

TEST_CASE("the optimizer needs plugin and learning_rate, which is positive and finite") {
  const Workshop workshop;
  CHECK(workshop.faults(replaced(kDigits, "plugin = \"adam\"\nlearning_rate = 0.5\n", "")) ==
        Lines{"train.toml:10:1: [optimizer] needs the key 'plugin', a string: id of the plugin",
              "train.toml:10:1: [optimizer] needs the key 'learning_rate', a number greater than 0: base learning rate"});
  for (const char* rate : {"0", "-0.1", "nan", "inf", "\"0.1\""})
    CHECK(workshop.faults(replaced(kDigits, "learning_rate = 0.5", std::string("learning_rate = ") + rate)).size() == 1);
}

TEST_CASE("a layer needs a type, and its name is its own") {
  const Workshop workshop;
  CHECK(workshop.faults(replaced(kDigits, "{ type = \"relu\" }", "{}")) ==
        Lines{"train.toml:9:44: layer 2 needs the key 'type', what kind of layer it is, or 'plugin', who computes it"});
  CHECK(workshop.faults(replaced(kDigits, "{ type = \"relu\" }", "{ type = \"relu\", name = \"head\" }")) ==
        Lines{"train.toml:9:115: name of layer 3: another layer has it already"});
  CHECK(workshop.faults(replaced(kDigits, "{ type = \"relu\" }", "\"relu\"")) ==
        Lines{"train.toml:9:44: element 2 of layers of [model]: expected a table, got the string \"relu\""});
  CHECK(workshop.faults(replaced(kDigits, "[ { type = \"dense\", units = 64 }", "3 # ")) ==
        Lines{"train.toml:9:10: layers of [model]: expected a list of tables, got the integer 3"});
}

TEST_CASE("pinned checksums are 64 hexadecimal digits") {
  CHECK(Workshop().faults(kDigits + "[plugins]\nsha256 = { accuracy = \"abc\", mae = 3 }\n") ==
        Lines{"train.toml:26:23: sha256 of 'accuracy': expected 64 digits out of 0-9 and a-f, got the string \"abc\"",
              "train.toml:26:36: sha256 of 'mae': expected 64 digits out of 0-9 and a-f, got the integer 3"});
}

TEST_CASE("long and hostile texts are cut and cannot write to the terminal") {
  const std::string line =
      Workshop().faults(replaced(kDigits, "seed = 7", "\"\\u001b[31m" + std::string(1000, 'x') + "\" = 7")).at(0);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.find("\\x1b[31mxxx") != std::string::npos);
  CHECK(line.size() < 400);  // most of it are the keys that there are
}
