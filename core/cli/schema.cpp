// treino schema: what a TOML editor needs to complete and check manifests.
#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace treino::cli {

int schema(const CommonOptions& common, const std::optional<std::string>& output) {
  const std::string text = treino::schema(common.plugin_folders);
  if (output)
    write_file(*output, text);
  else
    print_data(text);
  return exit_success;
}

}  // namespace treino::cli
