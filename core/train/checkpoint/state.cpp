// What a run is made of, to a file and back: weights, optimizer, counters, numbers and every plugin's state in one safetensors
// file.
//
//   <parameter>                    float32, as in a file of weights alone
//   treino.optimizer/<name>        float32
//   treino.remembered              float32, what control.remember() keeps
//   treino.weights/<set>           float32, parameter after parameter: a plugin's own set of weights, or, while that is in the
//   model
//                                  (weights_in_model), those being trained
//   treino.plugin/<kind>/<name>    bytes, as the plugin wrote them
//   metadata: treino.chosen_weights (a name), treino.contents ("weights" or "everything"), treino.preparation, treino.data, treino.state (JSON each)
#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/input_error.hpp"
#include "store/folders.hpp"
#include "store/safetensors.hpp"
#include "train/plan/fixed_settings.hpp"
#include "train/trainer.hpp"

namespace treino::train {

namespace {

using nlohmann::json;

// Of a file of everything that was kept because a number was the best: the set of weights that the number was measured with.
constexpr const char* chosen_key = "treino.chosen_weights";

// Doubles travel as their bits: JSON knows no NaN, and decimal text invites rounding.
std::string bits(double value) {
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof word);
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(word));
  return text;
}

double from_bits(const std::string& text) {
  const std::uint64_t word = std::stoull(text, nullptr, 16);
  double value = 0;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

store::StoredTensor stored(const std::string& name, const nn::Shape& shape, std::span<const float> values) {
  return {name, store::DType::F32, shape, std::as_bytes(values)};
}

void copy_tensor(const store::TensorReader& file, const std::filesystem::path& path, const std::string& name,
                 const nn::Shape& shape, std::span<float> to) {
  const store::TensorReader::Entry* tensor = file.find(name);
  if (tensor == nullptr) throw base::InputError(path.string() + ": has no tensor '" + name + "'; it is of another model");
  if (tensor->type != store::DType::F32 || tensor->shape != shape)
    throw base::InputError(path.string() + ": tensor '" + name + "' has shape " + nn::to_text(tensor->shape) +
                             ", the model's has " + nn::to_text(shape));
  file.read(*tensor, std::as_writable_bytes(to));
}

std::string sets_there_are(const ModelBackend& backend) {
  std::string names;
  for (const ModelBackend::WeightSet& set : backend.sets()) names += (names.empty() ? "; there is '" : "', '") + set.name;
  return names.empty() ? ": no plugin of this run keeps any" : names + "'";
}

json bits_of(const NamedScalars& numbers) {
  json result = json::array();
  for (const auto& [name, value] : numbers) result.push_back({name, bits(value)});
  return result;
}

std::vector<std::string> values_of(const std::vector<FixedSetting>& settings) {
  std::vector<std::string> values;
  for (const FixedSetting& setting : settings) values.push_back(setting.value);
  return values;
}

json schedule_to_json(const host::LearningRate::Schedule& schedule) {
  json rates = json::array();
  for (const double rate : schedule.rates) rates.push_back(bits(rate));
  return {{"step", schedule.step}, {"epoch", schedule.epoch}, {"rates", rates}, {"base", bits(schedule.base)}};
}

host::LearningRate::Schedule schedule_from_json(const json& saved) {
  host::LearningRate::Schedule schedule{saved.at("step").get<std::uint64_t>(),
                                         saved.at("epoch").get<std::uint64_t>(),
                                         from_bits(saved.at("base").get<std::string>()),
                                         {}};
  for (const json& rate : saved.at("rates")) schedule.rates.push_back(from_bits(rate.get<std::string>()));
  return schedule;
}

/// By the names of the numbers: the set that each was measured with.
json measured_with(const host::Scalars& numbers, const ModelBackend& backend) {
  json sets = json::object();
  for (std::uint32_t i = 0; i < numbers.count(); ++i)
    if (const std::string set = backend.measured_with(i); !set.empty()) sets[numbers.name(i)] = set;
  return sets;
}

std::string state_name(const host::Instance& instance) {
  return "treino.plugin/" + instance.component().description.kind + "/" + instance.name();
}

Position position_of(const json& state) {
  return Position{state.at("epoch").get<std::uint64_t>(),   state.at("batch").get<std::uint64_t>(),
                  state.at("in_epoch").get<bool>(),         state.at("step").get<std::uint64_t>(),
                  state.at("batches").get<std::uint64_t>(), from_bits(state.at("learning_rate").get<std::string>())};
}

/// Between epochs a metric holds what it has counted of the one before, all scores perhaps, and the next begins with a reset.
bool is_unused_metric(const host::Instance& instance, const Position& position) {
  return !position.in_epoch && instance.component().description.kind == "metric";
}

/// The set of weights that a model takes from the file in place of those named after its parameters; "" where it takes these.
std::string chosen_weights(const store::TensorReader& file) {
  const auto chosen = file.metadata().find(chosen_key);
  const auto state = file.metadata().find("treino.state");
  if (chosen == file.metadata().end() || state == file.metadata().end()) return "";
  return json::parse(state->second).value("weights_in_model", "") == chosen->second ? "" : chosen->second;
}

void copy_set(const store::TensorReader& file, const std::filesystem::path& path, const std::string& set, nn::Model& model) {
  std::size_t size = 0;
  for (const nn::Parameter& parameter : model.parameters()) size += parameter.value.size();
  std::vector<float> values(size);
  copy_tensor(file, path, "treino.weights/" + set, {static_cast<std::int64_t>(size)}, values);
  auto at = values.begin();
  for (nn::Parameter& parameter : model.parameters()) {
    std::copy_n(at, parameter.value.size(), parameter.value.begin());
    at += static_cast<std::ptrdiff_t>(parameter.value.size());
  }
}

}  // namespace

