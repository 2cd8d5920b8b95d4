// Training steps of the engine for compare.py:  bench_engine_steps THREADS [measured]
// measured: with the kernels that [run] kernels = "measured" would choose, in place of the fixed rule's.
// For curves.py, the inputs and first parameters of a workload into a file and the loss of 50 steps onto the screen:
//   bench_engine_steps curve WORKLOAD RATE FILE
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <memory>

#include "bench/steps.hpp"
#include "bench/workloads.hpp"
#include "nn/kernels/threads.hpp"

namespace {

void write(std::ofstream& file, std::span<const float> numbers) {
  file.write(reinterpret_cast<const char*>(numbers.data()), static_cast<std::streamsize>(numbers.size_bytes()));
}

int print_curve(char name, double rate, const char* path) {
  bench::Training training(bench::workload(name), 1, rate);
  std::ofstream file(path, std::ios::binary);
  write(file, training.inputs());
  for (const treino::nn::Parameter& parameter : training.model().parameters()) write(file, parameter.value);
  file.close();
  if (!file) {
    std::cerr << "cannot write " << path << '\n';
    return 1;
  }
  for (int step = 0; step < 50; ++step) std::cout << std::setprecision(9) << training.step() << '\n';
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const treino::nn::ThreadPlacement placement;  // as the program has it
  if (count == 5 && std::string(arguments[1]) == "curve")
    return print_curve(arguments[2][0], std::atof(arguments[3]), arguments[4]);
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  const bool is_measured = count > 2 && std::string(arguments[2]) == "measured";
  bench::answer([=](char name) -> bench::Step {
    const bench::Workload workload = bench::workload(name);
    auto training = std::make_shared<bench::Training>(workload, threads);
    if (is_measured) training->model().use_kernels(training->model().measure_kernels({}, workload.batch, 0));
    return [training] { training->step(); };
  });
}
