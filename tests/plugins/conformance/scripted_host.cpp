// The host's services as a case scripts them, so that a plugin is tested without a run.
#include "plugins/conformance/scripted_host.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "manifest/suggestion.hpp"
#include "manifest/value.hpp"

namespace treino::conformance {
namespace {

constexpr std::uint32_t parameters = 3;
constexpr const char* parameter_names[parameters] = {"dense_1/weight", "dense_1/bias", "batch_norm_1/mean"};
constexpr std::int64_t matrix_shape[] = {2, 3}, matrix_strides[] = {4, 1}, gradient_strides[] = {3, 1};
constexpr std::int64_t vector_shape[] = {3}, vector_strides[] = {1};

treino_status put(treino_error* error, const std::string& text) {
  const std::size_t size = std::min<std::size_t>(text.size(), error->capacity - 1);
  std::memcpy(error->text, text.data(), size);
  error->text[size] = '\0';
  return TREINO_FAILED;
}

std::int64_t place(const treino_tensor& view, std::int64_t index) {
  std::int64_t offset = 0;
  for (std::uint32_t i = view.rank; i-- > 0; index /= view.shape[i]) offset += index % view.shape[i] * view.strides[i];
  return offset;
}

}  // namespace

/// The functions of the contract's tables.
struct ScriptedHost::Services {
  static void log(const treino_host* host, std::uint32_t level, const char* text) {
    static constexpr const char* names[] = {"debug", "info", "warning", "error"};
    of(host).log.push_back(std::string(level <= TREINO_LOG_ERROR ? names[level] : "?") + ": " + text);
  }
  static const treino_run_info* info(const treino_host* host) { return &of(host).info_; }

  static std::uint32_t count(const treino_host* host) { return static_cast<std::uint32_t>(of(host).world_.numbers.size()); }
  static const char* name(const treino_host* host, std::uint32_t index) { return of(host).world_.numbers.at(index).name.c_str(); }
  static std::uint32_t direction(const treino_host* host, std::uint32_t index) {
    return of(host).world_.numbers.at(index).direction;
  }
  static treino_status find(const treino_host* host, const char* name, std::uint32_t* index, treino_error* error) {
    std::vector<std::string> names;
    for (const ScriptedNumber& number : of(host).world_.numbers) {
      if (number.name == name) return *index = static_cast<std::uint32_t>(names.size()), TREINO_OK;
      names.push_back(number.name);
    }
    return put(error, "there is no scalar '" + std::string(name) + "'." + manifest::suggestion(name, names));
  }
  static treino_status declare(const treino_host* host, const char* name, std::uint32_t direction, std::uint32_t* index,
                               treino_error* error) {
    auto& numbers = of(host).world_.numbers;
    for (*index = 0; *index < numbers.size(); ++*index) {
      if (numbers[*index].name != name) continue;
      return numbers[*index].declared ? TREINO_OK : put(error, "the scalar '" + std::string(name) + "' is there already");
    }
    numbers.push_back({name, direction, std::nullopt, true});
    return TREINO_OK;
  }
  static treino_status emit(const treino_host* host, std::uint32_t index, double value) {
    of(host).world_.numbers.at(index).value = value;
    return TREINO_OK;
  }
  static std::uint32_t origin(const treino_host* host, std::uint32_t index) {
    const ScriptedNumber& number = of(host).world_.numbers.at(index);
    return number.declared                                 ? TREINO_SCALAR_CALLBACK
           : number.name.find("loss") != std::string::npos ? TREINO_SCALAR_LOSS
                                                           : TREINO_SCALAR_METRIC;
  }
  static treino_status value(const treino_host* host, std::uint32_t index, double* value) {
    const std::optional<double>& found = of(host).world_.numbers.at(index).value;
    if (!found) return TREINO_MISSING;
    *value = *found;
    return TREINO_OK;
  }

