// Convolution (the cross-correlation that networks call so) over channels x height x width, weight: filters x channels x height x
// width.
#include <algorithm>

#include "nn/convolution.hpp"
#include "nn/kernels.hpp"
#include "nn/layer.hpp"

namespace treino::nn {
namespace {

class Conv2d final : public Layer {
 public:
  explicit Conv2d(const Site& site)
      : window_(window_of(site.number, site.spec, site.input)),
        input_size_(size_of(site.input)),
        output_size_(size_of(site.output)),
        output_(site.output_buffer()) {
    const std::int64_t area = window_.kernel_height * window_.kernel_width;
    const Shape shape{site.spec.filters, window_.channels, window_.kernel_height, window_.kernel_width};
    weight_ = site.parameters.add(site.name + "/weight", shape, site.spec.initializer,
                                  {window_.channels * area, site.spec.filters * area});
    if (site.spec.bias) bias_ = site.parameters.add(site.name + "/bias", {site.spec.filters}, "zeros");
    weight_sum_ = Buffer(size_of(shape));
    bias_sum_ = Buffer(site.spec.filters);
    whole_ = std::make_unique<Convolution>(window_, site.spec.filters, site.capacity, site.spec.bias);
    whole_batch_ = site.capacity;
    if (site.capacity > 1) single_ = std::make_unique<Convolution>(window_, site.spec.filters, 1, site.spec.bias);
  }

  bool absorb_relu() override { return relu_ = true; }

  const float* forward(const float* input, const Pass& pass) override {
    input_ = input;
    each_part(pass.batch, [&](Convolution& part, std::int64_t first) {
      part.forward(input + first * input_size_, weight_.value, bias_.value, output_.data() + first * output_size_);
    });
    if (relu_) kernels().add_bias(output_.data(), nullptr, pass.batch, output_size_, true);
    return output_.data();
  }

  void backward(Gradients& gradients, const BackwardPass& pass) override {
    float* gradient = gradients.current;
    if (relu_) kernels().relu_gradient(gradient, output_.data(), pass.batch * output_size_);
    bool add = pass.accumulate;
    each_part(pass.batch, [&](Convolution& part, std::int64_t first) {
      const float* part_gradient = gradient + first * output_size_;
      if (pass.learns) {
        part.backward_weights(input_ + first * input_size_, part_gradient, add ? weight_sum_.data() : weight_.gradient,
                              add ? bias_sum_.data() : bias_.gradient);
        if (add) add_sums();
        add = true;
      }
      if (pass.wants_input_gradient) part.backward_data(part_gradient, weight_.value, gradients.spare + first * input_size_);
    });
    if (pass.wants_input_gradient) gradients.turn();
  }

 private:
  // oneDNN plans for one size of batch: a smaller one than planned for goes through sample by sample.
  template <class Visit>
  void each_part(std::int64_t batch, Visit visit) {
    if (batch == whole_batch_) return visit(*whole_, 0);
    for (std::int64_t n = 0; n < batch; ++n) visit(*single_, n);
  }

  void add_sums() {
    kernels().add(weight_.gradient, weight_sum_.data(), static_cast<std::int64_t>(weight_sum_.size()));
    if (bias_.gradient != nullptr) kernels().add(bias_.gradient, bias_sum_.data(), static_cast<std::int64_t>(bias_sum_.size()));
  }

  Window window_;
  std::int64_t input_size_, output_size_, whole_batch_ = 0;
  Buffer output_, weight_sum_, bias_sum_;
  Parameters::Pointers weight_{}, bias_{};
  std::unique_ptr<Convolution> whole_, single_;
  const float* input_ = nullptr;
  bool relu_ = false;
};

}  // namespace

std::unique_ptr<Layer> make_conv2d(const Site& site) { return std::make_unique<Conv2d>(site); }

}  // namespace treino::nn
