// embedding and positional_embedding: rows of a table, and what is no row of it.
#include <cmath>

#include "../gradient_checks.hpp"
#include "nn/sample_error.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec embedding(std::int64_t rows, std::int64_t width) {
  return with(with(layer("embedding"), "input_dim", rows), "output_dim", width);
}

}  // namespace

TEST_CASE("embedding puts out the row of its table for each index") {
  Model model({embedding(3, 2)}, {4}, 2, 1);
  CHECK(model.output_shape() == Shape{4, 2});
  set(model, "embedding_1/weight", {0, 1, 10, 11, 20, 21});
  const std::vector<float> x{2, 0, 1, 1, 0, 0, 0, 2};
  CHECK(copy_of(model.forward(x.data(), 2, Mode::train)) ==
        std::vector<float>{20, 21, 0, 1, 10, 11, 10, 11, 0, 1, 0, 1, 0, 1, 20, 21});
}

TEST_CASE("rows of an embedding that occur several times get the sum of their gradients, others none") {
  Model model({embedding(3, 2)}, {4}, 2, 1);
  const std::vector<float> x{2, 0, 2, 2}, gradient{1, 2, 3, 4, 10, 20, 100, 200};
  for (const bool accumulate : {false, true}) {
    model.forward(x.data(), 1, Mode::train);
    model.backward(gradient.data(), accumulate);
  }
  CHECK(copy_of(parameter(model, "embedding_1/weight").gradient) == std::vector<float>{6, 8, 0, 0, 222, 444});
}

TEST_CASE("an index that the table does not have is an error with the sample, and what it is") {
  const auto error_of = [](float value) {
    Model model({embedding(3, 2)}, {2}, 4, 1);
    const std::vector<float> x{0, 1, 2, 2, 1, value, 0, 0};
    try {
      model.forward(x.data(), 4, Mode::infer);
    } catch (const SampleError& error) {
      CHECK(error.row() == 2);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const std::string expected = "embedding_1: expected indices from 0 to 2, found ";
  CHECK(error_of(3) == expected + "3 as number 2 of 2");
  CHECK(error_of(-1) == expected + "-1 as number 2 of 2");
  CHECK(error_of(0.5f) == expected + "0.5 as number 2 of 2");
  CHECK(error_of(1e30f) == expected + "1e+30 as number 2 of 2");
  CHECK(error_of(std::nanf("")) == expected + "nan as number 2 of 2");
  CHECK(error_of(-0.0f) == "nothing");
}

TEST_CASE("a shard names the sample of the batch, not of itself") {
  Model model({embedding(3, 2)}, {1}, 6, 1, 1, InitialValues::drawn, {3, nullptr});
  const std::vector<float> x{0, 1, 2, 2, 7, 0};
  try {
    model.forward(x.data(), 6, Mode::infer);
    FAIL("nothing was thrown");
  } catch (const SampleError& error) {
    CHECK(error.row() == 4);
  }
}

TEST_CASE("embedding after another layer learns, and what is before it does not") {
  Model model({layer("layer_norm"), embedding(3, 2)}, {2}, 1, 1);
  set(model, "layer_norm_1/weight", {0, 0});
  set(model, "layer_norm_1/bias", {2, 1});
  const std::vector<float> x{5, 6}, gradient{1, 2, 3, 4};
  model.forward(x.data(), 1, Mode::train);
  model.backward(gradient.data());
  CHECK(copy_of(parameter(model, "embedding_1/weight").gradient) == std::vector<float>{0, 0, 3, 4, 1, 2});
  CHECK(all_zero(parameter(model, "layer_norm_1/bias").gradient));
}

TEST_CASE("embedding refuses tables of impossible sizes") {
  CHECK(refusal_of(embedding(0, 2), {3}) == "embedding: input_dim must be at least 1, not 0");
  CHECK(refusal_of(embedding(2, 0), {3}) == "embedding: output_dim must be at least 1, not 0");
  CHECK(refusal_of(embedding((1 << 24) + 1, 2), {3}) == "embedding: input_dim must be at most 16777216, not 16777217");
  CHECK(refusal_of(embedding(1 << 20, 1 << 20), {3}) == "embedding: a weight of 1048576x1048576 is too large");
  CHECK(infer_shapes({embedding(5, 2)}, {3, 4}).back() == Shape{3, 4, 2});
}

TEST_CASE("positional_embedding adds a vector of its own to each step") {
  Model model({layer("positional_embedding")}, {2, 2}, 2, 1);
  set(model, "positional_embedding_1/weight", {1, 2, 3, 4});
  const std::vector<float> x{0, 0, 0, 0, 10, 20, 30, 40};
  CHECK(copy_of(model.forward(x.data(), 2, Mode::train)) == std::vector<float>{1, 2, 3, 4, 11, 22, 33, 44});
  CHECK(refusal_of(layer("positional_embedding"), {4}) == "positional_embedding: expects length x features, the input is 4");
}

TEST_CASE("embeddings have the gradient of their forward, bit for bit the same on any number of threads") {
  check_any(layer("positional_embedding"), {3, 4});
  check_threads({layer("positional_embedding"), layer("positional_embedding")}, {40, 64}, 63);
  const auto trained = [](int threads) {
    Model model({embedding(500, 64), layer("flatten")}, {30}, 64, 1, threads);
    std::vector<float> x = normal_numbers(64 * 30, 1);
    for (float& value : x) value = std::floor(std::fmod(std::abs(value) * 1000, 500.0f));
    const std::vector<float> y = copy_of(model.forward(x.data(), 64, Mode::train));
    model.backward(y.data());
    return copy_of(model.parameters()[0].gradient);
  };
  CHECK(trained(1) == trained(3));
}