  static void stop(const treino_host* host, std::uint32_t outcome, const char* reason) {
    if (!of(host).stop) of(host).stop = Stop{outcome, reason};
  }
  static void skip_step(const treino_host* host, const char* reason) { of(host).skip = reason; }
  static treino_status remember(const treino_host* host) {
    World& world = of(host).world_;
    world.remembered[0] = world.weight;
    world.remembered[1] = world.bias;
    world.remembered[2] = world.mean;
    return TREINO_OK;
  }
  static treino_status roll_back(const treino_host* host, const char* reason) {
    if (!of(host).world_.remembered[0]) return TREINO_MISSING;
    of(host).back = reason;
    return TREINO_OK;
  }

  /// A bowl: the loss is lowest at a rate of 0.1 and runs away above 1.
  static treino_status trial_steps(const treino_host* host, std::uint64_t steps, double (*next)(void*, std::uint64_t, double),
                                   void* context, treino_error* error) {
    if (of(host).locked_) return put(error, "not here");
    double loss = std::numeric_limits<double>::quiet_NaN();
    for (std::uint64_t done = 0;; ++done) {
      const double rate = next(context, done, loss);
      if (done == steps || !(rate >= 0)) return TREINO_OK;
      loss = 1 + (rate > 1 ? rate * rate : (std::log10(rate) + 1) * (std::log10(rate) + 1) / 10);
    }
  }
  static treino_status estimate_statistics(const treino_host* host, treino_error* error) {
    if (of(host).locked_) return put(error, "not here");
    of(host).world_.mean = {1, 2, 3};
    return TREINO_OK;
  }
  static std::uint64_t collect_garbage(const treino_host*) { return 4096; }

  static std::uint32_t factor_count(const treino_host* host) { return of(host).factor_ == 1 ? 0 : 1; }
  static treino_status factor(const treino_host* host, std::uint32_t index, const char** who, double* value) {
    if (index >= factor_count(host)) return TREINO_MISSING;
    *who = "under_test";
    *value = of(host).factor_;
    return TREINO_OK;
  }
  static double momentum(const treino_host*) { return 0.9; }
  static double weight_decay(const treino_host*) { return 0.01; }

  static treino_status make_weights(const treino_host* host, const char* name, std::uint32_t* set, treino_error*) {
    auto& sets = of(host).world_.sets;
    for (*set = 0; *set < sets.size(); ++*set)
      if (sets[*set].name == name) return TREINO_OK;  // of a resumed run
    sets.push_back({name, {of(host).world_.weight, of(host).world_.bias, of(host).world_.mean}});
    return TREINO_OK;
  }
  static treino_status weights_view(const treino_host* host, std::uint32_t set, std::uint32_t index, treino_tensor* view) {
    auto& sets = of(host).world_.sets;
    if (set >= sets.size() || index >= parameters) return TREINO_MISSING;
    *view = of(host).view(index, false);
    if (!sets[set].in_model) view->data = sets[set].values[index].data();
    return TREINO_OK;
  }
  static treino_status swap_weights(const treino_host* host, std::uint32_t set, treino_error* error) {
    if (of(host).locked_ || set >= of(host).world_.sets.size()) return put(error, "not here");
    of(host).swap(of(host).world_.sets[set]);
    return TREINO_OK;
  }
  static treino_status find_weights(const treino_host* host, const char* name, std::uint32_t* set, treino_error* error) {
    auto& sets = of(host).world_.sets;
    for (*set = 0; *set < sets.size(); ++*set)
      if (sets[*set].name == name) return TREINO_OK;
    return put(error, "there is no set of weights '" + std::string(name) + "'");
  }
  static std::uint32_t swapped(const treino_host* host, std::uint32_t set) {
    return set < of(host).world_.sets.size() && of(host).world_.sets[set].in_model ? 1 : 0;
  }
  static const char* measured_with(const treino_host*, std::uint32_t) { return ""; }

