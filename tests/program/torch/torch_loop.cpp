// A small network trained by libtorch, once with Treino's plugins round the loop and once with the same decisions made by hand.
//   torch_loop by_hand
//   torch_loop treino MANIFEST PLUGINS FOLDER [KILL AFTER MICROSECONDS]
// Both print "rate <learning rate>" for each step; by_hand an "epoch <loss> <accuracy> ..." for each epoch, treino its seconds.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <treino/torch.hpp>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::int64_t training = 300, validation = 120, batch = 20, classes = 3;
constexpr int epochs = 40;
constexpr double base_rate = 0.05;

struct Experiment {
  Tensor x, labels;
  nn::Sequential net{nullptr};
  std::unique_ptr<torch::optim::Adam> optimizer;
  Tensor logits;

  Experiment() {
    torch::set_num_threads(1);
    torch::manual_seed(5);
    x = torch::randn({training + validation, 8});
    labels = (x.matmul(torch::randn({8, classes})) + 2 * torch::randn({training + validation, classes})).argmax(1);
    net = nn::Sequential(nn::Linear(8, 16), nn::BatchNorm1d(16), nn::ReLU(), nn::Dropout(0.1), nn::Linear(16, classes));
    optimizer = std::make_unique<torch::optim::Adam>(net->parameters(), torch::optim::AdamOptions(base_rate));
  }
  static std::vector<Tensor> order(std::uint64_t epoch) {
    return torch::randperm(training, at::detail::createCPUGenerator(epoch)).split(batch);
  }
  double forward(const Tensor& rows) {
    logits = net->forward(x.index_select(0, rows));
    loss = torch::cross_entropy_loss(logits, labels.index_select(0, rows));
    return loss.item<double>();
  }
  void backward() {
    optimizer->zero_grad();
    loss.backward();
  }
  static Tensor validation_rows(std::int64_t first) { return torch::arange(training + first, training + first + batch); }

  Tensor loss;
};

/// Accuracy and the mean of the classes' F1.
class Counts {
 public:
  void add(const Tensor& logits, const Tensor& labels) {
    const Tensor predicted = logits.argmax(1);
    for (std::int64_t i = 0; i < labels.size(0); ++i) {
      const auto is = predicted[i].item<std::int64_t>(), should = labels[i].item<std::int64_t>();
      ++samples_;
      if (is == should) ++right_[static_cast<std::size_t>(is)];
      ++predicted_[static_cast<std::size_t>(is)];
      ++actual_[static_cast<std::size_t>(should)];
    }
  }
  double accuracy() const { return (right_[0] + right_[1] + right_[2]) / samples_; }
  double f1() const {
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k)
      if (predicted_[k] + actual_[k] > 0) sum += 2 * right_[k] / (predicted_[k] + actual_[k]);
    return sum / classes;
  }

 private:
  double samples_ = 0;
  std::array<double, classes> right_{}, predicted_{}, actual_{};
};

/// Averages of the weights, which take their place in validations.
class Average {
 public:
  explicit Average(std::vector<Tensor> parameters) : parameters_(std::move(parameters)) {}
  void update() {
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      if (averages_.size() <= i)
        averages_.push_back(parameters_[i].detach().clone());
      else
        averages_[i].mul_(0.9f).add_(parameters_[i], 0.1f);
  }
  void swap() {
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Tensor kept = parameters_[i].detach().clone();
      parameters_[i].copy_(averages_[i]);
      averages_[i].copy_(kept);
    }
  }

 private:
  std::vector<Tensor> parameters_, averages_;
};

