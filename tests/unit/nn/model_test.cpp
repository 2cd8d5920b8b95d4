// Whole models: training repeats bit for bit, and learns.
#include "nn/model.hpp"

#include <cmath>
#include <set>

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

std::vector<LayerSpec> small_cnn() {
  return {conv2d(8, 3),     layer("batch_norm"), layer("relu"),       max_pool(2),   layer("dropout"),
          layer("flatten"), dense(16),           layer("layer_norm"), layer("gelu"), dense(4)};
}

/// Trains `steps` steps on fixed numbers and returns all parameters, one after another. `losses` gets the loss of each step.
std::vector<float> train(Model& model, float rate, std::int64_t batch, int steps, std::vector<double>* losses = nullptr) {
  Descent optimizer(model.parameters(), 0.9f);
  const std::vector<float> input = normal_numbers(batch * size_of(model.input_shape()), 8);
  const std::int64_t classes = size_of(model.output_shape());
  std::vector<float> gradient(static_cast<std::size_t>(batch * classes));
  for (int step = 0; step < steps; ++step) {
    const auto output = model.forward(input.data(), batch, Mode::train, static_cast<std::uint64_t>(step));
    const double loss = cross_entropy_gradient(output, classes, gradient);
    if (losses != nullptr) losses->push_back(loss);
    model.backward(gradient.data());
    optimizer.step(rate);
  }
  std::vector<float> all;
  for (const Parameter& one : model.parameters()) all.insert(all.end(), one.value.begin(), one.value.end());
  return all;
}

}  // namespace

TEST_CASE("the same seed trains bit for bit and another seed does not") {
  for (const int threads : {1, 2}) {
    Model one(small_cnn(), {1, 12, 12}, 8, 7, threads), same(small_cnn(), {1, 12, 12}, 8, 7, threads),
        other(small_cnn(), {1, 12, 12}, 8, 8, threads);
    const std::vector<float> expected = train(one, 0.01f, 8, 5);
    CHECK(train(same, 0.01f, 8, 5) == expected);
    CHECK(train(other, 0.01f, 8, 5) != expected);
  }
}

TEST_CASE("convolutions in blocks and by Winograd's algorithm train bit for bit every time, on one thread and on two") {
  const std::vector<LayerSpec> layers{conv2d(16, 3), layer("batch_norm"), layer("relu"),    conv2d(32, {3}, {1}, {1}),
                                      layer("relu"), max_pool(2),         layer("flatten"), dense(4)};
  for (const int threads : {1, 2}) {
    Model one(layers, {1, 14, 14}, 16, 7, threads), same(layers, {1, 14, 14}, 16, 7, threads);
    CHECK(train(one, 0.01f, 16, 4) == train(same, 0.01f, 16, 4));
  }
}

TEST_CASE("two threads come to nearly what one comes to, with products large enough to be shared") {
  const std::vector<LayerSpec> layers{conv2d(16, 3), layer("relu"), layer("flatten"), dense(200), layer("tanh"), dense(5)};
  Model one(layers, {1, 12, 12}, 64, 7, 1), two(layers, {1, 12, 12}, 64, 7, 2);
  const std::vector<float> expected = train(one, 0.05f, 64, 3), actual = train(two, 0.05f, 64, 3);
  for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(actual[i] == Approx(expected[i]).margin(1e-5));
}

TEST_CASE("a perceptron learns which quadrant a point is in") {
  Model model({dense(16), layer("relu"), dense(2)}, {2}, 64, 3);
  Descent optimizer(model.parameters(), 0.9f);
  std::vector<float> points = normal_numbers(128, 5), gradient(128);
  // The helper takes sample i to be of class i modulo 2: mirror the points so that x * y < 0 where i is odd.
  for (std::size_t i = 0; i < 64; ++i) {
    points[2 * i + 1] = std::copysign(points[2 * i + 1], (i % 2 == 1 ? -1.0f : 1.0f) * points[2 * i]);
  }
  double loss = 0;
  for (int step = 0; step < 500; ++step) {
    loss = cross_entropy_gradient(model.forward(points.data(), 64, Mode::train), 2, gradient);
    model.backward(gradient.data());
    optimizer.step(0.1f);
  }
  CHECK(loss < 0.05);
  const auto output = model.forward(points.data(), 64, Mode::infer);
  int right = 0;
  for (std::size_t i = 0; i < 64; ++i) right += (output[2 * i + 1] > output[2 * i]) == (i % 2 == 1);
  CHECK(right >= 63);
}