bool Trainer::Saved::own() {
  // Of small ones waiting for the thread that writes would cost more than their memory.
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

Trainer::Saved Trainer::collect(bool everything, const std::string* weights) {
  Saved saved;
  saved.metadata = {{"treino.contents", everything ? "everything" : "weights"},
                    {"treino.preparation", data_.preparation.to_json()},
                    {"treino.data", data_.record.to_json()}};
  const ModelBackend::WeightSet* set = nullptr;
  if (weights != nullptr && !weights->empty()) {
    set = backend_->find_set(*weights);
    if (set == nullptr) throw std::runtime_error("there is no set of weights '" + *weights + "'" + sets_there_are(*backend_));
    if (everything) saved.metadata[chosen_key] = set->name;
  }
  // A file of everything holds all sets, and says which one is in the model.
  if (everything || weights == nullptr) set = backend_->set_in_model();
  for (std::size_t i = 0; i < model_->parameters().size(); ++i) {
    const nn::Parameter& parameter = model_->parameters()[i];
    saved.tensors.push_back(stored(parameter.name, parameter.shape, backend_->values_of(set, i)));
  }
  if (!everything) return saved;
  for (const nn::OptimizerState& state : optimizer_->state())
    saved.tensors.push_back(stored("treino.optimizer/" + state.name, state.shape, state.value));
  if (backend_->remembers())
    saved.tensors.push_back(
        stored("treino.remembered", {static_cast<std::int64_t>(backend_->memory().size())}, backend_->memory()));
  for (const ModelBackend::WeightSet& each : backend_->sets()) {
    saved.tensors.push_back(stored("treino.weights/" + each.name, {static_cast<std::int64_t>(each.values.size())}, each.values));
    saved.tensors.back().early = true;
  }
  json plugins = json::object(), numbers = json::object();
  for (const auto& instance : session_.instances()) {
    if (!instance->has_state() || !instance->enabled() || is_unused_metric(*instance, position_)) continue;
    saved.states.push_back(instance->save());
    saved.tensors.push_back({state_name(*instance),
                             store::DType::U8,
                             {static_cast<std::int64_t>(saved.states.back().size())},
                             std::as_bytes(std::span<const unsigned char>(saved.states.back()))});
    plugins[state_name(*instance)] = {{"id", instance->component().description.id},
                                      {"version", instance->component().lifecycle.state_version}};
  }
  for (std::uint32_t i = 0; i < session_.scalars().count(); ++i)
    if (const auto value = session_.scalars().value(i)) numbers[session_.scalars().name(i)] = bits(*value);
  const LossAndMetrics::State measured = measure_->state();
  json state = {{"epoch", position_.epoch},
                {"batch", position_.batch},
                {"in_epoch", position_.in_epoch},
                {"step", position_.step},
                {"batches", position_.batches},
                {"learning_rate", bits(position_.learning_rate)},
                {"optimizer_steps", optimizer_->steps()},
                {"remembered_steps", backend_->remembered_steps()},
                {"weights_in_model", backend_->set_in_model() == nullptr ? "" : backend_->set_in_model()->name},
                {"measured_with", measured_with(session_.scalars(), *backend_)},
                {"base_learning_rate", bits(session_.learning_rate().base())},
                {"loss_sum", bits(measured.sum)},
                {"loss_weight", bits(measured.weight)},
                {"loss_batches", measured.batches},
                {"warned_of_nan", warned_of_nan_},
                {"data", data_.record.file},
                {"settings", values_of(fixed_settings(plan_))},
                {"manifest_rate", bits(plan_.manifest.learning_rate.value)},
                {"schedule", schedule_to_json(session_.learning_rate().schedule())},
                {"plugins", plugins},
                {"numbers", numbers}};
  const auto stop = stop_ ? stop_ : session_.requests().stopped();
  if (best_) state["best"] = {{"epoch", best_->epoch}, {"numbers", bits_of(best_->numbers)}};
  // What a signal, a failure or a divergence ended is to go on once the cause is gone: only a decision to stop is kept.
  if (stop && stop->outcome == TREINO_EARLY_STOPPED)
    state["stop"] = {{"reason", stop->reason}, {"who", stop->who}, {"parameters", digest_of(stop->who)}};
  saved.metadata["treino.state"] = state.dump();
  return saved;
}

void Trainer::save(const std::filesystem::path& path, bool everything, const std::string* weights) {
  const host::Profile::Span span(session_.profile(), TREINO_SPAN_SAVE);
  // Plugins' states do not depend on how fast another file is written.
  if (everything) finish_pending_save(true);
  store::create_folders(path.parent_path());
  const Saved saved = collect(everything, weights);
  // Told before it is there: a run killed in between finds it, and one that finds nothing looks further.
  if (everything) record_checkpoint(path);
  store::write_tensors(path, saved.tensors, saved.metadata);
  store::check_tensors(path);
}

void Trainer::save_everything(const std::filesystem::path& path) { save(path, true); }
void Trainer::save_weights(const std::filesystem::path& path) { save(path, false); }

void Trainer::record_checkpoint(const std::filesystem::path& path) {
  const std::filesystem::path relative = path.lexically_relative(folder_);
  const bool inside = !relative.empty() && *relative.begin() != "..";
  session_.log().record("checkpoint",
                        {host::field("path", (inside ? relative : path).string()), host::field("epoch", position_.epoch),
                         host::field("batch", position_.batch), host::field("step", position_.step)});
}

void Trainer::load_weights(const std::filesystem::path& path) {
  load_weights(store::TensorReader(path), path);
}

void Trainer::load_weights(const store::TensorReader& file, const std::filesystem::path& path) {
  for (nn::Parameter& parameter : model_->parameters()) copy_tensor(file, path, parameter.name, parameter.shape, parameter.value);
  if (const std::string set = chosen_weights(file); !set.empty()) copy_set(file, path, set, *model_);
  backend_->reset_sets();
}

std::optional<Position> Trainer::position_in(const std::filesystem::path& path) {
  const store::TensorReader file(path);
  const auto text = file.metadata().find("treino.state");
  if (text == file.metadata().end()) return std::nullopt;
  return position_of(json::parse(text->second));
}

void Trainer::restore(const std::filesystem::path& path) {
  const store::TensorReader file(path);
  const auto text = file.metadata().find("treino.state");
  if (text == file.metadata().end())
    throw base::InputError(path.string() + ": holds weights only; a run goes on from a full checkpoint");
  const json state = json::parse(text->second);
  const bool within_epoch = state.at("in_epoch").get<bool>() && state.at("batch").get<std::uint64_t>() > 0;
  const std::string changed = changed_setting(plan_, state.value("settings", std::vector<std::string>()), within_epoch);
  const bool other_layers = changed.rfind("model.layers", 0) == 0;  // where shapes differ, the parameters say more
  if (!changed.empty() && !other_layers) throw base::InputError(path.string() + ": " + changed);
  if (state.at("data").get<std::string>() != data_.record.file)
    throw data::DataError(path.string() + ": the training data are not those the run began with (" +
                          plan_.manifest.data.train->file.value + " has changed" +
                          (data_.preparation.scaling == data::Scaling::none
                               ? ")"
                               : ", or the checkpoint is of a build that rounded data before it scaled them: then begin again with "
                                 "`treino resume --restart`)"));
  // Metrics of other rows would decide otherwise. Files of earlier versions do not tell.
  if (const auto record = file.metadata().find("treino.data");
      record != file.metadata().end() && DataRecord::from_json(record->second).validation != data_.record.validation)
    throw data::DataError(path.string() + ": the validation data are not those the run began with");
  for (nn::Parameter& parameter : model_->parameters()) copy_tensor(file, path, parameter.name, parameter.shape, parameter.value);
  if (other_layers) throw base::InputError(path.string() + ": " + changed);
  restore_optimizer(file, path);
  optimizer_->set_steps(state.at("optimizer_steps").get<std::uint64_t>());
  if (const auto* remembered = file.find("treino.remembered")) {
    std::vector<float> memory(remembered->size() / sizeof(float));
    file.read(*remembered, std::as_writable_bytes(std::span(memory)));
    backend_->set_memory(std::move(memory), state.at("remembered_steps").get<std::uint64_t>());
  }
  backend_->reset_sets();
  for (const ModelBackend::WeightSet& set : backend_->sets()) {
    const std::string name = "treino.weights/" + set.name;
    if (file.find(name) == nullptr)
      session_.log().message(host::Log::Level::warning, set.owner,
                             "its weights '" + set.name + "' were not saved; they begin afresh");
    else
      copy_tensor(file, path, name, {static_cast<std::int64_t>(set.values.size())}, backend_->storage_of(set));
  }
  backend_->set_in_model(state.value("weights_in_model", ""));
  if (state.contains("measured_with"))  // since 0.3
    for (const auto& [name, set] : state["measured_with"].items())
      if (const auto number = session_.scalars().find(name))
        backend_->note_measured(*number, backend_->find_set(set.get<std::string>()));
  position_ = position_of(state);
  restore_base_rate(
      from_bits(state.at("base_learning_rate").get<std::string>()),
      state.contains("manifest_rate") ? std::optional(from_bits(state["manifest_rate"].get<std::string>())) : std::nullopt);
  warned_of_nan_ = state.at("warned_of_nan").get<bool>();
  measure_->reset();
  measure_->set_state({from_bits(state.at("loss_sum").get<std::string>()), from_bits(state.at("loss_weight").get<std::string>()),
                       state.at("loss_batches").get<std::uint64_t>()});
  for (const auto& [name, value] : state.at("numbers").items())
    if (const auto index = session_.scalars().find(name)) session_.scalars().set(*index, from_bits(value.get<std::string>()));
  if (state.contains("best")) {
    best_.emplace();
    best_->epoch = state["best"].at("epoch").get<std::uint64_t>();
    for (const json& each : state["best"].at("numbers"))
      best_->numbers.emplace_back(each.at(0).get<std::string>(), from_bits(each.at(1).get<std::string>()));
  }
  if (state.contains("stop")) {
    const std::string who = state["stop"].at("who").get<std::string>();
    if (digest_of(who) == state["stop"].value("parameters", ""))
      stop_ = {TREINO_EARLY_STOPPED, state["stop"].at("reason").get<std::string>(), who};
    else
      session_.log().message(host::Log::Level::info, who,
                             "stopped the run before; its parameters have changed since, so it decides again");
  }
  const json& plugins = state.at("plugins");
  for (const auto& instance : session_.instances()) {
    if (!instance->has_state()) continue;
    const auto* saved = file.find(state_name(*instance));
    if (saved == nullptr) {
      if (is_unused_metric(*instance, position_)) continue;
      session_.log().message(host::Log::Level::warning, instance->name(),
                             "was not in the run when it was saved; it starts afresh");
      continue;
    }
    if (is_unused_metric(*instance, position_)) continue;  // of a file from before they were left out
    std::vector<unsigned char> bytes(saved->size());
    file.read(*saved, std::as_writable_bytes(std::span(bytes)));
    instance->load(bytes, plugins.at(state_name(*instance)).at("version").get<std::uint32_t>());
  }
  if (state.contains("schedule")) compare_schedule(schedule_from_json(state["schedule"]));
  resumed_ = true;
}

std::string Trainer::digest_of(const std::string& instance) const {
  const auto found = digests_.find(instance);
  return found == digests_.end() ? "none" : found->second;
}

void Trainer::restore_optimizer(const store::TensorReader& file, const std::filesystem::path& path) {
  bool fresh = false;
  for (nn::OptimizerState& own : optimizer_->state()) {
    const std::string name = "treino.optimizer/" + own.name;
    if (file.find(name) == nullptr)
      fresh = true;
    else
      copy_tensor(file, path, name, own.shape, own.value);
  }
  if (fresh)
    session_.log().message(host::Log::Level::warning, "",
                           "the optimizer " + plan_.optimizer.type +
                               " keeps a state (its momentum) that the run did not have when it was saved; it begins at 0");
}

/// Plugins may have set another rate than the manifest's, so that what was saved counts; unless the user has given a new one.
void Trainer::restore_base_rate(double saved, std::optional<double> of_manifest) {
  const double given = plan_.manifest.learning_rate.value;
  const bool changed = of_manifest && *of_manifest != given;
  session_.learning_rate().set_base(changed ? given : saved);
  if (!changed) return;
  char text[128];
  std::snprintf(text, sizeof text,
                "the learning rate begins at %g from here on; the manifest said %g before, and the run stood at %g", given,
                *of_manifest, saved);
  session_.log().message(host::Log::Level::info, "", text);
}

/// A schedule that counts on the run's length jumps where that is changed: the user is to know.
void Trainer::compare_schedule(const host::LearningRate::Schedule& before) {
  if (before.base != session_.learning_rate().base()) return;
  session_.learning_rate().move_to(before.step, before.epoch);
  const host::LearningRate::Schedule now = session_.learning_rate().schedule();
  for (std::size_t i = 0; i < std::min(now.rates.size(), before.rates.size()); ++i) {
    if (now.rates[i] == before.rates[i] || std::isnan(now.rates[i]) || std::isnan(before.rates[i])) continue;
    char text[128];
    std::snprintf(text, sizeof text,
                  "gives the learning rate %g where it gave %g before: its parameters or the run's length have changed",
                  now.rates[i], before.rates[i]);
    return session_.log().message(host::Log::Level::warning, plan_.schedulers.at(i).name(), text);
  }
}

}  // namespace treino::train