int by_hand() {
  Experiment run;
  Average average(run.net->parameters());
  double plateau = 1, plateau_best = HUGE_VAL, stop_best = HUGE_VAL;
  int plateau_wait = 0, stop_wait = 0, steps = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    Counts trained, validated;
    double loss = 0, validation_loss = 0;
    run.net->train();
    for (const Tensor& rows : Experiment::order(static_cast<std::uint64_t>(epoch))) {
      loss += run.forward(rows) / (training / batch);
      run.backward();
      trained.add(run.logits, run.labels.index_select(0, rows));
      const double warmup = steps < 20 ? 0.1 + 0.9 * steps / 20 : 1, cosine = (1 + std::cos(M_PI * epoch / epochs)) / 2;
      const double rate = base_rate * warmup * cosine * plateau;
      std::printf("rate %.17g\n", rate);
      run.optimizer->param_groups()[0].options().set_lr(rate);
      run.optimizer->step();
      average.update();
      ++steps;
    }
    average.swap();
    {
      const torch::NoGradGuard guard;
      run.net->eval();
      for (std::int64_t first = 0; first < validation; first += batch) {
        const Tensor rows = Experiment::validation_rows(first);
        validation_loss += run.forward(rows) / (validation / batch);
        validated.add(run.logits, run.labels.index_select(0, rows));
      }
    }
    average.swap();
    std::printf("epoch %.17g %.17g %.17g %.17g %.17g %.17g\n", loss, trained.accuracy(), trained.f1(), validation_loss,
                validated.accuracy(), validated.f1());
    // Keras' rules, with min_delta 1e-4 for the cut and 0 for the stop.
    if (validation_loss + 1e-4 < plateau_best)
      plateau_best = validation_loss, plateau_wait = 0;
    else if (++plateau_wait >= 2)
      plateau *= 0.5, plateau_wait = 0;
    if (validation_loss < stop_best)
      stop_best = validation_loss, stop_wait = 0;
    else if (++stop_wait >= 5)
      break;
  }
  return 0;
}

void kill_after(long microseconds) {
  std::thread([microseconds] {
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    kill(getpid(), SIGKILL);
  }).detach();
}

int with_treino(int count, char** arguments) {
  Experiment run;
  treino::Loop loop(arguments[2]);
  loop.plugin_folder(arguments[3]).folder(arguments[4]).quiet();
  treino::torch::connect(loop, *run.net, *run.optimizer);
  treino::LoopSetup setup;
  setup.training_samples = training;
  setup.batches_per_epoch = training / batch;
  setup.validation_samples = validation;
  setup.validation_batches = validation / batch;
  setup.largest_batch = batch;
  setup.learning_rate = base_rate;
  setup.outputs = setup.classes = classes;
  setup.prediction = TREINO_PREDICTION_LOGITS;
  if (count > 5) kill_after(std::atol(arguments[5]));
  const auto begun = std::chrono::steady_clock::now();
  loop.begin(setup);
  while (loop.epoch()) {
    run.net->train();
    for (const Tensor& rows : Experiment::order(loop.epoch_number())) {
      if (!loop.batch(batch)) continue;
      const double loss = run.forward(rows);
      run.backward();
      const Tensor labels = run.labels.index_select(0, rows);
      loop.metrics(run.logits.data_ptr<float>(), labels.data_ptr<std::int64_t>());
      if (loop.step(loss)) {
        std::printf("rate %.17g\n", loop.learning_rate());
        treino::torch::step(loop, *run.optimizer);
      }
      loop.step_done();
    }
    const torch::NoGradGuard guard;
    run.net->eval();
    loop.validate([&](auto& pass) {
      for (std::int64_t first = 0; first < validation; first += batch) {
        const Tensor rows = Experiment::validation_rows(first), labels = run.labels.index_select(0, rows);
        const double loss = run.forward(rows);
        pass.add(batch, loss, run.logits.data_ptr<float>(), labels.data_ptr<std::int64_t>());
      }
    });
  }
  const treino::Result result = loop.end();
  std::printf("seconds %f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  return result.outcome == treino::Outcome::early_stopped ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count == 2 && std::string(arguments[1]) == "by_hand") return by_hand();
  if (count >= 5 && std::string(arguments[1]) == "treino") return with_treino(count, arguments);
  return 2;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "error: %s\n", error.what()), 1;
}