  static treino_status profile_start(const treino_host* host, std::uint64_t mask, std::uint64_t, treino_error*) {
    of(host).recording_ = (mask >> TREINO_SPAN_DATA & 1) != 0;
    of(host).recorded_from_ = of(host).waited_;
    return TREINO_OK;
  }
  static void profile_stop(const treino_host* host) { of(host).recording_ = false; }
  static std::uint64_t profile_spans(const treino_host*, const treino_span** spans, std::uint64_t* dropped) {
    *spans = nullptr;
    if (dropped != nullptr) *dropped = 0;
    return 0;
  }
  static treino_span_total profile_total(const treino_host* host, std::uint32_t category) {
    if (category != TREINO_SPAN_DATA || !of(host).recording_) return {0, 0};
    return {of(host).waited_ - of(host).recorded_from_, 1};
  }
  static const char* profile_subject(const treino_host*, std::uint32_t, std::uint32_t) { return ""; }
  static std::uint64_t profile_now() { return entered_ == nullptr ? 0 : entered_->clock_; }

  static double current(const treino_host* host) { return of(host).rate(); }
  static double base(const treino_host* host) { return of(host).world_.schedule; }
  static void set_base(const treino_host* host, double rate) { of(host).world_.schedule = rate; }
  static void set_factor(const treino_host* host, double factor, double floor) {
    of(host).factor_ = factor;
    of(host).floor_ = floor;
  }
  static void save(const treino_host* host, const char* path, std::uint32_t contents) {
    of(host).saves.push_back({path, contents == TREINO_SAVE_EVERYTHING, ""});
  }
  static void save_as(const treino_host* host, const char* path, std::uint32_t contents, const char* weights, std::uint32_t) {
    of(host).saves.push_back({path, contents == TREINO_SAVE_EVERYTHING, weights});
  }

  static std::uint32_t parameter_count(const treino_host*) { return parameters; }
  static const char* parameter_name(const treino_host*, std::uint32_t index) {
    return index < parameters ? parameter_names[index] : nullptr;
  }
  static std::uint32_t trainable(const treino_host* host, std::uint32_t index) {
    return index < parameters && of(host).trainable_[index] ? 1 : 0;
  }
  static treino_status set_trainable(const treino_host* host, std::uint32_t index, std::uint32_t on, treino_error* error) {
    if (index >= 2) return put(error, "there is no such parameter, or it is never trained");
    of(host).trainable_[index] = on != 0;
    return TREINO_OK;
  }
  static treino_status parameter(const treino_host* host, std::uint32_t index, treino_tensor* view) {
    if (index >= parameters) return TREINO_MISSING;
    *view = of(host).view(index, false);
    return TREINO_OK;
  }
  static treino_status gradient(const treino_host* host, std::uint32_t index, treino_tensor* view) {
    if (index >= 2) return TREINO_MISSING;
    *view = of(host).view(index, true);
    return TREINO_OK;
  }
  static treino_status set_parameter(const treino_host* host, std::uint32_t index, const treino_tensor* values,
                                     treino_error* error) {
    if (index >= parameters) return put(error, "there is no such parameter");
    if (of(host).locked_) return put(error, "weights may not be set here");
    const treino_tensor to = of(host).view(index, false);
    if (values->rank != to.rank || !std::equal(to.shape, to.shape + to.rank, values->shape)) return put(error, "another shape");
    if (values->type_code != TREINO_DTYPE_FLOAT || values->type_bits != 32) return put(error, "another type");
    const auto* from = reinterpret_cast<const float*>(static_cast<const char*>(values->data) + values->byte_offset);
    const std::int64_t size = index == 0 ? 6 : 3;
    for (std::int64_t i = 0; i < size; ++i) static_cast<float*>(to.data)[place(to, i)] = from[place(*values, i)];
    return TREINO_OK;
  }
  static std::uint32_t layer_count(const treino_host*) { return 1; }
  static treino_status layer(const treino_host*, std::uint32_t index, treino_layer_info* info) {
    if (index > 0) return TREINO_MISSING;
    static constexpr std::uint32_t model_input = TREINO_MODEL_INPUT;
    *info = {sizeof *info, 0, "dense_1", "dense", vector_shape, 1, 9, 9, 12, 12, &model_input, 1};
    return TREINO_OK;
  }
  static treino_status no_view(const treino_host*, treino_tensor*) { return TREINO_MISSING; }
  static const treino_problem* problem(const treino_host* host) { return &of(host).problem_; }

