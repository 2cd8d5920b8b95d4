// Tables with something missing or amiss, as a loaded library could hand them over.
#include <cstring>

#include "host/library/elf_reader.hpp"
#include "host/library/load_tables.hpp"
#include "support/catch.hpp"

using treino::host::Candidate;
using treino::host::read_components;

namespace {

constexpr const char* description_text = "the description";

/// A plugin whose every table is right, to be spoiled; and what its note says.
struct Plugin {
  treino_lifecycle lifecycle{sizeof lifecycle, 1, create, destroy, save, load, nullptr};
  treino_callback callback{sizeof callback, 0, 1u << TREINO_EPOCH_END, on, nullptr};
  treino_scheduler scheduler{sizeof scheduler, 0, nullptr, rate};
  treino_loss loss{sizeof loss, 0, prepare, takes, evaluate, nullptr};
  treino_metric metric{sizeof metric, 0, prepare, count, name, direction, reset, update, merge, compute};
  treino_component component{sizeof component, 0, nullptr, description_text, &lifecycle, nullptr};
  const treino_component* components[1] = {&component};
  treino_plugin plugin{sizeof plugin, TREINO_ABI_MAJOR, TREINO_ABI_MINOR, 1, 1, 0, components};
  Candidate candidate;

  explicit Plugin(const char* kind) {
    component.kind = kind;
    if (std::strcmp(kind, "callback") == 0) component.functions = &callback;
    if (std::strcmp(kind, "scheduler") == 0) component.functions = &scheduler;
    if (std::strcmp(kind, "loss") == 0) component.functions = &loss;
    if (std::strcmp(kind, "metric") == 0) component.functions = &metric;
    candidate.path = "spoiled.so";
    candidate.texts = {description_text};
    candidate.descriptions.resize(1);
    candidate.descriptions[0].kind = kind;
    candidate.descriptions[0].id = "spoiled";
    if (component.functions == &callback) candidate.descriptions[0].events = {"epoch_end"};
  }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  std::string refusal() const {
    try {
      read_components(plugin, candidate);
      return "";
    } catch (const treino::host::FormatError& refusal) {
      return refusal.what();
    }
  }

  static treino_status create(const treino_host*, const treino_parameter*, std::uint32_t, void**, treino_error*) {
    return TREINO_OK;
  }
  static void destroy(void*) {}
  static treino_status save(void*, const treino_sink*, treino_error*) { return TREINO_OK; }
  static treino_status load(void*, const treino_source*, std::uint32_t, treino_error*) { return TREINO_OK; }
  static treino_status on(void*, const treino_event_info*, treino_error*) { return TREINO_OK; }
  static treino_status rate(void*, std::uint64_t, double, treino_schedule_value*, treino_error*) { return TREINO_OK; }
  static treino_status prepare(void*, const treino_problem*, treino_error*) { return TREINO_OK; }
  static std::uint32_t takes(void*, std::uint32_t*) { return TREINO_PREDICTION_VALUES; }
  static treino_status evaluate(void*, const treino_tensor*, const treino_tensor*, const treino_tensor*, const treino_tensor*,
                                treino_loss_value*, treino_error*) {
    return TREINO_OK;
  }
  static std::uint32_t count(void*) { return 0; }
  static const char* name(void*, std::uint32_t) { return nullptr; }
  static std::uint32_t direction(void*, std::uint32_t) { return 0; }
  static treino_status reset(void*, treino_error*) { return TREINO_OK; }
  static treino_status update(void*, const treino_tensor*, const treino_tensor*, const treino_tensor*, treino_error*) {
    return TREINO_OK;
  }
  static treino_status merge(void*, const treino_source*, std::uint32_t, treino_error*) { return TREINO_OK; }
  static treino_status compute(void*, double*, treino_error*) { return TREINO_OK; }
};

template <class Member>
std::string without(const char* kind, Member spoil) {
  Plugin plugin(kind);
  spoil(plugin);
  return plugin.refusal();
}

std::string lacks(const char* function, const std::string& kind) {
  return "lacks the function '" + std::string(function) + "' of its " + kind + " 'spoiled'";
}

}  // namespace

TEST_CASE("unspoiled tables are copied whole") {
  for (const char* kind : {"callback", "scheduler", "loss", "metric"}) CHECK(Plugin(kind).refusal() == "");
  const Plugin plugin("metric");
  const auto component = read_components(plugin.plugin, plugin.candidate).at(0);
  CHECK(component->metric.compute == &Plugin::compute);
  CHECK(component->loss.evaluate == nullptr);
  CHECK(component->path == "spoiled.so");
}

