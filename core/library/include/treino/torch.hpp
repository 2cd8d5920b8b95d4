// What a libtorch program needs to put Treino's plugins round its loop. Header-only, over treino.hpp and torch/torch.h (1.13 and
// later), which is why treino.hpp does not include it.
//
//   treino::Loop loop("plugins.toml");
//   treino::torch::connect(loop, *net, optimizer);
//   ...
//   if (loop.step(loss.item<double>())) treino::torch::step(loop, optimizer);
#pragma once
#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <treino/treino.hpp>
#include <utility>
#include <vector>

namespace treino::torch {

namespace detail {

using Tensor = ::torch::Tensor;

inline bool is_in_place(const Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == ::torch::kFloat && tensor.is_contiguous();
}

/// The gradient as it is after this backward pass, contiguous; null where there is none.
inline float* gradient_of(const Tensor& parameter) {
  Tensor& gradient = parameter.mutable_grad();
  if (!gradient.defined()) return nullptr;
  if (!gradient.is_contiguous()) gradient = gradient.contiguous();
  return gradient.data_ptr<float>();
}

inline void copy_out(const Tensor& from, float* to) {
  const ::torch::NoGradGuard guard;
  ::torch::from_blob(to, from.sizes(), ::torch::kFloat).copy_(from);
}

inline void copy_in(const float* from, Tensor to) {
  const ::torch::NoGradGuard guard;
  to.copy_(::torch::from_blob(const_cast<float*>(from), to.sizes(), ::torch::kFloat));
}

inline void add(Loop& loop, const std::string& name, const Tensor& tensor) {
  const std::vector<std::int64_t> shape = tensor.sizes().vec();
  if (is_in_place(tensor)) {
    if (tensor.requires_grad())
      loop.parameter(name, shape, tensor.data_ptr<float>(), [tensor] { return gradient_of(tensor); });
    else
      loop.parameter(name, shape, tensor.data_ptr<float>());
    return;
  }
  Copies copies{[tensor](float* to) { copy_out(tensor, to); }, [tensor](const float* from) { copy_in(from, tensor); }};
  if (tensor.requires_grad()) {
    copies.gradient_out = [tensor](float* to) { copy_out(tensor.grad(), to); };
    copies.gradient_in = [tensor](const float* from) { copy_in(from, tensor.grad()); };
  }
  loop.parameter(name, shape, std::move(copies));
}

/// Several texts in one.
inline void append(std::string& to, const std::string& part) {
  const std::uint64_t size = part.size();
  to.append(reinterpret_cast<const char*>(&size), sizeof size).append(part);
}

class Parts {
 public:
  explicit Parts(const std::string& bytes) : bytes_(bytes) {}
  std::string next() {
    std::uint64_t size = 0;
    if (bytes_.size() - at_ < sizeof size) throw std::runtime_error("the saved state is cut short");
    std::memcpy(&size, bytes_.data() + at_, sizeof size);
    at_ += sizeof size;
    if (bytes_.size() - at_ < size) throw std::runtime_error("the saved state is cut short");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

 private:
  const std::string& bytes_;
  std::size_t at_ = 0;
};

template <class Value>
std::string saved(const Value& value) {
  std::ostringstream stream;
  ::torch::save(value, stream);
  return std::move(stream).str();
}

inline bool is_counted(const Tensor& buffer) { return !::torch::is_floating_point(buffer); }

}  // namespace detail

/// Before begin: tells the loop of the module's parameters and floating-point buffers by their names (running statistics do not
/// learn), and has it keep in its checkpoints the optimizer's state, the other buffers, and the state of the CPU's random numbers,
/// so that dropout continues as it would have. Parameters on another device, or of another type, are copied where somebody looks.
/// Module and optimizer outlive the loop.
inline void connect(Loop& loop, ::torch::nn::Module& module, ::torch::optim::Optimizer& optimizer) {
  for (const auto& entry : module.named_parameters()) detail::add(loop, entry.key(), entry.value());
  std::vector<::torch::Tensor> counts;
  for (const auto& entry : module.named_buffers())
    if (detail::is_counted(entry.value()))
      counts.push_back(entry.value());
    else
      detail::add(loop, entry.key(), entry.value());
  const auto save = [&optimizer, counts] {
    std::string bytes;
    detail::append(bytes, detail::saved(optimizer));
    detail::append(bytes, detail::saved(at::detail::getDefaultCPUGenerator().get_state()));
    detail::append(bytes, detail::saved(counts));
    return bytes;
  };
  const auto restore = [&optimizer, counts](const std::string& bytes) {
    detail::Parts parts(bytes);
    std::istringstream of_optimizer(parts.next()), of_generator(parts.next()), of_counts(parts.next());
    ::torch::load(optimizer, of_optimizer);
    ::torch::Tensor generator;
    ::torch::load(generator, of_generator);
    at::Generator(at::detail::getDefaultCPUGenerator()).set_state(generator);
    std::vector<::torch::Tensor> saved;
    ::torch::load(saved, of_counts);
    const ::torch::NoGradGuard guard;
    if (saved.size() != counts.size()) throw std::runtime_error("the saved state is of another module");
    for (std::size_t i = 0; i < counts.size(); ++i) ::torch::Tensor(counts[i]).copy_(saved[i]);
  };
  loop.state(save, restore);
}

/// Sets the learning rate of all parameter groups, and their momentum (of adam: beta1) where a scheduler gives one.
inline void apply_schedules(const Loop& loop, ::torch::optim::Optimizer& optimizer) {
  const double momentum = loop.momentum();
  for (auto& group : optimizer.param_groups()) {
    ::torch::optim::OptimizerOptions& options = group.options();
    options.set_lr(loop.learning_rate());
    if (std::isnan(momentum)) continue;
    if (auto* sgd = dynamic_cast<::torch::optim::SGDOptions*>(&options))
      sgd->momentum(momentum);
    else if (auto* adam = dynamic_cast<::torch::optim::AdamOptions*>(&options))
      adam->betas({momentum, std::get<1>(adam->betas())});
    else if (auto* adamw = dynamic_cast<::torch::optim::AdamWOptions*>(&options))
      adamw->betas({momentum, std::get<1>(adamw->betas())});
    else
      throw std::invalid_argument(
          "a scheduler sets the momentum, and this optimizer takes none: leave the scheduler's momentum out");
  }
}

/// The optimizer's step, with what the schedulers say.
inline void step(const Loop& loop, ::torch::optim::Optimizer& optimizer) {
  apply_schedules(loop, optimizer);
  optimizer.step();
}

}  // namespace treino::torch
