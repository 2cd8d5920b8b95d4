// Manifests whose data a plugin reads, and the data.
#pragma once
#include "unit/train/workshop.hpp"

namespace treino::test {

/// `train`: the table of the training file; `more`: further keys of [data].
inline std::string reading(const std::string& train, const std::string& more = "", const std::string& loss = "cross_entropy",
                           int units = 3) {
  return "[run]\nseed = 4\nepochs = 3\nthreads = 1\n[data]\ntrain = { " + train + " }\n" + more +
         "batch_size = 8\n[model]\nlayers = [ { type = \"flatten\" }, { type = \"dense\", units = " + std::to_string(units) +
         " } ]\n[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.05\n[loss]\nplugin = \"" + loss + "\"\n";
}

class ReaderWorkshop : public Workshop {
 public:
  /// With files for readers that do not look at them.
  ReaderWorkshop() {
    for (const char* name : {"x", "nothing"}) file(name, "");
  }
  std::string file(const std::string& name, const std::string& bytes) const {
    write_text(path() / name, bytes);
    return name;
  }
  train::Plan plan_of(const std::string& manifest, const std::vector<std::string>& settings = {}) const {
    return train::make_plan({write(manifest), settings, {PLUGINS, OWN_PLUGINS}});
  }
  /// The faults of a manifest, a line each, without its folder; with `heads` those of the first rows too, as `treino check` finds them.
  std::string faults(const std::string& manifest, bool heads = false) const {
    manifest::Faults found;
    const train::Plan plan = train::make_plan({write(manifest), {}, {PLUGINS, OWN_PLUGINS}}, found);
    if (heads) train::check_data_heads(plan, found);
    std::string lines;
    for (const manifest::Fault& fault : found.sorted())
      lines += (lines.empty() ? "" : "\n") + without_folder(manifest::to_text(fault));
    return lines;
  }
  /// What ends the run while its data are read; "nothing" where it begins.
  std::string thrown(const std::string& manifest) const {
    return without_folder(what_is_thrown([&] { train::load_data(plan_of(manifest)); }));
  }
  std::string without_folder(std::string text) const {
    const std::string prefix = path().string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }
  std::vector<float> trained(const std::string& manifest, const std::string& folder) const {
    SilentRun silent(plan_of(manifest), path() / folder);
    const train::Result result = silent.fit();
    INFO(result.reason);
    CHECK(result.outcome == host::Outcome::done);
    return weights_of(silent);
  }
};

}  // namespace treino::test
