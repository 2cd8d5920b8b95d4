// A sample that the model cannot compute, such as a word that its vocabulary does not have.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace treino::nn {

/// Thrown by Model::forward; who knows where the batch comes from says which sample it is.
class SampleError : public std::runtime_error {
 public:
  /// `row`: of the batch, from 0.
  SampleError(std::int64_t row, const std::string& text) : std::runtime_error(text), row_(row) {}
  std::int64_t row() const { return row_; }

 private:
  std::int64_t row_;
};

}  // namespace treino::nn
