// From the C struct.
#include "library/trained/trained.hpp"

#include <unistd.h>

#include "base/input_error.hpp"

namespace treino::library {

TrainedOptions::TrainedOptions(const treino_trained_options& given)
    : quiet(given.quiet != 0),
      output_layer(given.output_layer == nullptr ? "" : given.output_layer),
      log(given.log),
      log_context(given.log_context) {
  if (given.model == nullptr || *given.model == '\0') throw base::InputError("no model is given");
  model.model = given.model;
  if (given.weights != nullptr) model.weights = given.weights;
  model.settings = texts<std::string>(given.settings, given.setting_count, "settings");
  model.plugin_folders = texts<std::filesystem::path>(given.plugin_folders, given.plugin_folder_count, "plugin_folders");
  model.trusted = given.trust != 0;
}

void TrainedOptions::open_screen(std::optional<host::Screen>& screen, bool silent) const {
  if (log == nullptr)
    screen.emplace(STDOUT_FILENO, quiet || silent);
  else
    screen.emplace([log = log, context = log_context](const std::string& line) { log(context, line.c_str()); });
}

}  // namespace treino::library
