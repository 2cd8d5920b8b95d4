// Every layer's backward against central differences of its forward.
#include "gradient_checks.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

TEST_CASE("dense has the gradient of its forward") {
  check_flat(dense(7));
  LayerSpec without_bias = dense(4);
  without_bias.settings.set("bias", false);
  check_flat(without_bias);
  check_gradients({dense(37), dense(50), dense(1)}, {19}, 35, 35, linear);
  check_any(dense(4), {3, 5}, linear);
}

TEST_CASE("relu has the gradient of its forward, absorbed by the layer before it or not") {
  check_gradients({dense(6), layer("relu"), dense(3)}, {5}, 4, 4);
  check_gradients({dense(6), layer("tanh"), layer("relu"), dense(3)}, {5}, 4, 4);
  check_gradients({conv2d(3, 2), layer("relu"), conv2d(2, 2)}, {2, 5, 5}, 3, 3);
}

TEST_CASE("activations have the gradient of their forward") {
  for (const char* type : {"leaky_relu", "sigmoid", "tanh", "gelu", "silu", "elu", "softplus", "softmax"})
    check_flat(layer(type));
  check_flat(with(layer("elu"), "alpha", 0.3));
  check_flat(with(layer("softplus"), "beta", 2.5));
  check_flat(layer("hard_sigmoid"));
  check_image(layer("gelu"));
  check_image(layer("silu"));
}

TEST_CASE("dropout has the gradient of its forward at the same step") { check_flat(layer("dropout")); }

TEST_CASE("batch_norm has the gradient of its forward") {
  check_flat(layer("batch_norm"));
  check_image(layer("batch_norm"));
}

TEST_CASE("layer_norm has the gradient of its forward") {
  check_flat(layer("layer_norm"));
  check_image(layer("layer_norm"));
}

TEST_CASE("conv2d has the gradient of its forward") {
  check_image(conv2d(3, 3));
  check_image(conv2d(3, {3}, {2}));
  check_image(conv2d(3, {2, 3}, {1, 2}, {1, 0}));
  check_image(conv2d(3, {2}, {2}, {}, true));
  check_image(conv2d(16, {3}, {1}, {1}), {16, 3, 3});
  check_image(with(conv2d(4, 2), "dilation", Sizes{2, 3}));
  check_image(with(conv2d(4, {3}, {1}, {1}), "groups", 2));
  check_image(with(conv2d(16, {3}, {1}, {1}), "groups", 16), {16, 3, 3});
  LayerSpec without_bias = conv2d(2, 3);
  without_bias.settings.set("bias", false);
  check_image(without_bias);
}

TEST_CASE("layers that take channels in blocks give what they give with plain channels") {
  LayerSpec plain = layer("dropout");  // takes plain channels only, and passes everything
  plain.settings.set("rate", 0.0);
  const std::vector<LayerSpec> cases[] = {
      {layer("batch_norm"), layer("relu"), conv2d(8, 1), layer("tanh")},
      {layer("batch_norm"), max_pool(2), layer("relu"), conv2d(16, 1)},
      {layer("relu"), windowed("max_pool", {3}, {2}, {1}), layer("gelu"), layer("sigmoid"), layer("leaky_relu")},
      {layer("tanh"), layer("relu"), layer("batch_norm"), windowed("avg_pool", {2})},
      {layer("relu"), conv2d(16, {3}, {1}, {1}), layer("layer_norm"), layer("global_avg_pool")}};
  for (const std::vector<LayerSpec>& middle : cases) {
    for (const std::int64_t batch : {3, 2}) {
      std::vector<LayerSpec> in_blocks{conv2d(16, 3)}, in_plain{conv2d(16, 3), plain};
      for (const LayerSpec& spec : middle) {
        in_blocks.push_back(spec);
        // A relu before max_pool is the same behind it; one behind a dropout keeps its place.
        in_plain.insert(in_plain.end(), {spec, plain});
      }
      if (in_blocks.back().type != "global_avg_pool") in_blocks.push_back(layer("flatten")), in_plain.push_back(layer("flatten"));
      in_blocks.push_back(dense(3)), in_plain.push_back(dense(3));
      Network blocks(in_blocks, {2, 9, 7}, batch, 3), reference(in_plain, {2, 9, 7}, batch, 3);
      CAPTURE(middle[0].type, middle[1].type, batch);
      CHECK(blocks.loss() == Approx(reference.loss()).epsilon(1e-4));
      for (Network* network : {&blocks, &reference}) {
        network->model.backward(network->probe.data());
        network->loss();
        network->model.backward(network->probe.data(), true);
      }
      for (std::size_t i = 0; i < reference.model.parameters().size(); ++i) {
        const Parameter &one = blocks.model.parameters()[i], &other = reference.model.parameters()[i];
        for (std::size_t j = 0; j < one.gradient.size(); ++j) {
          CAPTURE(one.name, j);
          REQUIRE(one.gradient[j] == Approx(other.gradient[j]).margin(2e-4).epsilon(1e-3));
        }
        for (std::size_t j = 0; j < one.value.size(); ++j) REQUIRE(one.value[j] == Approx(other.value[j]).margin(1e-5));
      }
    }
  }
}

