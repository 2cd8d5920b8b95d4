// Checks that a file fits before it changes anything that could not be built again.
#include "train/checkpoint/checkpoint_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/input_error.hpp"
#include "store/safetensors_read.hpp"
#include "train/checkpoint/checkpoint_contents.hpp"
#include "train/checkpoint/checkpoint_format.hpp"
#include "train/kernels/choose_kernels.hpp"
#include "train/plan/fixed_settings.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

using nlohmann::json;
using namespace checkpoint;

json state_in(const store::TensorReader& file, const std::filesystem::path& path) {
  const auto text = file.metadata().find(state_key);
  if (text == file.metadata().end())
    throw base::InputError(path.string() + ": holds weights only; a run continues from a full checkpoint");
  check_format(file, path);
  return json::parse(text->second);
}

/// What of the settings that cannot change has changed since.
std::string changed_in(const json& state, const Plan& plan) {
  const bool within_epoch = state.at("in_epoch").get<bool>() && state.at("batch").get<std::uint64_t>() > 0;
  return changed_setting(plan, state.value("settings", std::vector<std::string>()), within_epoch);
}

/// Where shapes differ, the parameters say more.
bool is_of_layers(const std::string& changed) { return changed.rfind("model.layers", 0) == 0; }

/// The set of weights that a model takes from the file in place of those named after its parameters; "" where it takes these.
std::string chosen_weights(const store::TensorReader& file) {
  const auto chosen = file.metadata().find(chosen_key);
  const auto state = file.metadata().find(state_key);
  if (chosen == file.metadata().end() || state == file.metadata().end()) return "";
  return json::parse(state->second).value("weights_in_model", "") == chosen->second ? "" : chosen->second;
}

void copy_set(const store::TensorReader& file, const std::filesystem::path& path, const std::string& set, nn::Model& model) {
  std::size_t size = 0;
  for (const nn::Parameter& parameter : model.parameters()) size += parameter.value.size();
  std::vector<float> values(size);
  copy_tensor(file, path, set_tensor(set), {static_cast<std::int64_t>(size)}, values);
  auto at = values.begin();
  for (nn::Parameter& parameter : model.parameters()) {
    std::copy_n(at, parameter.value.size(), parameter.value.begin());
    at += static_cast<std::ptrdiff_t>(parameter.value.size());
  }
}

}  // namespace

void CheckpointReader::load_weights(const store::TensorReader& file, const std::filesystem::path& path) {
  for (nn::Parameter& parameter : run_.model.parameters())
    copy_tensor(file, path, parameter.name, parameter.shape, parameter.value);
  if (const std::string set = chosen_weights(file); !set.empty()) copy_set(file, path, set, run_.model);
  run_.backend.reset_sets();
}

void CheckpointReader::restore(const std::filesystem::path& path) {
  const store::TensorReader file(path);
  file_ = &file;
  path_ = path;
  const json state = state_in(file, path);
  check_settings(state);
  check_data(state);
  restore_parameters();
  if (const std::string changed = changed_in(state, run_.plan); !changed.empty())
    throw base::InputError(path.string() + ": " + changed);
  restore_optimizer(state);
  restore_own_state();
  restore_sets(state);
  run_.progress.resume_from(position_from_json(state));
  restore_learning_rate(state);
  restore_kernels(run_, state.value("kernels", ""));
  if (const std::string changed = changed_precision(run_.plan, state.value("precision", "float32")); !changed.empty())
    run_.session.log().message(host::Log::Level::info, "", changed);
  restore_scalars(state);
  restore_stop(state);
  restore_plugins(state);
  compare_schedule(schedule_from_json(state.at("schedule")));
}

void CheckpointReader::check_settings(const json& state) const {
  const std::string changed = changed_in(state, run_.plan);
  if (!changed.empty() && !is_of_layers(changed)) throw base::InputError(path_.string() + ": " + changed);
}

void CheckpointReader::check_data(const json& state) const {
  if (state.at("data").get<std::string>() != run_.data.record.file)
    throw data::DataError(
        path_.string() + ": the training data are not those the run began with (" + name_of_training_data(run_.plan) +
        " has changed" +
        (run_.data.preparation.scaling == data::Scaling::none
             ? ")"
             : ", or the checkpoint is of a build that rounded data before it scaled them: then begin again with "
               "`treino resume --restart`)"));
  // Metrics of other rows would decide otherwise.
  if (DataRecord::from_json(file_->metadata().at(data_key)).validation != run_.data.record.validation)
    throw data::DataError(path_.string() + ": the validation data are not those the run began with");
}

void CheckpointReader::restore_parameters() {
  for (nn::Parameter& parameter : run_.model.parameters())
    copy_tensor(*file_, path_, parameter.name, parameter.shape, parameter.value);
}

void CheckpointReader::restore_optimizer(const json& state) {
  bool fresh = false;
  for (OptimizerState& array : run_.optimizer.state()) {
    const std::string name = optimizer_tensor(array.name);
    if (file_->find(name) == nullptr)
      fresh = true;
    else
      copy_tensor(*file_, path_, name, array.shape, array.value);
  }
  if (fresh)
    run_.warn("the optimizer " + (run_.plan.optimizer ? run_.plan.optimizer->section.id.value : "") +
              " keeps a state (its momentum) that the run did not have when it was saved; it begins at 0");
  run_.optimizer.set_steps(state.at("optimizer_steps").get<std::uint64_t>());
  const auto* remembered = file_->find(remembered_tensor);
  if (remembered == nullptr) return;
  std::vector<float> memory(remembered->size() / sizeof(float));
  file_->read(*remembered, std::as_writable_bytes(std::span(memory)));
  run_.backend.set_memory(std::move(memory), state.at("remembered_steps").get<std::uint64_t>());
}

