// A trained model in the hands of an exporter, which writes it in another format.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "train/plan/plan.hpp"

namespace treino::train {

class Run;

/// One exporter with its parameters, checked against its description.
class Exporter {
 public:
  /// `settings`: "key=value". Throws manifest::ManifestError where there is no such exporter, or it takes no such parameters.
  Exporter(const Plan& plan, const std::string& id, const std::vector<std::string>& settings);

  /// Takes bytes for the file that was asked for (extension null), or for one beside it.
  using Write = std::function<void(const char* extension, std::string_view bytes)>;
  /// `stem`: the file's name without folder and extension. Throws manifest::ManifestError where the exporter refuses the model,
  /// host::LoadError, and what `write` throws.
  void write(Run& run, const std::string& stem, const Write& write) const;

 private:
  PlannedPlugin plugin_;
};

}  // namespace treino::train
