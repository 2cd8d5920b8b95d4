// A program of its own, because it replaces operator new to count. What oneDNN does inside its own library is not counted: it
// makes a table of arguments at every run of a convolution, and takes memory for every large product, to pack its matrices in.
#include <dlfcn.h>
#include <execinfo.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

std::atomic<bool> counting{false};
std::atomic<int> allocations{0};

// oneDNN calls nothing of ours, so its library among the callers means that it is the one who wants memory.
bool called_by_onednn() {
  void* callers[12];
  const int depth = backtrace(callers, 12);
  for (int i = 0; i < depth; ++i) {
    Dl_info info;
    if (dladdr(callers[i], &info) != 0 && info.dli_fname != nullptr && std::strstr(info.dli_fname, "libdnnl") != nullptr)
      return true;
  }
  return false;
}

void count() {
  if (counting && !called_by_onednn()) ++allocations;
}

void* allocate(std::size_t size, std::size_t alignment) {
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  count();
  return allocate(size, alignof(std::max_align_t));
}
// The standard library's calls the one above; a sanitizer's would not.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  count();
  return std::malloc(size);
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  count();
  return allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

/// `seen`: batches of all sizes have been there before.
int allocations_of_training(const std::vector<LayerSpec>& layers, const Shape& input, bool seen = false, int threads = 1) {
  Model model(layers, input, 8, 1, threads);
  const std::vector<float> x = normal_numbers(8 * size_of(input), 1);
  std::vector<float> gradient(static_cast<std::size_t>(8 * size_of(model.output_shape())), 0.1f);
  for (const std::int64_t batch : {3, 1}) {
    if (seen) model.forward(x.data(), batch, Mode::train);
  }
  allocations = 0;
  counting = true;
  for (const std::int64_t batch : {8, 8, 3, 1}) {
    model.forward(x.data(), batch, Mode::train, 1);
    model.backward(gradient.data());
    model.forward(x.data(), batch, Mode::train, 1);
    model.backward(gradient.data(), true);
    model.forward(x.data(), batch, Mode::infer);
  }
  counting = false;
  return allocations;
}

}  // namespace

TEST_CASE("the counter counts") {
  std::vector<float> kept;
  allocations = 0;
  counting = true;
  std::vector<float>(3).swap(kept);
  counting = false;
  CHECK(allocations == 1);
  CHECK(kept.size() == 3);
}

TEST_CASE("a step allocates nothing, from the first on, with any layer") {
  CHECK(allocations_of_training({dense(70), layer("batch_norm"), layer("relu"), layer("layer_norm"), dense(40), layer("relu"),
                                 layer("dropout"), dense(8), layer("gelu"), layer("tanh"), layer("sigmoid"), layer("leaky_relu"),
                                 layer("elu"), layer("silu"), layer("softplus"), layer("hard_sigmoid"), layer("rms_norm"),
                                 with(layer("group_norm"), "groups", 4), layer("softmax")},
                                {64}) == 0);
}

TEST_CASE("a step over sequences allocates nothing, with one thread and with two") {
  const LayerSpec lstm = with(with(with(layer("lstm"), "units", 5), "return_sequences", true), "bidirectional", true);
  for (const int threads : {1, 2})
    CHECK(allocations_of_training(
              {layer("positional_embedding"), with(layer("attention"), "num_heads", 2), dense(12), lstm,
               with(with(layer("gru"), "units", 4), "return_sequences", true), with(layer("simple_rnn"), "units", 3), dense(2)},
              {7, 6}, false, threads) == 0);
}

TEST_CASE("large products and two threads make no difference") {
  for (const int threads : {1, 2}) {
    CHECK(allocations_of_training({dense(900), layer("relu"), dense(700), layer("sigmoid"), dense(3)}, {400}, false, threads) ==
          0);
  }
}

TEST_CASE("a step of a convolutional network allocates nothing outside oneDNN, once it has seen the size of the batch") {
  CHECK(allocations_of_training({conv2d(5, 3), layer("relu"), max_pool(2), layer("batch_norm"), conv2d(16, 2),
                                 windowed("avg_pool", {2}), layer("upsample"), layer("global_max_pool"), dense(3)},
                                {2, 14, 14}, true) == 0);
  const LayerSpec transpose = with(windowed("conv2d_transpose", {3}, {2}), "filters", 4);
  CHECK(allocations_of_training({transpose, with(conv2d(8, 3), "groups", 4), layer("flatten"), dense(3)}, {2, 7, 7}, true) == 0);
  CHECK(allocations_of_training(
            {with(with(layer("conv1d"), "filters", 8), "kernel", 3), layer("relu"), layer("global_max_pool"), dense(3)}, {2, 20},
            true) == 0);
  CHECK(allocations_of_training(
            {conv2d(32, 3), layer("relu"), conv2d(16, 3), layer("relu"), max_pool(2), layer("flatten"), dense(3)}, {16, 14, 14},
            true) == 0);
}

TEST_CASE("a step of a graph allocates nothing outside oneDNN") {
  const auto reads = [](LayerSpec spec, std::vector<std::string> inputs) {
    spec.inputs = std::move(inputs);
    return spec;
  };
  CHECK(allocations_of_training({dense(20), layer("tanh", "a"), reads(layer("relu", "b"), {"dense_1"}),
                                 reads(layer("multiply"), {"a", "b", "dense_1"}), reads(layer("add"), {"multiply_1", "a"}),
                                 reads(layer("concat"), {"add_1", "b"}), with(layer("reshape"), "shape", Sizes{2, 4, 5}),
                                 with(layer("permute"), "dims", Sizes{2, 0, 1}), layer("flatten"), dense(3)},
                                {64}, "adam") == 0);
  CHECK(
      allocations_of_training({conv2d(16, {3}, {1}, {}, true), layer("batch_norm"), layer("relu"), conv2d(16, {3}, {1}, {}, true),
                               reads(layer("add"), {"conv2d_2", "relu_1"}), layer("relu"), layer("global_avg_pool"), dense(3)},
                              {2, 14, 14}, "adam", true) == 0);
}
