// Who may read whom, and the words in which anything else is refused.
#include "nn/topology.hpp"

#include "graph_reference.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

using Lines = std::vector<std::string>;

/// "layer, counted from 0[.input]: text" of each fault.
Lines lines(const std::vector<ShapeError>& errors) {
  Lines all;
  for (const ShapeError& error : errors)
    all.push_back(std::to_string(error.layer()) + (error.input() ? "." + std::to_string(*error.input()) : "") + ": " +
                  error.what());
  return all;
}
Lines faults(const std::vector<LayerSpec>& layers) { return lines(topology_of(layers).faults); }
Lines shape_faults(const std::vector<LayerSpec>& layers, const Shape& input) {
  return lines(check_shapes(layers, topology_of(layers), input).faults);
}

}  // namespace

TEST_CASE("without inputs, a layer reads the one before it, and the first the model's input") {
  const Topology topology = topology_of(
      {dense(2), layer("relu", "a"), reads(layer("tanh"), {"dense_1"}), reads(layer("add"), {"a", "tanh_1", "input"})});
  CHECK(topology.faults.empty());
  CHECK(topology.inputs == std::vector<std::vector<std::size_t>>{{model_input}, {0}, {0}, {1, 2, model_input}});
  CHECK_FALSE(branches(0, topology.inputs[0]));
  CHECK_FALSE(branches(1, topology.inputs[1]));
  CHECK(branches(2, topology.inputs[2]));
  CHECK(branches(3, topology.inputs[3]));
}

TEST_CASE("what a layer cannot read is refused at the input that names it, with the nearest right name, all at once") {
  CHECK(faults({dense(2), layer("relu", "stem"), reads(layer("add"), {"sten", "stem"}), reads(layer("add", "b"), {"b", "later"}),
                layer("tanh", "later")}) ==
        Lines{"2.0: add: there is no layer \"sten\". Did you mean \"stem\"? Before it are: input, dense_1, stem",
              "3.0: add: it cannot read its own output \"b\"",
              "3.1: add: \"later\" is layer 5, which comes later: a layer reads those that stand before it"});
}

TEST_CASE("numbers of inputs are those that the type takes") {
  CHECK(faults({dense(2), layer("add"), reads(layer("relu"), {"dense_1", "add_1"}), reads(layer("concat"), {"relu_1"})}) ==
        Lines{"1: add: takes at least 2 inputs, not 1: inputs = [\"...\", \"...\"] names the layers that it reads",
              "2: relu: takes one input, not 2: join them before it with add, multiply or concat",
              "3: concat: takes at least 2 inputs, not 1: inputs = [\"...\", \"...\"] names the layers that it reads"});
}

TEST_CASE("an output that no layer reads is a fault, but for the last") {
  CHECK(faults({dense(2), layer("relu", "lost"), reads(layer("tanh"), {"dense_1"})}) ==
        Lines{"1: relu: no layer reads its output: name \"lost\" among the inputs of one that follows, or leave it out"});
  // Where an input is misspelled, that is the fault to mend first.
  CHECK(faults({dense(2), layer("relu", "lost"), reads(layer("tanh"), {"los"})}).size() == 1);
}

TEST_CASE("the name of the model's input is no layer's") {
  CHECK(lines(topology_of({dense(2), layer("relu", "input")}).name_faults) ==
        Lines{"1: relu: the name \"input\" is that of the model's input"});
  CHECK_THROWS_WITH(infer_shapes({layer("relu", "input")}, {3}), "relu: the name \"input\" is that of the model's input");
}

TEST_CASE("shapes that do not fit each other are refused at the input that differs") {
  CHECK(shape_faults({dense(2), reads(layer("add"), {"dense_1", "input"})}, {3}) ==
        Lines{"1.1: add: all inputs have one shape, and \"dense_1\" is 2, \"input\" 3"});
  CHECK(shape_faults({dense(2), reads(layer("multiply"), {"input", "input", "dense_1"})}, {3}) ==
        Lines{"1.2: multiply: all inputs have one shape, and \"input\" is 3, \"dense_1\" 2"});
  CHECK(shape_faults({conv2d(4, 3), reads(layer("concat"), {"input", "conv2d_1"})}, {1, 8, 8}) ==
        Lines{"1.1: concat: inputs differ in axis 0 alone, and \"input\" is 1x8x8, \"conv2d_1\" 4x6x6"});
  CHECK(shape_faults({layer("flatten"), reads(layer("concat"), {"input", "flatten_1"})}, {1, 8, 8}) ==
        Lines{"1.1: concat: inputs differ in axis 0 alone, and \"input\" is 1x8x8, \"flatten_1\" 64"});
  CHECK(shape_faults({reads(with(layer("concat"), "axis", Sizes{3}), {"input", "input"})}, {1, 8, 8}) ==
        Lines{"0: concat: axis 3 of inputs of shape 1x8x8: expected 0 to 2, or -3 to -1 from the end"});
  CHECK(shape_faults({reads(with(layer("concat"), "axis", Sizes{0, 1}), {"input", "input"})}, {1, 8, 8}) ==
        Lines{"0: concat: axis is one number, not 2"});
}

TEST_CASE("a shape that does not fit hides no other fault, but those that follow from it") {
  CHECK(shape_faults({layer("softmax", "a"), layer("relu"), reads(with(layer("permute"), "dims", Sizes{0, 0, 1}), {"input"}, "b"),
                      reads(layer("add"), {"a", "b"})},
                     {1, 8, 8}) ==
        Lines{"0: softmax: the input is 1x8x8, not flat; add a flatten layer before it",
              "2: permute: dims is the axes 0 to 2 of the input, which is 1x8x8, each once, not [0, 0, 1]"});
}

TEST_CASE("a reshape to what the numbers do not fill is refused") {
  const auto refused = [](const Sizes& shape) { return shape_faults({with(layer("reshape"), "shape", shape)}, {2, 6}).at(0); };
  CHECK(refused({5}) == "0: reshape: the input is 2x6, whose 12 numbers do not fill the shape [5]");
  CHECK(refused({-1, 5}) == "0: reshape: the input is 2x6, whose 12 numbers do not fill the shape [-1, 5]");
  const std::string sizes = "0: reshape: shape is sizes of at least 1, of which one may be -1, not ";
  CHECK(refused({-1, -1}) == sizes + "[-1, -1]");
  CHECK(refused({0}) == sizes + "[0]");
  CHECK(refused({}) == sizes + "[]");
  CHECK(refused({1 << 20, 1 << 20}) == "0: reshape: a shape of 1048576x1048576 is too large");
}
