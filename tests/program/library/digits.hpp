// Handwritten digits as a program has them: in vectors. And the manifests of small runs on them.
#pragma once
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <treino/treino.hpp>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_folder.hpp"

namespace treino::test {

struct Digits {
  std::vector<float> features;  // 64 numbers from 0 to 16 each
  std::vector<int> labels;
};

/// The first `count` rows of examples/data.
inline Digits digits(std::size_t count = 1797) {
  FILE* file = popen("gzip -dc " DIGITS, "r");
  if (file == nullptr) throw std::runtime_error("cannot read " DIGITS);
  Digits result;
  char line[1024];
  while (result.labels.size() < count && std::fgets(line, sizeof line, file) != nullptr) {
    std::istringstream cells(line);
    std::string cell;
    for (int i = 0; i < 64; ++i) {
      std::getline(cells, cell, ',');
      result.features.push_back(std::stof(cell));
    }
    std::getline(cells, cell);
    result.labels.push_back(std::stoi(cell));
  }
  while (std::fgets(line, sizeof line, file) != nullptr) {
  }
  pclose(file);
  return result;
}

/// `train`: what the manifest says of the training data.
inline std::string digits_manifest(const std::string& train, const std::string& scaling = "scale = 0.0625") {
  return "[run]\nname = \"digits\"\nseed = 7\nepochs = 3\nthreads = 1\n[data]\ntrain = { " + train + " }\n" + scaling +
         "\nbatch_size = 32\n[model]\nlayers = [ { type = \"dense\", units = 32 }, { type = \"relu\" }, { type = \"dropout\", "
         "rate = "
         "0.2 }, { type = \"dense\", units = 10 } ]\n[optimizer]\nplugin = \"adam\"\nlearning_rate = 2e-3\n[loss]\nplugin = "
         "\"cross_entropy\"\n[[metric]]\nplugin = \"accuracy\"\n[[scheduler]]\nplugin = \"cosine_annealing\"\nt_max = 3\n";
}
inline const std::string from_file = "file = \"" DIGITS "\", target = -1, target_kind = \"index\", validation = 0.2, test = 0.1";
inline const std::string from_memory = "target_kind = \"index\", validation = 0.2, test = 0.1";

inline Run run_of(const std::string& manifest, const std::filesystem::path& folder) {
  Run run = Run::from_text(manifest);
  run.folder(folder.string()).plugin_folder(PLUGINS).quiet();
  return run;
}

}  // namespace treino::test
