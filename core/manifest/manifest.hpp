// The manifest as plain structs. Reading checks form and host-level keys; what plugins and layers take is checked
// against their descriptions by whoever knows these.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/accumulation.hpp"
#include "manifest/cadence.hpp"
#include "manifest/description.hpp"
#include "manifest/kind.hpp"
#include "manifest/limit.hpp"
#include "manifest/value.hpp"

namespace treino::manifest {

/// A value together with where it stood (for faults found later).
template <class T>
struct Located {
  T value{};
  Location location;
};

struct RunSection {
  Located<std::string> name{"run", {}};
  std::uint64_t seed = 0;
  std::optional<std::uint64_t> epochs, steps;  // > 0; what is over first ends the run; neither: one epoch
  std::uint64_t min_epochs = 0;                // before which no callback stops the run early
  std::optional<double> max_time;              // seconds
  std::int64_t threads = 0;                    // 0: one per physical core
  Located<std::string> precision{"float32", {}};
  std::string kernels = "fixed";  // or measured
  std::string folder;  // absolute; default "runs/{name}-{number}" beside the manifest; {number} counts up to the first free one
  Accumulation accumulate;                             // batches per step
  Cadence validate_every;                              // one epoch where nothing is said
  bool validate_first = false;                         // before the first step
  std::optional<Limit> limit_train, limit_validation;  // of the batches
  bool overfit = false;                // the same batches in each epoch: `overfit_batches`, which sets both limits
  std::optional<std::int64_t> shards;  // parts of each batch; nothing: as many as there are processes
  bool quiet = false;                  // nothing on standard output
  double stop_timeout = 30;            // seconds that a plugin may take to return once the run is asked to end
};

/// One of several inputs of the model, `[data] inputs = { image = { columns = [...], shape = [1, 8, 8] } }`: columns of a CSV file, or
/// an array of a NPZ file.
struct DataInput {
  Located<std::string> name;
  std::vector<Value> columns;  // numbers or names; empty where there is a key
  std::string key;
  std::vector<std::int64_t> shape;  // of one sample; empty: as the columns or the array are
  std::string scaling;              // of its features; empty: as of all
};

/// What a [[loss]] compares its output with in place of [data]'s target.
struct OwnTarget {
  Location location;
  std::vector<Value> columns;  // csv: numbers or names; npz: the name of an array. Empty: the target of [data]
  std::string kind;            // as target_kind; empty: found out
};

/// One file of [data]: `train = { file = "...", target = "label", validation = 0.2 }`, or just a string. What validation and test
/// do not say of their file (its target, delimiter, ...) is as in train.
struct FileSection {
  Location location;
  Located<std::string> file;            // absolute
  Located<std::string> target_file;     // absolute; empty: none
  Located<std::string> format;          // the id of the reader; empty: found out
  std::vector<Value> target, features;  // column numbers or names; `target = "label"` is a list of one
  std::string missing = "error";        // error, skip_row, zero, mean
  std::optional<std::vector<std::string>> missing_markers;
  std::string target_kind;  // index, one_hot, values; empty: found out
  std::vector<std::string> class_names;
  std::vector<std::int64_t> shape;  // of one sample
  std::vector<DataInput> inputs;    // those of [data]
  std::vector<OwnTarget> targets;   // those of [[loss]], in the order of these
  Table parameters;                 // the rest, as written: those of the reader
  bool recorded = false;            // parameters that the reader does not have, as an older release wrote them, are passed over
};

struct DataSection {
  Location location;
  std::vector<DataInput> inputs;  // in the order in which their features lie in a sample; empty: it is one input
  std::optional<FileSection> train, validation, test;
  std::optional<Located<double>> validation_fraction, test_fraction;  // `validation = 0.2`, `test = 0.1` within train: split off
  bool stratified = false;
  std::string scaling = "none";  // none, standardize, min_max, or a factor:
  std::optional<double> scale;   // `scale = 0.0625`: times a constant
  std::optional<std::uint64_t>
      memory_limit;  // bytes that the features of a file may take in memory; nothing: half of what there is
  std::int64_t batch_size = 32;
  std::int64_t evaluation_batch_size = 0;  // 0: like batch_size
  bool shuffle = true;
  bool drop_last = false;
  bool balanced = false;                                      // `class_weights = "balanced"`
  std::vector<std::pair<std::string, double>> class_weights;  // `class_weights = { cat = 2.0 }` by class name
  Location class_weights_location;
};

/// `weights = { file = "...", layout = "torch" }` of [model], or just a path.
struct InitialWeights {
  Location location;
  Located<std::string> file;  // absolute
  bool torch = false;
  std::vector<std::string> include, exclude;
  std::vector<std::pair<std::string, Located<std::string>>> rename;  // the file's name or how it begins, and the model's
};

enum class OnError { stop, disable };

/// A [[callback]], [[scheduler]], [[metric]], [loss], [optimizer] or [collective] table, or that of a layer.
struct PluginSection {
  Kind kind = Kind::loss;
  Located<std::string> id;  // `plugin = "early_stopping"`
  // Instance name, unique over all kinds. Default: the id, with _2, _3 ... for further ones of the kind; where another kind has
  // taken it, the id with the kind (a loss mse beside a metric mse is "mse_loss").
  Located<std::string> name;
  OnError on_error = OnError::stop;
  Located<std::string> version;                     // `version = ">=1.2"`: of the plugin; empty: any
  Located<std::string> unit;                        // schedulers; empty: the plugin's default
  std::vector<Located<std::string>> after, before;  // callbacks: instance names
  std::optional<Value> every;   // callbacks: as written; a parameter of the plugin's where it has one of the name
  bool weighted = false;        // metrics: by the samples' weights
  Located<std::string> output;  // losses, metrics: the layer that they look at; empty: the last
  double weight = 1;            // losses: in their sum
  OwnTarget target;             // losses
  Table parameters;             // the rest, as written
};

/// An [[optimizer.group]] table: parameters that are updated otherwise than the rest. The first that a parameter is in counts.
struct OptimizerGroup {
  Located<std::string> match;  // of parameters' names, with * for anything
  double learning_rate_factor = 1;
  std::optional<Located<double>> weight_decay;  // nothing: as without the group
};

/// A layer: its type, or the plugin that computes it, and the table as it stands, without what names these.
struct TypedSection {
  Located<std::string> type;  // or the plugin's id
  Table parameters;
  std::optional<PluginSection> plugin;  // of kind layer; its name is not known yet
};

struct Manifest {
  std::filesystem::path file, folder;  // folder: the manifest's, absolute
  RunSection run;
  DataSection data;
  std::vector<TypedSection> layers;
  Location model_location;
  std::optional<InitialWeights> weights;
  std::optional<PluginSection> optimizer;
  Located<double> learning_rate{1e-3, {}};  // [optimizer] learning_rate
  std::vector<OptimizerGroup> optimizer_groups;
  std::vector<PluginSection> losses;  // [loss], or [[loss]] where there are several
  std::vector<PluginSection> metrics, schedulers, callbacks;
  std::optional<PluginSection> collective;
  double collective_timeout = 300;        // seconds that a process waits for the others
  std::vector<std::string> plugin_paths;  // [plugins] path = "..." or a list; absolute
  bool allow_unsafe_paths = false;        // [plugins] allow_unsafe_paths: world-writable or foreign-owned plugin files are taken
  std::map<std::string, std::string> pinned;  // [plugins.sha256] id = "<hex>"
  std::vector<std::string> distrusted_paths;  // [plugins] path that was not followed, see Reuse
  Table source;  // the whole document after --set and ${}, host-level defaults filled in, all paths absolute
};

/// The section of a kind that has one; null for other kinds.
auto* section_of(auto& manifest, Kind kind) {
  switch (kind) {
    case Kind::collective:
      return &manifest.collective;
    case Kind::optimizer:
      return &manifest.optimizer;
    default:
      return static_cast<decltype(&manifest.collective)>(nullptr);
  }
}

/// The sections of a kind that may have several; null for other kinds.
auto* sections_of(auto& manifest, Kind kind) {
  switch (kind) {
    case Kind::callback:
      return &manifest.callbacks;
    case Kind::scheduler:
      return &manifest.schedulers;
    case Kind::metric:
      return &manifest.metrics;
    case Kind::loss:
      return &manifest.losses;
    default:
      return static_cast<decltype(&manifest.metrics)>(nullptr);
  }
}

/// Calls visit(section) for each plugin that has a section of its own.
template <class Visit>
void each_plugin_section(const Manifest& manifest, Visit visit) {
  for (const KindTraits& kind : kinds()) {
    if (const auto* one = section_of(manifest, kind.kind); one != nullptr && *one) visit(**one);
    if (const auto* several = sections_of(manifest, kind.kind))
      for (const PluginSection& each : *several) visit(each);
  }
}

}  // namespace treino::manifest
