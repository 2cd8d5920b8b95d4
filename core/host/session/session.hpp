// One run as its plugins see it: the instances, and what they share (scalars, learning rate, requests, screen, log). The training
// loop is seen through the Backend, so that another loop can use this folder alone.
#pragma once
#include <treino/abi.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/library/component.hpp"
#include "host/library/events.hpp"
#include "host/library/process_mode.hpp"
#include "host/session/instance.hpp"
#include "host/session/learning_rate.hpp"
#include "host/session/listeners.hpp"
#include "host/session/log.hpp"
#include "host/session/outcome.hpp"
#include "host/session/outputs.hpp"
#include "host/session/profile.hpp"
#include "host/session/ranks.hpp"
#include "host/session/scalars.hpp"
#include "host/session/tables.hpp"
#include "host/session/thread_pool.hpp"

namespace treino::host {

/// What a training loop shows of its model and its batch. Indices are in range when these are called; views are borrowed.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::uint32_t parameter_count() const = 0;
  virtual const char* parameter_name(std::uint32_t index) const = 0;
  virtual bool trainable(std::uint32_t index) const = 0;
  virtual void set_trainable(std::uint32_t index, bool trainable) = 0;
  virtual treino_tensor parameter(std::uint32_t index) = 0;
  virtual treino_tensor gradient(std::uint32_t index) = 0;
  virtual std::uint32_t layer_count() const = 0;
  virtual void layer(std::uint32_t index, treino_layer_info& info) const = 0;
  virtual const treino_problem& problem() const = 0;
  /// False where there is nothing to show at this event.
  virtual bool prediction(treino_tensor& view) = 0;
  virtual bool target(treino_tensor& view) = 0;
  virtual bool rows(treino_tensor& view) = 0;
  /// A copy of weights and optimizer state, kept in memory.
  virtual void remember() = 0;
  virtual bool remembers() const = 0;
  /// The optimizer's; NaN where it has none.
  virtual double momentum() const = 0;
  virtual double weight_decay() const = 0;
  /// Further sets of values for all parameters. make throws where the name is taken, swap where another set is in the model.
  virtual std::uint32_t make_weights(const std::string& name, const std::string& owner) = 0;
  virtual std::uint32_t weight_sets() const = 0;
  virtual const std::string& weights_name(std::uint32_t set) const = 0;
  virtual treino_tensor weights(std::uint32_t set, std::uint32_t parameter) = 0;
  virtual void swap_weights(std::uint32_t set) = 0;
  virtual bool swapped(std::uint32_t set) const = 0;
  /// The name of the set that a scalar was last measured with; "" where it was the weights being trained.
  virtual const char* measured_with(std::uint32_t scalar) const = 0;
  /// See treino_control.
  using Next = double (*)(void* context, std::uint64_t done, double loss);
  virtual void trial_steps(std::uint64_t steps, Next next, void* context) = 0;
  virtual bool estimate_statistics() = 0;
};

/// What plugins asked for during an event; the loop takes it when all have received the event.
class Requests {
 public:
  struct Stop {
    Outcome outcome;
    std::string reason, who;
  };
  struct Save {
    Instance* who;
    std::string path;
    bool everything;
    std::string weights;  // the name of a set; empty: those being trained
    bool later;
    // Whatever is in the model just then, as the calls without a set's name have it.
    bool as_they_are;
    bool awaited = true;  // by the ends of epochs, where it is written later
  };
  void stop(Stop stop);
  /// Whether callbacks may stop the run early; until then, `Stop` of this outcome is none of theirs to ask for.
  void allow_early_stops(bool allow) { early_stops_ = allow; }
  bool early_stops_allowed() const { return early_stops_; }
  void save(Save save);
  void skip_step(std::string reason);
  void roll_back(std::string reason);

  bool any() const { return pending_.load(std::memory_order_relaxed); }
  /// The first stop asked for, which stays; further ones are logged by the caller of stop() and otherwise without effect.
  std::optional<Stop> stopped() const;
  std::vector<Save> take_saves();
  std::optional<std::string> take_skip();
  std::optional<std::string> take_roll_back();

  /// All but saves, to be told to other ranks, or as another rank tells it.
  struct Pending {
    std::optional<Stop> stop{};
    std::optional<std::string> skip{}, roll_back{};
  };
  Pending pending() const;
  void replace(Pending pending);

 private:
  void note_what_is_left();

  mutable std::mutex mutex_;
  std::atomic<bool> pending_{false}, early_stops_{true};
  std::optional<Stop> stop_;
  std::vector<Save> saves_;
  std::optional<std::string> skip_, roll_back_;
};

