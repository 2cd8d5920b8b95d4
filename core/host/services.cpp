// The host's side of the services in abi.h: each table's functions find their instance from the handle and act on its session.
#include <treino/abi.h>

#include <cmath>
#include <cstring>

#include "base/random.hpp"
#include "host/session.hpp"

namespace treino::host {

namespace {

Session& session_of(const treino_host* host) { return Instance::of(host).session(); }

void put(treino_error* error, const std::string& text) {
  if (error == nullptr || error->text == nullptr || error->capacity == 0) return;
  const std::size_t size = std::min<std::size_t>(text.size(), error->capacity - 1);
  std::memcpy(error->text, text.data(), size);
  error->text[size] = '\0';
}

/// No exception of the host's goes through a plugin's frames, which may be C.
template <class Body>
treino_status guarded(treino_error* error, Body&& body) {
  try {
    return body();
  } catch (const std::exception& exception) {
    put(error, exception.what());
  } catch (...) {
    put(error, "unknown failure of the host");
  }
  return TREINO_FAILED;
}

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// ---- log, run

void log_message(const treino_host* host, std::uint32_t level, const char* text) {
  guarded(nullptr, [&] {
    const auto clamped = static_cast<Log::Level>(std::min<std::uint32_t>(level, TREINO_LOG_ERROR));
    session_of(host).log().message(clamped, Instance::of(host).name(), text_or_empty(text));
    return TREINO_OK;
  });
}
constexpr treino_log log_service{sizeof(treino_log), 0, log_message};

const treino_run_facts* run_facts(const treino_host* host) { return &Instance::of(host).facts(); }
constexpr treino_run run_service{sizeof(treino_run), 0, run_facts};

// ---- numbers

std::uint32_t number_count(const treino_host* host) { return session_of(host).numbers().count(); }
const char* number_name(const treino_host* host, std::uint32_t index) {
  Numbers& numbers = session_of(host).numbers();
  return index < numbers.count() ? numbers.name(index).c_str() : nullptr;
}
std::uint32_t number_direction(const treino_host* host, std::uint32_t index) {
  Numbers& numbers = session_of(host).numbers();
  return index < numbers.count() ? numbers.direction(index) : std::uint32_t{TREINO_NO_DIRECTION};
}
treino_status number_find(const treino_host* host, const char* name, std::uint32_t* index, treino_error* error) {
  return guarded(error, [&] {
    const Numbers& numbers = session_of(host).numbers();
    if (const auto found = numbers.find(text_or_empty(name))) {
      *index = *found;
      return TREINO_OK;
    }
    const auto names = numbers.names();
    put(error, "there is no number '" + text_or_empty(name) + "'." + manifest::suggestion(text_or_empty(name), names) +
                   " This run has: " + manifest::enumerate(names));
    return TREINO_FAILED;
  });
}

/// "gradient_norm" fits "gradient_*".
bool fits(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  const std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return name.size() >= head.size() + tail.size() && name.substr(0, head.size()) == head &&
         name.substr(name.size() - tail.size()) == tail;
}

treino_status number_declare(const treino_host* host, const char* name, std::uint32_t direction, std::uint32_t* index,
                             treino_error* error) {
  return guarded(error, [&] {
    Instance& instance = Instance::of(host);
    const std::string text = text_or_empty(name);
    if (!instance.creating()) throw std::logic_error("numbers are declared during create, and '" + text + "' was not");
    const auto& emits = instance.component().description.emits;
    if (std::none_of(emits.begin(), emits.end(), [&](const std::string& pattern) { return fits(pattern, text); }))
      throw std::logic_error("the description's `emits` does not list '" + text + "'");
    *index = instance.session().numbers().add(text, direction, instance.name());
    return TREINO_OK;
  });
}
treino_status number_emit(const treino_host* host, std::uint32_t index, double value) {
  Instance& instance = Instance::of(host);
  Numbers& numbers = instance.session().numbers();
  if (index >= numbers.count() || numbers.owner(index) != instance.name()) return TREINO_FAILED;
  numbers.set(index, value);
  return TREINO_OK;
}
treino_status number_value(const treino_host* host, std::uint32_t index, double* value) {
  return guarded(nullptr, [&]() -> treino_status {
    Numbers& numbers = session_of(host).numbers();
    if (index >= numbers.count()) return TREINO_MISSING;
    const auto found = numbers.value(index);
    if (!found) return TREINO_MISSING;
    *value = *found;
    return TREINO_OK;
  });
}
constexpr treino_numbers numbers_service{
    sizeof(treino_numbers), 0,           number_count, number_name, number_direction, number_find,
    number_declare,         number_emit, number_value};

// ---- control, rate, checkpoint

void control_stop(const treino_host* host, std::uint32_t outcome, const char* reason) {
  guarded(nullptr, [&] {
    const bool known = outcome == TREINO_DIVERGED || outcome == TREINO_RUN_FAILED;
    Instance& instance = Instance::of(host);
    instance.session().requests().stop(
        {known ? outcome : std::uint32_t{TREINO_EARLY_STOPPED}, text_or_empty(reason), instance.name()});
    return TREINO_OK;
  });
}
void control_skip(const treino_host* host, const char* reason) {
  guarded(nullptr, [&] {
    session_of(host).requests().skip_step(Instance::of(host).name() + ": " + text_or_empty(reason));
    return TREINO_OK;
  });
}
treino_status control_remember(const treino_host* host) {
  return guarded(nullptr, [&]() -> treino_status {
    if (session_of(host).backend() == nullptr) return TREINO_MISSING;
    session_of(host).backend()->remember();
    return TREINO_OK;
  });
}
treino_status control_roll_back(const treino_host* host, const char* reason) {
  return guarded(nullptr, [&]() -> treino_status {
    Session& session = session_of(host);
    if (session.backend() == nullptr || !session.backend()->remembers()) return TREINO_MISSING;
    session.requests().roll_back(Instance::of(host).name() + ": " + text_or_empty(reason));
    return TREINO_OK;
  });
}
constexpr treino_control control_service{sizeof(treino_control), 0, control_stop, control_skip, control_remember,
                                         control_roll_back};

double rate_current(const treino_host* host) {
  double rate = std::nan("");  // where a scheduler fails now, the loop hears of it at the next step
  guarded(nullptr, [&] {
    rate = session_of(host).rate().rate();
    return TREINO_OK;
  });
  return rate;
}
double rate_base(const treino_host* host) { return session_of(host).rate().base(); }
void rate_set_base(const treino_host* host, double rate) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    if (std::isfinite(rate) && rate >= 0)
      instance.session().rate().set_base(rate);
    else
      instance.session().log().message(Log::Level::warning, instance.name(),
                                       "gave a base rate that is no rate; it was not taken");
    return TREINO_OK;
  });
}
void rate_set_factor(const treino_host* host, double factor, double floor) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    if (std::isfinite(factor) && factor >= 0 && std::isfinite(floor))
      instance.session().rate().set_factor(instance, factor, floor);
    else
      instance.session().log().message(Log::Level::warning, instance.name(), "gave a rate factor that is none; it was not taken");
    return TREINO_OK;
  });
}
constexpr treino_rate rate_service{sizeof(treino_rate), 0, rate_current, rate_base, rate_set_base, rate_set_factor};

