// The services that ask something of the run: control, learning rate, checkpoint, profile.
#include "host/session/services/services_control.hpp"

#include <cmath>

#include "host/library/events.hpp"
#include "host/session/services/services.hpp"

namespace treino::host {

namespace {

using namespace services;

/// Where weights may be set just now; `what` is for the text.
Backend& settable_backend(const treino_host* host, const char* what) {
  Session& session = session_of(host);
  if (session.backend() == nullptr) throw std::logic_error("there is no model");
  require_all_ranks(host, what);
  if (session.weights_locked()) throw std::logic_error(std::string(what) + " cannot be called between batch_begin and step_end");
  return *session.backend();
}

// ---- control, learning rate, checkpoint

void control_stop(const treino_host* host, std::uint32_t outcome, const char* reason) {
  guarded(nullptr, [&] {
    const bool known = outcome == TREINO_DIVERGED || outcome == TREINO_RUN_FAILED;
    Instance& instance = Instance::of(host);
    if (!known && !instance.session().requests().early_stops_allowed()) {
      instance.session().log().message(Log::Level::info, instance.name(),
                                       std::string("the run continues to min_epochs, though ") + text_or_empty(reason));
      return TREINO_OK;
    }
    instance.session().requests().stop(
        {known ? static_cast<Outcome>(outcome) : Outcome::early_stopped, text_or_empty(reason), instance.name()});
    return TREINO_OK;
  });
}
void control_skip(const treino_host* host, const char* reason) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    Session& session = instance.session();
    if (session.event() == Event::backward_end) {
      session.requests().skip_step(instance.name() + ": " + text_or_empty(reason));
      return TREINO_OK;
    }
    session.log().message(Log::Level::warning, instance.name(),
                          std::string("ignored its request to skip a step, made ") +
                              (session.event() ? std::string("in ") + event_name(*session.event()) : "outside events") +
                              ": it can be made at backward_end only");
    return TREINO_OK;
  });
}
treino_status control_remember(const treino_host* host) {
  return guarded(nullptr, [&]() -> treino_status {
    if (session_of(host).backend() == nullptr) return TREINO_MISSING;
    require_all_ranks(host, "remember()");
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
treino_status control_trial_steps(const treino_host* host, std::uint64_t steps, Backend::Next next, void* context,
                                  treino_error* error) {
  return guarded(error, [&]() -> treino_status {
    settable_backend(host, "trial_steps()").trial_steps(steps, next, context);
    return TREINO_OK;
  });
}
treino_status control_estimate(const treino_host* host, treino_error* error) {
  return guarded(error, [&]() -> treino_status {
    return settable_backend(host, "an estimate of statistics").estimate_statistics() ? TREINO_OK : TREINO_MISSING;
  });
}
std::uint64_t control_collect(const treino_host* host) {
  std::uint64_t freed = 0;
  for (const auto& instance : session_of(host).instances()) {
    if (!instance->enabled()) continue;
    guarded(nullptr, [&] {
      const auto* garbage = static_cast<const treino_garbage*>(instance->extension(TREINO_GARBAGE_EXTENSION));
      if (garbage == nullptr || garbage->size < sizeof(treino_garbage) || garbage->collect == nullptr) return TREINO_OK;
      instance->call("collect_garbage", [&](void* self, treino_error*) {
        freed += garbage->collect(self);
        return TREINO_OK;
      });
      return TREINO_OK;
    });
  }
  return freed;
}

double learning_rate_current(const treino_host* host) {
  double learning_rate = std::nan("");  // where a scheduler fails now, the loop is told of it at the next step
  guarded(nullptr, [&] {
    learning_rate = session_of(host).learning_rate().learning_rate();
    return TREINO_OK;
  });
  return learning_rate;
}
double learning_rate_base(const treino_host* host) { return session_of(host).learning_rate().base(); }
void learning_rate_set_base(const treino_host* host, double learning_rate) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    if (std::isfinite(learning_rate) && learning_rate >= 0)
      instance.session().learning_rate().set_base(learning_rate);
    else
      instance.session().log().message(
          Log::Level::warning, instance.name(),
          "ignored base learning rate " + std::to_string(learning_rate) + ": it must be finite and at least 0");
    return TREINO_OK;
  });
}
void learning_rate_set_factor(const treino_host* host, double factor, double floor) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    if (std::isfinite(factor) && factor >= 0 && std::isfinite(floor))
      instance.session().learning_rate().set_factor(instance, factor, floor);
    else
      instance.session().log().message(
          Log::Level::warning, instance.name(),
          "ignored learning-rate factor " + std::to_string(factor) + ": it must be finite and at least 0, and its floor finite");
    return TREINO_OK;
  });
}
std::uint32_t learning_rate_factor_count(const treino_host* host) {
  std::uint32_t count = 0;
  guarded(nullptr, [&] {
    count = static_cast<std::uint32_t>(session_of(host).learning_rate().factors().size());
    return TREINO_OK;
  });
  return count;
}
treino_status learning_rate_factor(const treino_host* host, std::uint32_t index, const char** who, double* factor) {
  return guarded(nullptr, [&]() -> treino_status {
    const auto factors = session_of(host).learning_rate().factors();
    if (index >= factors.size()) return TREINO_MISSING;
    *who = factors[index]->name.c_str();
    *factor = factors[index]->factor;
    return TREINO_OK;
  });
}
double learning_rate_momentum(const treino_host* host) {
  Session& session = session_of(host);
  const double scheduled = session.learning_rate().momentum();
  return !std::isnan(scheduled) || session.backend() == nullptr ? scheduled : session.backend()->momentum();
}
double learning_rate_weight_decay(const treino_host* host) {
  Session& session = session_of(host);
  return session.backend() == nullptr ? std::nan("") : session.backend()->weight_decay();
}