TEST_CASE("each mandatory function that is missing is named") {
  CHECK(without("callback", [](Plugin& p) { p.callback.on = nullptr; }) == lacks("on", "callback"));
  CHECK(without("scheduler", [](Plugin& p) { p.scheduler.learning_rate = nullptr; }) == lacks("learning_rate", "scheduler"));
  CHECK(without("loss", [](Plugin& p) { p.loss.prepare = nullptr; }) == lacks("prepare", "loss"));
  CHECK(without("loss", [](Plugin& p) { p.loss.takes = nullptr; }) == lacks("takes", "loss"));
  CHECK(without("loss", [](Plugin& p) { p.loss.evaluate = nullptr; }) == lacks("evaluate", "loss"));
  CHECK(without("metric", [](Plugin& p) { p.metric.prepare = nullptr; }) == lacks("prepare", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.metric.count = nullptr; }) == lacks("count", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.metric.name = nullptr; }) == lacks("name", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.metric.direction = nullptr; }) == lacks("direction", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.metric.reset = nullptr; }) == lacks("reset", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.metric.update = nullptr; }) == lacks("update", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.metric.merge = nullptr; }) == lacks("merge", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.metric.compute = nullptr; }) == lacks("compute", "metric"));
  CHECK(without("metric", [](Plugin& p) { p.lifecycle.save = nullptr, p.lifecycle.load = nullptr; }) == lacks("save", "metric"));
  CHECK(without("loss", [](Plugin& p) { p.lifecycle.create = nullptr; }) == lacks("create", "loss"));
  CHECK(without("loss", [](Plugin& p) { p.lifecycle.destroy = nullptr; }) == lacks("destroy", "loss"));
  CHECK(without("loss", [](Plugin& p) { p.lifecycle.save = nullptr; }) == lacks("save", "loss"));
  CHECK(without("loss", [](Plugin& p) { p.lifecycle.load = nullptr; }) == lacks("load", "loss"));
}

TEST_CASE("state is optional but for metrics") {
  CHECK(without("callback", [](Plugin& p) { p.lifecycle.save = nullptr, p.lifecycle.load = nullptr; }) == "");
}

TEST_CASE("tables that are missing, too small or absurdly large are refused") {
  CHECK(without("loss", [](Plugin& p) { p.plugin.components = nullptr; }) == "gives no components");
  CHECK(without("loss", [](Plugin& p) { p.components[0] = nullptr; }) == "gives no treino_component");
  CHECK(without("loss", [](Plugin& p) { p.component.lifecycle = nullptr; }) == "gives no treino_lifecycle");
  CHECK(without("loss", [](Plugin& p) { p.component.functions = nullptr; }) == "gives no treino_loss");
  CHECK(without("loss", [](Plugin& p) { p.loss.size = 24; }) == "gives a treino_loss of 24 bytes, 32 are the least");
  CHECK(without("loss", [](Plugin& p) { p.loss.size = 33; }) == "gives a treino_loss of 33 bytes, which is no size of one");
  CHECK(without("loss", [](Plugin& p) { p.loss.size = 0xfffffff8; }) ==
        "gives a treino_loss of 4294967288 bytes, which is no size of one");
  CHECK(without("loss", [](Plugin& p) { p.plugin.size = 24; }) == "gives a treino_plugin of 24 bytes, 32 are the least");
}

TEST_CASE("a component that is another than its note says is refused") {
  CHECK(without("loss", [](Plugin& p) { p.component.kind = "metric"; }) ==
        "is at odds with itself: 'spoiled' is no loss, as its description says");
  CHECK(without("loss", [](Plugin& p) { p.component.kind = nullptr; }) ==
        "is at odds with itself: 'spoiled' is no loss, as its description says");
  const std::string another = "is at odds with itself: a component's description is not among those in .note.treino";
  CHECK(without("loss", [](Plugin& p) { p.component.description = "the description, but longer"; }) == another);
  CHECK(without("loss", [](Plugin& p) { p.component.description = nullptr; }) == another);
  CHECK(without("loss", [](Plugin& p) { p.lifecycle.state_version = 2; }) ==
        "is at odds with itself: its description says state_version = 1, its code 2");
}

TEST_CASE("a component that comes twice is refused") {
  Plugin plugin("loss");
  const treino_component* twice[] = {&plugin.component, &plugin.component};
  plugin.plugin.components = twice;
  plugin.candidate.texts.push_back("another description");
  plugin.candidate.descriptions.resize(2);
  CHECK(plugin.refusal() == "gives the component 'spoiled' twice");
}

TEST_CASE("events of a newer header are listed by number") {
  CHECK(without("callback", [](Plugin& p) { p.callback.events = std::uint64_t{1} << 40; }) ==
        "is at odds with itself: its description says events = epoch_end, its code handles event 40");
  CHECK(without("callback", [](Plugin& p) { p.callback.events = 0; }) ==
        "is at odds with itself: its description says events = epoch_end, its code handles none");
}
