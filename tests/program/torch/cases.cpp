// The references are libtorch's own functions, in their double form. What it has no function for (hard limits of padding that is not
// symmetric, pools that do not count it, RMS norm) is made of its elementary ones.
#include "cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "nn/layers/layer_types.hpp"
#include "nn_helpers.hpp"

namespace treino::test {
namespace {

namespace F = torch::nn::functional;
using nn::test::layer;
using Integers = std::vector<std::int64_t>;

std::int64_t pick(std::mt19937& random, std::int64_t least, std::int64_t most) {
  return least + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most - least + 1));
}

bool toss(std::mt19937& random) { return pick(random, 0, 1) == 1; }

/// A case of a type on such an input; settings follow by set().
Case begin(std::mt19937& random, const std::string& type, nn::Shape input) {
  Case made{.layer = layer(type), .input = std::move(input), .reference = nullptr};
  made.batch = pick(random, 1, 7);
  return made;
}

std::string text_of(const nn::Settings::Value& value) {
  return std::visit(
      [](const auto& one) {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Integers>)
          return fmt::format("{}", fmt::join(one, "x"));
        else
          return fmt::format("{}", one);
      },
      value);
}

template <class T>
T set(Case& made, const std::string& name, T value) {
  // nn does not ask for settings that it has not.
  if (std::string_view(nn::find_layer_type(made.layer.type)->description).find("parameters." + name + "]") ==
      std::string_view::npos)
    throw std::logic_error(made.layer.type + " has no " + name);
  made.text += (made.text.empty() ? "" : ", ") + name + " = " + text_of(nn::Settings::Value(value));
  made.layer.settings.set(name, value);
  return value;
}

nn::Shape any_shape(std::mt19937& random) {
  nn::Shape shape;
  for (std::int64_t i = pick(random, 1, 3); i > 0; --i) shape.push_back(pick(random, 1, 12));
  return shape;
}

nn::Shape image(std::mt19937& random, std::int64_t least = 1) {
  return {pick(random, 1, 20), pick(random, least, 14), pick(random, least, 14)};
}

nn::Shape sequence(std::mt19937& random) { return {pick(random, 1, 11), pick(random, 1, 24)}; }

// --- element by element, and what has no parameters -------------------------------------------------------------------------------

MakeCase elementwise(const std::string& type, torch::Tensor (*function)(const torch::Tensor&)) {
  return [=](std::mt19937& random) {
    Case made = begin(random, type, any_shape(random));
    made.reference = [=](const Tensors& x, const Tensors&) { return function(x[0]); };
    return made;
  };
}

MakeCase curved(const std::string& type, const std::string& setting, torch::Tensor (*function)(const torch::Tensor&, double)) {
  return [=](std::mt19937& random) {
    Case made = begin(random, type, any_shape(random));
    // An eighth's multiples are the same number in float and double.
    const double value = set(made, setting, static_cast<double>(pick(random, 1, 24)) / 8);
    made.reference = [=](const Tensors& x, const Tensors&) { return function(x[0], value); };
    return made;
  };
}

MakeCase merged(const std::string& type, torch::Tensor (*function)(const torch::Tensor&, const torch::Tensor&)) {
  return [=](std::mt19937& random) {
    Case made = begin(random, type, any_shape(random));
    made.inputs = static_cast<std::size_t>(pick(random, 2, 4));
    made.reference = [=](const Tensors& x, const Tensors&) {
      torch::Tensor all = x[0];
      for (std::size_t i = 1; i < x.size(); ++i) all = function(all, x[i]);
      return all;
    };
    return made;
  };
}

Case concat(std::mt19937& random) {
  Case made = begin(random, "concat", any_shape(random));
  made.inputs = static_cast<std::size_t>(pick(random, 2, 4));
  const std::int64_t axis = pick(random, 0, static_cast<std::int64_t>(made.input.size()) - 1);
  set(made, "axis", Integers{axis});
  made.reference = [=](const Tensors& x, const Tensors&) { return torch::cat(x, axis + 1); };
  return made;
}

Case flatten(std::mt19937& random) {
  Case made = begin(random, "flatten", any_shape(random));
  made.reference = [](const Tensors& x, const Tensors&) { return x[0].flatten(1); };
  return made;
}

Case reshape(std::mt19937& random) {
  const std::int64_t a = pick(random, 1, 6), b = pick(random, 1, 6), c = pick(random, 1, 6);
  Case made = begin(random, "reshape", {a, b * c});
  set(made, "shape", toss(random) ? Integers{c, -1} : Integers{b, a, c});
  made.reference = [](const Tensors& x, const Tensors&) { return x[0].flatten(1); };
  return made;
}

