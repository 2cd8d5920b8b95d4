#include "train/plan.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "host/library.hpp"
#include "manifest/emits.hpp"
#include "train/specs.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::Location;
using manifest::Table;
using manifest::Value;

std::vector<std::string> ids_of(const std::vector<manifest::Description>& descriptions) {
  std::vector<std::string> ids;
  for (const auto& description : descriptions) ids.push_back(description.id);
  return ids;
}

const manifest::Description* find_type(const std::vector<manifest::Description>& types, const std::string& id) {
  const auto found = std::find_if(types.begin(), types.end(), [&](const auto& type) { return type.id == id; });
  return found == types.end() ? nullptr : &*found;
}

bool is_child_type(const std::string& type) { return type == "scheduler" || type == "loss" || type == "metric"; }

void plan_layers(Plan& plan, Faults& faults) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < plan.manifest.layers.size(); ++i) {
    const manifest::TypedSection& section = plan.manifest.layers[i];
    const std::string what = "layer " + std::to_string(i + 1) + " " + section.type.value;
    const manifest::Description* type = find_type(layer_types(), section.type.value);
    if (type == nullptr) {
      if (!section.type.value.empty())
        faults.add(section.type.location, "there is no layer '" + section.type.value + "'." +
                                              manifest::suggestion(section.type.value, ids_of(layer_types())) +
                                              " There are: " + manifest::enumerate(ids_of(layer_types())));
      continue;
    }
    Table parameters = section.parameters;
    std::string name;
    if (const Value* given = manifest::find(parameters, "name")) {
      if (const std::string* text = given->as<std::string>(); text != nullptr && !text->empty()) {
        name = *text;
        if (!names.insert(name).second) faults.add(given->location, "another layer is called '" + name + "' already");
      } else {
        faults.add(given->location, what + ": name is a string that is not empty");
      }
      std::erase_if(parameters, [](const manifest::Entry& entry) { return entry.key == "name"; });
    }
    // The conversion needs every required parameter, so it waits until this layer has no fault of its own.
    Faults own;
    const Table complete = manifest::complete(*type, parameters, section.type.location, what, own);
    for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
    if (own.empty()) plan.layers.push_back(to_layer(section.type.value, name, complete));
  }
}

void plan_optimizer(Plan& plan, Faults& faults) {
  const manifest::TypedSection& section = plan.manifest.optimizer;
  if (section.type.value.empty()) return;
  const manifest::Description* type = find_type(optimizer_types(), section.type.value);
  if (type == nullptr) {
    faults.add(section.type.location, "there is no optimizer '" + section.type.value + "'." +
                                          manifest::suggestion(section.type.value, ids_of(optimizer_types())) +
                                          " There are: " + manifest::enumerate(ids_of(optimizer_types())));
    return;
  }
  Faults own;
  const Table complete = manifest::complete(*type, section.parameters, section.type.location, section.type.value, own);
  for (const manifest::Fault& fault : own.sorted()) faults.add(fault.location, fault.text);
  if (own.empty()) plan.optimizer = to_optimizer(section.type.value, complete);
}

/// Completes the child tables of a parameter, in place.
void complete_children(const host::Catalogue& catalogue, const manifest::ParameterDescription& parameter, Value& value,
                       const std::filesystem::path& folder, Faults& faults) {
  if (is_child_type(parameter.type)) {
    if (const Table* table = value.as<Table>())
      value.data = complete_child(catalogue, parameter.type, *table, value.location, folder, faults);
  } else if (parameter.type == "list" && is_child_type(parameter.items)) {
    if (manifest::List* list = std::get_if<manifest::List>(&value.data))
      for (Value& element : *list)
        if (const Table* table = element.as<Table>())
          element.data = complete_child(catalogue, parameter.items, *table, element.location, folder, faults);
  }
}

/// `folder`: what relative input paths are relative to.
Table complete_all(const host::Catalogue& catalogue, const manifest::Description& description, const Table& given,
                   const Location& at, const std::string& what, const std::filesystem::path& folder, Faults& faults) {
  Table complete = manifest::complete(description, given, at, what, faults, folder);
  for (manifest::Entry& entry : complete)
    if (const auto* parameter = description.find(entry.key))
      complete_children(catalogue, *parameter, entry.value, folder, faults);
  return complete;
}

