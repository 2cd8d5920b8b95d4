// Requests are collected while an event goes round; every receiver is called, whatever one of them asks for or does wrong.
#include "host/session/session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "host/library/component.hpp"

namespace treino::host {

void Requests::stop(Stop stop) {
  const std::lock_guard lock(mutex_);
  if (!stop_) stop_ = std::move(stop);
  pending_ = true;
}

void Requests::save(Save save) {
  const std::lock_guard lock(mutex_);
  saves_.push_back(std::move(save));
  pending_ = true;
}

void Requests::skip_step(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!skip_) skip_ = std::move(reason);
  pending_ = true;
}

void Requests::roll_back(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!roll_back_) roll_back_ = std::move(reason);
  pending_ = true;
}

std::optional<Requests::Stop> Requests::stopped() const {
  if (!any()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return stop_;
}

std::vector<Requests::Save> Requests::take_saves() {
  const std::lock_guard lock(mutex_);
  auto taken = std::exchange(saves_, {});
  note_what_is_left();
  return taken;
}

std::optional<std::string> Requests::take_skip() {
  const std::lock_guard lock(mutex_);
  auto taken = std::exchange(skip_, std::nullopt);
  note_what_is_left();
  return taken;
}

std::optional<std::string> Requests::take_roll_back() {
  const std::lock_guard lock(mutex_);
  auto taken = std::exchange(roll_back_, std::nullopt);
  note_what_is_left();
  return taken;
}

Requests::Pending Requests::pending() const {
  const std::lock_guard lock(mutex_);
  return {stop_, skip_, roll_back_};
}

void Requests::replace(Pending pending) {
  const std::lock_guard lock(mutex_);
  stop_ = std::move(pending.stop);
  skip_ = std::move(pending.skip);
  roll_back_ = std::move(pending.roll_back);
  note_what_is_left();
}

/// So that steps without a request take no lock; to be called with it held.
void Requests::note_what_is_left() { pending_ = stop_ || skip_ || roll_back_ || !saves_.empty(); }

Session::~Session() {
  while (!instances_.empty()) instances_.pop_back();  // last created, first destroyed
}

Instance& Session::create(std::shared_ptr<const Component> component, std::string name, bool may_disable,
                          const manifest::Table& parameters) {
  instances_.push_back(std::make_unique<Instance>(*this, std::move(component), std::move(name), may_disable, parameters));
  Instance& instance = *instances_.back();
  instance.set_number(static_cast<std::uint32_t>(instances_.size() - 1));
  keep_process(instance, "create");
  const treino_callback& callback = instance.component().callback;
  if (callback.on == nullptr) return instance;
  std::uint64_t wanted = callback.events;
  if (callback.wanted != nullptr)
    instance.call("wanted", [&](void* self, treino_error*) {
      wanted &= callback.wanted(self);
      return TREINO_OK;
    });
  listeners_.add({callback.on, instance.self(), &instance}, wanted);
  return instance;
}

void Session::dispatch(treino_event_info& info, Event event) {
  event_ = event;
  std::string failure;
  char text[1024];
  treino_error error{sizeof(treino_error), sizeof text, text};
  CallMark mark(event_name(event));
  const bool look = event == Event::run_begin || event == Event::run_end || !lost_.empty();
  // By index: a listener that is disabled leaves the list while it is walked, and only handle_status() disables one.
  const std::vector<Listener>& listeners = listeners_.of(event);
  for (std::size_t i = 0; i < listeners.size();) {
    const Listener& listener = listeners[i];
    treino_status status = TREINO_FAILED;
    text[0] = '\0';
    error = {sizeof(treino_error), sizeof text, text};
    treino_event_info given = info;                              // what one receiver writes into it reaches nobody else
    given.type = info.type = static_cast<std::uint32_t>(event);  // after the copy, whose wide loads would wait for it
    const Profile::Span span(profile_, TREINO_SPAN_EVENT, listener.instance->number(), given.type);
    mark.enter(listener.instance->name().c_str());
    try {
      status = listener.on(listener.self, &given, &error);
    } catch (const std::exception& exception) {
      put_text(text, exception.what());
    } catch (...) {
      put_text(text, "threw something that is not a std::exception");
    }
    text[sizeof text - 1] = '\0';
    if (look) [[unlikely]]
      keep_process(*listener.instance, event_name(event));
    if (status == TREINO_OK && vector_mode() == mode_.vector) [[likely]]
      ++i;
    else if (Instance& instance = *listener.instance; handle_status(instance, info, status, text, failure))
      ++i;
  }
  if (x87_mode() != mode_.x87) [[unlikely]]
    restore(event);
  event_.reset();
  if (!failure.empty()) throw CallError("", failure);
}

/// The x87 unit's mode serves long double only, so it is looked at once per event and not after each call: that it was one of
/// several is all that can be said.
void Session::restore(Event event) {
  set_floating_point_mode(mode_);
  if (std::exchange(mode_reported_, true)) return;
  std::string names;
  for (const Listener& listener : listeners_.of(event)) names += (names.empty() ? "" : ", ") + listener.instance->name();
  log_.message(Log::Level::warning, "",
               "one of " + names + " left the x87 mode changed in " + event_name(event) + "; it was put back");
}

void Session::keep_process(Instance& who, const char* doing) {
  const std::string changed = process_.restore();
  if (changed.empty()) return;
  lost_.clear();
  process_reported_ = true;  // who it was is known
  if (who.report_process())
    log_.message(Log::Level::warning, who.name(),
                 "left " + changed + " changed in " + doing + " (" + who.component().path.string() + "); it was put back");
}

void Session::look_at_process(bool last) {
  const auto now = std::chrono::steady_clock::now();
  if (!last && lost_.empty() && now - process_seen_ < std::chrono::milliseconds(50)) return;
  process_seen_ = now;
  const std::string changed = process_.restore(), lost = std::exchange(lost_, changed);
  if (!last || lost_.empty()) {
    if (!lost.empty()) name_all_for(lost);
    return;
  }
  name_all_for(lost.empty() ? lost_ : lost);
  lost_.clear();
}

void Session::name_all_for(const std::string& changed) {
  if (std::exchange(process_reported_, true)) return;
  std::string names;
  for (const auto& instance : instances_)
    if (instance->enabled()) names += (names.empty() ? "" : ", ") + instance->name();
  log_.message(Log::Level::warning, "", "one of " + names + " left " + changed + " changed during an epoch; it was put back");
}

bool Session::handle_status(Instance& instance, const treino_event_info& info, treino_status status, const char* text,
                            std::string& failure) {
  instance.keep_mode(mode_, event_name(info.type));
  if (status == TREINO_OK) return true;
  const std::string what = instance.failure_text(event_name(info.type), text);
  if (instance.may_disable())
    disable(instance, what);
  else if (failure.empty())
    failure = what;
  else
    log_.message(Log::Level::error, "", what);
  return instance.enabled();
}

void Session::tell(Instance& instance, treino_event_info& info, Event event) {
  info.type = static_cast<std::uint32_t>(event);
  for (const Listener& listener : listeners_.of(event)) {
    if (listener.instance != &instance) continue;
    try {
      const treino_event_info given = info;
      instance.call(
          event_name(event), [&](void* self, treino_error* error) { return listener.on(self, &given, error); }, true);
    } catch (const CallError& failure) {
      if (!instance.may_disable()) throw;
      disable(instance, failure.what());
    }
    return;
  }
}

void Session::disable(Instance& instance, const std::string& reason) {
  instance.disable();
  listeners_.remove(instance);
  log_.message(Log::Level::warning, "", reason + "; disabled, the run continues without it");
}

}  // namespace treino::host