Case permute(std::mt19937& random) {
  Case made = begin(random, "permute", any_shape(random));
  Integers axes(made.input.size());
  std::iota(axes.begin(), axes.end(), 0);
  std::ranges::shuffle(axes, random);
  set(made, "dims", axes);
  made.reference = [axes](const Tensors& x, const Tensors&) {
    Integers all{0};
    for (const std::int64_t axis : axes) all.push_back(axis + 1);
    return x[0].permute(all);
  };
  return made;
}

Case softmax(std::mt19937& random) {
  Case made = begin(random, "softmax", {pick(random, 2, 40)});
  made.reference = [](const Tensors& x, const Tensors&) { return torch::softmax(x[0], 1); };
  return made;
}

Case upsample(std::mt19937& random) {
  Case made = begin(random, "upsample", image(random));
  const Integers factor = set(made, "factor", Integers{pick(random, 1, 3), pick(random, 1, 3)});
  made.reference = [=](const Tensors& x, const Tensors&) {
    return x[0].repeat_interleave(factor[0], 2).repeat_interleave(factor[1], 3);
  };
  return made;
}

// --- windows ----------------------------------------------------------------------------------------------------------------------

/// Zeros, or another number, that are put before and after each of two axes.
struct Rim {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;

  torch::Tensor put_around(const torch::Tensor& x, double value = 0) const {
    return torch::constant_pad_nd(x, {left, right, top, bottom}, value);
  }
};

/// TensorFlow's rule for same padding: ceil(size / stride) outputs, the odd one after the input.
std::pair<std::int64_t, std::int64_t> same(std::int64_t size, std::int64_t reach, std::int64_t stride) {
  const std::int64_t outputs = (size + stride - 1) / stride,
                     all = std::max<std::int64_t>(0, (outputs - 1) * stride + reach - size);
  return {all / 2, all - all / 2};
}

/// Kernel, stride, dilation and padding of a case, drawn so that they fit.
struct Window {
  Integers kernel, stride, dilation{1, 1};
  Rim rim;
};

Window window(Case& made, std::mt19937& random, bool dilated) {
  Window drawn;
  Integers size{made.input[1], made.input[2]};
  for (const std::size_t axis : {0, 1}) {
    drawn.kernel.push_back(pick(random, 1, std::min<std::int64_t>(5, size[axis])));
    drawn.stride.push_back(pick(random, 1, 3));
    if (dilated && drawn.kernel[axis] > 1)
      drawn.dilation[axis] = pick(random, 1, std::min<std::int64_t>(3, (size[axis] - 1) / (drawn.kernel[axis] - 1)));
  }
  set(made, "kernel", drawn.kernel);
  set(made, "stride", drawn.stride);
  if (dilated) set(made, "dilation", drawn.dilation);
  const auto reach = [&](std::size_t axis) { return (drawn.kernel[axis] - 1) * drawn.dilation[axis] + 1; };
  if (pick(random, 0, 2) == 0) {
    set(made, "same_padding", true);
    std::tie(drawn.rim.top, drawn.rim.bottom) = same(size[0], reach(0), drawn.stride[0]);
    std::tie(drawn.rim.left, drawn.rim.right) = same(size[1], reach(1), drawn.stride[1]);
  } else {
    const Integers padding =
        set(made, "padding", Integers{pick(random, 0, drawn.kernel[0] - 1), pick(random, 0, drawn.kernel[1] - 1)});
    drawn.rim = {padding[0], padding[0], padding[1], padding[1]};
  }
  return drawn;
}

Case max_pool(std::mt19937& random) {
  Case made = begin(random, "max_pool", image(random));
  const Window drawn = window(made, random, false);
  made.reference = [=](const Tensors& x, const Tensors&) {
    const torch::Tensor padded = drawn.rim.put_around(x[0], -std::numeric_limits<double>::infinity());
    return torch::max_pool2d(padded, drawn.kernel, drawn.stride);
  };
  return made;
}

Case avg_pool(std::mt19937& random) {
  Case made = begin(random, "avg_pool", image(random));
  const Window drawn = window(made, random, false);
  made.reference = [=](const Tensors& x, const Tensors&) {
    const auto mean = [&](const torch::Tensor& all) {
      return torch::avg_pool2d(drawn.rim.put_around(all), drawn.kernel, drawn.stride);
    };
    return mean(x[0]) / mean(torch::ones_like(x[0]));
  };
  return made;
}