TEST_CASE("a small convolutional network fits random samples") {
  Model model(small_cnn(), {1, 12, 12}, 16, 7);
  std::vector<double> losses;
  train(model, 0.05f, 16, 60, &losses);
  CHECK(losses.front() > 1.0);
  CHECK(losses.back() < 0.2);
}

TEST_CASE("inference changes nothing, and does not depend on the step or the other samples") {
  Model model(small_cnn(), {1, 12, 12}, 8, 7);
  train(model, 0.01f, 8, 2);
  std::vector<std::vector<float>> before;
  for (const Parameter& one : model.parameters()) before.push_back(copy_of(one.value));
  const std::vector<float> input = normal_numbers(8 * 144, 9);
  const std::vector<float> together = copy_of(model.forward(input.data(), 8, Mode::infer, 1));
  CHECK(copy_of(model.forward(input.data(), 8, Mode::infer, 2)) == together);
  for (std::int64_t n = 0; n < 8; ++n) {
    const auto alone = model.forward(input.data() + n * 144, 1, Mode::infer);
    for (std::size_t i = 0; i < 4; ++i) CHECK(alone[i] == Approx(together[static_cast<std::size_t>(n) * 4 + i]).margin(1e-5));
  }
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(copy_of(model.parameters()[i].value) == before[i]);
}

TEST_CASE("a batch smaller than planned for gives what a model planned for it gives") {
  Model large(small_cnn(), {1, 12, 12}, 8, 7), fitting(small_cnn(), {1, 12, 12}, 3, 7);
  const std::vector<float> a = train(large, 0.01f, 3, 4), b = train(fitting, 0.01f, 3, 4);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(a[i] == Approx(b[i]).margin(1e-4));
}

TEST_CASE("two accumulated halves of a batch give the gradient of the whole") {
  const std::vector<LayerSpec> layers{conv2d(4, 3), layer("relu"), layer("flatten"), dense(3)};
  Model whole(layers, {1, 6, 6}, 4, 7), halves(layers, {1, 6, 6}, 2, 7);
  const std::vector<float> input = normal_numbers(4 * 36, 1), probe = normal_numbers(4 * 3, 2);
  whole.forward(input.data(), 4, Mode::train);
  whole.backward(probe.data());
  for (const std::size_t half : {0u, 1u}) {
    halves.forward(input.data() + half * 72, 2, Mode::train);
    halves.backward(probe.data() + half * 6, half > 0);
  }
  for (std::size_t i = 0; i < whole.parameters().size(); ++i) {
    for (std::size_t j = 0; j < whole.parameters()[i].gradient.size(); ++j) {
      CHECK(halves.parameters()[i].gradient[j] == Approx(whole.parameters()[i].gradient[j]).margin(1e-5));
    }
  }
}

TEST_CASE("the model describes its layers") {
  const Model model({conv2d(8, 3), layer("relu"), max_pool(2), layer("flatten"), dense(10), layer("batch_norm", "last")},
                    {2, 8, 8}, 4, 1);
  const auto& layers = model.layers();
  REQUIRE(layers.size() == 6);
  CHECK(layers[0].name == "conv2d_1");
  CHECK(layers[0].output == Shape{8, 6, 6});
  CHECK(layers[0].parameters == 8 * 2 * 9 + 8);
  CHECK(layers[0].flops == 8 * 36 * (2 * 18 + 1));
  CHECK(layers[0].activation_bytes == 8 * 36 * 4);
  CHECK(layers[1].type == "relu");
  CHECK(layers[1].parameters == 0);
  CHECK(layers[1].flops == 288);
  CHECK(layers[2].flops == 8 * 9 * 4);
  CHECK(layers[3].flops == 0);
  CHECK(layers[4].parameters == 730);
  CHECK(layers[4].flops == 10 * (2 * 72 + 1));
  CHECK(layers[5].name == "last");
  CHECK(layers[5].parameters == 40);
  CHECK(layers[5].trainable == 20);
  CHECK(model.input_shape() == Shape{2, 8, 8});
  CHECK(model.output_shape() == Shape{10});
}

TEST_CASE("every type of layer says what it costs") {
  const Shape image{2, 4, 4};
  const auto flops = [&](const LayerSpec& spec) { return Model({spec}, image, 1, 1).layers()[0].flops; };
  CHECK(flops(windowed("avg_pool", {2})) == 8 * 4);
  CHECK(flops(layer("global_avg_pool")) == 32);
  CHECK(flops(layer("batch_norm")) == 128);
  CHECK(flops(layer("layer_norm")) == 256);
  CHECK(flops(layer("sigmoid")) == 128);
  CHECK(flops(layer("leaky_relu")) == 64);
  CHECK(flops(layer("tanh")) == 32);
  CHECK(flops(layer("dropout")) == 0);
}