void report_unknown(const host::Catalogue& catalogue, const std::string& kind, const std::string& id, const Location& at,
                    Faults& faults) {
  const std::vector<std::string> ids = catalogue.ids(kind);
  faults.add(at, "there is no " + kind + " '" + id + "'" + catalogue.refusal(kind, id) + "." + manifest::suggestion(id, ids) +
                     (ids.empty() ? " No " + kind + " was found at all: see `treino plugins`"
                                  : " There are: " + manifest::enumerate(ids)));
}

std::optional<PlannedPlugin> plan_plugin(const Plan& plan, const manifest::PluginSection& section, Faults& faults) {
  if (section.id.value.empty()) return std::nullopt;  // a fault already
  PlannedPlugin planned;
  planned.section = section;
  planned.description = plan.catalogue->description(section.kind, section.id.value);
  if (planned.description == nullptr) {
    report_unknown(*plan.catalogue, section.kind, section.id.value, section.id.location, faults);
    return std::nullopt;
  }
  planned.parameters = complete_all(*plan.catalogue, *planned.description, section.parameters, section.id.location,
                                    section.name.value, plan.manifest.folder, faults);
  const std::string& unit = section.unit.value.empty() ? planned.description->unit : section.unit.value;
  planned.unit = unit == "step" ? host::RateAuthority::Unit::step : host::RateAuthority::Unit::epoch;
  const auto pinned = plan.manifest.pinned.find(section.id.value);
  const host::Candidate* candidate = plan.catalogue->candidate(section.kind, section.id.value);
  if (pinned != plan.manifest.pinned.end() && candidate->sha256 != pinned->second)
    faults.add(section.id.location, candidate->path.string() + " has SHA-256 " + candidate->sha256 +
                                        ", but [plugins.sha256] pins " + section.id.value + " to " + pinned->second);
  return planned;
}

int phase_number(const std::string& phase) {
  static const std::vector<std::string> phases = {"mutate", "measure", "decide", "act", "persist", "report"};
  return static_cast<int>(std::find(phases.begin(), phases.end(), phase) - phases.begin());
}

/// By phase, then by place in the manifest, moved only as far as `after` and `before` ask.
std::vector<PlannedPlugin> in_order(std::vector<PlannedPlugin> callbacks, Faults& faults) {
  std::stable_sort(callbacks.begin(), callbacks.end(), [](const PlannedPlugin& a, const PlannedPlugin& b) {
    return phase_number(a.description->phase) < phase_number(b.description->phase);
  });
  std::vector<std::string> names;
  for (const PlannedPlugin& callback : callbacks) names.push_back(callback.name());
  const auto index_of = [&](const manifest::Located<std::string>& name) -> std::optional<std::size_t> {
    const auto found = std::find(names.begin(), names.end(), name.value);
    if (found == names.end()) return std::nullopt;  // a fault already
    return static_cast<std::size_t>(found - names.begin());
  };
  std::vector<std::set<std::size_t>> earlier(callbacks.size());  // who must have come before
  for (std::size_t i = 0; i < callbacks.size(); ++i) {
    for (const auto& name : callbacks[i].section.after)
      if (const auto other = index_of(name)) earlier[i].insert(*other);
    for (const auto& name : callbacks[i].section.before)
      if (const auto other = index_of(name)) earlier[*other].insert(i);
  }
  std::vector<PlannedPlugin> ordered;
  std::vector<bool> placed(callbacks.size());
  while (ordered.size() < callbacks.size()) {
    std::size_t next = 0;
    const auto ready = [&](std::size_t i) {
      return !placed[i] && std::all_of(earlier[i].begin(), earlier[i].end(), [&](std::size_t other) { return placed[other]; });
    };
    while (next < callbacks.size() && !ready(next)) ++next;
    if (next == callbacks.size()) {
      std::vector<std::string> circle;
      for (std::size_t i = 0; i < callbacks.size(); ++i)
        if (!placed[i]) circle.push_back(callbacks[i].name());
      faults.add(callbacks[static_cast<std::size_t>(std::find(placed.begin(), placed.end(), false) - placed.begin())]
                     .section.id.location,
                 "`after` and `before` go round in a circle: " + manifest::enumerate(circle));
      return callbacks;
    }
    placed[next] = true;
    ordered.push_back(callbacks[next]);
  }
  return ordered;
}

