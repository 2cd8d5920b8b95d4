// Sections of plugins: keys of the host, names of instances, order.
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

TEST_CASE("the host's keys are taken out of a plugin's table, the rest is left as written") {
  const Manifest manifest = Workshop().read_good(kDigits + "on_error = \"disable\"\nname = \"stopper\"\nunit = \"epoch\"\n");
  const PluginSection& callback = manifest.callbacks.at(0);
  CHECK(callback.kind == Kind::callback);
  CHECK(callback.id.value == "early_stopping");
  CHECK(callback.name.value == "stopper");
  CHECK(callback.on_error == OnError::disable);
  // `unit` is the host's for schedulers only.
  REQUIRE(callback.parameters.size() == 2);
  CHECK(callback.parameters[0].key == "monitor");
  CHECK(callback.parameters[1].key == "unit");
}

TEST_CASE("plugins without a name get their id, and further ones a number after it") {
  const Manifest manifest = Workshop().read_good(
      kDigits +
      "[[callback]]\nplugin = \"early_stopping\"\n[[callback]]\nplugin = \"csv_logger\"\nname = \"early_stopping_3\"\n"
      "[[callback]]\nplugin = \"early_stopping\"\n[[callback]]\nplugin = \"csv_logger\"\n");
  std::vector<std::string> names;
  for (const PluginSection& callback : manifest.callbacks) names.push_back(callback.name.value);
  CHECK(names ==
        std::vector<std::string>{"early_stopping", "early_stopping_2", "early_stopping_3", "early_stopping_4", "csv_logger"});
}

TEST_CASE("a loss of a metric's id gets its kind into its name, so that names stay unique") {
  const Manifest manifest = Workshop().read_good(replaced(replaced(kDigits, "cross_entropy", "mse"), "accuracy", "mse"));
  CHECK(manifest.metrics.at(0).name.value == "mse");
  CHECK(manifest.losses.at(0).name.value == "mse_loss");
}

TEST_CASE("two of the same name are a fault that says where the other is") {
  CHECK(Workshop().faults(kDigits + "name = \"x\"\n[[callback]]\nplugin = \"csv_logger\"\nname = \"x\"\n") ==
        Lines{"train.toml:28:8: the name 'x' is taken by the callback at train.toml:23:10"});
  CHECK(Workshop().faults(replaced(kDigits, "\"accuracy\"\n", "\"accuracy\"\nname = \"x\"\n") + "name = \"x\"\n") ==
        Lines{"train.toml:18:8: the name 'x' is taken by the callback at train.toml:24:10"});
}

TEST_CASE("a plugin's table needs its plugin, and a misspelled one gets a suggestion") {
  CHECK(Workshop().faults(kDigits + "[[callback]]\nplugni = \"csv_logger\"\n") ==
        Lines{"train.toml:25:1: [[callback]] needs the key 'plugin', a string: id of the plugin",
              "train.toml:26:1: [[callback]] has no key 'plugni'. Did you mean 'plugin'?"});
  CHECK(Workshop().faults(kDigits + "[[callback]]\nplugin = 3\n") ==
        Lines{"train.toml:26:10: plugin of [[callback]]: expected a string, got the integer 3"});
}

TEST_CASE("the host's keys are checked") {
  const Workshop workshop;
  CHECK(workshop.faults(kDigits + "on_error = \"ignore\"\n") ==
        Lines{"train.toml:25:12: on_error of early_stopping: expected one of \"stop\", \"disable\", got the string \"ignore\""});
  CHECK(workshop.faults(replaced(kDigits, "\"step\"", "\"steps\"")) ==
        Lines{"train.toml:20:8: unit of cosine_annealing: expected one of \"step\", \"epoch\", got the string \"steps\". Did you "
              "mean 'step'?"});
  CHECK(workshop.faults(kDigits + "name = \"a/b\"\n") ==
        Lines{"train.toml:25:8: name of early_stopping: expected 1 to 100 characters without '/' "
              "and control characters, got the string \"a/b\""});
}

TEST_CASE("after and before name other callbacks, one or several") {
  const Workshop workshop;
  const std::string more = kDigits + "[[callback]]\nplugin = \"csv_logger\"\n";
  const Manifest manifest = workshop.read_good(more + "after = \"early_stopping\"\nbefore = [\"early_stopping\"]\n");
  REQUIRE(manifest.callbacks.at(1).after.size() == 1);
  CHECK(manifest.callbacks[1].after[0].value == "early_stopping");
  CHECK(workshop.without_folder(to_text(manifest.callbacks[1].after[0].location)) == "train.toml:27:9");
  CHECK(manifest.callbacks[1].before.size() == 1);
  CHECK(workshop.faults(more + "after = \"early_stoping\"\nbefore = \"csv_logger\"\n") ==
        Lines{"train.toml:27:9: there is no callback 'early_stoping'. Did you mean 'early_stopping'? There are: early_stopping, "
              "csv_logger.",
              "train.toml:28:10: csv_logger cannot come before or after itself"});
}
