// Manifests made in a temporary folder, planned and trained with the plugins of this build.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "host/session/log.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"
#include "train/checkpoint/checkpoint_format.hpp"
#include "train/checkpoint/checkpoint_reader.hpp"
#include "train/checkpoint/checkpoint_writer.hpp"
#include "train/evaluation.hpp"
#include "train/loop.hpp"
#include "train/run/run.hpp"

namespace treino::test {

/// A small classification of the wine data, to be completed by what a test is about.
inline const std::string wine = R"([run]
name = "wine"
seed = 5
epochs = 4
threads = 1
[data]
train = { file = ")" DATA R"(/wine.csv", target = "target", validation = 0.2 }
scaling = "standardize"
batch_size = 16
[optimizer]
plugin = "sgd"
learning_rate = 0.05
momentum = 0.9
[loss]
plugin = "cross_entropy"
)";
inline const std::string small_model = R"([model]
layers = [ { type = "dense", units = 8 }, { type = "relu" }, { type = "dense", units = 3 } ]
)";
inline const std::string norm_model = R"([model]
layers = [ { type = "dense", units = 8 }, { type = "batch_norm" }, { type = "relu" }, { type = "dense", units = 3 } ]
)";

class Workshop {
 public:
  std::filesystem::path write(const std::string& text) const {
    write_text(folder_ / "train.toml", text);
    return folder_ / "train.toml";
  }
  train::Plan plan(const std::string& text, const std::vector<std::string>& settings = {}) const {
    return train::make_plan({write(text), settings, {PLUGINS}});
  }
  /// The texts of all faults, without the manifest's folder.
  std::vector<std::string> faults(const std::string& text) const {
    manifest::Faults faults;
    train::make_plan({write(text), {}, {PLUGINS}}, faults);
    std::vector<std::string> texts;
    for (const manifest::Fault& fault : faults.sorted()) {
      std::string line = manifest::to_text(fault);
      const std::string prefix = folder_.path().string() + "/";
      if (line.rfind(prefix, 0) == 0) line.erase(0, prefix.size());
      texts.push_back(line);
    }
    return texts;
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// A run with a silent screen.
struct SilentRun {
  host::Screen screen{1, true};
  host::Log log{screen};
  train::Run run;
  SilentRun(train::Plan plan, const std::filesystem::path& folder) : run(std::move(plan), folder, log) {}

  train::Result fit() { return train::TrainingLoop(run).fit(); }
  train::NamedScalars test(const data::Dataset& dataset) { return train::Evaluation(run).test(dataset, "test_"); }
  void predict(const data::Dataset& dataset, const train::Evaluation::Take& take) {
    train::Evaluation(run).predict(dataset, take);
  }
  void restore(const std::filesystem::path& checkpoint) { train::CheckpointReader(run).restore(checkpoint); }
  void load_weights(const std::filesystem::path& file) { train::CheckpointReader(run).load_weights(file); }
  void save_weights(const std::filesystem::path& file) { train::CheckpointWriter(run).save_weights(file); }
};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The result's scalar of that name.
inline double number(const train::Result& result, const std::string& name) {
  for (const auto& [each, value] : result.scalars)
    if (each == name) return value;
  throw std::logic_error("no scalar " + name);
}

/// The text of the exception that `body` ends with.
template <class Body>
std::string what_is_thrown(Body&& body) {
  try {
    body();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing";
}

inline void check_near(const std::vector<float>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO(i);
    CHECK(static_cast<double>(found[i]) == Approx(expected[i]).epsilon(1e-5).margin(1e-6));
  }
}

inline std::vector<float> weights_of(SilentRun& silent) {
  std::vector<float> weights;
  for (const nn::Parameter& parameter : silent.run.model.parameters())
    weights.insert(weights.end(), parameter.value.begin(), parameter.value.end());
  return weights;
}

}  // namespace treino::test
