// A run that takes its loss from a folder that nothing but its manifest names.
#pragma once
#include "small_model.hpp"

namespace treino::test {

struct OwnPluginFolder {
  OwnPluginFolder() {
    fs::create_directory(workshop / "plug");
    fs::copy(fs::path(E2E_PLUGINS) / "index_loss.so", workshop / "plug/index_loss.so");
    workshop.write("c.csv", "a,b,y\n0,0,no\n1,0,yes\n");
  }
  /// With `more` before the section of the plugins.
  std::string manifest(const std::string& more = "") const {
    return classifier_manifest(1, "index_loss",
                               more + "[plugins]\npath = '" + (workshop / "plug").string() + "'\nallow_unsafe_paths = true\n");
  }
  /// No plugins from the environment.
  ProcessOptions command(std::vector<std::string> arguments) const {
    ProcessOptions options = workshop.command(std::move(arguments));
    options.environment["TREINO_PLUGIN_PATH"] = "";
    return options;
  }

  Workshop workshop;
};

}  // namespace treino::test