class Session {
 public:
  explicit Session(Log& log) : log_(log) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  Log& log() { return log_; }
  Scalars& scalars() { return scalars_; }
  Outputs& outputs() { return outputs_; }
  Tables& tables() { return tables_; }
  LearningRate& learning_rate() { return learning_rate_; }
  Profile& profile() { return profile_; }
  Requests& requests() { return requests_; }
  treino_run_info& info() { return info_; }
  Backend* backend() { return backend_; }
  void set_backend(Backend* backend) { backend_ = backend; }
  /// The processes that train together; null: this one alone.
  Ranks* ranks() { return ranks_; }
  void set_ranks(Ranks* ranks) { ranks_ = ranks; }

  /// The threads that plugins may share; null: there is but the calling one.
  ThreadPool* thread_pool() { return thread_pool_; }
  void set_thread_pool(ThreadPool* pool) { thread_pool_ = pool; }

  /// Builds the instances of child tables: component and completed parameters for (kind, table with `plugin`). Throws with the
  /// reason.
  using ChildResolver =
      std::function<std::pair<std::shared_ptr<const Component>, manifest::Table>(manifest::Kind, manifest::Table)>;
  void set_child_resolver(ChildResolver resolver) { child_resolver_ = std::move(resolver); }
  const ChildResolver& child_resolver() const { return child_resolver_; }

  /// Creates an instance; callbacks receive events in the order in which they were created. Throws CallError.
  Instance& create(std::shared_ptr<const Component> component, std::string name, bool may_disable,
                   const manifest::Table& parameters);
  std::span<const std::unique_ptr<Instance>> instances() const { return instances_; }

  /// Calls every callback that wants the event; nothing where none does. A failing one that may be disabled is, the others receive
  /// the event all the same; then the first failure of one that may not is thrown.
  void fire(treino_event_info& info, Event event) {
    if (has_receivers(event)) dispatch(info, event);
  }
  /// The same for one instance.
  void tell(Instance& instance, treino_event_info& info, Event event);
  bool has_receivers(Event event) const { return !listeners_.of(event).empty(); }
  Listeners& listeners() { return listeners_; }

  /// The event that callbacks receive just now.
  std::optional<Event> event() const { return event_; }

  /// From batch_begin to step_end nobody may set weights.
  void lock_weights(bool locked) { weights_locked_ = locked; }
  bool weights_locked() const { return weights_locked_; }
  /// From run_begin on, plugins see the problem.
  void set_running() { running_ = true; }
  bool running() const { return running_; }
  /// Whether a plugin has written to the screen since this was asked last: then it shows how the run goes. From any thread.
  void note_drawn() { drawn_.store(true, std::memory_order_relaxed); }
  bool take_drawn() { return drawn_.exchange(false, std::memory_order_relaxed); }
  /// To be called at each epoch's end, and with `last` at the run's: whether a plugin has left the process's state (see
  /// ProcessMode) changed. Who it was is found in the next epoch, if it does it again. Looks seldom: an epoch may be shorter than
  /// a look.
  void look_at_process(bool last);
  /// Takes an instance out of the run and says so.
  void disable(Instance& instance, const std::string& reason);

 private:
  using Listener = Listeners::Listener;
  void dispatch(treino_event_info& info, Event event);
  /// After a call that failed or left the floating-point mode changed. False where the instance is out of the run now.
  bool handle_status(Instance& instance, const treino_event_info& info, treino_status status, const char* text,
                     std::string& failure);
  void restore(Event event);
  /// Puts the process's state back where `who` has changed it, and says so once.
  void keep_process(Instance& who, const char* doing);
  void name_all_for(const std::string& changed);

  Log& log_;
  Scalars scalars_;
  Outputs outputs_;
  Tables tables_;
  LearningRate learning_rate_{*this};
  Requests requests_;
  Profile profile_;
  /// The mode of the thread that makes the session and calls the plugins: read once, since to read it costs as much as to call one.
  const FloatingPointMode mode_ = floating_point_mode();
  const ProcessMode process_;
  std::chrono::steady_clock::time_point process_seen_;
  std::string lost_;  // what somebody had changed in an epoch: each call of the next one is followed by a look
  treino_run_info info_{};
  std::optional<Event> event_;
  Backend* backend_ = nullptr;
  Ranks* ranks_ = nullptr;
  ThreadPool* thread_pool_ = nullptr;
  ChildResolver child_resolver_;
  std::vector<std::unique_ptr<Instance>> instances_;
  Listeners listeners_;
  std::atomic<bool> drawn_{false};
  bool weights_locked_ = false, running_ = false, mode_reported_ = false, process_reported_ = false;
};

}  // namespace treino::host
