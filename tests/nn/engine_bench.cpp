// Time of one training step of three networks, on one thread: forward, softmax cross-entropy, backward, optimizer.
//   bench_nn [threads] [seconds for each]
// Prints a line for each network: its name, steps, microseconds a step.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/random.hpp"
#include "nn/model.hpp"
#include "nn/optimizer.hpp"
#include "nn_helpers.hpp"

using namespace treino::nn;
using treino::nn::test::conv2d;
using treino::nn::test::dense;
using treino::nn::test::layer;
using treino::nn::test::max_pool;

namespace {

struct Workload {
  const char* name;
  std::vector<LayerSpec> layers;
  Shape input;
  std::int64_t batch;
  OptimizerSpec optimizer;
};

OptimizerSpec sgd() {
  OptimizerSpec spec;
  spec.momentum = 0.9;
  return spec;
}

OptimizerSpec adam() {
  OptimizerSpec spec;
  spec.type = "adam";
  return spec;
}

void run(const Workload& workload, int threads, double seconds) {
  Model model(workload.layers, workload.input, workload.batch, 1, threads);
  Optimizer optimizer(workload.optimizer, model.parameters());
  const std::int64_t classes = size_of(model.output_shape());
  std::vector<float> input(static_cast<std::size_t>(workload.batch * size_of(workload.input)));
  std::vector<float> gradient(static_cast<std::size_t>(workload.batch * classes));
  const treino::base::RandomStream random(1, treino::base::Purpose::noise);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = random.uniform(i);
  std::uint64_t steps = 0, warm_up = 3;
  auto start = std::chrono::steady_clock::now();
  double elapsed = 0;
  while (elapsed < seconds) {
    const auto output = model.forward(input.data(), workload.batch, Mode::train, steps);
    treino::nn::test::cross_entropy_gradient(output, classes, gradient);
    model.backward(gradient.data());
    optimizer.step(1e-3);
    if (++steps == warm_up) start = std::chrono::steady_clock::now();
    if (steps > warm_up) elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  std::printf("%-28s %9llu steps  %10.2f us a step\n", workload.name, static_cast<unsigned long long>(steps),
              elapsed * 1e6 / static_cast<double>(steps - warm_up));
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  const double seconds = count > 2 ? std::atof(arguments[2]) : 2;
  run({"a: 64-32-10, 32, sgd", {dense(32), layer("relu"), dense(10)}, {64}, 32, sgd()}, threads, seconds);
  run({"b: 784-512-256-10, 128, adam", {dense(512), layer("relu"), dense(256), layer("relu"), dense(10)}, {784}, 128, adam()},
      threads, seconds);
  run({"d: cnn 28x28, 64, adam",
       {conv2d(32, 3), layer("relu"), conv2d(64, 3), layer("relu"), max_pool(2), layer("flatten"), dense(128), layer("relu"),
        dense(10)},
       {1, 28, 28},
       64,
       adam()},
      threads, seconds);
}
