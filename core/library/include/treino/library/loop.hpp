// Plugins round a training loop of your own.
#pragma once
#include <treino/library/loop.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <treino/library/loop_parameter.hpp>
#include <treino/library/loop_setup.hpp>
#include <treino/library/options.hpp>
#include <utility>
#include <vector>

namespace treino {

/// Plugins round a training loop of your own. The manifest has [run], [[callback]], [[scheduler]] and [[metric]], and neither [data],
/// [model], [optimizer] nor [loss]:
///
///   treino::Loop loop("plugins.toml");
///   loop.parameter("weight", {10, 64}, weight.data(), gradient.data());
///   loop.begin(setup);
///   while (loop.epoch()) {
///     for (each batch) {
///       if (!loop.batch(samples)) continue;        // done before the run was resumed, or the run ends
///       ...                                        // forward, backward
///       loop.metrics(probabilities, labels);
///       if (loop.step(loss)) update(loop.learning_rate());
///       loop.step_done();
///     }
///     loop.validate([&](auto& validation) { for (each batch) validation.add(samples, loss, probabilities, labels); });
///   }
///   const treino::Result result = loop.end();
///
/// A folder() that holds a run is continued. A call out of order, or with what cannot be, throws Error and changes nothing; where a plugin
/// or a file fails, Error comes when the run has been ended, with its files whole.
class Loop {
 public:
  explicit Loop(std::string manifest, std::vector<std::string> settings = {}) : state_(std::make_unique<State>()) {
    state_->options.manifest = std::move(manifest);
    state_->options.settings = std::move(settings);
  }
  static Loop from_text(std::string text, std::vector<std::string> settings = {}) {
    Loop loop("manifest.toml", std::move(settings));
    loop.state_->options.text = std::move(text);
    return loop;
  }

  /// Before anything else, as of Run.
  Loop& folder(std::string path) { return options().folder = std::move(path), *this; }
  Loop& plugin_folder(std::string path) { return options().plugin_folders.push_back(std::move(path)), *this; }
  Loop& quiet() { return options().quiet = true, *this; }
  Loop& log_to(std::function<void(const char* line)> function) { return options().log = std::move(function), *this; }
  /// The folder, where it holds a run already, is the caller's own, whatever its manifest asks for (see SECURITY.md).
  Loop& trust() { return options().trust = true, *this; }

