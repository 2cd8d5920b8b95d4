// Plugins without libraries, for tests of the host's own behavior: components whose functions are this process's.
#pragma once
#include <treino/abi.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/session/session.hpp"

namespace treino::test {

/// What a callback made here does; `self` of the contract points to one.
struct Script {
  std::function<treino_status(const treino_event_info&, treino_error*)> on;
  const treino_host* host = nullptr;  // from create on
};

inline std::shared_ptr<host::Component> callback_component(const std::string& id, Script& script, std::uint64_t events) {
  static thread_local Script* next = nullptr;
  next = &script;
  auto component = std::make_shared<host::Component>();
  component->description.kind = "callback";
  component->description.id = id;
  component->lifecycle = {
      sizeof(treino_lifecycle),
      1,
      [](const treino_host* host, const treino_parameter*, std::uint32_t, void** self, treino_error*) -> treino_status {
        *self = next;
        next->host = host;
        return TREINO_OK;
      },
      [](void*) {},
      nullptr,
      nullptr,
      nullptr};
  component->callback = {sizeof(treino_callback), 0, events,
                         [](void* self, const treino_event_info* event, treino_error* error) {
                           return static_cast<Script*>(self)->on(*event, error);
                         },
                         nullptr};
  return component;
}

/// A scheduler whose rate is `function` of t and base.
using RateFunction = double (*)(std::uint64_t, double);
inline std::shared_ptr<host::Component> scheduler_component(RateFunction& function) {
  static thread_local RateFunction* next = nullptr;
  next = &function;
  auto component = std::make_shared<host::Component>();
  component->description.kind = "scheduler";
  component->lifecycle.create = [](const treino_host*, const treino_parameter*, std::uint32_t, void** self,
                                   treino_error*) -> treino_status {
    *self = next;
    return TREINO_OK;
  };
  component->lifecycle.destroy = [](void*) {};
  component->scheduler = {
      sizeof(treino_scheduler), 0, nullptr,
      [](void* self, std::uint64_t t, double base, treino_schedule_value* value, treino_error*) -> treino_status {
        value->learning_rate = (*static_cast<RateFunction*>(self))(t, base);
        return TREINO_OK;
      }};
  return component;
}

/// A session whose screen is silent.
struct SilentSession {
  host::Screen screen{1, true};
  host::Log log{screen};
  host::Session session{log};
};

inline treino_event_info event() {
  treino_event_info event{};
  event.size = sizeof event;
  event.text = "";
  return event;
}

}  // namespace treino::test