void checkpoint_save(const treino_host* host, const char* path, std::uint32_t contents) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    instance.session().requests().save({&instance, text_or_empty(path), contents == TREINO_SAVE_EVERYTHING});
    return TREINO_OK;
  });
}
constexpr treino_checkpoint checkpoint_service{sizeof(treino_checkpoint), 0, checkpoint_save};

// ---- model, predictions

/// The backend, where the run has begun and the index is in range.
Backend* backend_for(const treino_host* host, std::uint32_t index) {
  Session& session = session_of(host);
  Backend* backend = session.running() ? session.backend() : nullptr;
  return backend != nullptr && index < backend->parameter_count() ? backend : nullptr;
}

std::uint32_t model_parameter_count(const treino_host* host) {
  Session& session = session_of(host);
  return session.running() && session.backend() != nullptr ? session.backend()->parameter_count() : 0;
}
const char* model_parameter_name(const treino_host* host, std::uint32_t index) {
  Backend* backend = backend_for(host, index);
  return backend == nullptr ? nullptr : backend->parameter_name(index);
}
std::uint32_t model_parameter_trainable(const treino_host* host, std::uint32_t index) {
  Backend* backend = backend_for(host, index);
  return backend != nullptr && backend->trainable(index) ? 1 : 0;
}
treino_status model_parameter(const treino_host* host, std::uint32_t index, treino_tensor* view) {
  Backend* backend = backend_for(host, index);
  if (backend == nullptr) return TREINO_MISSING;
  *view = backend->parameter(index);
  return TREINO_OK;
}
treino_status model_gradient(const treino_host* host, std::uint32_t index, treino_tensor* view) {
  Backend* backend = backend_for(host, index);
  if (backend == nullptr || !backend->trainable(index)) return TREINO_MISSING;
  *view = backend->gradient(index);
  return TREINO_OK;
}

