// The plugins that were found, by kind and id; loaded when first asked for.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/library.hpp"

namespace treino::host {

class Catalogue {
 public:
  explicit Catalogue(std::vector<Candidate> candidates) : candidates_(std::move(candidates)) {}

  const std::vector<Candidate>& candidates() const { return candidates_; }
  /// Null where there is none that can be loaded.
  const manifest::Description* description(std::string_view kind, std::string_view id) const;
  /// " (plugins/x.so is left out: ...)" where a file that calls itself so was refused, else "".
  std::string refusal(std::string_view kind, std::string_view id) const;
  std::vector<std::string> ids(std::string_view kind) const;
  const Candidate* candidate(std::string_view kind, std::string_view id) const;
  /// Loads the library. Throws PluginError.
  std::shared_ptr<const Component> component(std::string_view kind, std::string_view id);
  /// What loading had to say (floating-point modes, say); emptied by the call.
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  std::vector<Candidate> candidates_;
  std::vector<std::string> warnings_;
};

}  // namespace treino::host
