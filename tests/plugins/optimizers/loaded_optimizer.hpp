// An optimizer of this build, loaded as the host does it, over parameters of a test or of a benchmark.
#pragma once
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/library/candidate.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "host/session/session.hpp"
#include "manifest/complete.hpp"
#include "manifest/toml_reader.hpp"
#include "train/optimizer.hpp"

namespace treino::test {

inline std::shared_ptr<const host::Component> optimizer_component(const std::filesystem::path& library) {
  const host::Candidate candidate = host::inspect(library, true);
  if (!candidate.refusal.empty()) throw std::runtime_error(candidate.refusal);
  std::vector<std::string> warnings;
  return host::load(candidate, warnings).at(0);
}

/// The parameters of a plugin out of TOML. Throws manifest::ManifestError.
inline manifest::Table parameters_from(const manifest::Description& description, const std::string& toml) {
  manifest::Faults faults;
  const auto given = manifest::parse_toml(toml, "parameters", faults);
  manifest::Table complete;
  if (given) complete = manifest::complete(description, *given, {"parameters", 1, 1}, description.id, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  return complete;
}

class LoadedOptimizer {
 public:
  /// `plugin`: a built-in's id, or the path of a library. `weight_decay` of all parameters is that of `toml`.
  LoadedOptimizer(const std::string& plugin, const std::string& toml, std::span<nn::Parameter> parameters,
                  double learning_rate_factor = 1) {
    const bool is_path = plugin.find('/') != std::string::npos;
    const auto component = optimizer_component(is_path ? plugin : PLUGINS "/optimizers/" + plugin + ".so");
    const manifest::Table complete = parameters_from(component->description, toml);
    const manifest::Value* decay = manifest::find(complete, "weight_decay");
    const std::vector<train::ParameterCoefficients> coefficients(
        parameters.size(), {learning_rate_factor, decay == nullptr ? 0 : *decay->as<double>()});
    host::Instance& instance = session_.create(component, component->description.id, false, complete);
    optimizer_ = train::Optimizer(instance, parameters, coefficients);
  }
  LoadedOptimizer(const LoadedOptimizer&) = delete;
  LoadedOptimizer& operator=(const LoadedOptimizer&) = delete;

  train::Optimizer& get() { return optimizer_; }
  train::Optimizer* operator->() { return &optimizer_; }

 private:
  host::Screen screen_{1, true};
  host::Log log_{screen_};
  host::Session session_{log_};
  train::Optimizer optimizer_;
};

}  // namespace treino::test
