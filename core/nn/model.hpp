// A network: shaped, allocated and initialized once; then forward and backward allocate nothing.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/kernel_choices.hpp"
#include "nn/mode.hpp"
#include "nn/parameter.hpp"
#include "nn/precision.hpp"
#include "nn/shards/sharding.hpp"
#include "nn/spec.hpp"
#include "nn/topology.hpp"

namespace treino::nn {

struct LayerInfo {
  std::string name, type;
  Shape output;
  std::vector<std::size_t> inputs{};           // numbers of layers, or model_input
  std::int64_t parameters = 0, trainable = 0;  // counts; trainable: now
  std::int64_t flops = 0;                      // forward, one sample
  std::int64_t activation_bytes = 0;           // one sample
  Outputs outputs = Outputs::values;
};

/// Is told when a layer works: every begin has its end, also where an error ends it. A relu that the layer before it has absorbed
/// works there, and nothing is told of it.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void layer_begin(std::size_t layer, bool backward) = 0;  // layer: its number in Model::layers()
  virtual void layer_end(std::size_t layer, bool backward) = 0;
};

/// Within forward and backward, numbers below 1.2e-38 count as zero, and the calling thread's number of OpenMP threads is
/// `threads`; both are restored on return.
class Model {
 public:
  /// Throws ShapeError where the layers do not fit. Weights are drawn from `seed` alone; `batch_capacity` is the largest batch
  /// that forward will be given; `threads` >= 1 is the number of threads that kernels may use. Results depend on nothing else but
  /// `precision` and the number of `sharding`'s shards. Where other processes have some of them, all make the same calls, and all get the same results.
  Model(const std::vector<LayerSpec>& layers, const Shape& input, std::int64_t batch_capacity, std::uint64_t seed,
        int threads = 1, InitialValues values = InitialValues::drawn, const Sharding& sharding = {},
        Precision precision = Precision::float32);
  /// Parameters alone, of a model that somebody else computes with: it has no layers, and cannot be run. Their memory is not its own;
  /// gradients may be empty where they come later.
  explicit Model(std::vector<Parameter> parameters);
  ~Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  const Shape& input_shape() const;
  const Shape& output_shape() const;
  const std::vector<LayerInfo>& layers() const;

  /// input: batch x input_shape, contiguous; in Mode::train it stays as it is until after backward. Of several processes, each reads
  /// the rows of its shards alone (Sharding::rows_of_rank). Returns batch x output_shape,
  /// valid until the next forward. Throws std::invalid_argument where batch is not in [1, batch_capacity].
  ///   step   addresses the random numbers of dropout: the count of micro-batches trained so far
  /// Mode::train keeps what backward needs and updates running statistics; Mode::infer does neither.
  std::span<const float> forward(const float* input, std::int64_t batch, Mode mode, std::uint64_t step = 0);

  /// Room for d(loss)/d(output) of batch_capacity samples. A forward leaves anything in it, a backward too.
  std::span<float> output_gradient();

  /// Numbers of the layers whose outputs are the model's too, beside the last one's (LayerSpec::is_output), in their order. Calls
  /// number them from 0.
  std::vector<std::size_t> further_outputs() const;
  /// One of them, as the last forward made it.
  std::span<const float> further_output(std::size_t number) const;
  /// Room for d(loss)/d(that output) of batch_capacity samples, which backward reads too. A forward leaves anything in it.
  std::span<float> further_gradient(std::size_t number);

  /// From d(loss)/d(output) of the last forward in Mode::train, output_gradient() or another array, to the gradients of all
  /// parameters, which are set, or added to when `accumulate`. The gradient of the network's input is not computed. The memory of
  /// that forward is used for gradients, but for its output: one forward, one backward. Throws std::logic_error where there has
  /// been none.
  ///   complete  false: the gradients of further batches will be added, and these are of no use before the last of them
  void backward(const float* output_gradient, bool accumulate = false, bool complete = true);

  /// Times kernels on the shapes of products that batches of `trained` rows have, and those of forward for `evaluated` rows, and that
  /// `known` has not; see nn::measure_kernels.
  KernelChoices measure_kernels(const KernelChoices& known, std::int64_t trained, std::int64_t evaluated) const;
  /// From the next forward on, in place of the fixed rule. Results depend on them, by the order of sums.
  void use_kernels(KernelChoices choices);
  /// Those in use; none of the fixed rule's.
  KernelChoices chosen_kernels() const;

  std::span<Parameter> parameters();
  std::span<const Parameter> parameters() const;

  /// Freezes a parameter, or lets it learn again, from the next backward on. Optimizers leave a frozen one and its state alone,
  /// weight decay included, and its gradient is zero. Backward ends at the first layer with anything to learn. Throws
  /// std::out_of_range, and std::invalid_argument where running statistics are to learn.
  void set_trainable(std::size_t parameter, bool trainable);

  /// Measures the running statistics (of batch_norm) again: until end_statistics, every forward in Mode::train makes them the mean
  /// of all batches since begin_statistics, each counted alike. For weights that were averaged and never trained, as in Izmailov
  /// et al., Averaging Weights Leads to Wider Optima, UAI 2018. A second begin starts over.
  void begin_statistics();
  void end_statistics();
  bool has_statistics() const;  // any layer has

  /// From the next forward on; it outlives the model, or is taken back with nullptr.
  void set_observer(Observer* observer);

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace treino::nn
