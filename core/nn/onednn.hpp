// What oneDNN's interface takes: layouts, primitives with their arguments, and arrays that move from our layout into its own.
#pragma once
#include <cstddef>
#include <dnnl.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

namespace treino::nn::onednn {

using dnnl::memory;

inline dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// What the parts of one call keep in the memory lent to them, one behind the other.
class Scratch {
 public:
  void take(const memory& part) {
    parts_.emplace_back(part, bytes_);
    bytes_ += (part.get_desc().get_size() + 63) / 64 * 64;
  }
  std::size_t bytes() const { return bytes_; }
  void bind(std::byte* base) {
    if (base == base_) return;
    for (auto& [part, offset] : parts_) part.set_data_handle(base + offset);
    base_ = base;
  }

 private:
  std::vector<std::pair<memory, std::size_t>> parts_;
  std::size_t bytes_ = 0;
  std::byte* base_ = nullptr;
};

/// A primitive with its arguments in the form that oneDNN's C interface takes: the C++ one makes a map at every run.
class Operation {
 public:
  Operation() = default;
  Operation(dnnl::primitive primitive, const memory::desc& scratchpad, Scratch& scratch,
            std::vector<std::pair<int, memory>> arguments)
      : primitive_(std::move(primitive)), arguments_(std::move(arguments)) {
    arguments_.emplace_back(DNNL_ARG_SCRATCHPAD, memory(scratchpad, engine(), nullptr));
    scratch.take(arguments_.back().second);
    for (auto& [name, value] : arguments_) raw_.push_back({name, value.get()});
  }
  void run(const dnnl::stream& stream) {
    const dnnl_status_t status =
        dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(raw_.size()), raw_.data());
    if (status != dnnl_success) throw std::runtime_error("oneDNN failed to run a convolution");
  }

 private:
  dnnl::primitive primitive_;
  std::vector<std::pair<int, memory>> arguments_;
  std::vector<dnnl_exec_arg_t> raw_;
};

inline memory::desc plain(const memory::dims& sizes) {
  static constexpr memory::format_tag tags[] = {memory::format_tag::a, memory::format_tag::ab, memory::format_tag::abc,
                                                memory::format_tag::abcd};
  return {sizes, memory::data_type::f32, tags[sizes.size() - 1]};
}

/// Of batch x channels x height x width, channels in blocks.
inline memory::desc blocked(const memory::dims& sizes, std::int64_t block) {
  if (block == 1) return plain(sizes);
  return {sizes, memory::data_type::f32, block == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c};
}

inline memory::desc free_choice(const memory::dims& sizes) { return {sizes, memory::data_type::f32, memory::format_tag::any}; }

/// One array as the caller has it, and as the primitive wants it: the same memory where both layouts are one.
class Port {
 public:
  enum class Direction { in, out };

  Port() = default;
  Port(const memory::desc& ours, const memory::desc& wanted, Direction direction, Scratch& scratch)
      : outside_(ours, engine(), nullptr) {
    if (ours == wanted) {
      inside_ = outside_;
      return;
    }
    inside_ = memory(wanted, engine(), nullptr);
    scratch.take(inside_);
    const memory &from = direction == Direction::in ? outside_ : inside_, &to = direction == Direction::in ? inside_ : outside_;
    const dnnl::reorder::primitive_desc plan(engine(), from.get_desc(), engine(), to.get_desc(), scratchpad_by_us());
    reorder_ = Operation(dnnl::reorder(plan), plan.scratchpad_desc(), scratch, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    reorders_ = true;
  }

  static dnnl::primitive_attr scratchpad_by_us() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
  }

  const memory& inside() const { return inside_; }

  /// Before the primitive runs. oneDNN takes no constant pointers; inputs are not written to.
  void bind(const float* data) { outside_.set_data_handle(const_cast<float*>(data)); }
  /// For inputs before the primitive runs, for outputs after.
  void move(const dnnl::stream& stream) {
    if (reorders_) reorder_.run(stream);
  }

 private:
  memory outside_, inside_;
  Operation reorder_;
  bool reorders_ = false;
};

}  // namespace treino::nn::onednn
