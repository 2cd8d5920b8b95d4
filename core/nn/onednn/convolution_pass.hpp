// One of the three passes of a convolution as oneDNN runs it.
#pragma once
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "nn/onednn/onednn.hpp"

namespace treino::nn::onednn {

/// One of forward, backward_weights and backward_data: the arrays it takes and gives, and the primitive between them.
class ConvolutionPass {
 public:
  void add(int argument, const memory::desc& ours, const memory::desc& wanted, Port::Direction direction) {
    ports_.emplace_back(ours, wanted, direction, scratch_);
    arguments_.emplace_back(argument, ports_.back().inside());
  }
  template <class Primitive>
  void complete(const typename Primitive::primitive_desc& plan) {
    implementation_ = plan.impl_info_str();
    operation_ = Operation(Primitive(plan), plan.scratchpad_desc(), scratch_, arguments_);
  }

  std::size_t scratch() const { return scratch_.bytes(); }

  void report(std::vector<std::string>& implementations) const {
    implementations.push_back(implementation_);
    for (const Port& port : ports_) {
      if (!port.implementation().empty()) implementations.push_back(port.implementation());
    }
  }

  /// data: in the order in which the arrays were added; what follows them is not looked at.
  void run(std::initializer_list<const float*> data, std::byte* scratch) {
    scratch_.bind(scratch);
    for (std::size_t i = 0; i < ports_.size(); ++i) ports_[i].bind(data.begin()[i]);
    for (Port& port : ports_) {
      if (!port.is_output()) port.move(stream_);
    }
    operation_.run(stream_);
    for (Port& port : ports_) {
      if (port.is_output()) port.move(stream_);
    }
  }

 private:
  Scratch scratch_;
  std::deque<Port> ports_;
  std::vector<std::pair<int, memory>> arguments_;
  Operation operation_;
  std::string implementation_;
  dnnl::stream stream_{engine()};
};

}  // namespace treino::nn::onednn
