// Training steps of libtorch's C++ interface for compare.py:  libtorch_steps THREADS
#include <torch/torch.h>

#include <cstdlib>
#include <memory>

#include "../steps.hpp"

namespace {

torch::nn::Sequential perceptron(const std::vector<int>& sizes) {
  torch::nn::Sequential net;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    net->push_back(torch::nn::Linear(sizes[i], sizes[i + 1]));
    if (i + 2 < sizes.size()) net->push_back(torch::nn::ReLU());
  }
  return net;
}

torch::nn::Sequential convolutional() {  // pooling before relu is the same function and less work
  return torch::nn::Sequential(torch::nn::Conv2d(1, 32, 3), torch::nn::ReLU(), torch::nn::Conv2d(32, 64, 3),
                               torch::nn::MaxPool2d(2), torch::nn::ReLU(), torch::nn::Flatten(), torch::nn::Linear(9216, 128),
                               torch::nn::ReLU(), torch::nn::Linear(128, 10));
}

struct Training {
  torch::nn::Sequential net;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  std::vector<torch::Tensor> inputs, targets;
  std::size_t count = 0;

  void step() {
    optimizer->zero_grad();
    torch::cross_entropy_loss(net->forward(inputs[count % 4]), targets[count % 4]).backward();
    optimizer->step();
    ++count;
  }
};

bench::Step make(char workload) {
  auto training = std::make_shared<Training>();
  training->net = workload == 'a'   ? perceptron({64, 32, 10})
                  : workload == 'b' ? perceptron({784, 512, 256, 10})
                  : workload == 'c' ? perceptron({1024, 4096, 4096, 10})
                                    : convolutional();
  const std::vector<std::int64_t> shape = workload == 'a'   ? std::vector<std::int64_t>{32, 64}
                                          : workload == 'b' ? std::vector<std::int64_t>{128, 784}
                                          : workload == 'c' ? std::vector<std::int64_t>{512, 1024}
                                                            : std::vector<std::int64_t>{64, 1, 28, 28};
  for (int i = 0; i < 4; ++i) {
    training->inputs.push_back(torch::rand(shape));
    training->targets.push_back(torch::randint(0, 10, {shape[0]}, torch::kLong));
  }
  const auto parameters = training->net->parameters();
  if (workload == 'a') {
    training->optimizer = std::make_unique<torch::optim::SGD>(parameters, torch::optim::SGDOptions(1e-6).momentum(0.9));
  } else {
    training->optimizer = std::make_unique<torch::optim::Adam>(parameters, torch::optim::AdamOptions(1e-6));
  }
  return [training] { training->step(); };
}

}  // namespace

int main(int, char** arguments) {
  at::globalContext().setFlushDenormal(true);
  torch::set_num_threads(std::atoi(arguments[1]));
  torch::manual_seed(0);
  bench::answer(make);
}