/// The names that monitors and placeholders may use, some with a `*` for what only the plugin knows.
std::vector<std::string> number_patterns(const Plan& plan) {
  std::vector<std::string> own = {"loss"};
  for (const PlannedPlugin& metric : plan.metrics) {
    if (metric.name() == metric.section.id.value) {
      const auto& emits = metric.description->emits;
      if (emits.empty()) own.push_back(metric.section.id.value);
      own.insert(own.end(), emits.begin(), emits.end());
    } else {
      own.push_back(metric.name());
      own.push_back(metric.name() + "_*");
    }
  }
  std::vector<std::string> all = own;
  if (plan.has_validation())
    for (const std::string& name : own) all.push_back("val_" + name);
  for (const PlannedPlugin& callback : plan.callbacks) {
    const auto names = manifest::emitted(*callback.description, callback.parameters);
    all.insert(all.end(), names.begin(), names.end());
  }
  return all;
}

void check_number(const Plan& plan, const std::vector<std::string>& patterns, const std::string& name, const Location& at,
                  const std::string& what, Faults& faults) {
  if (std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return manifest::fits(pattern, name); }))
    return;
  if (name.substr(0, 4) == "val_" && !plan.has_validation()) {
    faults.add(at, what + " is '" + name +
                       "', but there is no validation data: give [data] train a `validation = 0.2`, or monitor '" +
                       name.substr(4) + "'");
    return;
  }
  faults.add(at, what + ": there is no number '" + name + "'." + manifest::suggestion(name, patterns) +
                     " This run has: " + manifest::enumerate(patterns));
}

void check_monitors(const Plan& plan, const PlannedPlugin& plugin, const std::vector<std::string>& patterns, Faults& faults) {
  for (const manifest::Entry& entry : plugin.parameters) {
    const manifest::ParameterDescription* parameter = plugin.description->find(entry.key);
    const std::string* text = entry.value.as<std::string>();
    if (parameter == nullptr || text == nullptr) continue;
    const Location& at =
        entry.value.location.line == 0 && entry.value.location.file.empty() ? plugin.section.id.location : entry.value.location;
    const std::string what = plugin.name() + "'s " + entry.key;
    if (parameter->type == "monitor") check_number(plan, patterns, *text, at, what, faults);
    if (!parameter->placeholders) continue;
    Faults bad_form;  // complete() has reported those
    for (const std::string& name : manifest::placeholders(*text, at, bad_form))
      if (name != "epoch" && name != "step") check_number(plan, patterns, name, at, what, faults);
  }
}

/// Physical cores that this process may run on: two hardware threads of one core only take turns at its multipliers.
std::int64_t physical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    std::ifstream topology("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
    std::string siblings;
    if (!std::getline(topology, siblings)) siblings = std::to_string(cpu);
    cores.insert(siblings);
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(cores.size()));
}

void look_at_data(Plan& plan, Faults& faults) {
  // That a file is not there has been said.
  if (!plan.manifest.data.train || !std::filesystem::is_regular_file(plan.manifest.data.train->file.value)) return;
  try {
    plan.input = data::outline(to_source(*plan.manifest.data.train)).sample_shape;
  } catch (const data::DataError& error) {
    faults.add(plan.manifest.data.train->file.location, error.what());
    return;
  }
  // With a faulty layer left out, the shapes of those behind it would be nonsense.
  if (plan.layers.size() != plan.manifest.layers.size() || plan.layers.empty()) return;
  try {
    plan.shapes = nn::infer_shapes(plan.layers, *plan.input);
  } catch (const nn::ShapeError& error) {
    const Location& at = plan.manifest.layers[error.layer()].type.location;
    faults.add(at, "layer " + std::to_string(error.layer() + 1) + " " + error.what());
  }
}

}  // namespace

const std::vector<manifest::Description>& layer_types() {
  static const auto types = manifest::parse_type_descriptions(nn::layer_descriptions(), "layers");
  return types;
}

const std::vector<manifest::Description>& optimizer_types() {
  static const auto types = manifest::parse_type_descriptions(nn::optimizer_descriptions(), "optimizers");
  return types;
}

manifest::Table complete_child(const host::Catalogue& catalogue, const std::string& kind, const Table& given, const Location& at,
                               const std::filesystem::path& folder, Faults& faults) {
  const Value* plugin = manifest::find(given, "plugin");
  const std::string* id = plugin == nullptr ? nullptr : plugin->as<std::string>();
  if (id == nullptr) {
    faults.add(at, "a " + kind + " here is a table like { plugin = \"<id>\", ... }");
    return given;
  }
  const manifest::Description* description = catalogue.description(kind, *id);
  if (description == nullptr) {
    report_unknown(catalogue, kind, *id, plugin->location, faults);
    return given;
  }
  Table own = given;
  std::erase_if(own, [](const manifest::Entry& entry) { return entry.key == "plugin"; });
  Table complete = complete_all(catalogue, *description, own, at, *id, folder, faults);
  complete.insert(complete.begin(), {"plugin", plugin->location, *plugin});
  return complete;
}