  static double uniform(const treino_host*, std::uint64_t step, std::uint64_t index) {
    return static_cast<double>((step * 2654435761u + index * 40503u) % 65536) / 65536;
  }
  static std::uint32_t is_terminal(const treino_host* host) { return of(host).columns_ > 0 ? 1 : 0; }
  static std::uint32_t columns(const treino_host* host) { return of(host).columns_ > 0 ? of(host).columns_ : 80; }
  static std::uint32_t colors(const treino_host*) { return 0; }
  static void line(const treino_host* host, const char* text) { of(host).lines.emplace_back(text); }
  static void status(const treino_host* host, const char* text) {
    if (is_terminal(host) != 0) of(host).statuses.emplace_back(text);
  }
  static treino_status no_child(const treino_host*, const char*, const treino_value*, treino_child*, treino_error* error) {
    return put(error, "the scripted host has no other plugins");
  }

  static treino_status reduced(const treino_host*, const treino_tensor*, std::uint32_t, treino_error*) { return TREINO_OK; }
  static treino_status gathered(const treino_host*, const void* mine, void* all, const std::uint64_t* counts, treino_error*) {
    if (mine != all) std::memcpy(all, mine, counts[0]);
    return TREINO_OK;
  }
  static treino_status sent(const treino_host*, void*, std::uint64_t, std::uint32_t, treino_error*) { return TREINO_OK; }
  static treino_status met(const treino_host*, treino_error*) { return TREINO_OK; }

