// Tables may be older or newer than the host's: each is copied by its own size, and its functions and description are compared with
// what the file said before it was loaded.
#include "host/library/load_tables.hpp"

#include <cstring>

#include "host/library/elf_reader.hpp"
#include "host/library/events.hpp"
#include "manifest/suggestion.hpp"

namespace treino::host {
namespace {

// Larger than any table will grow, smaller than what is found where a table is not.
constexpr std::uint32_t largest_table = 4096;

/// A zeroed Table with what the library's older or newer one holds. `smallest` is the size of release 0.1, below which nothing
/// works.
template <class Table>
Table copy_of(const void* from, std::uint32_t smallest, const std::string& what) {
  if (from == nullptr) throw FormatError("gives no " + what);
  std::uint32_t size = 0;
  std::memcpy(&size, from, sizeof size);
  const std::string given = "gives a " + what + " of " + std::to_string(size) + " bytes, ";
  if (size < smallest) throw FormatError(given + std::to_string(smallest) + " are the least");
  if (size > largest_table || size % 8 != 0) throw FormatError(given + "which is no size of one");
  Table table{};
  std::memcpy(&table, from, std::min<std::size_t>(size, sizeof table));
  return table;
}

template <class Function>
void require(Function function, const char* name, const Component& component) {
  if (function == nullptr)
    throw FormatError("lacks the function '" + std::string(name) + "' of its " + component.description.kind + " '" +
                      component.description.id + "'");
}

std::string names_of(std::uint64_t events) {
  std::vector<std::string> names;
  for (unsigned event = 0; event < 64; ++event) {
    if ((events >> event & 1u) == 0) continue;
    const char* name = event_name(event);
    names.push_back(name != nullptr ? name : "event " + std::to_string(event));
  }
  return names.empty() ? "none" : manifest::enumerate(names, 64);
}

void check_events(const Component& component) {
  std::uint64_t described = 0;
  for (const std::string& event : component.description.events) described |= std::uint64_t{1} << event_number(event);
  if (described == component.callback.events) return;
  throw FormatError("is at odds with itself: its description says events = " + names_of(described) + ", its code handles " +
                    names_of(component.callback.events));
}

void read_callback(const void* functions, Component& component) {
  component.callback = copy_of<treino_callback>(functions, 32, "treino_callback");
  require(component.callback.on, "on", component);
  check_events(component);
}

void read_scheduler(const void* functions, Component& component) {
  component.scheduler = copy_of<treino_scheduler>(functions, 24, "treino_scheduler");
  require(component.scheduler.learning_rate, "learning_rate", component);
}

void read_loss(const void* functions, Component& component) {
  component.loss = copy_of<treino_loss>(functions, 32, "treino_loss");
  require(component.loss.prepare, "prepare", component);
  require(component.loss.takes, "takes", component);
  require(component.loss.evaluate, "evaluate", component);
}

void read_metric(const void* functions, Component& component) {
  component.metric = copy_of<treino_metric>(functions, 72, "treino_metric");
  const treino_metric& metric = component.metric;
  require(metric.prepare, "prepare", component);
  require(metric.count, "count", component);
  require(metric.name, "name", component);
  require(metric.direction, "direction", component);
  require(metric.reset, "reset", component);
  require(metric.update, "update", component);
  require(metric.merge, "merge", component);
  require(metric.compute, "compute", component);
  require(component.lifecycle.save, "save", component);  // merge and resume live on it
}

void read_exporter(const void* functions, Component& component) {
  component.exporter = copy_of<treino_exporter>(functions, sizeof(treino_exporter), "treino_exporter");
  require(component.exporter.write, "write", component);
}

void read_collective(const void* functions, Component& component) {
  component.collective = copy_of<treino_collective>(functions, sizeof(treino_collective), "treino_collective");
  const treino_collective& collective = component.collective;
  require(collective.open, "open", component);
  require(collective.broadcast, "broadcast", component);
  require(collective.all_gather, "all_gather", component);
  require(collective.all_to_all, "all_to_all", component);
  require(collective.all_reduce, "all_reduce", component);
  require(collective.barrier, "barrier", component);
  require(collective.test, "test", component);
  require(collective.leave, "leave", component);
  require(collective.find_alive, "find_alive", component);
}

void read_optimizer(const void* functions, Component& component) {
  component.optimizer = copy_of<treino_optimizer>(functions, sizeof(treino_optimizer), "treino_optimizer");
  require(component.optimizer.prepare, "prepare", component);
  if (component.description.closure)
    require(component.optimizer.begin_step, "begin_step", component);
  else
    require(component.optimizer.update, "update", component);
  if (component.lifecycle.save != nullptr)
    throw FormatError("gives its optimizer '" + component.description.id +
                      "' a state of its own; what an optimizer remembers are arrays that it names in prepare");
}

void read_layer(const void* functions, Component& component) {
  component.layer = copy_of<treino_layer>(functions, sizeof(treino_layer), "treino_layer");
  require(component.layer.prepare, "prepare", component);
  require(component.layer.forward, "forward", component);
  require(component.layer.backward, "backward", component);
  if (component.lifecycle.save != nullptr)
    throw FormatError("gives its layer '" + component.description.id +
                      "' a state of its own; what a layer learns are parameters that it names in prepare");
}

void read_reader(const void* functions, Component& component) {
  component.reader = copy_of<treino_reader>(functions, sizeof(treino_reader), "treino_reader");
  require(component.reader.open, "open", component);
  require(component.reader.read, "read", component);
  if (component.lifecycle.save != nullptr)
    throw FormatError("gives its reader '" + component.description.id +
                      "' a state of its own; a reader opens its source again where a run is resumed");
}

void read_lifecycle(const treino_lifecycle* lifecycle, Component& component) {
  component.lifecycle = copy_of<treino_lifecycle>(lifecycle, 48, "treino_lifecycle");
  require(component.lifecycle.create, "create", component);
  require(component.lifecycle.destroy, "destroy", component);
  if (component.lifecycle.save == nullptr && component.lifecycle.load == nullptr) return;
  require(component.lifecycle.save, "save", component);
  require(component.lifecycle.load, "load", component);
  if (component.lifecycle.state_version != component.description.state_version)
    throw FormatError(
        "is at odds with itself: its description says state_version = " + std::to_string(component.description.state_version) +
        ", its code " + std::to_string(component.lifecycle.state_version));
}

void read_functions(const void* functions, Component& component) {
  switch (component.kind) {
    case manifest::Kind::callback:
      return read_callback(functions, component);
    case manifest::Kind::scheduler:
      return read_scheduler(functions, component);
    case manifest::Kind::loss:
      return read_loss(functions, component);
    case manifest::Kind::metric:
      return read_metric(functions, component);
    case manifest::Kind::exporter:
      return read_exporter(functions, component);
    case manifest::Kind::collective:
      return read_collective(functions, component);
    case manifest::Kind::optimizer:
      return read_optimizer(functions, component);
    case manifest::Kind::layer:
      return read_layer(functions, component);
    case manifest::Kind::reader:
      return read_reader(functions, component);
  }
}

/// Compares without reading further than the first difference, should the text have no end.
bool same_text(const char* from_code, const std::string& from_note) {
  return std::strncmp(from_code, from_note.c_str(), from_note.size() + 1) == 0;
}

/// Which of the candidate's descriptions a component is. Compilers put notes in an order of their own, so that the order says
/// nothing.
std::size_t description_of(const treino_component& table, const Candidate& candidate) {
  for (std::size_t i = 0; table.description != nullptr && i < candidate.texts.size(); ++i)
    if (same_text(table.description, candidate.texts[i])) return i;
  throw FormatError("is at odds with itself: a component's description is not among those in .note.treino");
}

std::shared_ptr<const Component> read_component(const treino_component& table, const Candidate& candidate, std::size_t index) {
  auto component = std::make_shared<Component>();
  component->path = candidate.path;
  component->sha256 = candidate.sha256;
  component->description = candidate.descriptions[index];
  const std::string& kind = component->description.kind;
  if (table.kind == nullptr || !same_text(table.kind, kind))
    throw FormatError("is at odds with itself: '" + component->description.id + "' is no " + kind + ", as its description says");
  component->kind = *manifest::kind_named(kind);
  read_lifecycle(table.lifecycle, *component);
  read_functions(table.functions, *component);
  return component;
}

}  // namespace

std::vector<std::shared_ptr<const Component>> read_components(const treino_plugin& plugin, const Candidate& candidate) {
  const auto head = copy_of<treino_plugin>(&plugin, 32, "treino_plugin");
  if (head.components == nullptr) throw FormatError("gives no components");
  std::vector<std::shared_ptr<const Component>> components(candidate.descriptions.size());
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto table = copy_of<treino_component>(head.components[i], 40, "treino_component");
    const std::size_t index = description_of(table, candidate);
    if (components[index]) throw FormatError("gives the component '" + candidate.descriptions[index].id + "' twice");
    components[index] = read_component(table, candidate, index);
  }
  return components;
}

}  // namespace treino::host
