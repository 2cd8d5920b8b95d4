// One layer at a time beside libtorch's, forward and backward of a batch in training, float32, one thread:
//   bench_layers [rounds [name]]
// Both copy the batch first, and both compute the gradients of that copy and of all parameters. Medians of rounds that take turns, in
// microseconds of the thread's processor time, and libtorch's over ours: above 1 we are faster.
#include <fmt/format.h>
#include <time.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/kernels/threads.hpp"
#include "nn/layers/foreign_layer.hpp"
#include "nn/model.hpp"
#include "nn_helpers.hpp"

namespace {

using namespace treino::nn;
using test::layer;
using test::with;
using Integers = std::vector<std::int64_t>;
using torch::Tensor;

struct Subject {
  std::string name;
  LayerSpec spec;
  Shape input;
  std::int64_t batch;
  /// From the batch and the layer's parameters, which are in our order and shapes.
  std::function<Tensor(const Tensor&, const std::vector<Tensor>&)> reference;
  std::int64_t indices = 0;  // the batch is of so many indices; 0: of numbers
};

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Copies the batch. A parameter that learns has backward go as far as the tested layer's input.
class Copy final : public ForeignLayer {
 public:
  Copy() : ForeignLayer("bench/copy", 1, 1) {}
  void forward(const Forward& pass) override {
    std::memcpy(pass.output, pass.inputs[0], static_cast<std::size_t>(pass.rows * size_) * sizeof(float));
  }
  void backward(const Backward&) override {}

 private:
  Plan prepare(std::span<const Shape> inputs) override {
    size_ = size_of(inputs[0]);
    return {.output = inputs[0], .parameters = {{.name = "unused", .shape = {1}}}, .reads_inputs = false};
  }
  std::int64_t size_ = 0;
};

std::vector<float> batch_of(const Subject& subject) {
  std::vector<float> numbers = test::normal_numbers(subject.batch * size_of(subject.input), 1);
  if (subject.indices > 0)
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = static_cast<float>(i * 7919 % static_cast<std::size_t>(subject.indices));
  return numbers;
}

class Ours {
 public:
  explicit Ours(const Subject& subject)
      : input_(batch_of(subject)),
        batch_(subject.batch),
        model_({{.type = "bench/copy", .name = "copy", .foreign = std::make_shared<Copy>()}, subject.spec}, subject.input, batch_,
               1),
        gradient_(test::normal_numbers(batch_ * size_of(model_.output_shape()), 2)) {}
  void step() {
    model_.forward(input_.data(), batch_, Mode::train, ++step_);
    model_.backward(gradient_.data());
  }
  Model& model() { return model_; }

 private:
  std::vector<float> input_;
  std::int64_t batch_;
  Model model_;
  std::vector<float> gradient_;
  std::uint64_t step_ = 0;
};

class Theirs {
 public:
  Theirs(const Subject& subject, Model& model) : subject_(subject) {
    Integers sizes = subject.input;
    sizes.insert(sizes.begin(), subject.batch);
    const std::vector<float> numbers = batch_of(subject);
    input_ = torch::tensor(numbers).reshape(sizes);
    if (subject.indices > 0)
      input_ = input_.to(torch::kLong);
    else
      input_.requires_grad_();
    for (const Parameter& one : model.parameters()) {
      if (!one.trainable || one.name == "copy/unused") continue;
      const std::vector<float> values(one.value.begin(), one.value.end());
      parameters_.push_back(torch::tensor(values).reshape(one.shape).requires_grad_());
    }
  }
  void step() {
    input_.mutable_grad() = Tensor();
    for (Tensor& parameter : parameters_) parameter.mutable_grad() = Tensor();
    const Tensor output = subject_.reference(input_.clone(), parameters_);
    if (!gradient_.defined()) gradient_ = torch::randn(output.sizes());
    output.backward(gradient_);
  }