MakeCase global_pool(const std::string& type, torch::Tensor (*function)(const torch::Tensor&)) {
  return [=](std::mt19937& random) {
    Case made = begin(random, type, image(random));
    made.reference = [=](const Tensors& x, const Tensors&) { return function(x[0].flatten(2)); };
    return made;
  };
}

/// Channels of the input in place of those that were drawn; filters are set.
std::int64_t grouped(Case& made, std::mt19937& random) {
  const std::int64_t groups = set(made, "groups", toss(random) ? 1 : pick(random, 2, 4));
  made.input[0] = groups * pick(random, 1, 6);
  set(made, "filters", groups * pick(random, 1, 9));
  return groups;
}

torch::Tensor bias_of(const Tensors& parameters) { return parameters.size() > 1 ? parameters[1] : torch::Tensor(); }

Case conv2d(std::mt19937& random) {
  Case made = begin(random, "conv2d", image(random));
  const std::int64_t groups = grouped(made, random);
  const Window drawn = window(made, random, true);
  set(made, "bias", toss(random));
  made.reference = [=](const Tensors& x, const Tensors& p) {
    return torch::conv2d(drawn.rim.put_around(x[0]), p[0], bias_of(p), drawn.stride, Integers{0, 0}, drawn.dilation, groups);
  };
  return made;
}

/// The 3x3 convolutions of larger images, which other kernels compute.
Case conv2d_large(std::mt19937& random) {
  Case made = begin(random, "conv2d", {pick(random, 8, 40), pick(random, 12, 30), pick(random, 12, 30)});
  set(made, "kernel", Integers{3, 3});
  set(made, "filters", pick(random, 8, 40));
  const Integers padding = set(made, "padding", Integers{pick(random, 0, 1), pick(random, 0, 1)});
  made.reference = [=](const Tensors& x, const Tensors& p) { return torch::conv2d(x[0], p[0], p[1], Integers{1, 1}, padding); };
  return made;
}

Case conv1d(std::mt19937& random) {
  Case made = begin(random, "conv1d", {1, pick(random, 1, 30)});
  const std::int64_t groups = grouped(made, random);
  const std::int64_t size = made.input[1], kernel = set(made, "kernel", pick(random, 1, std::min<std::int64_t>(5, size)));
  const std::int64_t stride = set(made, "stride", pick(random, 1, 3));
  const std::int64_t dilation =
      set(made, "dilation", kernel == 1 ? 1 : pick(random, 1, std::min<std::int64_t>(3, (size - 1) / (kernel - 1))));
  Rim rim;
  const std::int64_t reach = (kernel - 1) * dilation + 1, kind = pick(random, 0, 2);
  if (kind == 0) {
    set(made, "same_padding", true);
    std::tie(rim.left, rim.right) = same(size, reach, stride);
  } else if (kind == 1) {
    set(made, "causal_padding", true);
    rim.left = reach - 1;
  } else {
    rim.left = rim.right = set(made, "padding", pick(random, 0, kernel - 1));
  }
  set(made, "bias", toss(random));
  made.reference = [=](const Tensors& x, const Tensors& p) {
    return torch::conv1d(torch::constant_pad_nd(x[0], {rim.left, rim.right}), p[0], bias_of(p), Integers{stride}, Integers{0},
                         Integers{dilation}, groups);
  };
  return made;
}

Case conv2d_transpose(std::mt19937& random) {
  Case made = begin(random, "conv2d_transpose", image(random));
  const std::int64_t groups = grouped(made, random);
  const Integers kernel = set(made, "kernel", Integers{pick(random, 1, 5), pick(random, 1, 5)});
  const Integers stride = set(made, "stride", Integers{pick(random, 1, 3), pick(random, 1, 3)});
  const auto output = [&](std::size_t axis) { return (made.input[axis + 1] - 1) * stride[axis] + kernel[axis]; };
  const auto cut = [&](std::size_t axis) { return pick(random, 0, std::min(kernel[axis] - 1, (output(axis) - 1) / 2)); };
  const Integers padding = set(made, "padding", Integers{cut(0), cut(1)});
  const Integers added = set(made, "output_padding", Integers{pick(random, 0, stride[0] - 1), pick(random, 0, stride[1] - 1)});
  set(made, "bias", toss(random));
  made.reference = [=](const Tensors& x, const Tensors& p) {
    return torch::conv_transpose2d(x[0], p[0], bias_of(p), stride, padding, added, groups);
  };
  return made;
}

