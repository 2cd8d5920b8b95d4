// The files in the plugins folders, each read only as far as somebody asks for what is in it.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/library/candidate.hpp"
#include "host/library/library_preview.hpp"
#include "host/library/search_path.hpp"

namespace treino::host {

/// The file of a plugin, without ".so": acme.notify for acme/notify.
std::string file_stem(std::string_view id);
/// Whether the file lies where the installation puts the plugin of this name: losses/mse.so for the loss mse.
bool is_built_in(const Candidate& candidate, const ComponentName& name);

/// Whether the candidate's component at `place` is the one that its name means.
bool is_meant(const Candidate& candidate, std::size_t place);

class PluginFiles {
 public:
  /// Lists the files, and reads none.
  explicit PluginFiles(const FinderOptions& options);

  /// In the order of find_plugins(). Of a file that was not inspected, only the path is there.
  const std::vector<Candidate>& candidates() const { return candidates_; }

  // What was inspected is, in every word, as find_plugins() would tell it. What holds a name that was asked for keeps its bytes
  // for load().

  /// All files that hold a component of this name, or may hold one.
  void inspect_holders(std::string_view kind, std::string_view id);
  /// All files that hold a component of this kind, or may hold one.
  void inspect_kind(std::string_view kind);
  /// All files that are called so, whatever is in them.
  void inspect_called(std::string_view stem);
  void inspect_all();

 private:
  void list(const std::filesystem::path& folder, std::size_t number, bool installed);
  void glance_once();
  void inspect(std::size_t file, const ComponentName* wanted = nullptr);
  void inspect_contenders();

  bool allow_unsafe_paths_;
  std::vector<Candidate> candidates_;
  std::vector<bool> inspected_;           // of each candidate
  std::vector<Preview> glances_;          // of each candidate, or none yet
  std::set<ComponentName> asked_;         // names whose holders are all inspected
  std::vector<ComponentName> contended_;  // names whose holders are to be
};

}  // namespace treino::host