 private:
  const Subject& subject_;
  Tensor input_, gradient_;
  std::vector<Tensor> parameters_;
};

Tensor run_cell(const std::string& type, const Tensor& x, const std::vector<Tensor>& p, std::int64_t units) {
  const Tensor zeros = torch::zeros({1, x.size(0), units});
  if (type == "lstm") return std::get<0>(torch::lstm(x, {zeros, zeros}, p, true, 1, 0, true, false, true));
  if (type == "gru") return std::get<0>(torch::gru(x, zeros, p, true, 1, 0, true, false, true));
  return std::get<0>(torch::rnn_tanh(x, zeros, p, true, 1, 0, true, false, true));
}

LayerSpec conv(const std::string& type, std::int64_t filters, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
               std::int64_t groups = 1) {
  LayerSpec spec = with(with(layer(type), "filters", filters), "groups", groups);
  for (const auto& [name, value] : {std::pair("kernel", kernel), {"stride", stride}, {"padding", padding}})
    spec = type == "conv1d" ? with(spec, name, value) : with(spec, name, Integers{value, value});
  return spec;
}

Subject conv2d(const std::string& name, std::int64_t channels, std::int64_t filters, std::int64_t size, std::int64_t kernel,
               std::int64_t stride, std::int64_t padding, std::int64_t groups = 1) {
  return {name,
          conv("conv2d", filters, kernel, stride, padding, groups),
          {channels, size, size},
          32,
          [=](const Tensor& x, const std::vector<Tensor>& p) {
            return torch::conv2d(x, p[0], p[1], Integers{stride, stride}, Integers{padding, padding}, Integers{1, 1}, groups);
          }};
}

Subject elementwise(const std::string& type, Tensor (*function)(const Tensor&)) {
  return {type, layer(type), {64, 28, 28}, 32, [=](const Tensor& x, const std::vector<Tensor>&) { return function(x); }};
}

Subject pool(const std::string& type, Tensor (*function)(const Tensor&)) {
  const bool is_global = type.starts_with("global");
  return {type,
          is_global ? layer(type) : test::windowed(type, {2}),
          {64, 28, 28},
          32,
          [=](const Tensor& x, const std::vector<Tensor>&) { return function(x); }};
}

Subject dense(const std::string& name, Shape input, std::int64_t batch, std::int64_t units) {
  return {name, test::dense(units), std::move(input), batch,
          [](const Tensor& x, const std::vector<Tensor>& p) { return torch::matmul(x, p[0]) + p[1]; }};
}

Subject recurrent(const std::string& type, std::int64_t length, std::int64_t features, std::int64_t units) {
  return {fmt::format("{} {} steps {} -> {}", type, length, features, units),
          with(with(layer(type), "units", units), "return_sequences", true),
          {length, features},
          64,
          [=](const Tensor& x, const std::vector<Tensor>& p) { return run_cell(type, x, p, units); }};
}

Subject attention(bool causal, std::int64_t length, std::int64_t width, std::int64_t heads) {
  return {fmt::format("attention {} x {}, {} heads{}", length, width, heads, causal ? ", causal" : ""),
          with(with(layer("attention"), "num_heads", heads), "causal", causal),
          {length, width},
          32,
          [=](const Tensor& x, const std::vector<Tensor>& p) {
            namespace F = torch::nn::functional;
            const Tensor steps = x.transpose(0, 1);
            auto options = F::MultiheadAttentionForwardFuncOptions(width, heads, p[0], p[1], {}, {}, false, 0, p[2], p[3])
                               .training(true)
                               .need_weights(false);
            if (causal) options.attn_mask(torch::full({length, length}, -INFINITY).triu(1));
            return std::get<0>(F::multi_head_attention_forward(steps, steps, steps, options)).transpose(0, 1);
          }};
}

Subject normed(const std::string& name, LayerSpec spec, Shape input,
               std::function<Tensor(const Tensor&, const std::vector<Tensor>&)> reference) {
  return {name, std::move(spec), std::move(input), 32, std::move(reference)};
}

std::vector<Subject> subjects() {
  using P = std::vector<Tensor>;
  const std::int64_t one = 1;
  return {
      dense("dense 784 -> 512", {784}, 128, 512),
      dense("dense 64 x 256 -> 256", {64, 256}, 32, 256),
      conv2d("conv2d 3x3 32 -> 64, 28x28", 32, 64, 28, 3, 1, 1),
      conv2d("conv2d 3x3 128 -> 128, 14x14", 128, 128, 14, 3, 1, 1),
      conv2d("conv2d 3x3 256 -> 256, 7x7", 256, 256, 7, 3, 1, 1),
      conv2d("conv2d 3x3 1 -> 32, 28x28", 1, 32, 28, 3, 1, 1),
      conv2d("conv2d 3x3 stride 2 32 -> 64, 28x28", 32, 64, 28, 3, 2, 1),
      conv2d("conv2d 1x1 64 -> 128, 14x14", 64, 128, 14, 1, 1, 0),
      conv2d("conv2d 5x5 16 -> 32, 28x28", 16, 32, 28, 5, 1, 2),
      conv2d("conv2d 3x3 depthwise 64, 28x28", 64, 64, 28, 3, 1, 1, 64),
      conv2d("conv2d 3x3 4 groups 64 -> 64, 28x28", 64, 64, 28, 3, 1, 1, 4),
      {"conv1d 5 32 -> 64, 256",
       conv("conv1d", 64, 5, 1, 2),
       {32, 256},
       32,
       [](const Tensor& x, const P& p) { return torch::conv1d(x, p[0], p[1], Integers{1}, Integers{2}); }},
      {"conv2d_transpose 4x4 stride 2 64 -> 32, 14x14",
       conv("conv2d_transpose", 32, 4, 2, 1),
       {64, 14, 14},
       32,
       [](const Tensor& x, const P& p) {
         return torch::conv_transpose2d(x, p[0], p[1], Integers{2, 2}, Integers{1, 1});
       }},
      pool("max_pool",
           [](const Tensor& x) {
             return torch::max_pool2d(x, {2, 2});
           }),
      pool("avg_pool",
           [](const Tensor& x) {
             return torch::avg_pool2d(x, {2, 2});
           }),
      pool("global_max_pool",
           [](const Tensor& x) {
             return torch::amax(x, {2, 3});
           }),
      pool("global_avg_pool",
           [](const Tensor& x) {
             return torch::mean(x, {2, 3});
           }),
      {"upsample 2",
       layer("upsample"),
       {64, 14, 14},
       32,
       [](const Tensor& x, const P&) {
         return torch::upsample_nearest2d(x, torch::IntArrayRef({28, 28}));
       }},
      elementwise("relu", [](const Tensor& x) { return torch::relu(x); }),
      elementwise("sigmoid", [](const Tensor& x) { return torch::sigmoid(x); }),
      elementwise("tanh", [](const Tensor& x) { return torch::tanh(x); }),
      elementwise("gelu", [](const Tensor& x) { return torch::gelu(x); }),
      elementwise("silu", [](const Tensor& x) { return torch::silu(x); }),
      elementwise("elu", [](const Tensor& x) { return torch::elu(x); }),
      elementwise("softplus", [](const Tensor& x) { return torch::softplus(x); }),
      elementwise("hard_sigmoid", [](const Tensor& x) { return torch::hardsigmoid(x); }),
      {"softmax 1000", layer("softmax"), {1000}, 128, [](const Tensor& x, const P&) { return torch::softmax(x, 1); }},
      normed("batch_norm 64 x 28x28", layer("batch_norm"), {64, 28, 28},
             [](const Tensor& x, const P& p) { return torch::batch_norm(x, p[0], p[1], {}, {}, true, 0.1, 1e-5, false); }),
      normed("group_norm 8, 64 x 28x28", with(layer("group_norm"), "groups", std::int64_t{8}), {64, 28, 28},
             [](const Tensor& x, const P& p) { return torch::group_norm(x, 8, p[0], p[1], 1e-5, false); }),
      normed("layer_norm 128 x 256", with(layer("layer_norm"), "axis", -one), {128, 256},
             [](const Tensor& x, const P& p) { return torch::layer_norm(x, {256}, p[0], p[1], 1e-5); }),
      normed("rms_norm 128 x 256", with(layer("rms_norm"), "axis", -one), {128, 256},
             [](const Tensor& x, const P& p) { return x * torch::rsqrt(x.square().mean({-1}, true) + 1e-5) * p[0]; }),
      recurrent("lstm", 28, 28, 128),
      recurrent("lstm", 64, 256, 256),
      recurrent("gru", 28, 28, 128),
      recurrent("simple_rnn", 28, 28, 128),
      attention(false, 64, 128, 4),
      attention(true, 64, 128, 4),
      attention(true, 256, 256, 8),
      {"embedding 10000 x 128, 64 steps",
       with(with(layer("embedding"), "input_dim", std::int64_t{10000}), "output_dim", std::int64_t{128}),
       {64},
       32,
       [](const Tensor& x, const P& p) { return torch::embedding(p[0], x); },
       10000},
      {"positional_embedding 64 x 128",
       layer("positional_embedding"),
       {64, 128},
       32,
       [](const Tensor& x, const P& p) { return x + p[0]; }},
      {"permute 64 x 28x28, channels last",
       with(layer("permute"), "dims", Integers{1, 2, 0}),
       {64, 28, 28},
       32,
       [](const Tensor& x, const P&) {
         return x.permute({0, 2, 3, 1}).contiguous();
       }},
  };
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Seconds of a step, from as many as take 20 ms.
template <class Side>
double time_of(Side& side) {
  const double start = thread_seconds();
  int steps = 0;
  double spent = 0;
  for (; spent < 0.02; spent = thread_seconds() - start, ++steps) side.step();
  return spent / steps;
}

void compare(const Subject& subject, int rounds) {
  Ours ours(subject);
  Theirs theirs(subject, ours.model());
  ours.step();
  theirs.step();
  std::vector<double> our_times, their_times, ratios;
  for (int round = 0; round < rounds; ++round) {
    our_times.push_back(time_of(ours));
    their_times.push_back(time_of(theirs));
    ratios.push_back(their_times.back() / our_times.back());
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  fmt::print("| {} | {:.0f} | {:.0f} | {:.2f} | {:.2f}-{:.2f} |\n", subject.name, median(our_times) * 1e6,
             median(their_times) * 1e6, median(ratios), *least, *most);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::max(1, std::atoi(arguments[1])) : 5;
  const std::string wanted = count > 2 ? arguments[2] : "";
  torch::set_num_threads(1);
  const ThreadScope scope(1);
  fmt::print("| layer | ours, us | libtorch {}, us | libtorch / ours | spread |\n|---|---|---|---|---|\n", TORCH_VERSION);
  for (const Subject& subject : subjects())
    if (subject.name.find(wanted) != std::string::npos) compare(subject, rounds);
}
