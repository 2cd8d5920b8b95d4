// Freezing and unfreezing parameters between steps.
#include <algorithm>
#include <cmath>

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

std::size_t index_of(Model& model, const std::string& name) {
  return static_cast<std::size_t>(&parameter(model, name) - model.parameters().data());
}

/// One step, by the gradient and by what is left of earlier ones.
void train_step(Model& model, Descent& optimizer, std::uint64_t step = 0) {
  const std::vector<float> input = normal_numbers(3 * size_of(model.input_shape()), 5 + step);
  const std::vector<float> gradient = normal_numbers(3 * size_of(model.output_shape()), 6 + step);
  model.forward(input.data(), 3, Mode::train, step);
  model.backward(gradient.data());
  optimizer.step(0.1f);
}

const std::vector<LayerSpec> every_kind_of_weight{
    conv2d(3, 2), layer("batch_norm"), layer("relu"), layer("flatten"), layer("layer_norm"), dense(4), layer("relu"), dense(2)};

}  // namespace

TEST_CASE("parameters after and before frozen layers have the gradient that they have when nothing is frozen") {
  Model whole(every_kind_of_weight, {2, 4, 4}, 3, 1), part(every_kind_of_weight, {2, 4, 4}, 3, 1);
  for (const char* frozen : {"batch_norm_1/weight", "batch_norm_1/bias", "layer_norm_1/weight", "layer_norm_1/bias",
                             "dense_1/weight", "dense_1/bias"}) {
    part.set_trainable(index_of(part, frozen), false);
  }
  const std::vector<float> input = normal_numbers(3 * 32, 5), gradient = normal_numbers(3 * 2, 6);
  for (Model* model : {&whole, &part}) {
    model->forward(input.data(), 3, Mode::train);
    model->backward(gradient.data());
    model->forward(input.data(), 3, Mode::train);
    model->backward(gradient.data(), true);
  }
  for (const char* learning : {"conv2d_1/weight", "conv2d_1/bias", "dense_2/weight", "dense_2/bias"}) {
    CHECK(copy_of(parameter(part, learning).gradient) == copy_of(parameter(whole, learning).gradient));
  }
  for (const char* frozen : {"batch_norm_1/weight", "layer_norm_1/bias", "dense_1/weight"}) {
    CHECK(all_zero(parameter(part, frozen).gradient));
  }
}

TEST_CASE("backward goes no further than the first layer that learns, and goes there again when that changes") {
  Model model({dense(4), layer("relu"), dense(2)}, {3}, 3, 1);
  Descent optimizer(model.parameters(), 0.9f);
  for (const std::size_t i : {0u, 1u}) model.set_trainable(i, false);
  // A gradient that nobody writes to stays what somebody else has put there.
  parameter(model, "dense_1/weight").gradient[0] = 42;
  train_step(model, optimizer);
  CHECK(parameter(model, "dense_1/weight").gradient[0] == 42);
  CHECK_FALSE(all_zero(parameter(model, "dense_2/weight").gradient));
  for (const std::size_t i : {2u, 3u}) model.set_trainable(i, false);
  train_step(model, optimizer);
  CHECK(all_zero(parameter(model, "dense_2/weight").gradient));
  model.set_trainable(0, true);
  CHECK(all_zero(parameter(model, "dense_1/weight").gradient));
  train_step(model, optimizer);
  CHECK_FALSE(all_zero(parameter(model, "dense_1/weight").gradient));
}

TEST_CASE("running statistics follow their batches whether the rest is frozen or not, and never learn") {
  Model frozen({layer("batch_norm")}, {2}, 3, 1), learning({layer("batch_norm")}, {2}, 3, 1);
  for (const std::size_t i : {0u, 1u}) frozen.set_trainable(i, false);
  const std::vector<float> input = normal_numbers(6, 1);
  for (Model* model : {&frozen, &learning}) {
    model->forward(input.data(), 3, Mode::train);
    model->backward(input.data());
  }
  CHECK(copy_of(frozen.parameters()[2].value) == copy_of(learning.parameters()[2].value));
  CHECK(frozen.parameters()[2].value[0] != 0);
  CHECK_THROWS_WITH(frozen.set_trainable(2, true),
                    "batch_norm_1/running_mean is measured, not learned: it cannot be made trainable");
  frozen.set_trainable(2, false);  // what it is already
  CHECK_THROWS_AS(frozen.set_trainable(4, false), std::out_of_range);
}

TEST_CASE("the description of a layer counts what learns now") {
  Model model({dense(4), dense(2)}, {3}, 1, 1);
  model.set_trainable(1, false);
  CHECK(model.layers()[0].parameters == 16);
  CHECK(model.layers()[0].trainable == 12);
  CHECK(model.layers()[1].trainable == 10);
  CHECK_FALSE(model.parameters()[1].trainable);
}
