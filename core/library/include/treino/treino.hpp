// Treino as a library for C++ (17 and later): header-only, over treino.h. Link with treino::treino, or with what
// `pkg-config --libs treino` says.
//
//   treino::Run run("digits.toml", {"run.epochs=20"});
//   run.train_data(features, {64}, labels);
//   const treino::Result result = run.fit();
//   treino::Model model = run.model();
//   const std::vector<float> probabilities = model.predict(sample);
#pragma once
#include <cmath>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "treino/abi/problem.h"
#include "treino/outcome.hpp"
#include "treino/treino.h"

namespace treino {

/// Thrown by everything here: what cannot be used, a fault a line, each with file:line:column where it has a place; or why it
/// failed.
class Error : public std::runtime_error {
 public:
  Error(treino_status status, const std::string& text) : std::runtime_error(text), status_(status) {}
  /// Whether the manifest, the data or an argument cannot be used; else something failed.
  bool is_bad_input() const { return status_ == TREINO_BAD_INPUT; }

 private:
  treino_status status_;
};

namespace library_detail {

/// Calls function(error) and throws what it says.
template <class Function>
void check(Function&& function) {
  std::string text(std::size_t{1} << 16, '\0');
  treino_error error{sizeof(treino_error), static_cast<std::uint32_t>(text.size()), text.data()};
  const treino_status status = function(&error);
  if (status != TREINO_OK) throw Error(status, text.c_str());
}

inline std::vector<std::pair<std::string, double>> pairs(const treino_scalar* scalars, std::uint32_t count) {
  std::vector<std::pair<std::string, double>> result;
  for (std::uint32_t i = 0; i < count; ++i) result.emplace_back(scalars[i].name, scalars[i].value);
  return result;
}

inline double value_of(const std::vector<std::pair<std::string, double>>& scalars, const std::string& name) {
  for (const auto& [each, value] : scalars)
    if (each == name) return value;
  return std::nan("");
}

inline std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  for (const std::string& text : texts) result.push_back(text.c_str());
  return result;
}

}  // namespace library_detail

using Scalars = std::vector<std::pair<std::string, double>>;

/// What a run stands at after an epoch.
struct Epoch {
  std::uint64_t number = 0;  // from 1
  std::uint64_t epochs = 0;  // that the manifest asks for
  Scalars scalars;           // loss, metrics, those of validation with val_ before them, learning_rate
  /// NaN where there is none.
  double operator[](const std::string& name) const { return library_detail::value_of(scalars, name); }
};

struct Result {
  Outcome outcome = Outcome::done;
  std::uint64_t epochs = 0;  // that were ended
  std::string reason, folder;
  Scalars scalars;  // the last value of each
  double operator[](const std::string& name) const { return library_detail::value_of(scalars, name); }
};

namespace library_detail {

inline Result result_of(const treino_run_result& result) {
  return {static_cast<Outcome>(result.outcome), result.epochs, result.reason, result.folder,
          pairs(result.scalars, result.scalar_count)};
}

/// What a run and a loop are opened with.
struct Options {
  std::string manifest, text, folder;
  std::vector<std::string> settings, plugin_folders;
  bool quiet = false;
  std::function<void(const char*)> log;

  /// Calls open(options), which throws nothing of its own: the pointers live as long as the call.
  template <class Function>
  void with_c(Function&& open) {
    const auto setting_texts = pointers(settings), folders = pointers(plugin_folders);
    treino_run_options options{};
    options.size = sizeof options;
    options.quiet = quiet;
    options.manifest = manifest.c_str();
    options.text = text.empty() ? nullptr : text.c_str();
    options.folder = folder.empty() ? nullptr : folder.c_str();
    options.setting_count = static_cast<std::uint32_t>(setting_texts.size());
    options.settings = setting_texts.data();
    options.plugin_folder_count = static_cast<std::uint32_t>(folders.size());
    options.plugin_folders = folders.data();
    if (log) {
      options.log = [](void* context, const char* line) { static_cast<Options*>(context)->log(line); };
      options.log_context = this;
    }
    open(options);
  }
};

}  // namespace library_detail

