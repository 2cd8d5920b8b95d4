// Gathers the tensors, and the state that the loop itself has.
#include "train/checkpoint/checkpoint_contents.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "data/preparation_json.hpp"
#include "train/checkpoint/checkpoint_format.hpp"
#include "train/kernels/choose_kernels.hpp"
#include "train/plan/fixed_settings.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

using nlohmann::json;
using namespace checkpoint;

store::StoredTensor stored(const std::string& name, const nn::Shape& shape, std::span<const float> values) {
  return {name, store::DType::F32, shape, std::as_bytes(values)};
}

store::StoredTensor stored(const std::string& name, std::span<const float> values) {
  return stored(name, {static_cast<std::int64_t>(values.size())}, values);
}

std::string sets_there_are(ModelBackend& backend) {
  std::string names;
  for (const ModelBackend::WeightSet& set : backend.sets()) names += (names.empty() ? "; there is '" : "', '") + set.name;
  return names.empty() ? ": no plugin of this run keeps any" : names + "'";
}

ModelBackend::WeightSet& set_called(ModelBackend& backend, const std::string& name) {
  ModelBackend::WeightSet* set = backend.find_set(name);
  if (set == nullptr) throw std::runtime_error("there is no set of weights '" + name + "'" + sets_there_are(backend));
  return *set;
}

json settings_of(const Plan& plan) {
  json values = json::array();
  for (const FixedSetting& setting : fixed_settings(plan)) values.push_back(setting.value);
  return values;
}

/// By the names of the scalars: the set of weights that each was measured with.
json measured_with(const host::Scalars& scalars, const ModelBackend& backend) {
  json sets = json::object();
  for (std::uint32_t i = 0; i < scalars.count(); ++i)
    if (const std::string set = backend.measured_with(i); !set.empty()) sets[scalars.name(i)] = set;
  return sets;
}

json values_of(const host::Scalars& scalars) {
  json values = json::object();
  for (std::uint32_t i = 0; i < scalars.count(); ++i)
    if (const auto value = scalars.value(i)) values[scalars.name(i)] = bits(*value);
  return values;
}

void add_weights(Run& run, ModelBackend::WeightSet* set, CheckpointContents& contents) {
  for (std::size_t i = 0; i < run.model.parameters().size(); ++i) {
    const nn::Parameter& parameter = run.model.parameters()[i];
    contents.tensors.push_back(stored(parameter.name, parameter.shape, run.backend.values_of(set, i)));
  }
}

void add_optimizer(Run& run, CheckpointContents& contents) {
  for (const OptimizerState& state : run.optimizer.state())
    contents.tensors.push_back(stored(optimizer_tensor(state.name), state.shape, state.value));
  if (run.backend.remembers()) contents.tensors.push_back(stored(remembered_tensor, run.backend.memory()));
}

void add_bytes(const char* name, std::vector<unsigned char> content, CheckpointContents& contents) {
  contents.states.push_back(std::move(content));
  const std::span<const unsigned char> bytes(contents.states.back());
  contents.tensors.push_back({name, store::DType::U8, {static_cast<std::int64_t>(bytes.size())}, std::as_bytes(bytes)});
}

void add_own_state(Run& run, CheckpointContents& contents) {
  if (!run.plan.own_loop || !run.plan.own_loop->save) return;
  add_bytes(own_tensor, run.plan.own_loop->save(), contents);
  if (run.backend.remembers()) add_bytes(own_remembered_tensor, run.backend.own_memory(), contents);
}

void add_sets(ModelBackend& backend, CheckpointContents& contents) {
  for (const ModelBackend::WeightSet& set : backend.sets()) {
    contents.tensors.push_back(stored(set_tensor(set.name), set.values));
    contents.tensors.back().early = true;
  }
}

/// What predictions are, as the loss takes them.
json to_json(const treino_problem& problem) {
  return {{"prediction", problem.prediction}, {"independent", problem.independent != 0}};
}

std::string outputs_to_json(const Run& run) {
  json object = to_json(run.problem());
  for (const FurtherOutput& output : run.further)
    object["further"][run.model.layers()[output.layer].name] = to_json(output.problem);
  return object.dump();
}

/// The plugins' states; returns id and version of each.
json add_plugins(const Run& run, CheckpointContents& contents) {
  json plugins = json::object();
  for (const auto& instance : run.session.instances()) {
    if (!instance->has_state() || !instance->enabled() || is_unused_metric(*instance, run.progress.position())) continue;
    add_bytes(state_tensor(*instance).c_str(), instance->save(), contents);
    plugins[state_tensor(*instance)] = {{"id", instance->component().description.id},
                                        {"version", instance->component().lifecycle.state_version}};
  }
  return plugins;
}

