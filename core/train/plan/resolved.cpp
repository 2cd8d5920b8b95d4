// The resolved manifest: what the user wrote with every default spelled out, so that a run folder tells all of its run.
#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <unordered_map>

#include "manifest/reading.hpp"
#include "manifest/toml_writer.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

using manifest::Entry;
using manifest::Kind;
using manifest::List;
using manifest::Table;
using manifest::Value;

template <class T>
Value value_of(T data) {
  Value value;
  value.data = std::move(data);
  return value;
}

template <class T>
void set_default(Table& table, const std::string& key, T data) {
  if (find(table, key) == nullptr) table.push_back({key, {}, value_of(std::move(data))});
}

Table& section(Table& document, const std::string& key) {
  if (Value* found = find(document, key)) return std::get<Table>(found->data);
  document.push_back({key, {}, value_of(Table{})});
  return std::get<Table>(document.back().value.data);
}

/// Adds the parameters that the user left out to the table that he wrote.
void add_missing(Table& written, const Table& complete) {
  for (const Entry& entry : complete)
    if (Value* found = find(written, entry.key))
      *found = entry.value;
    else
      written.push_back(entry);
}

void resolve_plugin(Table& written, const PlannedPlugin& plugin) {
  set_default(written, "name", plugin.name());
  if (plugin.section.kind == Kind::metric) set_default(written, "weighted", plugin.section.weighted);
  if (plugin.section.kind == Kind::scheduler)
    set_default(written, "unit", std::string(plugin.unit == host::LearningRate::Unit::step ? "step" : "epoch"));
  add_missing(written, plugin.parameters);
}

void resolve_plugins(Table& document, Kind kind, const std::vector<manifest::PluginSection>& sections,
                     const std::vector<PlannedPlugin>& planned) {
  Value* array = find(document, to_text(kind));
  if (array == nullptr) return;
  List& tables = std::get<List>(array->data);
  std::unordered_map<std::string, const PlannedPlugin*> plugins;
  for (const PlannedPlugin& plugin : planned) plugins.emplace(plugin.name(), &plugin);
  for (std::size_t i = 0; i < tables.size() && i < sections.size(); ++i)
    if (const auto found = plugins.find(sections[i].name.value); found != plugins.end())
      resolve_plugin(std::get<Table>(tables[i].data), *found->second);
}

void resolve_layers(Table& model, const Plan& plan) {
  Value* layers = find(model, "layers");
  List* tables = layers == nullptr ? nullptr : std::get_if<List>(&layers->data);
  const std::size_t inputs = plan.data_inputs();
  if (tables == nullptr || tables->size() + inputs != plan.layers.size()) return;
  for (const auto& [number, plugin] : plan.layer_plugins)
    add_missing(std::get<Table>((*tables)[number - inputs].data), plugin.parameters);
}

/// Of the samples' reader, and of the targets' where it has others.
void resolve_readers(Table& data, const Plan& plan) {
  const manifest::DataSection& section = plan.manifest.data;
  const std::pair<const char*, const std::optional<manifest::FileSection>*> files[] = {
      {"train", &section.train}, {"validation", &section.validation}, {"test", &section.test}};
  for (const auto& [key, file] : files) {
    Value* written = find(data, key);
    if (!*file || written == nullptr || written->as<Table>() == nullptr) continue;
    for (const std::string& path : {(*file)->file.value, (*file)->target_file.value}) {
      manifest::Faults told;
      if (path.empty()) continue;
      if (const auto reader = plan_reader(plan, **file, path, told))
        add_missing(std::get<Table>(written->data), reader->parameters);
    }
  }
}

Table resolved_document(const Plan& plan) {
  Table document = plan.manifest.source;
  const manifest::RunSection& run = plan.manifest.run;
  Table& run_table = section(document, "run");
  set_default(run_table, "name", run.name.value);
  set_default(run_table, "seed", static_cast<std::int64_t>(run.seed));
  if (!run.steps) set_default(run_table, "epochs", static_cast<std::int64_t>(run.epochs.value_or(1)));
  set_default(run_table, "accumulate", std::int64_t{1});
  set_default(run_table, "threads", run.threads);
  *find(run_table, "threads") = value_of(run.threads);  // 0 has become this machine's number: resuming keeps it
  if (run.shards) set_default(run_table, "shards", *run.shards);

  resolve_plugins(document, Kind::metric, plan.manifest.metrics, plan.metrics);
  resolve_plugins(document, Kind::scheduler, plan.manifest.schedulers, plan.schedulers);
  resolve_plugins(document, Kind::callback, plan.manifest.callbacks, plan.callbacks);
  if (plan.own_loop) return document;

  const manifest::DataSection& data = plan.manifest.data;
  Table& data_table = section(document, "data");
  set_default(data_table, "batch_size", data.batch_size);
  set_default(data_table, "evaluation_batch_size", data.evaluation_batch_size);
  set_default(data_table, "shuffle", data.shuffle);
  set_default(data_table, "drop_last", data.drop_last);
  set_default(data_table, "stratified", data.stratified);
  if (!data.scale) set_default(data_table, "scaling", data.scaling);

  resolve_readers(data_table, plan);
  resolve_layers(section(document, "model"), plan);
  std::vector<PlannedPlugin> losses = plan.further_losses;
  losses.push_back(plan.loss);
  if (Value* loss = find(document, to_text(Kind::loss)); loss != nullptr && loss->as<Table>() != nullptr)
    resolve_plugin(std::get<Table>(loss->data), plan.loss);
  else
    resolve_plugins(document, Kind::loss, plan.manifest.losses, losses);
  if (plan.optimizer) resolve_plugin(section(document, to_text(Kind::optimizer)), *plan.optimizer);
  if (plan.collective) resolve_plugin(section(document, to_text(Kind::collective)), *plan.collective);
  return document;
}

void keep_only(Table& table, std::initializer_list<std::string_view> keys) {
  std::erase_if(table, [&](const Entry& entry) { return std::find(keys.begin(), keys.end(), entry.key) == keys.end(); });
}

void drop(Table& table, std::initializer_list<std::string_view> keys) {
  std::erase_if(table, [&](const Entry& entry) { return std::find(keys.begin(), keys.end(), entry.key) != keys.end(); });
}

/// Where a file lay is nobody's business who gets the model.
void drop_folder(Value* path) {
  std::string* text = path == nullptr ? nullptr : std::get_if<std::string>(&path->data);
  if (text != nullptr) *text = std::filesystem::path(*text).filename().string();
}

}  // namespace

std::string resolved_manifest(const Plan& plan) { return manifest::to_toml(resolved_document(plan)); }

std::string model_manifest(const Plan& plan) {
  Table document = resolved_document(plan);
  keep_only(document, {"run", "data", "model", to_text(Kind::loss), to_text(Kind::metric)});
  keep_only(section(document, "run"), {"name"});
  drop(section(document, "model"), {"weights"});
  Table& data = section(document, "data");
  keep_only(data, {"train", "inputs", "batch_size", "evaluation_batch_size"});
  Value* train = find(data, "train");
  if (Table* file = train == nullptr ? nullptr : std::get_if<Table>(&train->data)) {
    drop(*file, {"validation", "test"});
    for (const char* key : {"file", "target_file"}) drop_folder(find(*file, key));
  } else {
    drop_folder(train);
  }
  return manifest::to_toml(document);
}

}  // namespace treino::train