// --- products, norms, sequences -----------------------------------------------------------------------------------------------------

Case dense(std::mt19937& random) {
  Case made = begin(random, "dense", toss(random) ? nn::Shape{pick(random, 1, 300)} : sequence(random));
  made.batch = pick(random, 1, 70);
  set(made, "units", pick(random, 1, 300));
  set(made, "bias", toss(random));
  made.reference = [](const Tensors& x, const Tensors& p) {
    const torch::Tensor product = torch::matmul(x[0], p[0]);
    return p.size() > 1 ? product + p[1] : product;
  };
  return made;
}

Case embedding(std::mt19937& random) {
  Case made = begin(random, "embedding", {pick(random, 1, 20)});
  const std::int64_t indices = set(made, "input_dim", pick(random, 1, 30));
  set(made, "output_dim", pick(random, 1, 40));
  const std::int64_t count = made.batch * made.input[0];
  made.numbers = [=](std::mt19937& source) {
    std::vector<float> drawn(static_cast<std::size_t>(count));
    for (float& one : drawn) one = static_cast<float>(pick(source, 0, indices - 1));
    return drawn;
  };
  made.reference = [](const Tensors& x, const Tensors& p) { return torch::embedding(p[0], x[0].to(torch::kLong)); };
  return made;
}

Case positional_embedding(std::mt19937& random) {
  Case made = begin(random, "positional_embedding", sequence(random));
  made.reference = [](const Tensors& x, const Tensors& p) { return x[0] + p[0]; };
  return made;
}

Case batch_norm(std::mt19937& random) {
  Case made = begin(random, "batch_norm", toss(random) ? nn::Shape{pick(random, 1, 30)} : image(random, 2));
  made.batch = pick(random, 4, 20);
  made.reference = [](const Tensors& x, const Tensors& p) {
    return torch::batch_norm(x[0], p[0], p[1], {}, {}, true, 0.1, 1e-5, false);
  };
  return made;
}

Case group_norm(std::mt19937& random) {
  Case made = begin(random, "group_norm", image(random, 2));
  const std::int64_t groups = set(made, "groups", pick(random, 1, 5));
  made.input[0] = groups * pick(random, 1, 5);
  made.reference = [=](const Tensors& x, const Tensors& p) { return torch::group_norm(x[0], groups, p[0], p[1], 1e-5, false); };
  return made;
}

/// The sizes that such a layer normalizes over: from an axis on, which is set.
Integers normalized(Case& made, std::mt19937& random) {
  const std::int64_t axis = set(made, "axis", pick(random, 0, static_cast<std::int64_t>(made.input.size()) - 1));
  // Of two numbers or three, the norm itself loses digits.
  made.input.back() += 5;
  return {made.input.begin() + axis, made.input.end()};
}

Case layer_norm(std::mt19937& random) {
  Case made = begin(random, "layer_norm", any_shape(random));
  const Integers sizes = normalized(made, random);
  made.reference = [=](const Tensors& x, const Tensors& p) { return torch::layer_norm(x[0], sizes, p[0], p[1], 1e-5); };
  return made;
}

Case rms_norm(std::mt19937& random) {
  Case made = begin(random, "rms_norm", any_shape(random));
  const auto axes = static_cast<std::int64_t>(normalized(made, random).size());
  made.reference = [=](const Tensors& x, const Tensors& p) {
    Integers last;
    for (std::int64_t i = 1; i <= axes; ++i) last.push_back(-i);
    return x[0] * torch::rsqrt(x[0].square().mean(last, true) + 1e-5) * p[0];
  };
  return made;
}

torch::Tensor run_cell(const std::string& type, const torch::Tensor& x, const Tensors& p, std::int64_t units, bool both) {
  const std::int64_t directions = both ? 2 : 1;
  const torch::Tensor zeros = torch::zeros({directions, x.size(0), units}, x.options());
  const bool biases = p.size() == static_cast<std::size_t>(4 * directions);
  if (type == "lstm") return std::get<0>(torch::lstm(x, {zeros, zeros}, p, biases, 1, 0, false, both, true));
  if (type == "gru") return std::get<0>(torch::gru(x, zeros, p, biases, 1, 0, false, both, true));
  return std::get<0>(torch::rnn_tanh(x, zeros, p, biases, 1, 0, false, both, true));
}

