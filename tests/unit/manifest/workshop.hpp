// A folder with data files in which manifests are written and read.
#pragma once
#include <fstream>
#include <string>
#include <vector>

#include "manifest/description.hpp"
#include "manifest/manifest.hpp"
#include "manifest/read.hpp"
#include "support/temporary_folder.hpp"

namespace treino::test {

/// The faults of a plugin's description, a line each.
inline std::vector<std::string> faults_of_description(const std::string& text) {
  std::vector<std::string> lines;
  try {
    manifest::parse_description(text, "x.so");
  } catch (const manifest::ManifestError& error) {
    for (const manifest::Fault& fault : error.faults()) lines.push_back(to_text(fault));
  }
  return lines;
}

inline const std::string kDigits = R"([run]
name = "digits"
seed = 7
epochs = 30
[data]
train = { file = "digits.csv", target = "label", validation = 0.2 }
batch_size = 64
[model]
layers = [ { type = "dense", units = 64 }, { type = "relu" }, { type = "dense", units = 10, name = "head" } ]
[optimizer]
plugin = "adam"
learning_rate = 0.5
beta1 = 0.8
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
[[scheduler]]
plugin = "cosine_annealing"
unit = "step"
t_max = 30
[[callback]]
plugin = "early_stopping"
monitor = "val_loss"
)";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == text.npos) throw std::logic_error("no " + from);
  return text.replace(at, from.size(), to);
}

class Workshop {
 public:
  Workshop() {
    write("digits.csv", "a,b,label\n1,2,x\n");
    write("more.csv", "a,b,label\n1,2,x\n");
  }

  std::filesystem::path path(const std::string& name = "") const { return name.empty() ? folder_.path() : folder_ / name; }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name, std::ios::binary) << text; }

  manifest::Manifest read(const std::string& text, manifest::Faults& faults,
                          const std::vector<std::string>& settings = {}) const {
    write("train.toml", text);
    return manifest::read(folder_ / "train.toml", settings, faults);
  }

  /// Throws where there are faults.
  manifest::Manifest read_good(const std::string& text, const std::vector<std::string>& settings = {}) const {
    manifest::Faults faults;
    manifest::Manifest result = read(text, faults, settings);
    if (!faults.empty()) throw manifest::ManifestError(faults);
    return result;
  }

  /// As a user in this folder would see them.
  std::vector<std::string> faults(const std::string& text, const std::vector<std::string>& settings = {}) const {
    manifest::Faults faults;
    read(text, faults, settings);
    return lines(faults);
  }

  std::vector<std::string> lines(const manifest::Faults& faults) const {
    std::vector<std::string> result;
    for (const manifest::Fault& fault : faults.sorted()) result.push_back(without_folder(to_text(fault)));
    return result;
  }

  std::string without_folder(std::string text) const {
    const std::string prefix = path().string() + "/";
    for (std::size_t at = text.find(prefix); at != text.npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

 private:
  TemporaryFolder folder_;
};

using Lines = std::vector<std::string>;

}  // namespace treino::test
