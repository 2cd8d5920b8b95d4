// The plugins that were found, by kind and id; inspected and loaded when first asked for.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/loader.hpp"
#include "host/library/plugin_files.hpp"
#include "host/library/search_path.hpp"

namespace treino::host {

class Catalogue {
 public:
  explicit Catalogue(const FinderOptions& options) : files_(options) {}

  // What is returned stays where it is for the catalogue's life.

  /// Null where there is none that can be loaded.
  const manifest::Description* description(manifest::Kind kind, std::string_view id);
  /// " (plugins/x.so is left out: ...)" where a file that calls itself so was refused, else "".
  std::string refusal(manifest::Kind kind, std::string_view id);
  std::vector<std::string> ids(manifest::Kind kind);
  /// Of all plugins of a kind; others are not looked at.
  std::vector<const manifest::Description*> descriptions(manifest::Kind kind);
  const Candidate* candidate(manifest::Kind kind, std::string_view id);
  /// Loads the library. Throws LoadError.
  std::shared_ptr<const Component> component(manifest::Kind kind, std::string_view id);
  /// What was taken and not taken, where several plugins have a name that was asked for: one line each; emptied by the call.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }
  /// Warnings of loading (for example about floating-point modes); emptied by the call.
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }
  void add_warning(std::string text) { warnings_.push_back(std::move(text)); }

 private:
  void note_choice(manifest::Kind kind, std::string_view id, const Candidate& chosen);

  PluginFiles files_;
  std::set<ComponentName> noted_;
  std::vector<std::string> notes_, warnings_;
};

}  // namespace treino::host