/// A trained model: one file is all that it needs. One thread at a time; several models may be used at once.
class Model {
 public:
  /// `path`: model.safetensors, or a run's folder. `capacity`: samples that are worked on at a time, for which memory is taken.
  explicit Model(const std::string& path, std::int64_t capacity = 64, std::uint32_t threads = 1) {
    treino_model_options options{};
    options.size = sizeof options;
    options.capacity = capacity;
    options.threads = threads;
    treino_model_handle* handle = nullptr;
    library_detail::check([&](treino_error* error) { return treino_model_open(path.c_str(), &options, &handle, error); });
    handle_.reset(handle);
  }

  std::vector<std::int64_t> shape() const {
    std::uint32_t rank = 0;
    const std::int64_t* shape = treino_model_shape(handle_.get(), &rank);
    return {shape, shape + rank};
  }
  /// Numbers in a sample, and in what is predicted for it.
  std::int64_t inputs() const { return treino_model_inputs(handle_.get()); }
  std::int64_t outputs() const { return treino_model_outputs(handle_.get()); }
  std::vector<std::string> class_names() const {
    std::vector<std::string> names;
    for (std::int64_t i = 0; const char* name = treino_model_class_name(handle_.get(), i); ++i) names.emplace_back(name);
    return names;
  }

  /// Probabilities where the model was trained on classes, else values: count x outputs() of them, from count x inputs() features
  /// as they were before scaling. Throws Error.
  void predict(const float* features, std::int64_t count, float* outputs) {
    if (treino_model_predict(handle_.get(), features, count, outputs, nullptr) == TREINO_OK) return;
    library_detail::check(
        [&](treino_error* error) { return treino_model_predict(handle_.get(), features, count, outputs, error); });
  }
  std::vector<float> predict(const std::vector<float>& features) {
    const auto size = static_cast<std::size_t>(inputs());
    if (features.size() % size != 0)
      throw Error(TREINO_BAD_INPUT,
                  std::to_string(features.size()) + " features are no whole samples of " + std::to_string(size));
    std::vector<float> result(features.size() / size * static_cast<std::size_t>(outputs()));
    predict(features.data(), static_cast<std::int64_t>(features.size() / size), result.data());
    return result;
  }
  /// The class that one sample's outputs speak for; -1 where the model has no classes.
  std::int64_t class_of(const float* outputs) const { return treino_model_class_of(handle_.get(), outputs); }

 private:
  struct Close {
    void operator()(treino_model_handle* handle) const { treino_model_close(handle); }
  };
  std::unique_ptr<treino_model_handle, Close> handle_;
};

/// A run: from a manifest to a trained model, with the plugins that it names.
class Run {
 public:
  /// `settings`: "run.epochs=20", as `treino run --set` takes them.
  explicit Run(std::string manifest, std::vector<std::string> settings = {})
      : state_(std::make_unique<State>(std::move(manifest), std::move(settings))) {}
  /// From a manifest as text; its paths are relative to the working directory.
  static Run from_text(std::string text, std::vector<std::string> settings = {}) {
    Run run("manifest.toml", std::move(settings));
    run.state_->options.text = std::move(text);
    return run;
  }

  /// Before anything else: where the run's files go, where plugins are looked for first, and what receives the lines that
  /// standard output would show.
  Run& folder(std::string path) { return state_->options.folder = std::move(path), *this; }
  Run& plugin_folder(std::string path) { return state_->options.plugin_folders.push_back(std::move(path)), *this; }
  Run& quiet() { return state_->options.quiet = true, *this; }
  Run& log_to(std::function<void(const char* line)> function) { return state_->options.log = std::move(function), *this; }
  /// Called after each epoch. A function that returns bool ends the run by true.
  template <class Function>
  Run& on_epoch(Function function) {
    state_->on_epoch = [function = std::move(function)](const Epoch& epoch) mutable -> bool {
      if constexpr (std::is_void_v<decltype(function(epoch))>)
        return function(epoch), false;
      else
        return function(epoch);
    };
    return *this;
  }

