// A layer that somebody else computes: what nn asks of one that comes out of a plugin.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/initializers.hpp"
#include "nn/layers/layer_type.hpp"
#include "nn/parameter.hpp"
#include "nn/spec.hpp"

namespace treino::nn {

/// One layer of a model; its type is a record of its own.
class ForeignLayer {
 public:
  struct Parameter {
    std::string name;  // within the layer
    Shape shape;
    std::string initializer = "zeros";
    double gain = 1;
    Fans fans{};
    std::vector<float> values{};  // what it begins with, in place of what the initializer draws; empty: as that draws
    bool learns = true;
    Regularization regularization{};  // a unit is a column, along the last axis
  };
  /// What it makes of its inputs, and needs for that.
  struct Plan {
    Shape output;  // empty: cannot be known yet
    std::vector<Parameter> parameters{};
    std::int64_t workspace = 0;  // numbers of a sample, kept from forward to backward
    std::int64_t flops = 0;
    bool reads_inputs = true, reads_output = false;  // backward does
    Outputs outputs = Outputs::values;
  };
  struct Forward {
    std::span<const float* const> inputs;
    float* output;
    std::span<const float* const> parameters;
    float* workspace;
    std::int64_t rows, first_row;
    std::uint64_t seed;  // of the run, the layer and the step
    bool training;
  };
  struct Backward {
    std::span<const float* const> inputs;  // null, and `output` too, where it does not read them
    const float *output, *output_gradient;
    std::span<const float* const> parameters;
    float* workspace;
    std::span<float*const> input_gradients, parameter_gradients;  // added to; null where not wanted
    std::int64_t rows, first_row;
    std::uint64_t seed;
  };

  ForeignLayer(std::string id, std::size_t least_inputs, std::size_t most_inputs);
  virtual ~ForeignLayer() = default;
  ForeignLayer(const ForeignLayer&) = delete;
  ForeignLayer& operator=(const ForeignLayer&) = delete;

  const LayerType& type() const { return type_; }
  const Plan& plan() const { return plan_; }
  /// Called before all else, once for each model. Throws std::exception where the inputs do not fit.
  void plan_for(std::span<const Shape> inputs);
  virtual void forward(const Forward& pass) = 0;
  virtual void backward(const Backward& pass) = 0;

 protected:
  /// Shapes and workspace of less than 2^31 numbers; names that differ, of letters, digits and underscores; known initializers.
  virtual Plan prepare(std::span<const Shape> inputs) = 0;

 private:
  const std::string id_;
  LayerType type_;
  Plan plan_;
};

}  // namespace treino::nn