TEST_CASE("a moved model continues where it was") {
  Model model({dense(3)}, {2}, 1, 1);
  const float* weight = model.parameters()[0].value.data();
  Model moved = std::move(model);
  CHECK(moved.parameters()[0].value.data() == weight);
  const float input[] = {1, 2};
  CHECK(moved.forward(input, 1, Mode::infer).size() == 3);
}

TEST_CASE("training leaves the floating-point mode as it was") {
  Model model({dense(3)}, {2}, 1, 1);
  Descent optimizer(model.parameters());
  const float numbers[] = {1, 2, 3};
  model.forward(numbers, 1, Mode::train);
  model.backward(numbers);
  optimizer.step(0.1f);
  volatile float tiny = 1e-30f;
  CHECK(tiny * 1e-10f > 0);
}

TEST_CASE("misuse is refused") {
  CHECK_THROWS_AS(Model({dense(1)}, {1}, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(Model({dense(1)}, {1}, 1, 1, 0), std::invalid_argument);
  Model model({dense(1)}, {1}, 2, 1);
  const float numbers[] = {1, 2, 3};
  CHECK_THROWS_WITH(model.forward(numbers, 3, Mode::train), "a batch of 3 for a model planned for 1 to 2");
  CHECK_THROWS_AS(model.forward(numbers, 0, Mode::train), std::invalid_argument);
  CHECK_THROWS_AS(model.backward(numbers), std::logic_error);
  model.forward(numbers, 2, Mode::train);
  model.backward(numbers);
  CHECK_THROWS_WITH(model.backward(numbers), "backward follows a forward in Mode::train, and uses it up");
  model.forward(numbers, 2, Mode::train);
  model.forward(numbers, 2, Mode::infer);
  CHECK_THROWS_AS(model.backward(numbers), std::logic_error);
}

TEST_CASE("the output stays what it was until the next forward, also while backward works in the memory of other layers") {
  for (const LayerSpec& last : {layer("flatten"), layer("dropout"), layer("softmax"), layer("layer_norm"), dense(6)}) {
    Model model({dense(5), layer("tanh"), dense(40), layer("relu"), dense(6), last}, {3}, 4, 7);
    const std::vector<float> input = normal_numbers(4 * 3, 1), probe = normal_numbers(4 * 6, 2);
    const auto output = model.forward(input.data(), 4, Mode::train);
    const std::vector<float> before = copy_of(output);
    model.backward(probe.data());
    CAPTURE(last.type);
    CHECK(copy_of(output) == before);
  }
}

TEST_CASE("a gradient written into the model's own memory gives what another array's gives, and leaves the output unchanged") {
  for (const LayerSpec& last : {layer("flatten"), layer("dropout"), layer("softmax"), layer("layer_norm"), dense(6)}) {
    const std::vector<LayerSpec> layers = {dense(5), layer("tanh"), dense(40), layer("relu"), dense(6), last};
    Model model(layers, {3}, 4, 7), other(layers, {3}, 4, 7);
    const std::vector<float> input = normal_numbers(4 * 3, 1), probe = normal_numbers(4 * 6, 2);
    CAPTURE(last.type);
    for (const std::int64_t batch : {4, 3}) {
      const auto output = model.forward(input.data(), batch, Mode::train);
      const std::vector<float> before = copy_of(output);
      REQUIRE(model.output_gradient().size() == 4 * 6);
      std::copy_n(probe.begin(), batch * 6, model.output_gradient().begin());
      CHECK(copy_of(output) == before);
      model.backward(model.output_gradient().data());
      CHECK(copy_of(output) == before);
      other.forward(input.data(), batch, Mode::train);
      other.backward(probe.data());
      for (std::size_t i = 0; i < model.parameters().size(); ++i) {
        if (model.parameters()[i].gradient.empty()) continue;
        CHECK(copy_of(model.parameters()[i].gradient) == copy_of(other.parameters()[i].gradient));
      }
    }
  }
}

TEST_CASE("a network with nothing to learn runs forward and backward") {
  Model model({layer("relu"), layer("softmax")}, {3}, 1, 1);
  const float numbers[] = {0, -1, -2};
  CHECK(model.forward(numbers, 1, Mode::train)[0] == Approx(1.0 / 3));
  model.backward(numbers);
  CHECK(model.parameters().empty());
}