void copy_into(const treino_tensor& to, const treino_tensor& from) {
  if (from.type_code != TREINO_DTYPE_FLOAT || from.type_bits != 32 || from.rank != to.rank)
    throw std::invalid_argument("set_parameter takes a float32 tensor of the parameter's shape");
  std::int64_t size = 1;
  for (std::uint32_t i = 0; i < to.rank; ++i) {
    if (from.shape[i] != to.shape[i]) throw std::invalid_argument("set_parameter takes a tensor of the parameter's shape");
    size *= to.shape[i];
  }
  auto* target = static_cast<float*>(to.data);
  const auto* source = reinterpret_cast<const float*>(static_cast<const char*>(from.data) + from.byte_offset);
  for (std::int64_t index = 0; index < size; ++index) {
    std::int64_t offset = 0, rest = index;
    for (std::uint32_t i = from.rank; i-- > 0; rest /= from.shape[i]) offset += rest % from.shape[i] * from.strides[i];
    target[index] = source[offset];
  }
}

treino_status model_set_parameter(const treino_host* host, std::uint32_t index, const treino_tensor* values,
                                  treino_error* error) {
  return guarded(error, [&] {
    Backend* backend = backend_for(host, index);
    if (backend == nullptr) throw std::out_of_range("there is no such parameter, or the run has not begun");
    if (session_of(host).weights_locked()) throw std::logic_error("weights may not be set between batch_begin and step_end");
    copy_into(backend->parameter(index), *values);
    return TREINO_OK;
  });
}
std::uint32_t model_layer_count(const treino_host* host) {
  Session& session = session_of(host);
  return session.running() && session.backend() != nullptr ? session.backend()->layer_count() : 0;
}
treino_status model_layer(const treino_host* host, std::uint32_t index, treino_layer_facts* facts) {
  if (index >= model_layer_count(host)) return TREINO_MISSING;
  treino_layer_facts full{};
  full.size = sizeof full;
  session_of(host).backend()->layer(index, full);
  const std::uint32_t size = facts->size;
  std::memcpy(facts, &full, std::min<std::size_t>(size, sizeof full));
  facts->size = size;
  return TREINO_OK;
}
constexpr treino_model model_service{sizeof(treino_model),
                                     0,
                                     model_parameter_count,
                                     model_parameter_name,
                                     model_parameter_trainable,
                                     model_parameter,
                                     model_gradient,
                                     model_set_parameter,
                                     model_layer_count,
                                     model_layer};

template <bool (Backend::*View)(treino_tensor&)>
treino_status batch_view(const treino_host* host, treino_tensor* view) {
  Session& session = session_of(host);
  if (!session.running() || session.backend() == nullptr) return TREINO_MISSING;
  return (session.backend()->*View)(*view) ? TREINO_OK : TREINO_MISSING;
}
const treino_problem* problem(const treino_host* host) {
  Session& session = session_of(host);
  return session.running() && session.backend() != nullptr ? &session.backend()->problem() : nullptr;
}
constexpr treino_predictions predictions_service{sizeof(treino_predictions),       0,
                                                 batch_view<&Backend::prediction>, batch_view<&Backend::target>,
                                                 batch_view<&Backend::rows>,       problem};