/// What the loop itself knows.
json state_of(Run& run) {
  const Position& position = run.progress.position();
  const LossAndMetrics::State& measured = run.measured->state();
  host::LearningRate& learning_rate = run.session.learning_rate();
  const ModelBackend::WeightSet* in_model = run.backend.set_in_model();
  json state = {{"epoch", position.epoch},
                {"batch", position.batch},
                {"in_epoch", position.in_epoch},
                {"step", position.step},
                {"batches", position.batches},
                {"refused_steps", position.refused},
                {"validated_step", position.validated_step},
                {"learning_rate", bits(learning_rate.applied())},
                {"optimizer_steps", run.optimizer.steps()},
                {"remembered_steps", run.backend.remembered_steps()},
                {"weights_in_model", in_model == nullptr ? "" : in_model->name},
                {"measured_with", measured_with(run.session.scalars(), run.backend)},
                {"base_learning_rate", bits(learning_rate.base())},
                {"loss_sum", bits(measured.sums[0].sum)},
                {"loss_weight", bits(measured.sums[0].weight)},
                {"loss_batches", measured.batches},
                {"warned_of_nan", run.warned_of_nan},
                {"data", run.data.record.file},
                {"settings", settings_of(run.plan)},
                {"kernels", recorded_kernels(run)},
                {"precision", run.plan.manifest.run.precision.value},
                {"manifest_learning_rate", bits(run.plan.manifest.learning_rate.value)},
                {"schedule", checkpoint::to_json(learning_rate.schedule())},
                {"scalars", values_of(run.session.scalars())}};
  for (std::size_t i = 1; i < measured.sums.size(); ++i)
    state["further_losses"].push_back({{"sum", bits(measured.sums[i].sum)}, {"weight", bits(measured.sums[i].weight)}});
  if (run.best) state["best"] = {{"epoch", run.best->epoch}, {"scalars", checkpoint::to_json(run.best->scalars)}};
  // What a signal, a failure or a divergence ended is to continue once the cause is gone: only a decision to stop is kept.
  const auto stop = run.stop ? run.stop : run.session.requests().stopped();
  if (stop && stop->outcome == host::Outcome::early_stopped)
    state["stop"] = {{"reason", stop->reason}, {"who", stop->who}, {"parameters", digest_of(run, stop->who)}};
  return state;
}

}  // namespace

std::string digest_of(const Run& run, const std::string& instance) {
  const auto found = run.digests.find(instance);
  return found == run.digests.end() ? "none" : found->second;
}

CheckpointContents collect(Run& run, bool everything, const std::string* weights) {
  CheckpointContents contents;
  contents.metadata = {{format_key, format},
                       {contents_key, everything ? "everything" : "weights"},
                       {manifest_key, run.model_text},
                       {outputs_key, outputs_to_json(run)},
                       {preparation_key, data::to_json(run.data.preparation)},
                       {data_key, run.data.record.to_json()}};
  ModelBackend::WeightSet* set = nullptr;
  if (weights != nullptr && !weights->empty()) {
    set = &set_called(run.backend, *weights);
    if (everything) contents.metadata[chosen_key] = set->name;
  }
  // A file of everything holds all sets, and says which one is in the model.
  if (everything || weights == nullptr) set = run.backend.set_in_model();
  add_weights(run, set, contents);
  if (!everything) return contents;
  add_optimizer(run, contents);
  add_own_state(run, contents);
  add_sets(run.backend, contents);
  const json plugins = add_plugins(run, contents);
  json state = state_of(run);
  state["plugins"] = plugins;
  contents.metadata[state_key] = state.dump();
  return contents;
}

bool CheckpointContents::copy() {
  // To have small ones wait for the thread that writes would cost more than their memory.
  constexpr std::size_t large = std::size_t{1} << 20;
  const auto stays = [](const store::StoredTensor& tensor) { return tensor.early && tensor.bytes.size() >= large; };
  std::size_t size = 0;
  for (const store::StoredTensor& tensor : tensors) size += stays(tensor) ? 0 : tensor.bytes.size();
  bytes.clear();
  // Plugins' states grow a little from one checkpoint to the next: that must not take all memory again.
  if (size > bytes.capacity()) bytes.reserve(size + size / 16);
  for (store::StoredTensor& tensor : tensors) {
    if (stays(tensor)) continue;
    const std::size_t at = bytes.size();
    bytes.insert(bytes.end(), tensor.bytes.begin(), tensor.bytes.end());
    tensor.bytes = std::span<const std::byte>(bytes).subspan(at, tensor.bytes.size());
  }
  states.clear();
  return std::any_of(tensors.begin(), tensors.end(), stays);
}

}  // namespace treino::train
