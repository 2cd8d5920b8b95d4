// Training steps of the engine for compare.py:  bench_engine_steps THREADS
#include <cstdlib>
#include <memory>

#include "bench/steps.hpp"
#include "bench/workloads.hpp"

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  bench::answer([threads](char name) -> bench::Step {
    auto training = std::make_shared<bench::Training>(bench::workload(name), threads);
    return [training] { training->step(); };
  });
}
