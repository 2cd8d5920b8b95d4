// A small residual network in libtorch on Fashion-MNIST, with Treino's plugins round its loop.
//   fashion DATA FOLDER PLUGINS.toml [RUN FOLDER [SAMPLES]]     (a folder that holds a run is continued)
#include <cstdio>
#include <cstdlib>
#include <string>
#include <treino/torch.hpp>

namespace nn = torch::nn;

nn::Conv2d conv(int in, int out, int kernel) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).padding(kernel / 2).bias(false));
}

/// relu(x + f(x)), with f two convolutions.
struct BlockImpl : nn::Module {
  nn::Sequential body;
  nn::Conv2d shortcut{nullptr};
  BlockImpl(int in, int out) : body(conv(in, out, 3), nn::BatchNorm2d(out), nn::ReLU(), conv(out, out, 3), nn::BatchNorm2d(out)) {
    register_module("body", body);
    if (in != out) shortcut = register_module("shortcut", conv(in, out, 1));
  }
  torch::Tensor forward(torch::Tensor x) { return torch::relu(body->forward(x) + (shortcut ? shortcut(x) : x)); }
};
TORCH_MODULE(Block);

nn::Sequential network() {
  return nn::Sequential(conv(1, 16, 3), nn::BatchNorm2d(16), nn::ReLU(), nn::MaxPool2d(2), Block(16, 16), nn::MaxPool2d(2),
                        Block(16, 32), nn::AdaptiveAvgPool2d(1), nn::Flatten(), nn::Dropout(0.2), nn::Linear(32, 10));
}

int main(int count, char** arguments) try {
  if (count < 3) return std::fprintf(stderr, "usage: fashion DATA_FOLDER PLUGINS.toml [RUN FOLDER [SAMPLES]]\n"), 2;
  torch::manual_seed(1);
  const torch::data::datasets::MNIST data(arguments[1]);  // Fashion-MNIST's files have its names and its format
  const std::int64_t samples = count > 4 ? std::atoll(arguments[4]) : data.images().size(0);
  const std::int64_t batch = 100, validation = samples / 600 * batch, training = samples - validation;
  nn::Sequential net = network();
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(2e-3));

  treino::Loop loop(arguments[2]);
  if (count > 3) loop.folder(arguments[3]);
  treino::torch::connect(loop, *net, optimizer);
  treino::LoopSetup setup;
  setup.training_samples = training;
  setup.batches_per_epoch = training / batch;
  setup.validation_samples = validation;
  setup.validation_batches = validation / batch;
  setup.largest_batch = batch;
  setup.learning_rate = 2e-3;
  setup.outputs = setup.classes = 10;
  setup.prediction = TREINO_PREDICTION_LOGITS;
  loop.begin(setup);
  while (loop.epoch()) {
    net->train();
    const auto order = torch::randperm(training, at::detail::createCPUGenerator(loop.epoch_number())).split(batch);
    for (const torch::Tensor& rows : order) {
      if (!loop.batch(batch)) continue;  // done before the run was resumed, or the run ends
      const torch::Tensor labels = data.targets().index_select(0, rows);
      const torch::Tensor logits = net->forward(data.images().index_select(0, rows));
      const torch::Tensor loss = torch::cross_entropy_loss(logits, labels);
      optimizer.zero_grad();
      loss.backward();
      loop.metrics(logits.data_ptr<float>(), labels.data_ptr<std::int64_t>());
      if (loop.step(loss.item<double>())) treino::torch::step(loop, optimizer);
      loop.step_done();
    }
    net->eval();
    const torch::NoGradGuard no_gradient;
    loop.validate([&](auto& pass) {
      for (std::int64_t first = training; first < samples; first += batch) {
        const torch::Tensor labels = data.targets().slice(0, first, first + batch);
        const torch::Tensor logits = net->forward(data.images().slice(0, first, first + batch));
        pass.add(batch, torch::cross_entropy_loss(logits, labels).item<double>(), logits.data_ptr<float>(),
                 labels.data_ptr<std::int64_t>());
      }
    });
  }
  const treino::Result result = loop.end();
  std::printf("validation accuracy %.4f\n", result["val_accuracy"]);
  return result.outcome == treino::Outcome::done || result.outcome == treino::Outcome::early_stopped ? 0 : 1;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "error: %s\n", error.what()), 1;
}