  /// Data in memory in place of the manifest's files; they are copied. `features`: samples of `shape`, one after the other.
  /// `targets`: a class for each sample (any integer type), or values (float or double), as many for each. Throws Error.
  template <class Target>
  Run& train_data(const std::vector<float>& features, const std::vector<std::int64_t>& shape, const std::vector<Target>& targets,
                  const std::vector<std::string>& class_names = {}) {
    return data(TREINO_PART_TRAIN, features, shape, targets, class_names);
  }
  template <class Target>
  Run& validation_data(const std::vector<float>& features, const std::vector<std::int64_t>& shape,
                       const std::vector<Target>& targets) {
    return data(TREINO_PART_VALIDATION, features, shape, targets, {});
  }
  template <class Target>
  Run& test_data(const std::vector<float>& features, const std::vector<std::int64_t>& shape, const std::vector<Target>& targets) {
    return data(TREINO_PART_TEST, features, shape, targets, {});
  }

  /// Says all that is wrong with the manifest and the data, before anything is run. Throws Error.
  void check() {
    library_detail::check([&](treino_error* error) { return treino_run_check(handle(), error); });
  }
  /// Trains in a new folder. Throws Error where it cannot begin; a run that ends otherwise than it was to says so in its outcome.
  Result fit() {
    return train([](auto* run, auto* result, auto* error) { return treino_run_fit(run, result, error); });
  }
  /// Continues the run in folder(), bit for bit.
  Result resume() {
    return train([](auto* run, auto* result, auto* error) { return treino_run_resume(run, result, error); });
  }
  /// From another thread or a signal handler, while fit runs: it is saved, and ends as Outcome::interrupted.
  void interrupt() noexcept { treino_run_interrupt(state_->handle.get()); }

  /// After fit: loss and metrics ("test_loss", ...) on other samples, or on the run's own test data.
  template <class Target>
  Scalars evaluate(const std::vector<float>& features, const std::vector<std::int64_t>& shape,
                   const std::vector<Target>& targets) {
    const Samples<Target> samples(features, shape, targets, {});
    return evaluate(&samples.c, TREINO_PART_TEST);
  }
  Scalars evaluate() { return evaluate(nullptr, TREINO_PART_TEST); }
  /// After fit: the model, and its file written elsewhere.
  Model model(std::int64_t capacity = 64) const { return Model(state_->run_folder + "/model.safetensors", capacity); }
  void save(const std::string& path) {
    library_detail::check([&](treino_error* error) { return treino_run_save(handle(), path.c_str(), error); });
  }

 private:
  struct Close {
    void operator()(treino_run_handle* handle) const { treino_run_close(handle); }
  };
  struct State {
    State(std::string file, std::vector<std::string> given) {
      options.manifest = std::move(file);
      options.settings = std::move(given);
    }
    library_detail::Options options;
    std::string run_folder;
    std::function<bool(const Epoch&)> on_epoch;
    std::exception_ptr thrown;  // by one of the two
    std::unique_ptr<treino_run_handle, Close> handle;
  };
  template <class Target>
  struct Samples {
    Samples(const std::vector<float>& features, const std::vector<std::int64_t>& shape, const std::vector<Target>& targets,
            const std::vector<std::string>& class_names)
        : names(library_detail::pointers(class_names)) {
      std::int64_t size = 1;
      for (const std::int64_t dimension : shape) size *= dimension;
      const auto count = static_cast<std::int64_t>(features.size());
      if (size < 1 || count % size != 0 || count == 0)
        throw Error(TREINO_BAD_INPUT,
                    std::to_string(features.size()) + " features are no whole samples of " + std::to_string(size));
      c.size = sizeof c;
      c.rank = static_cast<std::uint32_t>(shape.size());
      c.count = count / size;
      c.shape = shape.data();
      c.features = features.data();
      if (targets.empty() || static_cast<std::int64_t>(targets.size()) % c.count != 0)
        throw Error(TREINO_BAD_INPUT,
                    std::to_string(targets.size()) + " targets do not fit " + std::to_string(c.count) + " samples");
      if constexpr (std::is_floating_point_v<Target>) {
        values.assign(targets.begin(), targets.end());
        c.targets = values.data();
        c.target_width = static_cast<std::int64_t>(targets.size()) / c.count;
      } else {
        if (static_cast<std::int64_t>(targets.size()) != c.count)
          throw Error(TREINO_BAD_INPUT, std::to_string(targets.size()) + " labels for " + std::to_string(c.count) + " samples");
        labels.assign(targets.begin(), targets.end());
        c.labels = labels.data();
      }
      c.class_count = static_cast<std::uint32_t>(names.size());
      c.class_names = names.data();
    }
    treino_samples c{};
    std::vector<const char*> names;
    std::vector<std::int64_t> labels;
    std::vector<float> values;
  };

