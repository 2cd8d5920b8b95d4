// Trained models, from file to file.
#pragma once
#include <treino/library/trained.h>

#include <cstdint>
#include <functional>
#include <string>
#include <treino/library/result.hpp>
#include <utility>
#include <vector>

namespace treino {

/// Which of a run's own data.
enum class Part : std::uint32_t { train = TREINO_PART_TRAIN, validation = TREINO_PART_VALIDATION, test = TREINO_PART_TEST };

/// A trained model in its file or its run's folder: what `treino evaluate`, `predict` and `export` do. All throw Error.
class Trained {
 public:
  explicit Trained(std::string model) : model_(std::move(model)) {}

  /// A checkpoint in place of the run's model.safetensors.
  Trained& weights(std::string path) { return weights_ = std::move(path), *this; }
  /// "data.batch_size=1000", as --set takes them.
  Trained& settings(std::vector<std::string> texts) { return settings_ = std::move(texts), *this; }
  /// What predict writes: the output of the layer of this name, one that has a loss; else the last layer's.
  Trained& output_layer(std::string name) { return output_layer_ = std::move(name), *this; }
  Trained& plugin_folder(std::string path) { return plugin_folders_.push_back(std::move(path)), *this; }
  /// The run's folder is the caller's own, whatever its manifest asks for (see SECURITY.md).
  Trained& trust() { return trust_ = true, *this; }
  Trained& quiet() { return quiet_ = true, *this; }
  /// What receives the lines that standard output would show (it does not throw).
  Trained& log_to(std::function<void(const char* line)> function) { return log_ = std::move(function), *this; }

  struct Table {
    std::string title, text;  // no text: it is larger than was asked for
  };
  struct Evaluation {
    Scalars scalars;  // "loss", "accuracy"
    std::vector<Table> tables;
    double operator[](const std::string& name) const { return library_detail::value_of(scalars, name); }
  };
  /// Loss and metrics on the run's own data. Tables with more than so many columns and lines of text come without it; 0: any number.
  Evaluation evaluate(Part part = Part::test, std::uint32_t columns = 0, std::uint32_t lines = 0) const {
    treino_evaluation c{};
    c.part = static_cast<std::uint32_t>(part);
    return evaluate(c, columns, lines);
  }
  /// On a file of the training file's form, with the target in it or in `targets`.
  Evaluation evaluate_file(const std::string& data, const std::string& targets = "", std::uint32_t columns = 0,
                           std::uint32_t lines = 0) const {
    treino_evaluation c{};
    c.part = TREINO_PART_TEST;
    c.data = data.c_str();
    c.targets = targets.empty() ? nullptr : targets.c_str();
    return evaluate(c, columns, lines);
  }

  /// Writes the outputs for each row of `data` as CSV. Returns the number of rows.
  std::uint64_t predict(const std::string& data, const std::string& output) const {
    std::uint64_t rows = 0;
    with_c(settings_, [&](const treino_trained_options& options, treino_error* error) {
      return treino_predict(&options, data.c_str(), output.c_str(), nullptr, nullptr, &rows, error);
    });
    return rows;
  }
  /// To a function, piece by piece; it returns whether it wants more, and does not throw.
  std::uint64_t predict(const std::string& data, std::function<bool(const char* bytes, std::size_t size)> write) const {
    std::uint64_t rows = 0;
    const treino_write_function to = [](void* context, const char* bytes, std::uint64_t size) -> std::int32_t {
      return (*static_cast<decltype(write)*>(context))(bytes, static_cast<std::size_t>(size)) ? 0 : 1;
    };
    with_c(settings_, [&](const treino_trained_options& options, treino_error* error) {
      return treino_predict(&options, data.c_str(), nullptr, to, &write, &rows, error);
    });
    return rows;
  }

  /// Writes the model in another format, by an exporter with its parameters ("outputs=logits"), to `output`; empty: beside the model.
  void export_to(const std::string& exporter, const std::string& output = "",
                 const std::vector<std::string>& parameters = {}) const {
    with_c(parameters, [&](const treino_trained_options& options, treino_error* error) {
      return treino_export(&options, exporter.c_str(), output.empty() ? nullptr : output.c_str(), error);
    });
  }

 private:
  Evaluation evaluate(treino_evaluation c, std::uint32_t columns, std::uint32_t lines) const {
    Evaluation result;
    c.size = sizeof c;
    c.columns = columns;
    c.lines = lines;
    c.scalar = [](void* context, const treino_scalar* scalar) {
      static_cast<Evaluation*>(context)->scalars.emplace_back(scalar->name, scalar->value);
    };
    c.table = [](void* context, const char* title, const char* text) {
      static_cast<Evaluation*>(context)->tables.push_back({title, text == nullptr ? "" : text});
    };
    c.context = &result;
    with_c(settings_,
           [&](const treino_trained_options& options, treino_error* error) { return treino_evaluate(&options, &c, error); });
    return result;
  }

  template <class Function>
  void with_c(const std::vector<std::string>& settings, Function&& function) const {
    const auto setting_texts = library_detail::pointers(settings), folders = library_detail::pointers(plugin_folders_);
    treino_trained_options options{};
    options.size = sizeof options;
    options.quiet = quiet_;
    options.model = model_.c_str();
    options.weights = weights_.empty() ? nullptr : weights_.c_str();
    options.output_layer = output_layer_.empty() ? nullptr : output_layer_.c_str();
    options.trust = trust_;
    options.setting_count = static_cast<std::uint32_t>(setting_texts.size());
    options.settings = setting_texts.data();
    options.plugin_folders = folders.data();
    options.plugin_folder_count = static_cast<std::uint32_t>(folders.size());
    if (log_) {
      options.log = [](void* context, const char* line) { static_cast<const Trained*>(context)->log_(line); };
      options.log_context = const_cast<Trained*>(this);
    }
    library_detail::check([&](treino_error* error) { return function(options, error); });
  }

  std::string model_, weights_, output_layer_;
  std::vector<std::string> settings_, plugin_folders_;
  bool trust_ = false, quiet_ = false;
  std::function<void(const char*)> log_;
};

/// Writes a file for a user: it is there whole or not at all, and is never one of `inputs`, under whatever name. Throws Error.
inline void write_file(const std::string& path, const std::string& text, const std::vector<std::string>& inputs = {}) {
  const std::vector<const char*> names = library_detail::pointers(inputs);
  library_detail::check([&](treino_error* error) {
    return treino_write_file(path.c_str(), text.data(), text.size(), names.data(), static_cast<std::uint32_t>(names.size()),
                             error);
  });
}

}  // namespace treino
