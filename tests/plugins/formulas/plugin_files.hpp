// Built plugins, loaded as the host does, with parameters as a manifest has them.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "manifest/toml_reader.hpp"
#include "plugins/conformance/loss_under_test.hpp"
#include "plugins/conformance/metric_under_test.hpp"

namespace treino::conformance {

class PluginFile {
 public:
  /// kind: "losses" or "metrics".
  PluginFile(const std::string& kind, const std::string& id) {
    const host::Candidate candidate = host::inspect(std::filesystem::path(PLUGINS) / kind / (id + ".so"), true);
    std::vector<std::string> warnings;
    component_ = host::load(candidate, warnings).at(0);
    plugin_ = {candidate.path, "", component_->description, &component_->lifecycle, nullptr, nullptr, nullptr, nullptr};
    if (kind == "losses") plugin_.loss = &component_->loss;
    if (kind == "metrics") plugin_.metric = &component_->metric;
  }
  const PluginUnderTest& plugin() const { return plugin_; }
  /// Of the lines of a section. Throws Refusal where the host refuses them.
  manifest::Table parameters(const std::string& lines) const {
    manifest::Faults faults;
    const auto document = manifest::parse_toml(lines, "parameters", faults);
    if (!document || !faults.empty()) throw manifest::ManifestError(faults);
    std::string refusal;
    if (auto found = completed(plugin_, *document, refusal)) return *std::move(found);
    throw Refusal(refusal);
  }

 private:
  std::shared_ptr<const host::Component> component_;
  PluginUnderTest plugin_;
};

}  // namespace treino::conformance