  static const void* find_service(const treino_host* host, const char* name) {
    if (of(host).withholds(name)) return nullptr;
    static constexpr treino_log logs{sizeof logs, 0, log};
    static constexpr treino_run runs{sizeof runs, 0, info};
    static constexpr treino_scalars numbers{sizeof numbers, 0,       count, Services::name, direction,
                                            find,           declare, emit,  value,          origin};
    static constexpr treino_control controls{
        sizeof controls, 0, stop, skip_step, remember, roll_back, trial_steps, estimate_statistics, collect_garbage};
    static constexpr treino_learning_rate rates{sizeof rates, 0,      current,  base,        set_base, set_factor,
                                                factor_count, factor, momentum, weight_decay};
    static constexpr treino_checkpoint checkpoints{sizeof checkpoints, 0, save, save_as};
    static constexpr treino_model models{sizeof models, 0,         parameter_count, parameter_name,
                                         trainable,     parameter, gradient,        set_parameter,
                                         layer_count,   layer,     set_trainable};
    static constexpr treino_weights weights{sizeof weights, 0,       make_weights, weights_view,
                                            swap_weights,   swapped, find_weights, measured_with};
    static constexpr treino_profile profiles{
        sizeof profiles, 0, profile_start, profile_stop, profile_spans, profile_total, profile_subject, profile_now};
    static constexpr treino_predictions predictions{sizeof predictions, 0, no_view, no_view, no_view, problem};
    static constexpr treino_random randoms{sizeof randoms, 0, uniform};
    static constexpr treino_screen screens{sizeof screens, 0, is_terminal, columns, colors, line, status};
    static constexpr treino_children children{sizeof children, 0, no_child};
    static constexpr treino_collective_service collectives{sizeof collectives, 0,    reduced,
                                                           gathered,           sent, met};  // of one process
    static constexpr struct {
      const char* name;
      const void* table;
    } services[] = {{TREINO_LOG_SERVICE, &logs},
                    {TREINO_RUN_SERVICE, &runs},
                    {TREINO_SCALARS_SERVICE, &numbers},
                    {TREINO_CONTROL_SERVICE, &controls},
                    {TREINO_LEARNING_RATE_SERVICE, &rates},
                    {TREINO_CHECKPOINT_SERVICE, &checkpoints},
                    {TREINO_MODEL_SERVICE, &models},
                    {TREINO_PREDICTIONS_SERVICE, &predictions},
                    {TREINO_RANDOM_SERVICE, &randoms},
                    {TREINO_SCREEN_SERVICE, &screens},
                    {TREINO_CHILDREN_SERVICE, &children},
                    {TREINO_WEIGHTS_SERVICE, &weights},
                    {TREINO_PROFILE_SERVICE, &profiles},
                    {TREINO_COLLECTIVE_SERVICE, &collectives}};
    for (const auto& service : services)
      if (std::strcmp(service.name, name) == 0) return service.table;
    return nullptr;
  }
};

ScriptedHost::ScriptedHost(std::filesystem::path folder, std::uint32_t columns, std::uint64_t epochs, std::uint64_t batches,
                           std::uint64_t steps)
    : handle_{{sizeof(treino_host), TREINO_ABI_MINOR, Services::find_service}, this},
      folder_(std::move(folder)),
      folder_text_(folder_.string()),
      columns_(columns),
      info_{sizeof info_, 0, "scripted", folder_text_.c_str(), "under_test", 7, epochs, batches, steps, batches * 8, 16, 0, 1},
      problem_{sizeof problem_, TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, 0, 3, 3, 8, nullptr, 1} {
  set_weights_of(0);
}

void ScriptedHost::set_weights_of(std::uint64_t steps) {
  const auto step = static_cast<float>(steps);
  world_.weight = {step, step + 0.5f, -step, 99, 2 * step, 2 * step + 0.25f, 7, 99};
  world_.bias = {-2 * step, 0, step / 4};
  world_.mean = {step * step, 1, 2};
}

bool ScriptedHost::weights_are_of(std::uint64_t steps) const {
  ScriptedHost other(folder_, 0, 0, 0, 0);
  other.set_weights_of(steps);
  return all_weights() == other.all_weights();
}

void ScriptedHost::roll_back() {
  world_.weight = world_.remembered[0].value();
  world_.bias = world_.remembered[1].value();
  world_.mean = world_.remembered[2].value();
}

void ScriptedHost::make_gradients(bool broken) {
  std::fill(gradients_.begin(), gradients_.end(), 0.01f);
  if (broken) gradients_[7] = std::numeric_limits<float>::quiet_NaN();
}

std::vector<float> ScriptedHost::all_weights() const {
  std::vector<float> all = world_.weight;
  all.insert(all.end(), world_.bias.begin(), world_.bias.end());
  all.insert(all.end(), world_.mean.begin(), world_.mean.end());
  return all;
}

std::vector<float>& ScriptedHost::values(std::uint32_t index) {
  return index == 0 ? world_.weight : index == 1 ? world_.bias : world_.mean;
}

void ScriptedHost::swap(World::WeightSet& set) {
  for (std::uint32_t i = 0; i < parameters; ++i) values(i).swap(set.values[i]);
  set.in_model = !set.in_model;
}

double ScriptedHost::rate() const { return std::max(world_.schedule * factor_, std::min(world_.schedule, floor_)); }

treino_tensor ScriptedHost::view(std::uint32_t index, bool gradient) {
  treino_tensor view{};
  view.data = gradient ? gradients_.data() + (index == 0 ? 0 : 6) : values(index).data();
  view.rank = index == 0 ? 2 : 1;
  view.shape = index == 0 ? matrix_shape : vector_shape;
  view.strides = index > 0 ? vector_strides : gradient ? gradient_strides : matrix_strides;
  view.type_code = TREINO_DTYPE_FLOAT;
  view.type_bits = 32;
  view.type_lanes = 1;
  view.device_type = TREINO_DEVICE_CPU;
  return view;
}

}  // namespace treino::conformance
