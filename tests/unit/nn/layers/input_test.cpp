// Several inputs of a model are stretches of a sample's features: which layer gets which values, and what is refused.
#include "graph_reference.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

using Lines = std::vector<std::string>;

Lines input_faults(const std::vector<LayerSpec>& layers) {
  Lines all;
  const Topology topology = topology_of(layers);
  for (const auto* errors : {&topology.name_faults, &topology.faults})
    for (const ShapeError& error : *errors) all.push_back(std::to_string(error.layer()) + ": " + error.what());
  return all;
}

/// Of 5 features, the last 2 and the first 3.
const std::vector<LayerSpec> two = {input_spec("a", 0, {3}), input_spec("b", 3, {1, 2})};
std::vector<LayerSpec> with_two(std::vector<LayerSpec> layers) {
  layers.insert(layers.begin(), two.begin(), two.end());
  return layers;
}

}  // namespace

TEST_CASE("an input is a stretch of the features, in its own shape") {
  Model model(with_two({reads(layer("flatten"), {"b"}), reads(layer("concat"), {"flatten_1", "a"})}), {5}, 3, 1);
  CHECK(model.layers()[1].output == Shape{1, 2});
  CHECK(model.layers()[1].parameters == 0);
  CHECK(model.layers()[1].flops == 0);
  CHECK(copy_of(model.forward(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}.data(), 2, Mode::infer)) ==
        std::vector<float>{4, 5, 1, 2, 3, 9, 10, 6, 7, 8});
}

TEST_CASE("a single input is the features themselves, in its shape, and what reads none reads it") {
  Model model({input_spec("image", 0, {1, 2, 2}), max_pool(2), layer("flatten")}, {4}, 2, 1);
  CHECK(model.layers()[1].inputs == std::vector<std::size_t>{0});
  const std::vector<float> sample{1, 7, 3, 4};
  CHECK(copy_of(model.forward(sample.data(), 1, Mode::infer)) == std::vector<float>{7});
  Model same({input_spec("image", 0, {2, 2})}, {4}, 2, 1);
  CHECK(same.forward(sample.data(), 1, Mode::infer).data() == sample.data());
}

TEST_CASE("gradients reach the layers that read inputs, and no input") {
  const std::vector<LayerSpec> layers =
      with_two({reads(dense(2), {"a"}, "left"), layer("tanh", "bent"), reads(layer("flatten"), {"b"}, "flat"),
                reads(dense(2), {"flat"}, "right"), reads(layer("multiply"), {"bent", "right"}, "product"),
                reads(layer("concat"), {"product", "flat"}, "joined"), dense(2)});
  for (const int shards : {1, 2}) {
    Model model(layers, {5}, 4, 9, 1, InitialValues::drawn, {shards, nullptr});
    const std::vector<float> input = normal_numbers(4 * 5, 3), probe = normal_numbers(4 * 2, 4);
    model.forward(input.data(), 4, Mode::train);
    model.backward(probe.data());
    Reference reference(model, layers);
    for (const Parameter& one : model.parameters())
      for (std::size_t i = 0; i < one.gradient.size(); ++i) {
        CAPTURE(shards, one.name, i);
        CHECK(static_cast<double>(one.gradient[i]) ==
              Approx(reference.gradient(one.name, i, input, probe, 4)).epsilon(1e-3).margin(1e-4));
      }
  }
}

TEST_CASE("with several inputs the first layer says which it reads, and none is called \"input\"") {
  CHECK(input_faults(with_two({dense(2), reads(layer("concat"), {"a", "b"})})).at(0) ==
        "2: dense: the data have several inputs: inputs = [\"a\"] says which it reads. There are: a, b");
  CHECK(input_faults(with_two({reads(layer("concat"), {"a", "input"})})) ==
        Lines{"2: concat: the data have inputs of their own names: a, b"});
  CHECK(input_faults(with_two({reads(layer("concat"), {"a", "c"})})) ==
        Lines{"2: concat: there is no layer \"c\". Before it are: a, b"});
}

TEST_CASE("an input that no layer reads is a fault, and so is a layer of its name") {
  CHECK(input_faults(with_two({reads(layer("relu"), {"a"})})) ==
        Lines{"1: input \"b\": no layer reads it: name it among the inputs of one, or leave it out"});
  CHECK(input_faults(with_two({reads(layer("flatten"), {"a"}, "b"), reads(layer("concat"), {"a", "b"})})).at(0) ==
        "2: flatten: the name \"b\" is that of an input of the data");
  // Layers are counted as a manifest counts them.
  CHECK(input_faults(with_two({reads(layer("flatten"), {"a"}, "x"), reads(layer("relu"), {"b"}, "x"),
                               reads(layer("concat"), {"x", "later"}), layer("relu", "later")})) ==
        Lines{"3: relu: the name \"x\" is layer 1's already",
              "4: concat: \"later\" is layer 4, which comes later: a layer reads those that stand before it"});
}

TEST_CASE("an input lies within the sample") {
  const auto refused = [](std::int64_t first, const Shape& shape) {
    try {
      infer_shapes({input_spec("a", first, shape)}, {5});
    } catch (const ShapeError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused(0, {5}).empty());
  CHECK(refused(3, {1, 2}).empty());
  CHECK(refused(4, {1, 2}) == "input: a sample has 5 features, which do not hold 1x2 from the 5th on");
  CHECK(refused(6, {1}) == "input: a sample has 5 features, which do not hold 1 from the 7th on");
  CHECK(refused(0, {2, 0}) == "input: its sizes must be at least 1, not \"2x0\"");
  CHECK(refused(0, {}) == "input: its sizes must be at least 1, not \"\"");
  CHECK(refused(0, {1 << 20, 1 << 20}) == "input: a shape of 1048576x1048576 is too large");
}

TEST_CASE("no manifest can name the type, which is found all the same") {
  for (const LayerType* type : layer_types()) CHECK(type->id != "input");
  CHECK(find_layer_type("input")->id == "input");
  CHECK(is_input(two[0]));
  CHECK_FALSE(is_input(dense(2)));
}
