// Callbacks in C++: derive from treino::Callback, override the events you want, and say so in the description.
#pragma once
#include <algorithm>
#include <treino/detail/component.hpp>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

using Event = treino_event_info;

/// Of run_end and exception: how the run ended; of epoch_end: running, or why the epoch was cut short.
inline Outcome outcome_of(const Event& event) { return static_cast<Outcome>(event.outcome); }

/// For messages: "early stopped"; what a newer host calls otherwise has failed.
inline const char* text_of(Outcome outcome) { return outcome == Outcome::early_stopped ? "early stopped" : name_of(outcome); }

namespace detail {
template <class T>
struct CallbackTable;
}

/// One virtual function per event, `virtual void on_epoch_end(const Event&)` and so on for every name of TREINO_EACH_EVENT; only
/// those that a class overrides (publicly) are ever called. Exceptions are reported with the plugin's name and handled as the
/// manifest's `on_error` says. Where on_run_begin has thrown, what it was to prepare is not there: of the events after it only
/// run_end reaches the class.
class Callback : public Plugin {
 public:
  Callback() = default;
  explicit Callback(const Setup& setup) : host_(setup.host()) {}

#define TREINO_HOOK(NAME, name, number) \
  virtual void on_##name(const Event&) {}
  TREINO_EACH_EVENT(TREINO_HOOK)
#undef TREINO_HOOK

  /// Asked once after construction: the events that this instance, with its parameters, has a use for (bits 1 << TREINO_...).
  virtual std::uint64_t wanted() const { return ~std::uint64_t{0}; }

 protected:
  const Host& host() const { return host_; }

 private:
  template <class T>
  friend struct detail::CallbackTable;
  Host host_;
  bool begun_ = true;  // false where on_run_begin has failed
};

namespace detail {

using Hook = void (Callback::*)(const Event&);

template <class T>
struct CallbackTable {
  template <class Function>
  static constexpr std::uint64_t bit(Function, unsigned event) {
    return std::is_same_v<Function, Hook> ? 0 : std::uint64_t{1} << event;
  }
  static constexpr std::uint64_t events() {
#define TREINO_HOOK_BIT(NAME, name, number) bit(&T::on_##name, number) |
    return TREINO_EACH_EVENT(TREINO_HOOK_BIT) std::uint64_t{0};
#undef TREINO_HOOK_BIT
  }

  static void dispatch(T& self, const Event& event) {
    Callback& base = self;
    if (!base.begun_ && event.type != TREINO_RUN_BEGIN && event.type != TREINO_RUN_END) return;
    if (event.type == TREINO_RUN_BEGIN) base.begun_ = false;
    switch (event.type) {
#define TREINO_HOOK_CALL(NAME, name, number) \
  case number:                               \
    self.on_##name(event);                   \
    break;
      TREINO_EACH_EVENT(TREINO_HOOK_CALL)
#undef TREINO_HOOK_CALL
      default:
        break;  // an event of a newer host, which the mask did not ask for
    }
    if (event.type == TREINO_RUN_BEGIN) base.begun_ = true;
  }

  static treino_status on(void* self, const treino_event_info* event, treino_error* error) {
    return guarded(error, [&] { dispatch(Lifecycle<T, Callback>::get(self), *event); });
  }
  static std::uint64_t wanted(void* self) { return Lifecycle<T, Callback>::get(self).wanted() & events(); }
};

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Callback, T>>> {
  using Base = Callback;
  static constexpr const char* kind = "callback";
  static constexpr treino_callback table() {
    return {sizeof(treino_callback), 0, CallbackTable<T>::events(), CallbackTable<T>::on, CallbackTable<T>::wanted};
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
