// The services in abi.h that need the session alone: log, run, scalars, random, screen, children.
#include "host/session/services/services.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "host/session/services/services_collective.hpp"
#include "host/session/services/services_control.hpp"
#include "host/session/services/services_model.hpp"
#include "host/session/services/services_outputs.hpp"
#include "host/session/services/services_threads.hpp"
#include "manifest/scalar_names.hpp"
#include "manifest/suggestion.hpp"

namespace treino::host {

namespace {

using namespace services;

// ---- log, run

void log_message(const treino_host* host, std::uint32_t level, const char* text) {
  guarded(nullptr, [&] {
    const auto clamped = static_cast<Log::Level>(std::min<std::uint32_t>(level, TREINO_LOG_ERROR));
    session_of(host).log().message(clamped, Instance::of(host).name(), text_or_empty(text));
    return TREINO_OK;
  });
}
constexpr treino_log log_service{sizeof(treino_log), 0, log_message};

const treino_run_info* run_info(const treino_host* host) { return &Instance::of(host).info(); }
constexpr treino_run run_service{sizeof(treino_run), 0, run_info};

// ---- scalars

std::uint32_t scalar_count(const treino_host* host) { return session_of(host).scalars().count(); }
const char* scalar_name(const treino_host* host, std::uint32_t index) {
  Scalars& scalars = session_of(host).scalars();
  return index < scalars.count() ? scalars.name(index).c_str() : nullptr;
}
std::uint32_t scalar_direction(const treino_host* host, std::uint32_t index) {
  Scalars& scalars = session_of(host).scalars();
  return index < scalars.count() ? scalars.direction(index) : std::uint32_t{TREINO_NO_DIRECTION};
}
treino_status scalar_find(const treino_host* host, const char* name, std::uint32_t* index, treino_error* error) {
  return guarded(error, [&] {
    const Scalars& scalars = session_of(host).scalars();
    if (const auto found = scalars.find(text_or_empty(name))) {
      *index = *found;
      return TREINO_OK;
    }
    const auto names = scalars.names();
    put(error, "there is no scalar '" + text_or_empty(name) + "'." + manifest::suggestion(text_or_empty(name), names) +
                   " This run has: " + manifest::enumerate(names));
    return TREINO_FAILED;
  });
}

treino_status scalar_declare(const treino_host* host, const char* name, std::uint32_t direction, std::uint32_t* index,
                             treino_error* error) {
  return guarded(error, [&] {
    Instance& instance = Instance::of(host);
    const std::string text = text_or_empty(name);
    if (!instance.creating()) throw std::logic_error("scalars are declared during create, and '" + text + "' was not");
    if (!instance.may_log(text)) throw std::logic_error("the description's `scalars` does not list '" + text + "'");
    if (instance.component().description.no_direction && direction != TREINO_NO_DIRECTION)
      throw std::logic_error("the description says no_direction = true, and '" + text + "' has one");
    *index = instance.session().scalars().add(text, direction, instance.name(), TREINO_SCALAR_CALLBACK);
    return TREINO_OK;
  });
}
treino_status scalar_log(const treino_host* host, std::uint32_t index, double value) {
  Instance& instance = Instance::of(host);
  Scalars& scalars = instance.session().scalars();
  if (index >= scalars.count() || scalars.owner(index) != instance.name()) return TREINO_FAILED;
  scalars.set(index, value);
  return TREINO_OK;
}
treino_status scalar_value(const treino_host* host, std::uint32_t index, double* value) {
  return guarded(nullptr, [&]() -> treino_status {
    Scalars& scalars = session_of(host).scalars();
    if (index >= scalars.count()) return TREINO_MISSING;
    const auto found = scalars.value(index);
    if (!found) return TREINO_MISSING;
    *value = *found;
    return TREINO_OK;
  });
}
std::uint32_t scalar_origin(const treino_host* host, std::uint32_t index) {
  const Scalars& scalars = session_of(host).scalars();
  return index < scalars.count() ? scalars.origin(index) : std::uint32_t{TREINO_SCALAR_CALLBACK};
}
constexpr treino_scalars scalars_service{
    sizeof(treino_scalars), 0,          scalar_count, scalar_name,  scalar_direction, scalar_find,
    scalar_declare,         scalar_log, scalar_value, scalar_origin};

// ---- tables

std::uint32_t table_count(const treino_host* host) { return session_of(host).tables().count(); }
treino_status table_view(const treino_host* host, std::uint32_t index, treino_table* table) {
  const Tables& tables = session_of(host).tables();
  if (table == nullptr || index >= tables.count()) return TREINO_MISSING;
  const treino_table full = tables.view(index);
  const std::uint32_t size = table->size;
  std::memcpy(table, &full, std::min<std::size_t>(size, sizeof full));
  table->size = size;
  return full.values != nullptr || tables.at(index).present ? TREINO_OK : TREINO_MISSING;
}
constexpr treino_tables tables_service{sizeof(treino_tables), 0, table_count, table_view};

// ---- random, screen, children

double random_uniform(const treino_host* host, std::uint64_t step, std::uint64_t index) {
  const Instance& instance = Instance::of(host);
  std::uint64_t seed = instance.info().seed;
  for (const char letter : instance.name()) seed = (seed ^ static_cast<unsigned char>(letter)) * 1099511628211ull;
  const base::RandomStream stream(seed, base::Purpose::plugin, step);
  return static_cast<double>(stream.bits(2 * index)) * 0x1p-32 + static_cast<double>(stream.bits(2 * index + 1) >> 11) * 0x1p-53;
}
constexpr treino_random random_service{sizeof(treino_random), 0, random_uniform};

std::uint32_t screen_is_terminal(const treino_host* host) { return session_of(host).log().screen().is_terminal(); }
std::uint32_t screen_columns(const treino_host* host) { return session_of(host).log().screen().columns(); }
std::uint32_t screen_colors(const treino_host* host) { return session_of(host).log().screen().colors(); }
void screen_line(const treino_host* host, const char* text) {
  guarded(nullptr, [&] {
    session_of(host).note_drawn();
    session_of(host).log().screen().line(text_or_empty(text));
    return TREINO_OK;
  });
}
void screen_status(const treino_host* host, const char* text) {
  guarded(nullptr, [&] {
    session_of(host).note_drawn();
    session_of(host).log().screen().status(text_or_empty(text));
    return TREINO_OK;
  });
}
constexpr treino_screen screen_service{sizeof(treino_screen), 0,           screen_is_terminal, screen_columns,
                                       screen_colors,         screen_line, screen_status};

treino_status child_create(const treino_host* host, const char* kind, const treino_value* table, treino_child* child,
                           treino_error* error) {
  return guarded(error, [&] {
    Instance& parent = Instance::of(host);
    if (!parent.creating()) throw std::logic_error("children are created during create only");
    if (table == nullptr || table->type != TREINO_TABLE)
      throw std::invalid_argument("a child is a table { plugin = \"...\", ... }");
    const auto known = manifest::kind_named(text_or_empty(kind));
    if (!known) throw std::invalid_argument(std::string("there is no kind '") + text_or_empty(kind) + "' of plugins");
    auto [component, parameters] = parent.session().child_resolver()(*known, to_table(table->as.table, table->count));
    Instance& made = parent.add_child(component, parameters);
    const ChildTables& tables = made.tables_for_parent();
    child->state_version = made.component().lifecycle.state_version;
    child->self = made.self();
    child->lifecycle = tables.lifecycle();
    child->functions = tables.functions();
    return TREINO_OK;
  });
}
constexpr treino_children children_service{sizeof(treino_children), 0, child_create};

}  // namespace

const void* find_service(const char* name) {
  static constexpr struct {
    const char* name;
    const void* table;
  } services[] = {{TREINO_LOG_SERVICE, &log_service},
                  {TREINO_RUN_SERVICE, &run_service},
                  {TREINO_SCALARS_SERVICE, &scalars_service},
                  {TREINO_CONTROL_SERVICE, &control_service},
                  {TREINO_LEARNING_RATE_SERVICE, &learning_rate_service},
                  {TREINO_CHECKPOINT_SERVICE, &checkpoint_service},
                  {TREINO_MODEL_SERVICE, &model_service},
                  {TREINO_PREDICTIONS_SERVICE, &predictions_service},
                  {TREINO_RANDOM_SERVICE, &random_service},
                  {TREINO_SCREEN_SERVICE, &screen_service},
                  {TREINO_CHILDREN_SERVICE, &children_service},
                  {TREINO_WEIGHTS_SERVICE, &weights_service},
                  {TREINO_PROFILE_SERVICE, &profile_service},
                  {TREINO_OUTPUTS_SERVICE, &outputs_service},
                  {TREINO_TABLE_SERVICE, &tables_service},
                  {TREINO_COLLECTIVE_SERVICE, &collective_service},
                  {TREINO_THREADS_SERVICE, &threads_service}};
  for (const auto& service : services)
    if (name != nullptr && std::strcmp(service.name, name) == 0) return service.table;
  return nullptr;
}

}  // namespace treino::host