TEST_CASE("a convolution by Winograd's algorithm has the gradient of its forward") {
  check_gradients({conv2d(16, 1), conv2d(32, {3}, {1}, {1}), conv2d(16, 3), layer("flatten"), dense(2)}, {1, 8, 8}, 2, 2, linear);
}

TEST_CASE("pools have the gradient of their forward") {
  for (const char* type : {"max_pool", "avg_pool"}) {
    check_image(windowed(type, {2}));
    check_image(windowed(type, {3}, {1}));
    check_image(windowed(type, {3, 2}, {2}, {1}));
    check_image(windowed(type, {2}, {2}, {}, true));
    check_any(windowed(type, {3}, {2}, {1}), {2, 7});
    check_gradients({with(with(layer("conv1d"), "filters", 8), "kernel", 3), windowed(type, {2}), layer("flatten"), dense(2)},
                    {2, 9}, 3, 3);
  }
  for (const char* type : {"global_avg_pool", "global_max_pool"})
    check_gradients({conv2d(3, 2), layer(type), dense(2)}, {2, 4, 5}, 3, 3);
}

TEST_CASE("flatten has the gradient of its forward") {
  check_gradients({conv2d(2, 2), layer("flatten"), dense(3)}, {2, 4, 3}, 3, 3);
}

TEST_CASE("layers of all types in sequence, working in each other's memory, have the gradient of their forward") {
  LayerSpec dropout = layer("dropout");
  dropout.settings.set("rate", 0.3);
  check_gradients({conv2d(16, {3}, {1}, {1}), layer("batch_norm"), layer("sigmoid"), dropout, conv2d(16, {3}, {1}, {1}),
                   layer("tanh"), windowed("avg_pool", {2}), conv2d(5, 2), layer("gelu"), layer("flatten"), layer("layer_norm"),
                   dense(9), dropout, layer("sigmoid"), dense(40), layer("tanh"), dense(4), layer("softmax")},
                  {2, 8, 8}, 3, 4, curved);
  check_gradients({dense(30), layer("gelu"), layer("flatten"), dropout, layer("flatten"), dense(6), layer("layer_norm"),
                   layer("sigmoid"), dense(50), layer("batch_norm"), layer("tanh"), dense(3)},
                  {7}, 5, 6, curved);
}

TEST_CASE("a gradient over ties goes to the first of the largest") {
  Model model({conv2d(1, 1), max_pool(2), layer("flatten")}, {1, 2, 2}, 1, 1);
  set(model, "conv2d_1/weight", {1});
  const std::vector<float> input{5, 7, 7, 1};
  model.forward(input.data(), 1, Mode::train);
  const float one = 1;
  model.backward(&one);
  CHECK(parameter(model, "conv2d_1/weight").gradient[0] == 7);
  CHECK(parameter(model, "conv2d_1/bias").gradient[0] == 1);
}

TEST_CASE("accumulating adds what setting would set") {
  const std::vector<LayerSpec> layers{conv2d(4, 3), layer("batch_norm"), layer("relu"),
                                      max_pool(2),  layer("flatten"),    layer("layer_norm"),
                                      dense(6),     layer("relu"),       dense(3)};
  for (const std::int64_t batch : {4, 3}) {
    Network network(layers, {2, 8, 8}, batch, 4);
    network.loss();
    network.model.backward(network.probe.data());
    std::vector<std::vector<float>> once;
    for (const Parameter& one : network.model.parameters()) once.push_back(copy_of(one.gradient));
    network.loss();
    network.model.backward(network.probe.data(), true);
    for (std::size_t i = 0; i < once.size(); ++i) {
      const Parameter& one = network.model.parameters()[i];
      CAPTURE(one.name);
      for (std::size_t j = 0; j < once[i].size(); ++j) {
        CHECK(one.gradient[j] == Approx(2 * once[i][j]).margin(1e-4).epsilon(1e-4));
      }
    }
  }
}
