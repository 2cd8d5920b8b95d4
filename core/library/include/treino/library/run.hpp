// Runs: from a manifest to a trained model.
#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <treino/library/model.hpp>
#include <treino/library/options.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace treino {

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
  /// standard output would show (it does not throw).
  Run& folder(std::string path) { return options().folder = std::move(path), *this; }
  Run& plugin_folder(std::string path) { return options().plugin_folders.push_back(std::move(path)), *this; }
  Run& quiet() { return options().quiet = true, *this; }
  Run& log_to(std::function<void(const char* line)> function) { return options().log = std::move(function), *this; }
  /// For resume(): the folder is the caller's own, whatever its manifest asks for (see SECURITY.md).
  Run& trust() { return options().trust = true, *this; }
  /// fit() takes two batches of each pass, with every plugin, and keeps nothing.
  Run& dry() { return options().dry = true, *this; }
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

  /// Data in memory in place of the manifest's files; they are copied. `features`: samples of `shape`, one after the other; of several
  /// inputs ([data] inputs), a sample is their features one input after the other.
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
  /// The same, and then what would run, as JSON (run.h says what is in it). Throws Error.
  std::string plan() {
    return library_detail::text_of([&](treino_write_function write, void* context, treino_error* error) {
      return treino_run_plan(handle(), write, context, error);
    });
  }
  /// What the schedulers make of the base learning rate, without training. What it points to stays until the next call. Throws Error.
  treino_schedule schedule(std::uint64_t steps_per_epoch = 0) {
    treino_schedule schedule{};
    schedule.size = sizeof schedule;
    library_detail::check([&](treino_error* error) { return treino_run_schedule(handle(), steps_per_epoch, &schedule, error); });
    return schedule;
  }
  /// The files that the run reads: what no output may be. Throws Error.
  std::vector<std::string> input_files() {
    const char* const* files = nullptr;
    std::uint32_t count = 0;
    library_detail::check([&](treino_error* error) { return treino_run_input_files(handle(), &files, &count, error); });
    return {files, files + count};
  }
  /// Trains in a new folder. Throws Error where it cannot begin; a run that ends otherwise than it was to says so in its outcome.
  Result fit() {
    return train([](auto* run, auto* result, auto* error) { return treino_run_fit(run, result, error); });
  }
  /// Continues the run in folder(), bit for bit. `restart`: from the first epoch, whatever checkpoints there are.
  Result resume(bool restart = false) {
    if (restart) options().restart = true;
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
  Model model(std::int64_t capacity = 64) const {
    if (state_->run_folder.empty()) throw Error(TREINO_FAILED, "there is no trained model yet: call fit first");
    return Model(state_->run_folder + "/model.safetensors", capacity);
  }
  /// What the model predicts for samples, one after the other: Model::predict, without a model of one's own. Throws Error.
  std::vector<float> predict(const std::vector<float>& features) {
    if (!state_->model) state_->model = std::make_unique<Model>(model());
    return state_->model->predict(features);
  }
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
    std::exception_ptr thrown;  // by on_epoch
    std::unique_ptr<treino_run_handle, Close> handle;
    std::unique_ptr<Model> model;  // of predict()
  };
  template <class Target>
  struct Samples {
    Samples(const std::vector<float>& features, const std::vector<std::int64_t>& shape, const std::vector<Target>& targets,
            const std::vector<std::string>& class_names)
        : names(library_detail::pointers(class_names)) {
      std::int64_t size = 1;
      for (const std::int64_t dimension : shape) {
        if (dimension < 1 || dimension > INT64_MAX / size)
          throw Error(TREINO_BAD_INPUT, "a sample's shape cannot have a dimension of " + std::to_string(dimension));
        size *= dimension;
      }
      const auto count = static_cast<std::int64_t>(features.size());
      if (count % size != 0 || count == 0)
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
        c.label_width = static_cast<std::int64_t>(targets.size()) / c.count;
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

  /// What would come too late is refused.
  library_detail::Options& options() {
    if (state_->handle) throw Error(TREINO_BAD_INPUT, "folders, quiet() and log_to() come before everything else");
    return state_->options;
  }
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
    state_->run_folder = result.folder;
    if (state_->thrown) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
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

}  // namespace treino