MakeCase recurrent(const std::string& type) {
  return [=](std::mt19937& random) {
    Case made = begin(random, type, sequence(random));
    const std::int64_t units = set(made, "units", pick(random, 1, 40)), direction = pick(random, 0, 2);
    const bool sequences = set(made, "return_sequences", toss(random)), both = set(made, "bidirectional", direction == 1),
               backwards = set(made, "go_backwards", direction == 2);
    set(made, "bias", toss(random));
    made.reference = [=](const Tensors& inputs, const Tensors& p) {
      const torch::Tensor x = backwards ? inputs[0].flip(1) : inputs[0];
      const torch::Tensor all = run_cell(type, x, p, units, both);
      if (sequences) return all;
      const torch::Tensor last = all.select(1, -1);
      // The other direction has been through the sequence at its first step.
      return both ? torch::cat({last.narrow(1, 0, units), all.select(1, 0).narrow(1, units, units)}, 1) : last;
    };
    return made;
  };
}

Case attention(std::mt19937& random) {
  const std::int64_t heads = pick(random, 1, 4), length = pick(random, 1, 12), width = heads * pick(random, 1, 9);
  Case made = begin(random, "attention", {length, width});
  set(made, "num_heads", heads);
  const bool causal = set(made, "causal", toss(random)), bias = set(made, "bias", toss(random));
  made.reference = [=](const Tensors& x, const Tensors& p) {
    const torch::Tensor steps = x[0].transpose(0, 1), none = torch::zeros({3 * width}, steps.options());
    // Parameters come as in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias, or without biases.
    const torch::Tensor in_bias = bias ? p[1] : none, out_weight = p[bias ? 2 : 1],
                        out_bias = bias ? p[3] : none.narrow(0, 0, width);
    auto options = F::MultiheadAttentionForwardFuncOptions(width, heads, p[0], in_bias, {}, {}, false, 0, out_weight, out_bias)
                       .training(false)
                       .need_weights(false);
    if (causal) {
      const torch::Tensor later = torch::ones({length, length}, torch::kBool).triu(1);
      options.attn_mask(torch::zeros({length, length}, steps.options()).masked_fill(later, -INFINITY));
    }
    return std::get<0>(F::multi_head_attention_forward(steps, steps, steps, options)).transpose(0, 1);
  };
  return made;
}

}  // namespace

const std::vector<std::pair<std::string, MakeCase>>& case_makers() {
  using T = torch::Tensor;
  static const std::vector<std::pair<std::string, MakeCase>> all = {
      {"relu", elementwise("relu", [](const T& x) { return torch::relu(x); })},
      {"sigmoid", elementwise("sigmoid", [](const T& x) { return torch::sigmoid(x); })},
      {"tanh", elementwise("tanh", [](const T& x) { return torch::tanh(x); })},
      {"gelu", elementwise("gelu", [](const T& x) { return torch::gelu(x); })},
      {"silu", elementwise("silu", [](const T& x) { return torch::silu(x); })},
      {"hard_sigmoid", elementwise("hard_sigmoid", [](const T& x) { return torch::hardsigmoid(x); })},
      {"elu", curved("elu", "alpha", [](const T& x, double alpha) { return torch::elu(x, alpha); })},
      {"leaky_relu", curved("leaky_relu", "slope", [](const T& x, double slope) { return torch::leaky_relu(x, slope); })},
      {"softplus", curved("softplus", "beta", [](const T& x, double beta) { return torch::softplus(x, beta, 1e6); })},
      {"add", merged("add", [](const T& a, const T& b) { return a + b; })},
      {"multiply", merged("multiply", [](const T& a, const T& b) { return a * b; })},
      {"concat", concat},
      {"flatten", flatten},
      {"reshape", reshape},
      {"permute", permute},
      {"softmax", softmax},
      {"upsample", upsample},
      {"max_pool", max_pool},
      {"avg_pool", avg_pool},
      {"global_max_pool", global_pool("global_max_pool", [](const T& x) { return std::get<0>(x.max(2)); })},
      {"global_avg_pool", global_pool("global_avg_pool", [](const T& x) { return x.mean(2); })},
      {"conv1d", conv1d},
      {"conv2d", conv2d},
      {"conv2d", conv2d_large},
      {"conv2d_transpose", conv2d_transpose},
      {"dense", dense},
      {"embedding", embedding},
      {"positional_embedding", positional_embedding},
      {"batch_norm", batch_norm},
      {"group_norm", group_norm},
      {"layer_norm", layer_norm},
      {"rms_norm", rms_norm},
      {"lstm", recurrent("lstm")},
      {"gru", recurrent("gru")},
      {"simple_rnn", recurrent("simple_rnn")},
      {"attention", attention},
  };
  return all;
}

}  // namespace treino::test
