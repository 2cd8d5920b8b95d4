// Convolution (the cross-correlation that networks call so) over channels x height x width, weight: filters x channels x height x
// width.
#include <algorithm>

#include "nn/convolution.hpp"
#include "nn/kernels.hpp"
#include "nn/layer.hpp"
#include "nn/share.hpp"

namespace treino::nn {
namespace {

class Conv2d final : public Layer {
 public:
  explicit Conv2d(const Site& site)
      : window_(window_of(site.number, site.spec, site.input)),
        filters_(site.spec.filters),
        has_bias_(site.spec.bias),
        threads_(site.threads),
        input_block_(site.input_block),
        output_size_(size_of(site.output)),
        scratch_(site.scratch),
        output_(site.output_buffer()) {
    const std::int64_t area = window_.kernel_height * window_.kernel_width;
    const Shape shape{filters_, window_.channels, window_.kernel_height, window_.kernel_width};
    weight_ =
        site.parameters.add(site.name + "/weight", shape, site.spec.initializer, {window_.channels * area, filters_ * area});
    if (has_bias_) bias_ = site.parameters.add(site.name + "/bias", {filters_}, "zeros");
    weight_sum_ = Buffer(size_of(shape));
    bias_sum_ = Buffer(filters_);
    output_block_ = planned_for(site.capacity).output_block();
  }

  bool absorb_relu() override { return relu_ = true; }

  std::int64_t output_block() const override { return output_block_; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    planned_for(pass.batch).forward(input, weight_.value, bias_.value, output_.data());
    // oneDNN's own relu would make a zero of a NaN.
    if (relu_) {
      share(pass.batch * output_size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
        kernels().add_bias(output_.data() + first, nullptr, 1, last - first, true);
      });
    }
    return output_.data();
  }

  void backward(Gradients& gradients, const BackwardPass& pass) override {
    Convolution& convolution = planned_for(pass.batch);
    if (relu_) {
      share(pass.batch * output_size_, 1, threads_, [&](std::int64_t first, std::int64_t last) {
        kernels().relu_gradient(gradients.current + first, output_.data() + first, last - first);
      });
    }
    if (pass.learns) {
      convolution.backward_weights(input_, gradients.current, pass.accumulate ? weight_sum_.data() : weight_.gradient,
                                   pass.accumulate ? bias_sum_.data() : bias_.gradient);
      if (pass.accumulate) add_sums();
    }
    if (!pass.wants_input_gradient) return;
    convolution.backward_data(gradients.current, weight_.value, gradients.spare);
    gradients.turn();
  }

 private:
  struct Planned {
    std::int64_t batch;
    std::unique_ptr<Convolution> convolution;
  };

  // oneDNN plans for one size of batch. Few sizes occur in a run: that of training and of evaluation, and their last ones.
  Convolution& planned_for(std::int64_t batch) {
    const auto found = std::find_if(plans_.begin(), plans_.end(), [&](const Planned& plan) { return plan.batch == batch; });
    if (found != plans_.end()) return *found->convolution;
    if (plans_.size() >= most_plans) plans_.pop_back();
    plans_.push_back({batch, std::make_unique<Convolution>(window_, filters_, batch, has_bias_, input_block_, scratch_)});
    return *plans_.back().convolution;
  }

  void add_sums() {
    kernels().add(weight_.gradient, weight_sum_.data(), static_cast<std::int64_t>(weight_sum_.size()));
    if (bias_.gradient != nullptr) kernels().add(bias_.gradient, bias_sum_.data(), static_cast<std::int64_t>(bias_sum_.size()));
  }

  static constexpr std::size_t most_plans = 8;

  Window window_;
  std::int64_t filters_;
  bool has_bias_;
  int threads_;
  std::int64_t input_block_, output_block_ = 1, output_size_;
  Scratch& scratch_;
  Buffer output_, weight_sum_, bias_sum_;
  Parameters::Pointers weight_{}, bias_{};
  std::vector<Planned> plans_;
  const float* input_ = nullptr;
  bool relu_ = false;
};

}  // namespace

std::unique_ptr<Layer> make_conv2d(const Site& site) { return std::make_unique<Conv2d>(site); }

}  // namespace treino::nn
