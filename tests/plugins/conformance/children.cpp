// Children that a plugin under test asks for are built from the plugins of the build.
#include "plugins/conformance/children.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "host/session/parameters.hpp"
#include "manifest/complete.hpp"
#include "plugins/conformance/instance.hpp"

namespace treino::conformance {
namespace {

std::shared_ptr<const host::Component> load(const std::filesystem::path& library) {
  static std::map<std::filesystem::path, std::shared_ptr<const host::Component>> loaded;
  auto& component = loaded[library];
  if (component == nullptr) {
    const host::Candidate candidate = host::inspect(library, true);
    if (!candidate.refusal.empty()) throw Refusal(library.string() + ": " + candidate.refusal);
    std::vector<std::string> warnings;
    component = host::load(candidate, warnings).at(0);
  }
  return component;
}

const void* functions_of(const host::Component& component) {
  const std::string& kind = component.description.kind;
  if (kind == "scheduler") return &component.scheduler;
  if (kind == "loss") return &component.loss;
  if (kind == "metric") return &component.metric;
  return &component.callback;
}

void ignore_log(const treino_host*, std::uint32_t, const char*) {}

std::uint32_t three_threads(const treino_host*) { return 3; }
/// The last first, so that who counts on an order is found.
treino_status call_backwards(const treino_host*, std::int64_t count,
                             treino_status (*function)(void* user, std::int64_t index, treino_error* error), void* user,
                             treino_error* error) {
  for (std::int64_t i = count; i-- > 0;)
    if (const treino_status status = function(user, i, error); status != TREINO_OK) return status;
  return TREINO_OK;
}

}  // namespace

Children::Children(const PluginUnderTest& plugin)
    : plugin_(plugin), handle_{{sizeof(treino_host), TREINO_ABI_MINOR, service}, this} {}

Children::~Children() {
  // A child's own children were made before it was.
  std::for_each(children_.rbegin(), children_.rend(), [](const Child& child) { child.component->lifecycle.destroy(child.self); });
}

const void* Children::service(const treino_host*, const char* name) {
  static constexpr treino_log log{sizeof(treino_log), 0, ignore_log};
  static constexpr treino_children children{sizeof(treino_children), 0, create};
  static constexpr treino_threads threads{sizeof(treino_threads), 0, three_threads, call_backwards};
  if (std::strcmp(name, TREINO_LOG_SERVICE) == 0) return &log;
  if (std::strcmp(name, TREINO_THREADS_SERVICE) == 0) return &threads;
  return std::strcmp(name, TREINO_CHILDREN_SERVICE) == 0 ? static_cast<const void*>(&children) : nullptr;
}

treino_status Children::create(const treino_host* host, const char* kind, const treino_value* table, treino_child* child,
                               treino_error* error) {
  try {
    reinterpret_cast<const Handle*>(host)->self->make(kind, *table, *child);
    return TREINO_OK;
  } catch (const std::exception& failure) {
    const std::size_t size = std::min<std::size_t>(std::strlen(failure.what()), error->capacity - 1);
    std::memcpy(error->text, failure.what(), size);
    error->text[size] = '\0';
    return TREINO_FAILED;
  }
}

void Children::make(const char* kind, const treino_value& table, treino_child& child) {
  manifest::Table given = host::to_table(table.as.table, table.count);
  const manifest::Value* plugin = manifest::find(given, "plugin");
  const std::string* id = plugin == nullptr ? nullptr : plugin->as<std::string>();
  if (id == nullptr) throw Refusal("a child is a table { plugin = \"...\", ... }");
  // Those of another kind lie in the folder of that kind, beside the plugin's own.
  const std::string folder = std::string(kind) + (std::strcmp(kind, "loss") == 0 ? "es" : "s");
  const std::filesystem::path own = plugin_.library.parent_path();
  const std::shared_ptr<const host::Component> component =
      load((kind == plugin_.description.kind ? own : own.parent_path() / folder) / (*id + ".so"));
  std::erase_if(given, [](const manifest::Entry& entry) { return entry.key == "plugin"; });
  manifest::Faults faults;
  const manifest::Table completed = manifest::complete(component->description, given, {}, component->description.id, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  const host::ParameterPack parameters(completed);
  ErrorBuffer error;
  void* self = nullptr;
  error.check(component->lifecycle.create(&handle_.host, parameters.data(), parameters.count(), &self, error.get()));
  children_.push_back({component, self});
  child.state_version = component->lifecycle.state_version;
  child.self = self;
  child.lifecycle = &component->lifecycle;
  child.functions = functions_of(*component);
}

}  // namespace treino::conformance
