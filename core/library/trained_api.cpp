// treino_evaluate, treino_predict, treino_export, treino_write_file: the C functions.
#include "library/guarded.hpp"
#include "library/output_file.hpp"
#include "library/trained/trained.hpp"

using treino::base::InputError;
using treino::library::given;
using treino::library::guarded;
using treino::library::known_part;
using treino::library::TrainedOptions;
using treino::library::Writer;

namespace {

TrainedOptions known(const treino_trained_options* options) {
  return TrainedOptions(known_part(options, "treino_trained_options"));
}

std::optional<std::filesystem::path> if_given(const char* path) {
  return path == nullptr ? std::nullopt : std::optional<std::filesystem::path>(given(path, "the output's path"));
}

}  // namespace

extern "C" {

treino_status treino_evaluate(const treino_trained_options* options, const treino_evaluation* evaluation, treino_error* error) {
  return guarded(error, [&] { treino::library::evaluate(known(options), known_part(evaluation, "treino_evaluation")); });
}

treino_status treino_predict(const treino_trained_options* options, const char* data, const char* output,
                             treino_write_function write, void* context, uint64_t* rows, treino_error* error) {
  return guarded(error, [&] {
    std::optional<Writer> writer;
    if (output == nullptr) writer.emplace(write, context);
    const std::uint64_t count = treino::library::predict(known(options), given(data, "the data file"), if_given(output), writer);
    if (rows != nullptr) *rows = count;
  });
}

treino_status treino_export(const treino_trained_options* options, const char* exporter, const char* output,
                            treino_error* error) {
  return guarded(error,
                 [&] { treino::library::export_model(known(options), given(exporter, "the exporter"), if_given(output)); });
}

treino_status treino_write_file(const char* path, const char* bytes, uint64_t size, const char* const* inputs,
                                uint32_t input_count, treino_error* error) {
  return guarded(error, [&] {
    if (bytes == nullptr && size > 0) throw InputError("there are no bytes to write");
    treino::library::write_output(given(path, "the file's path"), {bytes, static_cast<std::size_t>(size)},
                                  treino::library::texts<std::filesystem::path>(inputs, input_count, "inputs"));
  });
}
}
