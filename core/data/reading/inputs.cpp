// A sample stays one row of features: what inputs are in a source decides only how long each one's part of it is.
#include "data/reading/inputs.hpp"

#include <fmt/format.h>

#include "data/message.hpp"

namespace treino::data {

std::vector<InputShape> inputs_of_columns(const Source& source, std::int64_t size, const std::string& name) {
  std::vector<InputShape> inputs;
  for (const Source::Input& input : source.inputs) {
    if (input.shape.empty() && input.columns == 0)
      throw DataError(
          fmt::format("{}: how many features input {} has is in no file: say its shape", name, in_quotes(input.name)));
    inputs.push_back({input.name, input.shape.empty() ? Shape{static_cast<std::int64_t>(input.columns)} : input.shape});
    element_count(inputs.back().shape, name);  // that it does not overflow
  }
  if (!inputs.empty() && size_of(inputs) != size)
    throw DataError(fmt::format("{}: a sample has {} features, and the inputs ({}) have {} together", name, size, to_text(inputs),
                                size_of(inputs)));
  return inputs;
}

}  // namespace treino::data