host::Session::ChildResolver child_resolver(const Plan& plan) {
  return [&plan](const std::string& kind, Table table) {
    Faults faults;
    Table complete = complete_child(*plan.catalogue, kind, table, {}, plan.manifest.folder, faults);
    if (!faults.empty()) throw manifest::ManifestError(faults);
    const std::string id = *manifest::find(complete, "plugin")->as<std::string>();
    std::erase_if(complete, [](const manifest::Entry& entry) { return entry.key == "plugin"; });
    return std::pair(plan.catalogue->component(kind, id), std::move(complete));
  };
}

data::Source to_source(const manifest::FileSection& section) {
  data::Source source;
  source.file = section.file.value;
  source.target_file = section.target_file.value;
  source.format = section.format.value;
  if (section.header) source.header = *section.header;
  if (!section.delimiter.empty()) source.delimiter = section.delimiter[0];
  const auto columns = [](const std::vector<Value>& values) {
    std::vector<std::variant<std::int64_t, std::string>> result;
    for (const Value& value : values) {
      if (const std::int64_t* number = value.as<std::int64_t>()) result.emplace_back(*number);
      if (const std::string* name = value.as<std::string>()) result.emplace_back(*name);
    }
    return result;
  };
  source.target = columns(section.target);
  source.features = columns(section.features);
  source.skip_lines = section.skip_lines;
  source.missing = section.missing == "skip_row" ? data::Missing::skip_row
                   : section.missing == "zero"   ? data::Missing::zero
                   : section.missing == "mean"   ? data::Missing::mean
                                                 : data::Missing::error;
  if (section.missing_markers) source.missing_markers = *section.missing_markers;
  source.feature_key = section.feature_key;
  source.target_key = section.target_key;
  if (section.target_kind == "index") source.target_kind = data::TargetKind::index;
  if (section.target_kind == "one_hot") source.target_kind = data::TargetKind::one_hot;
  if (section.target_kind == "values") source.target_kind = data::TargetKind::values;
  source.class_names = section.class_names;
  source.sample_shape = section.shape;
  return source;
}

Plan make_plan(const PlanOptions& options, Faults& faults) {
  Plan plan;
  plan.manifest = manifest::read(options.manifest, options.settings, faults);
  if (plan.manifest.run.threads == 0) plan.manifest.run.threads = physical_cores();
  std::vector<std::filesystem::path> from_manifest(plan.manifest.plugin_paths.begin(), plan.manifest.plugin_paths.end());
  plan.catalogue = std::make_shared<host::Catalogue>(
      host::find_plugins({host::search_path(options.plugin_folders, from_manifest), plan.manifest.allow_unsafe_paths}));
  plan_layers(plan, faults);
  plan_optimizer(plan, faults);
  if (plan.manifest.loss)
    if (auto loss = plan_plugin(plan, *plan.manifest.loss, faults)) plan.loss = std::move(*loss);
  const auto plan_each = [&](const std::vector<manifest::PluginSection>& sections, std::vector<PlannedPlugin>& to) {
    for (const auto& section : sections)
      if (auto planned = plan_plugin(plan, section, faults)) to.push_back(std::move(*planned));
  };
  plan_each(plan.manifest.metrics, plan.metrics);
  plan_each(plan.manifest.schedulers, plan.schedulers);
  plan_each(plan.manifest.callbacks, plan.callbacks);
  plan.callbacks = in_order(std::move(plan.callbacks), faults);
  // An unknown metric would make every monitor of it look wrong.
  if (plan.metrics.size() == plan.manifest.metrics.size() && plan.callbacks.size() == plan.manifest.callbacks.size()) {
    const auto patterns = number_patterns(plan);
    for (const PlannedPlugin& callback : plan.callbacks) check_monitors(plan, callback, patterns, faults);
  }
  if (options.look_at_data) look_at_data(plan, faults);
  return plan;
}

Plan make_plan(const PlanOptions& options) {
  Faults faults;
  Plan plan = make_plan(options, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  return plan;
}

}  // namespace treino::train
