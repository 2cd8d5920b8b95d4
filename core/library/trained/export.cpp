// A trained model in another format, by an exporter. Files appear when all of them are written, none otherwise.
#include <map>
#include <memory>

#include "base/input_error.hpp"
#include "library/output_file.hpp"
#include "library/trained/trained.hpp"
#include "train/export/exporter.hpp"
#include "train/plan/run_files.hpp"

namespace treino::library {

namespace {

namespace fs = std::filesystem;

/// What no output may be: of a run's folder also the data that its manifest names, where that can be read.
std::vector<fs::path> inputs_of(const train::TrainedModel& model, const TrainedOptions& options) {
  std::vector<fs::path> inputs = model.files();
  std::error_code error;
  if (!fs::is_directory(options.model.model, error)) return inputs;
  for (const char* name : train::run_files) inputs.push_back(options.model.model / name);
  try {
    train::TrainedModelOptions in_folder;
    in_folder.model = options.model.model;
    in_folder.plugin_folders = options.model.plugin_folders;
    for (const fs::path& file : train::TrainedModel(in_folder).files()) inputs.push_back(file);
  } catch (const std::exception&) {  // an export needs neither its manifest nor its plugins
  }
  return inputs;
}

/// Beside the model, "model.coreml" for the exporter "coreml" and for "acme/coreml".
fs::path default_output(const fs::path& model, const std::string& exporter) {
  std::error_code error;
  const fs::path file = fs::is_directory(model, error) ? model / "model" : model;
  return fs::path(file).replace_extension(exporter.substr(exporter.rfind('/') + 1));
}

/// The file that was asked for, and those beside it.
class Files {
 public:
  Files(fs::path path, std::vector<fs::path> inputs) : path_(std::move(path)), inputs_(std::move(inputs)) { open(path_); }

  void write(const char* extension, std::string_view bytes) {
    (extension == nullptr ? *files_.at(path_) : beside(extension)).write(bytes);
  }
  void commit() {
    for (auto& [path, file] : files_) file->commit();
  }
  std::string names() const {
    std::string text = path_.string();
    for (const auto& [path, file] : files_)
      if (path != path_) text += ", " + path.string();
    return text;
  }

 private:
  OutputFile& beside(const std::string& extension) {
    if (extension.size() < 2 || extension.front() != '.' || extension.find('/') != std::string::npos)
      throw base::InputError(path_.string() + ": '" + extension + "' is no extension of a file beside it");
    if (is_open_stream(path_)) throw base::InputError(path_.string() + ": takes one file only; name a file with --output");
    const fs::path path = fs::path(path_).replace_extension(extension);
    if (path == path_) throw base::InputError(path_.string() + ": would be written twice; give it another extension");
    const auto found = files_.find(path);
    return found != files_.end() ? *found->second : open(path);
  }
  OutputFile& open(const fs::path& path) {
    return *files_.emplace(path, std::make_unique<OutputFile>(path, inputs_)).first->second;
  }

  const fs::path path_;
  const std::vector<fs::path> inputs_;
  std::map<fs::path, std::unique_ptr<OutputFile>> files_;
};

}  // namespace

void export_model(const TrainedOptions& options, const std::string& id, const std::optional<fs::path>& given_output) {
  const fs::path output = given_output.value_or(default_output(options.model.model, id));
  std::optional<host::Screen> screen;
  options.open_screen(screen, is_open_stream(output));
  host::Log log(*screen);
  const train::TrainedModel model({.model = options.model.model,
                                   .weights = options.model.weights,
                                   .settings = {},
                                   .plugin_folders = options.model.plugin_folders,
                                   .alone = true});
  const train::Exporter exporter(model.plan(), id, options.model.settings);
  Files files(output, inputs_of(model, options));
  const auto run = model.build(1, log);
  exporter.write(*run, output.stem().string(),
                 [&](const char* extension, std::string_view bytes) { files.write(extension, bytes); });
  files.commit();
  screen->line(id + ": " + files.names());
}

}  // namespace treino::library