  treino_run_handle* handle() {
    if (state_->handle) return state_->handle.get();
    State& state = *state_;
    treino_run_handle* handle = nullptr;
    state.options.with_c([&](const treino_run_options& options) {
      library_detail::check([&](treino_error* error) { return treino_run_open(&options, &handle, error); });
    });
    state.handle.reset(handle);
    return handle;
  }

  template <class Target>
  Run& data(std::uint32_t part, const std::vector<float>& features, const std::vector<std::int64_t>& shape,
            const std::vector<Target>& targets, const std::vector<std::string>& class_names) {
    const Samples<Target> samples(features, shape, targets, class_names);
    library_detail::check([&](treino_error* error) { return treino_run_set_samples(handle(), part, &samples.c, error); });
    return *this;
  }

  /// What on_epoch throws ends the run, and is thrown again here.
  static std::int32_t tell_epoch(void* context, const treino_epoch* epoch) {
    State& state = *static_cast<State*>(context);
    try {
      return state.on_epoch({epoch->number, epoch->epochs, library_detail::pairs(epoch->scalars, epoch->scalar_count)}) ? 1 : 0;
    } catch (...) {
      state.thrown = std::current_exception();
      return 1;
    }
  }

  template <class Function>
  Result train(Function&& function) {
    treino_run_result result{};
    result.size = sizeof result;
    treino_run_handle* run = handle();
    if (state_->on_epoch) treino_run_on_epoch(run, tell_epoch, state_.get());
    library_detail::check([&](treino_error* error) { return function(run, &result, error); });
    if (state_->thrown) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
    state_->run_folder = result.folder;
    return library_detail::result_of(result);
  }

  Scalars evaluate(const treino_samples* samples, std::uint32_t part) {
    const treino_scalar* scalars = nullptr;
    std::uint32_t count = 0;
    library_detail::check(
        [&](treino_error* error) { return treino_run_evaluate(handle(), samples, part, &scalars, &count, error); });
    return library_detail::pairs(scalars, count);
  }

  std::unique_ptr<State> state_;
};

