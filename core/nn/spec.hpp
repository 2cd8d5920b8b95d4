// What a network is made of, as plain data: the manifest fills these, nn/ builds from them.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/settings.hpp"

namespace treino::nn {

/// Sizes without the batch: {64}, or {channels, height, width}.
using Shape = std::vector<std::int64_t>;
std::int64_t size_of(const Shape& shape);
std::string to_text(const Shape& shape);  // "3x28x28"

/// What the numbers are that come out: of use to a loss when the layer is the last.
enum class Outputs {
  values,
  probabilities,              // of classes that exclude each other: they sum to one
  independent_probabilities,  // each of a class that may be true or not
};

class ForeignLayer;

/// One layer. Types and their settings are those of nn/layers/layer_types.hpp.
struct LayerSpec {
  std::string type;
  std::string name;  // unique; empty: type and a number, as in dense_1
  Settings settings{};
  std::vector<std::string> inputs{};        // names of layers before it, or "input"; empty: the one before
  bool is_output = false;                   // what it puts out is one of the model's further outputs, beside the last layer's
  std::shared_ptr<ForeignLayer> foreign{};  // who computes it, where `type` is none of nn's; else null
};

/// The layers do not fit each other: `layer` counts from 0, the text says why ("conv2d: 5x5 kernel on a 3x3 input").
class ShapeError : public std::runtime_error {
 public:
  /// `input`: which of its inputs is at fault.
  ShapeError(std::size_t layer, const std::string& text, std::optional<std::size_t> input = std::nullopt)
      : std::runtime_error(text), layer_(layer), input_(input) {}
  std::size_t layer() const { return layer_; }
  std::optional<std::size_t> input() const { return input_; }

 private:
  std::size_t layer_;
  std::optional<std::size_t> input_;
};

}  // namespace treino::nn
