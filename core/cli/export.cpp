// treino export: a trained model in another format, by an exporter.
#include "cli/commands.hpp"

namespace treino::cli {

int export_model(const CommonOptions& common, const ExportOptions& options) {
  trained(common, options.model, std::nullopt).export_to(options.exporter, options.output.value_or(""), common.settings);
  return exit_success;
}

}  // namespace treino::cli