/// What begin() is told of a loop of your own.
struct LoopSetup {
  std::uint64_t training_samples = 0, batches_per_epoch = 0;
  std::uint64_t validation_samples = 0, validation_batches = 0;  // 0: there is no validation
  std::uint64_t largest_batch = 0;                               // of both
  double learning_rate = 0;                                      // that schedulers begin with
  std::int64_t outputs = 0;                                      // numbers predicted for a sample; 0: metrics are given none
  std::int64_t classes = 0;                                      // targets are labels; 0: they are values
  std::int64_t target_width = 0;                                 // of values: columns; 0: as many as outputs
  std::uint32_t prediction = TREINO_PREDICTION_PROBABILITIES;    // or TREINO_PREDICTION_LOGITS, TREINO_PREDICTION_VALUES
  bool independent = false;                                      // each output is a decision of its own (sigmoid)
  std::vector<std::string> class_names = {};
};

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
/// A folder() that holds a run is continued. Where a call throws Error, the run has been ended, with its files whole.
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
  Loop& folder(std::string path) { return state_->options.folder = std::move(path), *this; }
  Loop& plugin_folder(std::string path) { return state_->options.plugin_folders.push_back(std::move(path)), *this; }
  Loop& quiet() { return state_->options.quiet = true, *this; }
  Loop& log_to(std::function<void(const char* line)> function) { return state_->options.log = std::move(function), *this; }

  /// Before begin: a parameter's values and gradient, contiguous float32 in the CPU's memory, which stay where they are. A gradient that
  /// moves is given as a function that returns where it is now; without any, the parameter does not learn.
  Loop& parameter(const std::string& name, const std::vector<std::int64_t>& shape, float* values, float* gradient = nullptr) {
    return add(name, shape, values, gradient, nullptr, nullptr);
  }
  template <class Function, class = decltype(static_cast<float*>(std::declval<Function&>()()))>
  Loop& parameter(const std::string& name, const std::vector<std::int64_t>& shape, float* values, Function find_gradient) {
    state_->gradients.push_back(std::make_unique<std::function<float*()>>(std::move(find_gradient)));
    const auto find = [](void* context) -> float* { return (*static_cast<std::function<float*()>*>(context))(); };
    return add(name, shape, values, nullptr, find, state_->gradients.back().get());
  }
  /// Before begin: what is kept beside the parameters in checkpoints, such as the optimizer's state.
  Loop& state(std::function<std::string()> save, std::function<void(const std::string&)> restore) {
    state_->save = std::move(save);
    state_->restore = std::move(restore);
    treino_loop_state functions{};
    functions.size = sizeof functions;
    functions.context = state_.get();
    functions.save = [](void* context, void (*write)(void*, const void*, std::uint64_t), void* sink) -> std::int32_t {
      return static_cast<State*>(context)->guarded([&](State& state) {
        const std::string bytes = state.save();
        write(sink, bytes.data(), bytes.size());
      });
    };
    functions.restore = [](void* context, const void* bytes, std::uint64_t count) -> std::int32_t {
      return static_cast<State*>(context)->guarded(
          [&](State& state) { state.restore(std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count))); });
    };
    check([&](treino_error* error) { return treino_loop_set_state(handle(), &functions, error); });
    return *this;
  }

  void begin(const LoopSetup& setup) {
    const auto names = library_detail::pointers(setup.class_names);
    treino_loop_setup given{};
    given.size = sizeof given;
    given.prediction = setup.prediction;
    given.training_samples = setup.training_samples;
    given.batches_per_epoch = setup.batches_per_epoch;
    given.validation_samples = setup.validation_samples;
    given.validation_batches = setup.validation_batches;
    given.largest_batch = setup.largest_batch;
    given.learning_rate = setup.learning_rate;
    given.outputs = setup.outputs;
    given.classes = setup.classes;
    given.target_width = setup.target_width;
    given.independent = setup.independent ? 1 : 0;
    given.class_name_count = static_cast<std::uint32_t>(names.size());
    given.class_names = names.data();
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
    std::exception_ptr thrown;  // by one of these two
    std::vector<char> text = std::vector<char>(4096);
    treino_error error{sizeof(treino_error), static_cast<std::uint32_t>(text.size()), text.data()};
    std::unique_ptr<treino_loop_handle, Close> handle;  // last: what it calls is there until it is closed

    template <class Function>
    std::int32_t guarded(Function&& function) {
      try {
        function(*this);
        return 0;
      } catch (...) {
        thrown = std::current_exception();
        return 1;
      }
    }
  };

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
    rethrow();
    throw Error(status, state_->text.data());
  }
  template <class Function>
  void check(Function&& function) {
    try {
      library_detail::check(function);
    } catch (const Error&) {
      rethrow();
      throw;
    }
  }
  /// What the program's own functions have thrown comes before what became of it.
  void rethrow() {
    if (state_->thrown) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
  }
  Loop& add(const std::string& name, const std::vector<std::int64_t>& shape, float* values, float* gradient,
            float* (*find)(void*), void* context) {
    treino_loop_parameter parameter{};
    parameter.size = sizeof parameter;
    parameter.rank = static_cast<std::uint32_t>(shape.size());
    parameter.name = name.c_str();
    parameter.shape = shape.data();
    parameter.values = values;
    parameter.gradient = gradient;
    parameter.find_gradient = find;
    parameter.context = context;
    check([&](treino_error* error) { return treino_loop_add_parameter(handle(), &parameter, error); });
    return *this;
  }

  std::unique_ptr<State> state_;
};

}  // namespace treino
