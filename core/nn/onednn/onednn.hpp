// What oneDNN's interface takes: layouts, primitives with their arguments, and arrays that move from our layout into its own.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <dnnl.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace treino::nn::onednn {

using dnnl::memory;

inline dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// What the parts of one call keep in the memory lent to them, one after the other.
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
    if (status != dnnl_success) throw std::runtime_error("oneDNN failed to run a convolution or a matrix product");
  }

 private:
  dnnl::primitive primitive_;
  std::vector<std::pair<int, memory>> arguments_;
  std::vector<dnnl_exec_arg_t> raw_;
};

inline memory::desc plain(const memory::dims& sizes) {
  static constexpr memory::format_tag tags[] = {memory::format_tag::a, memory::format_tag::ab, memory::format_tag::abc,
                                                memory::format_tag::abcd, memory::format_tag::abcde};
  return {sizes, memory::data_type::f32, tags[sizes.size() - 1]};
}

/// Of batch x channels x height x width, channels in blocks.
inline memory::desc blocked(const memory::dims& sizes, std::int64_t block) {
  if (block == 1) return plain(sizes);
  return {sizes, memory::data_type::f32, block == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c};
}

inline memory::desc channels_last(const memory::dims& sizes) { return {sizes, memory::data_type::f32, memory::format_tag::nhwc}; }

inline memory::desc free_choice(const memory::dims& sizes) { return {sizes, memory::data_type::f32, memory::format_tag::any}; }

inline dnnl::primitive_attr scratchpad_by_us() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

// oneDNN 2 takes what a primitive is to do as a descriptor, oneDNN 3 as arguments: this is the only place that knows.

/// How oneDNN would run a forward primitive with these attributes; empty where it cannot. Throws dnnl::error where the arguments
/// contradict each other.
template <class Primitive, class... Arguments>
typename Primitive::primitive_desc plan_with(const dnnl::primitive_attr& attributes, const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), arguments..., attributes, true};
#else
  return {typename Primitive::desc(arguments...), attributes, engine(), true};
#endif
}

/// The same without attributes.
template <class Primitive, class... Arguments>
typename Primitive::primitive_desc plan_of(const Arguments&... arguments) {
  return plan_with<Primitive>(scratchpad_by_us(), arguments...);
}

/// The same of a backward primitive; `forward` is the plan of the primitive that it belongs to.
template <class Primitive, class ForwardPlan, class... Arguments>
typename Primitive::primitive_desc backward_plan_of(const ForwardPlan& forward, const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), arguments..., forward, scratchpad_by_us(), true};
#else
  return {typename Primitive::desc(arguments...), scratchpad_by_us(), engine(), forward, true};
#endif
}

/// True of oneDNN's plain loops, which take up to a thousand times as long as any other implementation.
inline bool is_reference(const std::string& implementation) { return implementation.rfind("ref", 0) == 0; }

/// True also of oneDNN 3's gradient of plain images, which takes 3 to 15 times as long as that of images in blocks, and which
/// oneDNN prefers.
inline bool is_slow(const std::string& implementation) {
  return is_reference(implementation) || implementation.find("brgconv_strided") != std::string::npos;
}

/// What the kernels are made for, ONEDNN_MAX_CPU_ISA included.
inline bool has_avx512() {
#if defined(__x86_64__)
  return (static_cast<int>(dnnl::get_effective_cpu_isa()) & static_cast<int>(dnnl::cpu_isa::avx512_core)) ==
         static_cast<int>(dnnl::cpu_isa::avx512_core);
#else
  return false;
#endif
}

/// For every dimension, how far each of its indices reaches into memory: an element lies at the sum of its indices' offsets.
/// Empty where oneDNN's own moves into the layout can be relied on. Rationale: oneDNN 3.7 leaves out weights, and leaves padding
/// unset, where a layout with blocks in two dimensions is padded.
inline std::vector<std::vector<std::size_t>> offsets_of_padded(const memory::desc& layout) {
  std::vector<std::vector<std::size_t>> offsets;
#if DNNL_VERSION_MAJOR >= 3
  const memory::dims sizes = layout.get_dims(), blocks = layout.get_inner_blks(), dimensions = layout.get_inner_idxs();
  if (blocks.size() < 2 || layout.get_padded_dims() == sizes) return offsets;
  const memory::dims strides = layout.get_strides();
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    std::vector<std::size_t>& all = offsets.emplace_back();
    for (std::int64_t index = 0; index < sizes[d]; ++index) {
      std::int64_t rest = index, offset = 0, stride = 1;
      for (std::size_t k = blocks.size(); k-- > 0; stride *= blocks[k]) {
        if (dimensions[k] != static_cast<std::int64_t>(d)) continue;
        offset += rest % blocks[k] * stride;
        rest /= blocks[k];
      }
      all.push_back(static_cast<std::size_t>(offset + rest * strides[d]));
    }
  }
#else
  static_cast<void>(layout);
#endif
  return offsets;
}

/// One array as the caller has it, and as the primitive wants it: the same memory where both layouts are one.
class Port {
 public:
  enum class Direction { in, out };

  Port() = default;
  Port(const memory::desc& ours, const memory::desc& wanted, Direction direction, Scratch& scratch)
      : direction_(direction), outside_(ours, engine(), nullptr) {
    if (ours == wanted) {
      inside_ = outside_;
      return;
    }
    inside_ = memory(wanted, engine(), nullptr);
    scratch.take(inside_);
    if (direction == Direction::in) offsets_ = offsets_of_padded(wanted);
    if (!offsets_.empty()) {
      padded_size_ = wanted.get_size() / sizeof(float);
      implementation_ = "offsets";
      return;
    }
    const memory &from = direction == Direction::in ? outside_ : inside_, &to = direction == Direction::in ? inside_ : outside_;
    const dnnl::reorder::primitive_desc plan(engine(), from.get_desc(), engine(), to.get_desc(), scratchpad_by_us());
    implementation_ = plan.impl_info_str();
    reorder_ = Operation(dnnl::reorder(plan), plan.scratchpad_desc(), scratch, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }

  const memory& inside() const { return inside_; }
  /// Of what moves the numbers; empty where nothing does.
  const std::string& implementation() const { return implementation_; }

  bool is_output() const { return direction_ == Direction::out; }
  /// Before the primitive runs. oneDNN takes no constant pointers; inputs are not written to.
  void bind(const float* data) { outside_.set_data_handle(const_cast<float*>(data)); }
  /// For inputs before the primitive runs, for outputs after.
  void move(const dnnl::stream& stream) {
    if (!offsets_.empty()) return move_by_offsets();
    if (!implementation_.empty()) reorder_.run(stream);
  }

 private:
  void move_by_offsets() {
    const auto* from = static_cast<const float*>(outside_.get_data_handle());
    auto* to = static_cast<float*>(inside_.get_data_handle());
    std::fill_n(to, padded_size_, 0.0f);
    place(0, to, from);
  }
  /// All that lies below one index of each dimension before `dimension`.
  void place(std::size_t dimension, float* to, const float*& from) const {
    for (const std::size_t offset : offsets_[dimension]) {
      if (dimension + 1 == offsets_.size()) {
        to[offset] = *from++;
      } else {
        place(dimension + 1, to + offset, from);
      }
    }
  }

  Direction direction_ = Direction::in;
  memory outside_, inside_;
  Operation reorder_;
  std::string implementation_;
  std::vector<std::vector<std::size_t>> offsets_;
  std::size_t padded_size_ = 0;  // of the numbers inside; asking oneDNN for it takes memory
};

}  // namespace treino::nn::onednn