void checkpoint_save(const treino_host* host, const char* path, std::uint32_t contents) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    instance.session().requests().save({&instance, text_or_empty(path), contents == TREINO_SAVE_EVERYTHING, "", false, true});
    return TREINO_OK;
  });
}
void checkpoint_save_as(const treino_host* host, const char* path, std::uint32_t contents, const char* weights,
                        std::uint32_t flags) {
  guarded(nullptr, [&] {
    Instance& instance = Instance::of(host);
    instance.session().requests().save({&instance, text_or_empty(path), contents == TREINO_SAVE_EVERYTHING,
                                        text_or_empty(weights), (flags & TREINO_SAVE_LATER) != 0, false,
                                        (flags & TREINO_SAVE_UNAWAITED) == 0});
    return TREINO_OK;
  });
}

// ---- profile

treino_status profile_start(const treino_host* host, std::uint64_t mask, std::uint64_t capacity, treino_error* error) {
  return guarded(error, [&] {
    session_of(host).profile().start(host, mask, capacity);
    return TREINO_OK;
  });
}
void profile_stop(const treino_host* host) {
  guarded(nullptr, [&] {
    session_of(host).profile().stop(host);
    return TREINO_OK;
  });
}
std::uint64_t profile_spans(const treino_host* host, const treino_span** spans, std::uint64_t* dropped) {
  const Profile::Recording* recording = session_of(host).profile().recording(host);
  *spans = recording == nullptr ? nullptr : recording->spans.data();
  if (dropped != nullptr) *dropped = recording == nullptr ? 0 : recording->dropped;
  return recording == nullptr ? 0 : recording->spans.size();
}
treino_span_total profile_total(const treino_host* host, std::uint32_t category) {
  const Profile::Recording* recording = session_of(host).profile().recording(host);
  return recording == nullptr || category >= TREINO_SPAN_COUNT ? treino_span_total{0, 0} : recording->totals[category];
}
const char* profile_subject(const treino_host* host, std::uint32_t category, std::uint32_t subject) {
  Session& session = session_of(host);
  switch (category) {
    case TREINO_SPAN_FORWARD:
    case TREINO_SPAN_BACKWARD: {
      Backend* backend = session.backend();
      if (backend == nullptr || subject >= backend->layer_count()) return "";
      treino_layer_info info{};
      info.size = sizeof info;
      backend->layer(subject, info);
      return info.name;
    }
    case TREINO_SPAN_LOSS:
    case TREINO_SPAN_METRIC:
    case TREINO_SPAN_EVENT:
      return subject < session.instances().size() ? session.instances()[subject]->name().c_str() : "";
    default:
      return "";
  }
}

}  // namespace

namespace services {

const treino_control control_service{sizeof(treino_control), 0,
                                     control_stop,           control_skip,
                                     control_remember,       control_roll_back,
                                     control_trial_steps,    control_estimate,
                                     control_collect};
const treino_learning_rate learning_rate_service{sizeof(treino_learning_rate), 0,
                                                 learning_rate_current,        learning_rate_base,
                                                 learning_rate_set_base,       learning_rate_set_factor,
                                                 learning_rate_factor_count,   learning_rate_factor,
                                                 learning_rate_momentum,       learning_rate_weight_decay};
const treino_checkpoint checkpoint_service{sizeof(treino_checkpoint), 0, checkpoint_save, checkpoint_save_as};
const treino_profile profile_service{
    sizeof(treino_profile), 0, profile_start, profile_stop, profile_spans, profile_total, profile_subject, Profile::now};

}  // namespace services

}  // namespace treino::host
