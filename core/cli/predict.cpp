// treino predict: a trained model's outputs, one row per sample.
#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace treino::cli {

int predict(const CommonOptions& common, const PredictOptions& options) {
  Trained model = trained(common, options.model, options.weights);
  if (options.output_layer) model.output_layer(*options.output_layer);
  if (options.output) {
    model.predict(options.data, *options.output);
    return exit_success;
  }
  bool read = true;  // a reader that has enough, such as head, is no failure
  std::exception_ptr failure;
  try {
    model.predict(options.data, [&](const char* bytes, std::size_t size) {
      try {
        read = print_data({bytes, size});
      } catch (...) {
        failure = std::current_exception();
      }
      return read && !failure;
    });
  } catch (const Error&) {
    if (failure) std::rethrow_exception(failure);
    if (read) throw;
  }
  return exit_success;
}

}  // namespace treino::cli
