// Runs of the wine data whose models have layers out of plugins.
#pragma once
#include "support/replaced.hpp"
#include "unit/train/workshop.hpp"

namespace treino::test {

inline std::string layers(const std::string& list) { return "[model]\nlayers = [ " + list + " ]\n"; }

inline const std::string gated = layers("{ plugin = \"swiglu\", units = 8 }, { type = \"dense\", units = 3 }");
/// The same out of nn's own layers: with one seed, weights begin alike.
inline const std::string gated_builtin = layers(
    "{ type = \"dense\", units = 8, bias = false }, { type = \"silu\", name = \"gate\" }, { type = \"dense\", units = 8, bias = "
    "false, inputs = \"input\", name = \"value\" }, { type = \"multiply\", inputs = [\"gate\", \"value\"] }, { type = \"dense\", "
    "units = 3 }");
/// A graph in which layers read a plugin's output beside another, and the plugin reads several.
inline const std::string branched = layers(
    "{ type = \"dense\", units = 6, name = \"a\" }, { plugin = \"swiglu\", units = 6, name = \"b\" }, { plugin = "
    "\"acme/mixture\", "
    "noise = 0.5, inputs = [\"a\", \"b\", \"a\"] }, { type = \"add\", inputs = [\"acme_mixture_1\", \"b\"] }, { type = "
    "\"dropout\" "
    "}, { type = \"dense\", units = 3 }");

class LayerWorkshop : public Workshop {
 public:
  train::Plan plan_of(const std::string& model, const std::vector<std::string>& settings = {},
                      const std::string& more = "") const {
    return train::make_plan({write(wine + more + model), settings, {PLUGINS, OWN_PLUGINS}});
  }
  /// The faults of a manifest, a line each, without its folder.
  std::string faults(const std::string& model, const std::string& more = "") const {
    manifest::Faults found;
    train::make_plan({write(wine + more + model), {}, {PLUGINS, OWN_PLUGINS}}, found);
    std::string lines;
    for (const manifest::Fault& fault : found.sorted())
      lines += (lines.empty() ? "" : "\n") + replaced(manifest::to_text(fault), path().string() + "/", "");
    return lines;
  }
  /// The weights after a run.
  std::vector<float> trained(const std::string& model, const std::string& folder, const std::vector<std::string>& settings = {},
                             const std::string& more = "") const {
    SilentRun silent(plan_of(model, settings, more), path() / folder);
    const train::Result result = silent.fit();
    INFO(result.reason);
    CHECK(result.outcome == host::Outcome::done);
    return weights_of(silent);
  }
};

}  // namespace treino::test