/// What the program of an own loop had kept.
void CheckpointReader::restore_own_state() {
  const auto bytes_of = [&](const char* name) -> std::optional<std::vector<unsigned char>> {
    const auto* saved = file_->find(name);
    if (saved == nullptr) return std::nullopt;
    std::vector<unsigned char> bytes(saved->size());
    file_->read(*saved, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  };
  if (!run_.plan.own_loop || !run_.plan.own_loop->restore) return;
  if (const auto bytes = bytes_of(own_tensor)) run_.plan.own_loop->restore(*bytes);
  if (auto bytes = bytes_of(own_remembered_tensor)) run_.backend.set_own_memory(std::move(*bytes));
}

void CheckpointReader::restore_sets(const json& state) {
  run_.backend.reset_sets();
  for (ModelBackend::WeightSet& set : run_.backend.sets()) {
    const std::string name = set_tensor(set.name);
    if (file_->find(name) == nullptr)
      run_.session.log().message(host::Log::Level::warning, set.owner,
                                 "its weights '" + set.name + "' were not saved; they start from scratch");
    else
      copy_tensor(*file_, path_, name, {static_cast<std::int64_t>(set.values.size())}, set.values);
  }
  run_.backend.resume_with_set(state.at("weights_in_model").get<std::string>());
}

/// Plugins may have set another learning rate than the manifest's, so that what was saved counts; unless the user has given a new
/// one.
void CheckpointReader::restore_learning_rate(const json& state) {
  host::LearningRate& learning_rate = run_.session.learning_rate();
  learning_rate.set_applied(from_bits(state.at("learning_rate").get<std::string>()));
  const double saved = from_bits(state.at("base_learning_rate").get<std::string>());
  const double before = from_bits(state.at("manifest_learning_rate").get<std::string>());
  const double given = run_.plan.manifest.learning_rate.value;
  learning_rate.set_base(given != before ? given : saved);
  if (given == before) return;
  run_.session.log().message(
      host::Log::Level::info, "",
      fmt::format("the learning rate begins at {:g} from here on; the manifest said {:g} before, and the run stood at {:g}",
                  given, before, saved));
}

void CheckpointReader::restore_scalars(const json& state) {
  host::Scalars& scalars = run_.session.scalars();
  for (const auto& [name, set] : state.at("measured_with").items())
    if (const auto scalar = scalars.find(name))
      run_.backend.note_measured(*scalar, run_.backend.find_set(set.get<std::string>()));
  run_.warned_of_nan = state.at("warned_of_nan").get<bool>();
  run_.measured->reset();
  // As many as there are losses, with one more for what regularizes weights: neither changes.
  LossAndMetrics::State measured = run_.measured->state();
  measured.sums[0] = {from_bits(state.at("loss_sum").get<std::string>()), from_bits(state.at("loss_weight").get<std::string>())};
  for (std::size_t i = 1; i < measured.sums.size(); ++i) {
    const json& further = state.at("further_losses").at(i - 1);
    measured.sums[i] = {from_bits(further.at("sum").get<std::string>()), from_bits(further.at("weight").get<std::string>())};
  }
  measured.batches = state.at("loss_batches").get<std::uint64_t>();
  run_.measured->set_state(measured);
  for (const auto& [name, value] : state.at("scalars").items())
    if (const auto scalar = scalars.find(name)) scalars.set(*scalar, from_bits(value.get<std::string>()));
  if (state.contains("best"))
    run_.best = BestEpoch{state["best"].at("epoch").get<std::uint64_t>(), scalars_from_json(state["best"].at("scalars"))};
}

void CheckpointReader::restore_stop(const json& state) {
  if (!state.contains("stop")) return;
  const std::string who = state["stop"].at("who").get<std::string>();
  if (digest_of(run_, who) == state["stop"].value("parameters", ""))
    run_.stop = {host::Outcome::early_stopped, state["stop"].at("reason").get<std::string>(), who};
  else
    run_.session.log().message(host::Log::Level::info, who,
                               "stopped the run before; its parameters have changed since, so it decides again");
}

void CheckpointReader::restore_plugins(const json& state) {
  const json& plugins = state.at("plugins");
  for (const auto& instance : run_.session.instances()) {
    if (!instance->has_state() || is_unused_metric(*instance, run_.progress.position())) continue;
    const auto* saved = file_->find(state_tensor(*instance));
    if (saved == nullptr) {
      run_.session.log().message(host::Log::Level::warning, instance->name(),
                                 "was not in the run when it was saved; it starts from scratch");
      continue;
    }
    std::vector<unsigned char> bytes(saved->size());
    file_->read(*saved, std::as_writable_bytes(std::span(bytes)));
    instance->load(bytes, plugins.at(state_tensor(*instance)).at("version").get<std::uint32_t>());
  }
}

/// A schedule that counts on the run's length jumps where that is changed: the user is to know.
void CheckpointReader::compare_schedule(const host::LearningRate::Schedule& before) {
  host::LearningRate& learning_rate = run_.session.learning_rate();
  if (before.base != learning_rate.base()) return;
  learning_rate.move_to(before.step, before.epoch);
  const host::LearningRate::Schedule now = learning_rate.schedule();
  for (std::size_t i = 0; i < std::min(now.learning_rates.size(), before.learning_rates.size()); ++i) {
    if (now.learning_rates[i] == before.learning_rates[i] || std::isnan(now.learning_rates[i]) ||
        std::isnan(before.learning_rates[i]))
      continue;
    return run_.session.log().message(
        host::Log::Level::warning, run_.plan.schedulers.at(i).name(),
        fmt::format("gives the learning rate {:g} where it gave {:g} before: its parameters or the run's length have changed",
                    now.learning_rates[i], before.learning_rates[i]));
  }
}

}  // namespace treino::train
