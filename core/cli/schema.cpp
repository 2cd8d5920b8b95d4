// treino schema: what a TOML editor needs to complete and check manifests.
#include "manifest/schema.hpp"

#include "cli/commands.hpp"
#include "cli/output_file.hpp"
#include "cli/text.hpp"
#include "host/library/candidate.hpp"
#include "host/library/finder.hpp"
#include "train/plan/plan.hpp"

namespace treino::cli {

int schema(const CommonOptions& common, const std::optional<std::filesystem::path>& output) {
  std::vector<manifest::Description> found;
  for (const host::Candidate& candidate : host::find_plugins(host::finder_options(common.plugin_folders, {}, false)))
    for (std::size_t i = 0; i < candidate.descriptions.size(); ++i)
      if (host::is_meant(candidate, i)) found.push_back(candidate.descriptions[i]);
  std::string text = manifest::json_schema(found, train::layer_types(), train::optimizer_types());
  if (text.empty() || text.back() != '\n') text += '\n';
  if (output)
    write_output(*output, text, {});
  else
    print_data(text);
  return exit_success;
}

}  // namespace treino::cli
