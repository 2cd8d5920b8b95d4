// Models whose parameters are loaded as soon as they are built draw no numbers for them, and touch no memory that prediction does
// not need.
#include <algorithm>
#include <fstream>

#include "nn/memory/buffer.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

/// Bytes of this process that are in memory.
std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

}  // namespace

TEST_CASE("a model built with zeros gives what the drawn one gives once its parameters are copied") {
  const std::vector<LayerSpec> layers{conv2d(4, 3), layer("batch_norm"), layer("relu"), layer("flatten"), dense(3)};
  Model drawn(layers, {2, 6, 6}, 2, 5), loaded(layers, {2, 6, 6}, 2, 5, 1, InitialValues::zero);
  for (const Parameter& one : loaded.parameters()) CHECK(all_zero(one.value));
  REQUIRE(loaded.parameters().size() == drawn.parameters().size());
  for (std::size_t i = 0; i < loaded.parameters().size(); ++i)
    std::copy(drawn.parameters()[i].value.begin(), drawn.parameters()[i].value.end(), loaded.parameters()[i].value.begin());
  const std::vector<float> x = normal_numbers(2 * 72, 3);
  CHECK(copy_of(loaded.forward(x.data(), 2, Mode::infer)) == copy_of(drawn.forward(x.data(), 2, Mode::infer)));
}

TEST_CASE("a model built with zeros takes no memory for what is never used") {
  const std::int64_t before = resident_bytes();
  Model model({dense(4096)}, {4096}, 1, 5, 1, InitialValues::zero);
  CHECK(resident_bytes() - before < std::int64_t{4096} * 4096 * 4);  // the weight and its gradient
  CHECK(all_zero(parameter(model, "dense_1/weight").value));
}

TEST_CASE("an array is of zeros, whatever the memory held before") {
  for (const std::int64_t size : {5, 3000, 3 << 20}) {
    for (int round = 0; round < 3; ++round) {
      Buffer buffer(size);
      REQUIRE(all_zero(buffer.span()));
      std::fill(buffer.span().begin(), buffer.span().end(), 1.0f);
    }
  }
}
