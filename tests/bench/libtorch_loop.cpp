// What Treino's plugins cost round a loop of libtorch's: a bare loop and one with the plugins of a manifest, in turn, block by
// block, on one thread. Run by hand, on a quiet machine, with a Release build and examples/09_libtorch/plugins.toml, and once more
// without its swap_ema_weights, which costs at each step what averaging all weights costs:
//   libtorch_loop a|b|d PLUGINS MANIFEST [EPOCHS [STEPS PER EPOCH]]
// a: MLP 64-32-10, batch 32, SGD with momentum. b: MLP 784-512-256-10, batch 128, Adam. d: convolutions on 28 x 28, batch 64, Adam.
// Both loops read the loss of each batch. Prints medians of the time per step, of the differences, and of a validation's time.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <treino/torch.hpp>

namespace {

namespace nn = torch::nn;
using torch::Tensor;

double now() { return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

nn::Sequential network(char workload) {
  if (workload == 'a') return nn::Sequential(nn::Linear(64, 32), nn::ReLU(), nn::Linear(32, 10));
  if (workload == 'b')
    return nn::Sequential(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 256), nn::ReLU(), nn::Linear(256, 10));
  return nn::Sequential(nn::Conv2d(1, 32, 3), nn::ReLU(), nn::Conv2d(32, 64, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                        nn::Linear(9216, 128), nn::ReLU(), nn::Linear(128, 10));
}

std::vector<std::int64_t> batch_shape(char workload) {
  if (workload == 'a') return {32, 64};
  if (workload == 'b') return {128, 784};
  return {64, 1, 28, 28};
}

/// A network, its optimizer and its data.
class Training {
 public:
  explicit Training(char workload) : net(network(workload)) {
    for (int i = 0; i < 16; ++i) {
      inputs_.push_back(torch::rand(batch_shape(workload)));
      labels_.push_back(torch::randint(0, 10, {batch_shape(workload)[0]}, torch::kLong));
    }
    if (workload == 'a')
      optimizer = std::make_unique<torch::optim::SGD>(net->parameters(), torch::optim::SGDOptions(1e-6).momentum(0.9));
    else
      optimizer = std::make_unique<torch::optim::Adam>(net->parameters(), torch::optim::AdamOptions(1e-6));
  }
  double compute(std::size_t step) {
    optimizer->zero_grad();
    logits = net->forward(inputs_[step % 16]);
    const Tensor loss = torch::cross_entropy_loss(logits, labels_[step % 16]);
    loss.backward();
    return loss.item<double>();
  }
  const std::int64_t* labels(std::size_t step) const { return labels_[step % 16].data_ptr<std::int64_t>(); }

  nn::Sequential net;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  Tensor logits;

 private:
  std::vector<Tensor> inputs_, labels_;
};

}  // namespace

int main(int count, char** arguments) try {
  if (count < 4) return std::fprintf(stderr, "usage: libtorch_loop a|b|d PLUGINS MANIFEST [EPOCHS [STEPS]]\n"), 2;
  const char workload = arguments[1][0];
  const int epochs = count > 4 ? std::atoi(arguments[4]) : 10;
  const std::size_t steps = count > 5 ? std::stoul(arguments[5]) : workload == 'a' ? 2000 : 100;
  const std::size_t block = workload == 'a' ? 20 : 1;
  torch::set_num_threads(1);
  torch::manual_seed(0);
  Training bare(workload), treated(workload);
  const auto batch = static_cast<std::uint64_t>(batch_shape(workload)[0]);

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "treino_libtorch_loop";
  std::filesystem::remove_all(folder);
  treino::Loop loop(arguments[3], {"run.epochs=" + std::to_string(epochs)});
  loop.plugin_folder(arguments[2]).folder(folder.string());
  treino::torch::connect(loop, *treated.net, *treated.optimizer);
  treino::LoopSetup setup;
  setup.training_samples = steps * batch;
  setup.batches_per_epoch = steps;
  setup.validation_samples = setup.largest_batch = batch;
  setup.validation_batches = 1;
  setup.learning_rate = 1e-6;
  setup.outputs = setup.classes = 10;
  setup.prediction = TREINO_PREDICTION_LOGITS;
  loop.begin(setup);
  std::vector<double> without, with, differences, ends;
  while (loop.epoch()) {
    for (std::size_t first = 0; first < steps; first += block) {
      const double begun = now();
      for (std::size_t i = first; i < first + block; ++i) {
        bare.compute(i);
        bare.optimizer->step();
      }
      const double between = now();
      for (std::size_t i = first; i < first + block; ++i) {
        if (!loop.batch(batch)) continue;
        const double loss = treated.compute(i);
        loop.metrics(treated.logits.data_ptr<float>(), treated.labels(i));
        if (loop.step(loss)) treino::torch::step(loop, *treated.optimizer);
        loop.step_done();
      }
      without.push_back((between - begun) / static_cast<double>(block));
      with.push_back((now() - between) / static_cast<double>(block));
      differences.push_back(with.back() - without.back());
    }
    const double ended = now();
    loop.validate([&](auto& pass) { pass.add(batch, 1, treated.logits.data_ptr<float>(), treated.labels(0)); });
    ends.push_back(now() - ended);
  }
  loop.end();
  std::printf("%c: bare %.2f us per step, with plugins %.2f, difference %.2f (%.2f %%), validation %.0f us\n", workload,
              median(without), median(with), median(differences), 100 * median(differences) / median(without), median(ends));
  std::filesystem::remove_all(folder);
  return 0;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "error: %s\n", error.what()), 1;
}
