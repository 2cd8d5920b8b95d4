// A run, checked whole before any plugin's code runs and before data is read: everything here comes from the manifest, the
// plugins' self-descriptions and the heads of the data files.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/in_memory.hpp"
#include "data/source.hpp"
#include "host/library/catalogue.hpp"
#include "host/session/learning_rate.hpp"
#include "host/session/session.hpp"
#include "manifest/manifest.hpp"
#include "nn/spec.hpp"

namespace treino::train {

struct PlannedPlugin {
  manifest::PluginSection section;
  const manifest::Description* description = nullptr;
  manifest::Table parameters;                                       // complete; output paths not yet made absolute
  host::LearningRate::Unit unit = host::LearningRate::Unit::epoch;  // schedulers
  std::optional<manifest::Cadence> every;                           // callbacks: which steps or epochs they are called in
  const std::string& name() const { return section.name.value; }
};

/// What a program hands over in place of files; null: the file that the manifest names.
struct DataInMemory {
  std::shared_ptr<const data::InMemory> train, validation, test;
};

/// What a program says of a training loop of its own, in place of [data], [model], [optimizer] and [loss].
struct OwnLoop {
  std::uint64_t training_samples = 0, validation_samples = 0, batches_per_epoch = 0, validation_batches = 0;
  std::int64_t largest_batch = 0, outputs = 0;
  data::TargetKind target = data::TargetKind::none;
  std::int64_t target_width = 0;                  // classes, or columns of values
  std::uint32_t prediction = 0, independent = 0;  // TREINO_PREDICTION_...
  std::vector<std::string> class_names;
  double learning_rate = 0;
  // What the program keeps beside its parameters: its optimizer's state, its random numbers. Empty: nothing.
  std::function<std::vector<unsigned char>()> save;
  std::function<void(std::span<const unsigned char>)> restore;
  // Of parameters that do not lie where Treino sees them: called with a parameter's index before its array is looked at. Empty: all do.
  std::function<void(std::size_t parameter)> fetch_values, fetch_gradient;
};

struct Plan {
  manifest::Manifest manifest;
  std::shared_ptr<host::Catalogue> catalogue;
  std::size_t main_loss = 0;                           // which of [[loss]] is the last layer's
  std::vector<nn::LayerSpec> layers;                   // one for each of the inputs of [data], then those of [model]
  std::map<std::size_t, PlannedPlugin> layer_plugins;  // who computes a layer, by its number in `layers`
  std::optional<nn::Shape> input;                      // a sample's; empty where the data could not be looked at
  std::vector<nn::Shape> shapes;                       // after each layer; empty where a plugin decides, which has not been asked
  PlannedPlugin loss;                                  // of the last layer's output
  std::vector<PlannedPlugin> further_losses;           // each of another layer's
  std::optional<PlannedPlugin> optimizer;              // empty for own loops, and for a run that is over
  std::optional<PlannedPlugin> collective;             // empty where the manifest has no [collective], and for a run that is over
  std::vector<PlannedPlugin> readers;                  // of the files of [data], as far as they are there
  std::vector<PlannedPlugin> metrics, schedulers;
  std::vector<PlannedPlugin> callbacks;  // in the order in which they receive events
  DataInMemory in_memory;
  std::optional<OwnLoop> own_loop;
  bool dry = false;  // two batches of each pass, and nothing is kept: all outputs are in the run's folder, wherever they would be
  /// The number of the layer that a loss or a metric looks at; what the plan has no fault in has one.
  std::size_t layer_of(const manifest::PluginSection& section) const;
  /// The number, among the further targets of the data, of what it compares that with; nothing: the data's own target.
  std::optional<std::size_t> target_of(const manifest::PluginSection& section) const;
  std::size_t data_inputs() const { return manifest.data.inputs.size(); }
  bool has_validation() const {
    return own_loop ? own_loop->validation_samples > 0 : manifest.data.validation || manifest.data.validation_fraction;
  }
};

struct PlanOptions {
  std::filesystem::path manifest;
  std::vector<std::string> settings;                  // --set
  std::vector<std::filesystem::path> plugin_folders;  // --plugin-path
  bool look_at_data = true;                           // `treino lr` needs no data
  std::optional<std::filesystem::path> folder{};      // the run's; empty: by the manifest's pattern, with any number
  // Of a run that is over, whose folder the manifest lies in: schedulers, callbacks that do nothing then (as plugins.json tells, so
  // that they need not be installed) and, for predictions, the loss and the metrics are left out, and no data file has to be there.
  enum class Purpose { training, evaluation, prediction } purpose = Purpose::training;
  // False: the manifest is that of a run's folder, which may come from anywhere. What runs code of its choice, or writes beyond its
  // folder, is a fault then.
  bool trusted = true;
  // The manifest is one that a run's folder keeps, perhaps of an older release.
  bool recorded = false;
  // In place of what the file `manifest` holds: the part of a manifest that a trained model carries (model_manifest()).
  std::optional<std::string> text{};
  DataInMemory in_memory{};
  std::optional<OwnLoop> own_loop{};
};

/// Faults are collected; the plan can be run only when there are none.
Plan make_plan(const PlanOptions& options, manifest::Faults& faults);

/// Gives the layers of inputs their place in a sample: what the data are like decides it. `inputs`: those of [data].
void set_inputs(Plan& plan, const std::vector<data::InputShape>& inputs);

/// The same as make_plan(), thrown as ManifestError where there are any.
Plan make_plan(const PlanOptions& options);

/// Where an output of a plugin is in the run's folder `folder`, or beyond it.
std::filesystem::path output_path(const Plan& plan, const std::filesystem::path& folder, const std::string& output);

/// Tells `outputs` what the run reads, the files of its own in `folder`, and what its plugins' parameters of type output name. A
/// fault for each output that is one of the others, and for devices and FIFOs among outputs and inputs.
void claim_outputs(const Plan& plan, const std::filesystem::path& folder, host::Outputs& outputs, manifest::Faults& faults);

/// Adds what the first rows of the data files say against the manifest: `treino check` does not read them whole.
void check_data_heads(const Plan& plan, manifest::Faults& faults);

/// The files that the run reads: the manifest, those of [data] and of plugins' parameters.
std::vector<std::filesystem::path> input_files(const Plan& plan);

/// The manifest with every default filled in, as TOML that `read` takes again.
std::string resolved_manifest(const Plan& plan);

/// The part of it that a trained model carries: its layers, how a data file is read, the loss and the metrics. No paths, and
/// nothing of how it was trained.
std::string model_manifest(const Plan& plan);

/// A child table `{ plugin = "...", ... }`, complete; faults name what is wrong with it.
manifest::Table complete_child(host::Catalogue& catalogue, manifest::Kind kind, const manifest::Table& given,
                               const manifest::Location& at, const std::filesystem::path& folder, manifest::Faults& faults);

/// For host::Session::set_child_resolver. `plan` outlives the result.
host::Session::ChildResolver child_resolver(const Plan& plan);

/// Layers as plugins describe themselves.
const std::vector<manifest::Description>& layer_types();

}  // namespace treino::train
