// A layer under test, with the memory round it that the host would keep: parameters, workspace, outputs and gradients.
#pragma once
#include <treino/abi/draft/layer.h>

#include <string>
#include <vector>

#include "plugins/conformance/instance.hpp"

namespace treino::conformance {

class LayerUnderTest {
 public:
  using Values = std::vector<float>;
  using Shapes = std::vector<std::vector<std::int64_t>>;
  /// Parameters hold small numbers that differ. Throws Refusal.
  LayerUnderTest(const PluginUnderTest& plugin, const manifest::Table& completed, const Shapes& inputs);

  std::size_t inputs() const { return input_sizes_.size(); }
  std::int64_t input_size(std::size_t input) const { return input_sizes_[input]; }
  std::int64_t output_size() const { return output_size_; }
  const std::vector<std::int64_t>& output_shape() const { return output_shape_; }
  const treino_layer_plan& plan() const { return plan_; }
  std::size_t parameters() const { return parameters_.size(); }
  const std::string& parameter_name(std::size_t parameter) const { return names_[parameter]; }
  bool learns(std::size_t parameter) const { return learns_[parameter]; }
  Values& parameter(std::size_t parameter) { return parameters_[parameter]; }

  struct Pass {
    bool training = true;
    std::int64_t first_row = 0;
    std::uint64_t seed = 0x0123456789abcdef;
  };
  /// Rows of each input. Throws Refusal, and std::logic_error where memory beyond the output or the workspace was written.
  Values forward(const std::vector<Values>& inputs, const Pass& pass);

  struct Gradients {
    std::vector<Values> inputs, parameters;
  };
  /// After forward. Each gradient is added to `beginning`. Only the gradients of `wanted` are asked for: inputs, then parameters;
  /// empty: all that there are.
  Gradients backward(const Values& output_gradient, float beginning = 0, std::vector<bool> wanted = {});

  /// What a forward has left for its backward.
  struct Shard {
    std::vector<Values> inputs;
    Values output, workspace;
    Pass pass;
    std::int64_t rows = 0;
  };
  const Shard& shard() const { return shard_; }
  void set_shard(const Shard& shard) { shard_ = shard; }

 private:
  /// Values with a margin round them that shows who writes too far.
  class Guarded {
   public:
    Guarded(std::size_t size, float value);
    float* data() { return values_.data() + margin; }
    Values checked(const char* what) const;

   private:
    static constexpr std::size_t margin = 16;
    static constexpr float mark = -77777;
    Values values_;
  };

  void prepare(const Shapes& inputs);

  const treino_layer& table_;
  Instance instance_;
  treino_layer_plan plan_{};
  std::vector<std::int64_t> input_sizes_, output_shape_;
  std::int64_t output_size_ = 1;
  std::vector<std::string> names_;
  std::vector<bool> learns_;
  std::vector<Values> parameters_;
  std::vector<const float*> parameter_pointers_;
  Shard shard_;
};

}  // namespace treino::conformance
