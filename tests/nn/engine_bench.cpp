// Time of one training step of three networks, on one thread: forward, softmax cross-entropy, backward, optimizer.
//   bench_nn [threads] [seconds for each] [first letters of those to run]
// Prints a line for each network: its name, steps, microseconds a step: median and best by the clock on the wall,
// and the processor's time of all threads, which other programs on the machine disturb less.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
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
  std::uint64_t steps = 0;
  const auto milliseconds_of = [&](int count) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
      const auto output = model.forward(input.data(), workload.batch, Mode::train, steps++);
      treino::nn::test::cross_entropy_gradient(output, classes, gradient);
      model.backward(gradient.data());
      optimizer.step(1e-3);
    }
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  };
  // Chunks of about 5 ms, or single steps: the median is what a user sees, the best what the machine can do when left alone.
  milliseconds_of(3);
  const int chunk = static_cast<int>(std::max(1.0, 5 / milliseconds_of(1)));
  std::vector<double> times;
  for (double spent = 0; spent < seconds * 1000 || times.size() < 5; spent += times.back() * chunk) {
    times.push_back(milliseconds_of(chunk) / chunk);
  }
  const std::clock_t processor_start = std::clock();
  const std::uint64_t steps_before = steps;
  milliseconds_of(chunk * static_cast<int>(times.size()));
  const double processor =
      static_cast<double>(std::clock() - processor_start) / CLOCKS_PER_SEC / static_cast<double>(steps - steps_before);
  std::sort(times.begin(), times.end());
  std::printf("%-28s %9llu steps  median %10.2f us  best %10.2f us  processor %10.2f us\n", workload.name,
              static_cast<unsigned long long>(steps), times[times.size() / 2] * 1000, times[0] * 1000, processor * 1e6);
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  const double seconds = count > 2 ? std::atof(arguments[2]) : 2;
  const std::string chosen = count > 3 ? arguments[3] : "abd";
  const auto run_chosen = [&](const Workload& workload) {
    if (chosen.find(workload.name[0]) != std::string::npos) run(workload, threads, seconds);
  };
  run_chosen({"a: 64-32-10, 32, sgd", {dense(32), layer("relu"), dense(10)}, {64}, 32, sgd()});
  run_chosen(
      {"b: 784-512-256-10, 128, adam", {dense(512), layer("relu"), dense(256), layer("relu"), dense(10)}, {784}, 128, adam()});
  run_chosen({"d: cnn 28x28, 64, adam",
              {conv2d(32, 3), layer("relu"), conv2d(64, 3), layer("relu"), max_pool(2), layer("flatten"), dense(128),
               layer("relu"), dense(10)},
              {1, 28, 28},
              64,
              adam()});
}