// ---- random, screen, children

double random_uniform(const treino_host* host, std::uint64_t step, std::uint64_t index) {
  const Instance& instance = Instance::of(host);
  std::uint64_t seed = instance.facts().seed;
  for (const char letter : instance.name()) seed = (seed ^ static_cast<unsigned char>(letter)) * 1099511628211ull;
  const base::RandomStream stream(seed, base::Purpose::plugin, step);
  return static_cast<double>(stream.bits(2 * index)) * 0x1p-32 + static_cast<double>(stream.bits(2 * index + 1) >> 11) * 0x1p-53;
}
constexpr treino_random random_service{sizeof(treino_random), 0, random_uniform};

std::uint32_t screen_is_terminal(const treino_host* host) { return session_of(host).log().screen().is_terminal(); }
std::uint32_t screen_columns(const treino_host* host) { return session_of(host).log().screen().columns(); }
std::uint32_t screen_colours(const treino_host* host) { return session_of(host).log().screen().colours(); }
void screen_line(const treino_host* host, const char* text) {
  guarded(nullptr, [&] {
    session_of(host).log().screen().line(text_or_empty(text));
    return TREINO_OK;
  });
}
void screen_status(const treino_host* host, const char* text) {
  guarded(nullptr, [&] {
    session_of(host).log().screen().status(text_or_empty(text));
    return TREINO_OK;
  });
}
constexpr treino_screen screen_service{sizeof(treino_screen), 0,           screen_is_terminal, screen_columns,
                                       screen_colours,        screen_line, screen_status};

treino_status child_create(const treino_host* host, const char* kind, const treino_value* table, treino_child* child,
                           treino_error* error) {
  return guarded(error, [&] {
    Instance& parent = Instance::of(host);
    if (!parent.creating()) throw std::logic_error("children are created during create only");
    if (table == nullptr || table->type != TREINO_TABLE)
      throw std::invalid_argument("a child is a table { plugin = \"...\", ... }");
    auto [component, parameters] =
        parent.session().child_resolver()(text_or_empty(kind), to_table(table->as.table, table->count));
    const Instance& made = parent.add_child(component, parameters);
    const Component& loaded = made.component();
    child->state_version = loaded.lifecycle.state_version;
    child->self = made.self();
    child->lifecycle = &loaded.lifecycle;
    child->functions = loaded.description.kind == "scheduler" ? static_cast<const void*>(&loaded.scheduler)
                       : loaded.description.kind == "loss"    ? static_cast<const void*>(&loaded.loss)
                       : loaded.description.kind == "metric"  ? static_cast<const void*>(&loaded.metric)
                                                              : static_cast<const void*>(&loaded.callback);
    return TREINO_OK;
  });
}
constexpr treino_children children_service{sizeof(treino_children), 0, child_create};

}  // namespace

const void* find_service(const char* name) {
  static constexpr struct {
    const char* name;
    const void* table;
  } services[] = {{TREINO_LOG_SERVICE, &log_service},          {TREINO_RUN_SERVICE, &run_service},
                  {TREINO_NUMBERS_SERVICE, &numbers_service},  {TREINO_CONTROL_SERVICE, &control_service},
                  {TREINO_RATE_SERVICE, &rate_service},        {TREINO_CHECKPOINT_SERVICE, &checkpoint_service},
                  {TREINO_MODEL_SERVICE, &model_service},      {TREINO_PREDICTIONS_SERVICE, &predictions_service},
                  {TREINO_RANDOM_SERVICE, &random_service},    {TREINO_SCREEN_SERVICE, &screen_service},
                  {TREINO_CHILDREN_SERVICE, &children_service}};
  for (const auto& service : services)
    if (name != nullptr && std::strcmp(service.name, name) == 0) return service.table;
  return nullptr;
}

}  // namespace treino::host
