// The engine's inner loops one by one, with Google Benchmark:  bench_kernels [--benchmark_filter=product]
// Rates are in floating-point operations, or in bytes read and written, per second of the processor's time.
#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "nn/kernels/kernels.hpp"
#include "nn/kernels/threads.hpp"
#include "nn/memory/buffer.hpp"
#include "shared/optimizers/updates.hpp"

namespace {

using namespace treino::nn;

Buffer numbers(std::int64_t size, std::uint64_t seed) {
  const treino::base::RandomStream random(seed, treino::base::Purpose::noise);
  Buffer buffer(size);
  for (std::int64_t i = 0; i < size; ++i) buffer[i] = random.uniform(static_cast<std::uint64_t>(i)) - 0.5f;
  return buffer;
}

enum Kind { forward, weights, inputs };  // of a dense layer's three products: input * W, input^T * gradient, gradient * W^T

struct Layer {
  const char* name;
  std::int64_t batch, in, out;
};

/// `kernel`: nothing for the fixed rule's.
void product(benchmark::State& state, Kind kind, const Layer& layer, std::optional<ProductKernel> kernel, int threads) {
  const auto& [name, batch, in, out] = layer;
  const std::int64_t rows = kind == weights ? in : batch, columns = kind == inputs ? in : out,
                     inner = kind == forward   ? in
                             : kind == weights ? batch
                                               : out;
  Buffer a = numbers(rows * inner, 1), b = numbers(inner * columns, 2), c(rows * columns), scratch(product_scratch * threads);
  const bool a_turned = kind == weights, b_turned = kind == inputs;
  const Product product{rows,
                        columns,
                        inner,
                        a.data(),
                        a_turned ? 1 : inner,
                        a_turned ? rows : 1,
                        b.data(),
                        b_turned ? 1 : columns,
                        b_turned ? inner : 1,
                        c.data(),
                        false};
  const ThreadScope scope(threads);
  const ProductKernel chosen = kernel.value_or(fixed_kernel(shape_of(product), threads));
  for (auto _ : state) multiply(product, chosen, scratch.data(), threads);
  state.counters["flops"] =
      benchmark::Counter(2.0 * static_cast<double>(rows * columns * inner), benchmark::Counter::kIsIterationInvariantRate);
}

void adam(benchmark::State& state) {
  const std::int64_t size = state.range(0);
  Buffer weight = numbers(size, 1), gradient = numbers(size, 2), first(size), second(size);
  const treino::optimizers::AdamStep step{0.9f, 0.1f, 0.999f, 0.001f, 1e-3f, 1e-8f, 0.0f, 1.0f};
  for (auto _ : state)
    treino::optimizers::update_loops().adam(size, weight.data(), gradient.data(), first.data(), second.data(), step);
  state.SetBytesProcessed(state.iterations() * size * 28);
}

void bias_and_relu(benchmark::State& state) {
  const std::int64_t rows = state.range(0), columns = state.range(1);
  Buffer y = numbers(rows * columns, 1), bias = numbers(columns, 2);
  for (auto _ : state) kernels().add_bias(y.data(), bias.data(), rows, columns, true);
  state.SetBytesProcessed(state.iterations() * rows * columns * 8);
}

void register_products() {
  for (const Layer& l : {Layer{"a1", 32, 64, 32},
                         {"a2", 32, 32, 10},
                         {"b1", 128, 784, 512},
                         {"b2", 128, 512, 256},
                         {"b3", 128, 256, 10},
                         {"c1", 512, 1024, 4096},
                         {"c2", 512, 4096, 4096},
                         {"d3", 64, 9216, 128},
                         {"row", 1, 512, 512},             // of one sample
                         {"lstm_input", 3200, 1024, 128},  // gates of 64 sequences of 50 steps, and weights the other way round
                         {"lstm_step", 64, 1024, 256}}) {
    for (const int threads : {1, 2}) {
      const std::string end = std::string("/") + l.name + "/threads:" + std::to_string(threads);
      const auto add_one = [&](const std::string& name, Kind kind, std::optional<ProductKernel> kernel) {
        auto* one = benchmark::RegisterBenchmark(name.c_str(),
                                                 [=](benchmark::State& state) { product(state, kind, l, kernel, threads); });
        if (threads > 1) one->UseRealTime();
      };
      const auto add = [&](const char* name, Kind kind) {
        add_one(name + end, kind, std::nullopt);
        add_one(name + end + "/own", kind, threads > 1 ? ProductKernel::own_in_parts : ProductKernel::own);
        add_one(name + end + "/onednn", kind, threads > 1 ? ProductKernel::onednn_in_parts : ProductKernel::onednn);
      };
      add("product/forward", forward);
      add("product/weights", weights);
      add("product/inputs", inputs);
    }
  }
}

BENCHMARK(adam)->Arg(10'000)->Arg(500'000)->Arg(20'000'000);
BENCHMARK(bias_and_relu)->Args({32, 32})->Args({128, 512})->Args({512, 4096});

}  // namespace

int main(int count, char** arguments) {
  const treino::nn::ThreadPlacement placement;  // as the program has it
  register_products();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
