// The language in which plugins, layers and optimizers describe themselves, and the check of what a manifest says against it.
//
//   kind = "callback"            one of those in kind.cpp; layers and optimizers have none
//   draft = 1                    kinds whose contract is a draft: which one the plugin was built for
//   id = "early_stopping"        lower case, digits and underscores; with a namespace: "acme/notify"
//   version = "1.0.0"            compared with `version = ">=1.2"` of a manifest
//   summary = "one line"
//   phase = "decide"             callbacks: mutate, measure, decide, act, persist, report
//   events = ["epoch_end"]       callbacks
//   scalars = ["grad_*"]           callbacks: scalars that it logs, globs allowed; "{names}" stands for what the parameter
//                                `names` says; metrics: values where they are not just the id, [] where it has tables alone
//   no_direction = true          callbacks, metrics: of none of these it is known whether lower or higher is better
//   needs = ["layers"]           callbacks: what not every training loop offers, and this one cannot do without
//   ranks = "all"                callbacks: take part in each process of a run of several, not in the first (rank 0) alone
//   unit = "epoch"               schedulers: what t counts by default, "step" or "epoch"
//   target = ["index"]           losses, metrics: any of "index", "one_hot", "values"
//   closure = true               optimizers: compute loss and gradients again within a step
//   files = ["*.csv"]            readers: names of files that it reads, in lower case and without .gz, where the manifest names no format
//   magic = ["50 4b 03 04"]      readers: bytes that its files begin with; of several readers the one with the most; "": any file
//   state_version = 1
//   help = """..."""             free text for `treino describe`: formulas, state, source
//   [parameters.patience]
//   type = "int"                 bool, int, float, string, list, table; strings with a meaning: monitor (the name of a scalar),
//                                output (a file that is written: relative to the run's folder), input (a file that is read:
//                                relative to the manifest); children: scheduler, loss, metric ({ plugin = "<id>", ... })
//   or = "int"                   strings: an integer may be given instead; min, max, above and below are its limits
//   items = "int"                lists: type of each element
//   scalar = true                lists: a single element may stand without brackets
//   default = 0                  or required = true; neither: optional
//   min = 0                      inclusive; above, below: exclusive; max inclusive (numbers; for lists: of each element)
//   choices = ["auto", "min"]    strings
//   folder = true                output: a folder, into which files are written whose names are the plugin's; two plugins may share it
//   placeholders = true          output: may hold {epoch}, {step} and {<scalar>:.2f}, which are checked like monitors
//   needs_trust = true           bool: true lets the plugin run any code. Where only a run's folder says so, it takes --trust
//   needs = "layers"             bool: true asks for what not every training loop offers
//   doc = "one line, with unit"
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifest/value.hpp"

namespace treino::manifest {

struct ParameterDescription {
  std::string name, type, items, doc, needs;
  bool required = false, scalar = false, placeholders = false, folder = false, or_int = false, needs_trust = false;
  std::optional<Value> default_value;
  std::optional<double> min, max, above, below;
  std::vector<std::string> choices;
};

struct Description {
  std::string kind, id, version, summary, help, phase, unit;
  std::vector<std::string> events, scalars, target, needs;
  std::vector<std::string> files, magic;          // of a reader; magic as bytes
  bool only_tables = false;                       // a metric that gives no scalar: `scalars = []`
  bool all_ranks = false;                         // `ranks = "all"`
  bool no_direction = false;                      // of no scalar of its own is it known which way is better
  bool closure = false;                           // an optimizer computes loss and gradients again within a step
  std::size_t least_inputs = 1, most_inputs = 1;  // a layer: how many others it reads
  std::uint32_t state_version = 1;
  std::vector<ParameterDescription> parameters;

  const ParameterDescription* find(std::string_view parameter) const;
};

/// One self-description. `origin` names the library in errors. Throws ManifestError listing everything that is wrong with it.
Description parse_description(std::string_view toml, const std::string& origin);
/// The `[[type]]` list of layers or optimizers.
std::vector<Description> parse_type_descriptions(std::string_view toml, const std::string& origin);

}  // namespace treino::manifest
