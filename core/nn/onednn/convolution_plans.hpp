// oneDNN plans for one size of batch. Few sizes occur in a run: that of training and of evaluation, and their last ones.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "nn/memory/arena.hpp"
#include "nn/memory/buffer.hpp"
#include "nn/onednn/convolution.hpp"

namespace treino::nn {

/// One convolution for batches of any size.
class ConvolutionPlans {
 public:
  /// See Convolution.
  ConvolutionPlans(const Window& window, std::int64_t filters, bool bias, std::int64_t input_block, Precision precision,
                   bool plain_output = false)
      : window_(window),
        filters_(filters),
        input_block_(input_block),
        bias_(bias),
        precision_(precision),
        plain_output_(plain_output) {}

  /// Good until the next call.
  Convolution& of(std::int64_t batch) {
    const auto found = std::find_if(plans_.begin(), plans_.end(), [&](const Planned& plan) { return plan.batch == batch; });
    if (found != plans_.end()) return *found->convolution;
    if (plans_.size() >= most_plans) plans_.pop_back();
    plans_.push_back(
        {batch, std::make_unique<Convolution>(window_, filters_, batch, bias_, input_block_, plain_output_, precision_)});
    return *plans_.back().convolution;
  }

  /// Memory for a call. The network's is planned for its largest batch; a smaller one could be computed another way and want more.
  std::byte* scratch(std::size_t bytes, ArenaSpan<std::byte>& planned) {
    if (bytes <= planned.size()) return planned.data();
    if (bytes > more_.size()) more_ = Array<std::byte>::unset(static_cast<std::int64_t>(bytes));
    return more_.data();
  }

 private:
  struct Planned {
    std::int64_t batch;
    std::unique_ptr<Convolution> convolution;
  };
  static constexpr std::size_t most_plans = 8;

  Window window_;
  std::int64_t filters_, input_block_;
  bool bias_;
  Precision precision_;
  bool plain_output_;
  std::vector<Planned> plans_;
  Array<std::byte> more_;
};

}  // namespace treino::nn