  /// Before begin: a parameter's values and gradient, contiguous float32 in the CPU's memory, which stay where they are. A gradient that
  /// moves is given as a function that returns where it is now; without any, the parameter does not learn.
  Loop& parameter(const std::string& name, const std::vector<std::int64_t>& shape, float* values, float* gradient = nullptr) {
    treino_loop_parameter parameter{};
    parameter.values = values;
    parameter.gradient = gradient;
    return add(name, shape, parameter);
  }
  template <class Function, class = decltype(static_cast<float*>(std::declval<Function&>()()))>
  Loop& parameter(const std::string& name, const std::vector<std::int64_t>& shape, float* values, Function find_gradient) {
    state_->gradients.push_back(std::make_unique<std::function<float*()>>(std::move(find_gradient)));
    treino_loop_parameter parameter{};
    parameter.values = values;
    parameter.find_gradient = [](void* context) -> float* { return (*static_cast<std::function<float*()>*>(context))(); };
    parameter.context = state_->gradients.back().get();
    return add(name, shape, parameter);
  }
  /// One that lies on another device.
  Loop& parameter(const std::string& name, const std::vector<std::int64_t>& shape, Copies copies) {
    state_->copies.push_back(
        std::make_unique<library_detail::GuardedCopies>(library_detail::GuardedCopies{std::move(copies), state_->guard}));
    return add(name, shape, library_detail::to_c(*state_->copies.back()));
  }
  /// Before begin: what is kept beside the parameters in checkpoints, such as the optimizer's state.
  Loop& state(std::function<std::string()> save, std::function<void(const std::string&)> restore) {
    state_->save = std::move(save);
    state_->restore = std::move(restore);
    treino_loop_state functions{};
    functions.size = sizeof functions;
    functions.context = state_.get();
    functions.save = [](void* context, void (*write)(void*, const void*, std::uint64_t), void* sink) -> std::int32_t {
      State& state = *static_cast<State*>(context);
      return state.guard.call([&] {
        const std::string bytes = state.save();
        write(sink, bytes.data(), bytes.size());
      });
    };
    functions.restore = [](void* context, const void* bytes, std::uint64_t count) -> std::int32_t {
      State& state = *static_cast<State*>(context);
      return state.guard.call(
          [&] { state.restore(std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count))); });
    };
    check([&](treino_error* error) { return treino_loop_set_state(handle(), &functions, error); });
    return *this;
  }

  void begin(const LoopSetup& setup) {
    const auto names = library_detail::pointers(setup.class_names);
    const treino_loop_setup given = library_detail::to_c(setup, names);
    check([&](treino_error* error) { return treino_loop_begin(handle(), &given, error); });
  }

  /// Ends the epoch before and begins the next; false after the last, or where the run ends.
  bool epoch() {
    std::int32_t more = 0;
    check([&](treino_error* error) { return treino_loop_epoch(handle(), &more, error); });
    return more != 0;
  }
  /// From 0; what the order of your data should depend on alone, so that a resumed run sees the same.
  std::uint64_t epoch_number() const { return treino_loop_epoch_number(state_->handle.get()); }
  /// False where this batch is not to be trained: it was before the run was resumed, or the run ends.
  bool batch(std::uint64_t samples) {
    std::int32_t train = 0;
    quick(treino_loop_batch(handle(), samples, &train, error()));
    return train != 0;
  }
  /// Before step, where the manifest names metrics: samples x outputs, and a label for each, or values.
  void metrics(const float* predictions, const std::int64_t* labels) {
    quick(treino_loop_metrics(handle(), predictions, labels, nullptr, error()));
  }
  void metrics(const float* predictions, const float* targets) {
    quick(treino_loop_metrics(handle(), predictions, nullptr, targets, error()));
  }
  /// After the gradient is there. `loss`: the batch's mean. False where a callback refuses the step.
  bool step(double loss) {
    std::int32_t take = 0;
    quick(treino_loop_step(handle(), loss, &take, error()));
    return take != 0;
  }
  double learning_rate() const { return treino_loop_learning_rate(state_->handle.get()); }
  /// NaN where no scheduler gives one.
  double momentum() const { return treino_loop_momentum(state_->handle.get()); }
  void step_done() { quick(treino_loop_step_done(handle(), error())); }

  class Validation {
   public:
    explicit Validation(Loop& loop) : loop_(loop) {}
    /// `loss`: the batch's mean. Predictions and labels (or targets) where the manifest names metrics.
    void add(std::uint64_t samples, double loss, const float* predictions = nullptr, const std::int64_t* labels = nullptr) {
      loop_.quick(treino_loop_validation_add(loop_.handle(), samples, loss, predictions, labels, nullptr, loop_.error()));
    }
    void add(std::uint64_t samples, double loss, const float* predictions, const float* targets) {
      loop_.quick(treino_loop_validation_add(loop_.handle(), samples, loss, predictions, nullptr, targets, loop_.error()));
    }

   private:
    Loop& loop_;
  };
  /// After the epoch's batches: calls function(validation), which adds them one by one.
  template <class Function>
  void validate(Function&& function) {
    quick(treino_loop_validation_begin(handle(), error()));
    Validation validation(*this);
    function(validation);
    quick(treino_loop_validation_end(handle(), error()));
  }

  /// The last value of a scalar ("val_f1"); NaN where there is none.
  double operator[](const std::string& name) const { return treino_loop_scalar(state_->handle.get(), name.c_str()); }
  /// From another thread or a signal handler: the run is saved, and ends as Outcome::interrupted.
  void interrupt() noexcept { treino_loop_interrupt(state_->handle.get()); }
  Result end() {
    treino_run_result result{};
    result.size = sizeof result;
    check([&](treino_error* error) { return treino_loop_end(handle(), &result, error); });
    return library_detail::result_of(result);
  }

 private:
  struct Close {
    void operator()(treino_loop_handle* handle) const { treino_loop_close(handle); }
  };
  struct State {
    library_detail::Options options;
    std::vector<std::unique_ptr<std::function<float*()>>> gradients;
    std::function<std::string()> save;
    std::function<void(const std::string&)> restore;
    std::vector<std::unique_ptr<library_detail::GuardedCopies>> copies;
    library_detail::Guard guard;  // of all of these
    std::vector<char> text = std::vector<char>(4096);
    treino_error error{sizeof(treino_error), static_cast<std::uint32_t>(text.size()), text.data()};
    std::unique_ptr<treino_loop_handle, Close> handle;  // last: what it calls is there until it is closed
  };

  /// What would come too late is refused.
  library_detail::Options& options() {
    if (state_->handle) throw Error(TREINO_BAD_INPUT, "folders, quiet() and log_to() come before everything else");
    return state_->options;
  }
  treino_loop_handle* handle() {
    if (state_->handle) return state_->handle.get();
    treino_loop_handle* handle = nullptr;
    state_->options.with_c([&](const treino_run_options& options) {
      library_detail::check([&](treino_error* error) { return treino_loop_open(&options, &handle, error); });
    });
    state_->handle.reset(handle);
    return handle;
  }
  treino_error* error() { return &state_->error; }
  /// Of calls within a step: the buffer is made once.
  void quick(treino_status status) {
    if (status == TREINO_OK) return;
    state_->guard.rethrow();  // what the program's own functions have thrown comes before what became of it
    throw Error(status, state_->text.data());
  }
  template <class Function>
  void check(Function&& function) {
    try {
      library_detail::check(function);
    } catch (const Error&) {
      state_->guard.rethrow();
      throw;
    }
  }
  Loop& add(const std::string& name, const std::vector<std::int64_t>& shape, treino_loop_parameter parameter) {
    parameter.size = sizeof parameter;
    parameter.rank = static_cast<std::uint32_t>(shape.size());
    parameter.name = name.c_str();
    parameter.shape = shape.data();
    check([&](treino_error* error) { return treino_loop_add_parameter(handle(), &parameter, error); });
    return *this;
  }

  std::unique_ptr<State> state_;
};

}  // namespace treino
