// Layers that read any others: values and gradients, against plain loops in double (graph_reference.hpp) and central differences of
// them.
#include <cstring>

#include "graph_reference.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

/// Draws networks of images and flat layers in which everything is read, some of it several times.
class RandomNetwork {
 public:
  explicit RandomNetwork(std::uint64_t seed) : random_(seed, treino::base::Purpose::noise) {
    shapes_ = {{"input", {3, 4, 4}}};
    for (int i = 0; i < 7; ++i) add_any();
    join();
  }
  const std::vector<LayerSpec>& layers() const { return layers_; }

 private:
  struct Value {
    std::string name;
    Shape shape;
    int readers = 0;
  };
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_.uniform(drawn_++) * static_cast<float>(limit)); }

  void add(LayerSpec spec, const std::vector<std::size_t>& from) {
    std::vector<std::string> inputs;
    for (const std::size_t i : from) {
      inputs.push_back(shapes_[i].name);
      ++shapes_[i].readers;
    }
    layers_.push_back(reads(std::move(spec), inputs, "layer" + std::to_string(layers_.size())));
    const Topology topology = topology_of(layers_);  // what nobody reads yet is a fault, and will be read
    shapes_.push_back({layers_.back().name, check_shapes(layers_, topology, shapes_[0].shape).shapes.back(), 0});
  }

  void add_any() {
    const std::size_t from = below(shapes_.size());
    std::vector<std::size_t> alike;
    for (std::size_t i = 0; i < shapes_.size(); ++i)
      if (shapes_[i].shape == shapes_[from].shape) alike.push_back(i);
    const std::size_t other = alike[below(alike.size())], third = alike[below(alike.size())];
    switch (below(10)) {
      case 0:
      case 1:
        return add(conv2d(16, {3}, {1}, {}, true), {from});
      case 2:
        return add(conv2d(3, {1}, {1}, {}, true), {from});
      case 3:
      case 4:
        return add(layer("relu"), {from});
      case 5:
        return add(layer("tanh"), {from});
      case 6:
        return add(with(layer("permute"), "dims", Sizes{0, 2, 1}), {from});
      case 7:
        return add(layer("add"), below(2) == 0 ? std::vector{from, other} : std::vector{from, other, third});
      case 8:
        return add(layer("multiply"), below(2) == 0 ? std::vector{from, other} : std::vector{from, other, third});
      default:
        return add(with(layer("concat"), "axis", below(2) == 0 ? Sizes{} : Sizes{1}), {from, other});
    }
  }

  void join() {
    std::vector<std::size_t> ends;
    for (std::size_t i = 1, count = shapes_.size(); i < count; ++i) {
      if (shapes_[i].readers > 0) continue;
      add(layer("flatten"), {i});
      add(dense(4), {shapes_.size() - 1});
      ends.push_back(shapes_.size() - 1);
    }
    if (ends.size() > 1) add(layer("add"), ends);
    add(layer("tanh"), {shapes_.size() - 1});
    add(dense(2), {shapes_.size() - 1});
  }

  treino::base::RandomStream random_;
  std::uint64_t drawn_ = 0;
  std::vector<Value> shapes_;
  std::vector<LayerSpec> layers_;
};

std::string text_of(const std::vector<LayerSpec>& layers) {
  std::string text;
  for (const LayerSpec& spec : layers) {
    text += spec.name + " " + spec.type + " <-";
    for (const std::string& input : spec.inputs) text += " " + input;
    text += "\n";
  }
  return text;
}

/// Values of all samples, and of each parameter's gradient some elements. A training step is also taken before, so that memory is
/// used for the second time.
void check(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch, const Sharding& sharding = {}) {
  Model model(layers, shape, batch + 1, 11, 1, InitialValues::drawn, sharding);
  for (Parameter& one : model.parameters()) {
    const std::vector<float> numbers = normal_numbers(size_of(one.shape), 77);
    if (one.name.find("bias") != std::string::npos) std::copy(numbers.begin(), numbers.end(), one.value.begin());
  }
  const std::vector<float> input = normal_numbers(batch * size_of(shape), 3);
  const std::vector<float> probe = normal_numbers(batch * size_of(model.output_shape()), 4);
  Reference reference(model, layers);
  INFO(text_of(layers));
  for (int pass = 0; pass < 2; ++pass) {
    for (const Mode mode : {Mode::infer, Mode::train}) {
      const std::span<const float> output = model.forward(input.data(), batch, mode);
      const auto width = static_cast<std::size_t>(size_of(model.output_shape()));
      for (std::int64_t n = 0; n < batch; ++n) {
        const std::vector<double> expected = reference.output(input.data() + n * size_of(shape));
        for (std::size_t i = 0; i < width; ++i)
          REQUIRE(static_cast<double>(output[static_cast<std::size_t>(n) * width + i]) ==
                  Approx(expected[i]).epsilon(1e-4).margin(1e-4));
      }
    }
    model.backward(probe.data());
  }
  for (const Parameter& one : model.parameters()) {
    const std::size_t size = one.gradient.size(), step = std::max<std::size_t>(size / 5, 1);
    for (std::size_t i = size / 7; i < size; i += step) {
      CAPTURE(one.name, i);
      CHECK(static_cast<double>(one.gradient[i]) ==
            Approx(reference.gradient(one.name, i, input, probe, batch)).epsilon(2e-3).margin(2e-3));
    }
  }
}

LayerSpec conv(std::int64_t filters, const std::string& name = "") { return named(conv2d(filters, {3}, {1}, {}, true), name); }

/// A residual network in the order of He et al., with a projection.
std::vector<LayerSpec> two_blocks() {
  return {conv(16, "stem"),
          layer("batch_norm"),
          layer("relu", "stem_relu"),
          conv(16),
          layer("batch_norm"),
          layer("relu"),
          conv(16),
          layer("batch_norm", "branch"),
          reads(layer("add"), {"stem_relu", "branch"}),
          layer("relu", "block"),
          conv2d(32, {3}, {2}, {}, true),
          layer("batch_norm"),
          layer("relu"),
          conv(32),
          layer("batch_norm", "branch2"),
          reads(conv2d(32, {1}, {2}, {}, true), {"block"}),
          layer("batch_norm", "shortcut"),
          reads(layer("add"), {"branch2", "shortcut"}),
          layer("relu"),
          layer("global_avg_pool"),
          dense(3)};
}

std::vector<float> bits_of_training(const std::vector<LayerSpec>& layers, const Shape& shape, std::int64_t batch, int threads) {
  Model model(layers, shape, batch, 5, threads);
  std::vector<float> seen;
  for (std::uint64_t step = 0; step < 2; ++step) {
    const std::vector<float> input = normal_numbers(batch * size_of(shape), step);
    const std::span<const float> output = model.forward(input.data(), batch, Mode::train, step);
    seen.insert(seen.end(), output.begin(), output.end());
    const std::vector<float> gradient = normal_numbers(batch * size_of(model.output_shape()), 9 + step);
    model.backward(gradient.data(), step == 1);
  }
  for (const Parameter& one : model.parameters()) seen.insert(seen.end(), one.gradient.begin(), one.gradient.end());
  return seen;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("random graphs put out what plain loops do, and have the gradient of that") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    const RandomNetwork network(seed);
    check(network.layers(), {3, 4, 4}, 2);
    if (seed % 4 == 0) check(network.layers(), {3, 4, 4}, 3, {2, nullptr});
  }
}

TEST_CASE("an output that several read has the sum of their gradients, whoever works in place") {
  // A relu and a reader beside it, so that no layer before may do the relu's work.
  check({dense(5), layer("relu", "positive"), reads(layer("add"), {"dense_1", "positive"}), dense(2)}, {3}, 3);
  check({conv(16), layer("relu", "positive"), reads(layer("add"), {"conv2d_1", "positive"}), layer("flatten"), dense(2)},
        {2, 4, 4}, 2);
  // A relu that max_pool would take over is read by another.
  check({conv(16), layer("relu", "positive"), max_pool(2), layer("flatten", "small"),
         reads(layer("flatten", "large"), {"positive"}), reads(layer("concat"), {"small", "large"}), dense(2)},
        {2, 4, 4}, 2);
  // The layer before a relu that max_pool takes over is read by another.
  check({conv(16, "raw"), layer("relu"), max_pool(2), layer("flatten", "small"), reads(layer("flatten", "large"), {"raw"}),
         reads(layer("concat"), {"small", "large"}), dense(2)},
        {2, 4, 4}, 2);
  // Views of one output, which lie where it lies.
  check({dense(6), reads(layer("flatten", "view"), {"dense_1"}), reads(layer("tanh", "curve"), {"view"}),
         reads(layer("multiply"), {"view", "curve", "dense_1"}), dense(2)},
        {3}, 3);
  // One output twice.
  check({dense(4), reads(layer("add"), {"dense_1", "dense_1"}), dense(2)}, {3}, 3);
  check({dense(4), reads(layer("multiply"), {"dense_1", "dense_1", "dense_1"}), dense(2)}, {3}, 3);
  check({dense(4), reads(layer("concat"), {"dense_1", "dense_1"}), dense(2)}, {3}, 3);
  // The model's input, also beside others and last of all.
  check({reads(layer("multiply"), {"input", "input"}), dense(3), reads(layer("add"), {"input", "dense_1"}), dense(2)}, {3}, 2);
  check({dense(3), reads(layer("add"), {"dense_1", "input"}), layer("relu")}, {3}, 2);
}

TEST_CASE("channels in blocks are put in order once for all who want them plain, and stay so for the others") {
  check({conv(16, "stem"), layer("tanh", "a"), reads(with(layer("permute"), "dims", Sizes{0, 2, 1}), {"stem"}, "b"),
         reads(with(layer("permute"), "dims", Sizes{1, 0, 2}), {"stem"}), with(layer("permute"), "dims", Sizes{1, 0, 2}),
         reads(layer("add"), {"a", "b", "permute_2"}), conv(16), reads(layer("multiply"), {"conv2d_1", "stem"}),
         reads(layer("concat"), {"multiply_1", "stem", "a"}), layer("flatten"), dense(2)},
        {2, 4, 4}, 2);
  // One of two inputs in blocks.
  check({conv(3, "plain"), conv(16, "blocks"), reads(layer("concat"), {"plain", "blocks"}),
         reads(with(layer("concat"), "axis", Sizes{-1}), {"blocks", "blocks"}), layer("flatten", "one"),
         reads(layer("flatten", "other"), {"concat_1"}), reads(layer("concat"), {"one", "other"}), dense(2)},
        {2, 4, 4}, 2);
}

TEST_CASE("concat joins channels of images and the last axis of all else, or the axis it is given") {
  const auto shape_of = [](const Shape& input, const Sizes& axis) {
    return Model({with(reads(layer("concat"), {"input", "input"}), "axis", axis)}, input, 1, 1).output_shape();
  };
  CHECK(shape_of({3, 4, 5}, {}) == Shape{6, 4, 5});
  CHECK(shape_of({3, 4}, {}) == Shape{3, 8});
  CHECK(shape_of({3}, {}) == Shape{6});
  CHECK(shape_of({3, 4, 5}, {1}) == Shape{3, 8, 5});
  CHECK(shape_of({3, 4, 5}, {-1}) == Shape{3, 4, 10});
  Model model({reads(with(layer("concat"), "axis", Sizes{1}), {"input", "input"})}, {2, 2}, 1, 1);
  const std::vector<float> input{1, 2, 3, 4};
  CHECK(copy_of(model.forward(input.data(), 1, Mode::infer)) == std::vector<float>{1, 2, 1, 2, 3, 4, 3, 4});
}

TEST_CASE("permute is numpy's transpose, and reshape keeps the order") {
  Model model({with(layer("permute"), "dims", Sizes{1, 2, 0})}, {2, 1, 3}, 2, 1);
  CHECK(model.output_shape() == Shape{1, 3, 2});
  const std::vector<float> input{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  CHECK(copy_of(model.forward(input.data(), 2, Mode::infer)) == std::vector<float>{1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12});
  Model view({with(layer("reshape"), "shape", Sizes{3, -1})}, {2, 1, 3}, 2, 1);
  CHECK(view.output_shape() == Shape{3, 2});
  CHECK(copy_of(view.forward(input.data(), 2, Mode::infer)) == input);
}

TEST_CASE("a branch without anything to learn is not gone back through, and the other has the gradient that it has alone") {
  const std::vector<LayerSpec> layers{
      dense(4), layer("tanh", "a"), reads(dense(4), {"input"}), layer("tanh", "b"), reads(layer("multiply"), {"a", "b"}),
      dense(2)};
  Model whole(layers, {3}, 2, 1), part(layers, {3}, 2, 1);
  part.set_trainable(2, false), part.set_trainable(3, false);  // dense_2
  struct Backward final : Observer {
    void layer_begin(std::size_t number, bool backward) override {
      if (backward) text += std::to_string(number);
    }
    void layer_end(std::size_t, bool) override {}
    std::string text;
  } seen;
  part.set_observer(&seen);
  const std::vector<float> input = normal_numbers(6, 1), gradient = normal_numbers(4, 2);
  for (Model* model : {&whole, &part}) {
    model->forward(input.data(), 2, Mode::train);
    model->backward(gradient.data());
  }
  CHECK(seen.text == "5410");
  for (std::size_t i = 0; i < whole.parameters().size(); ++i) {
    const Parameter &one = part.parameters()[i], &other = whole.parameters()[i];
    CAPTURE(one.name);
    CHECK(copy_of(one.gradient) == (one.trainable ? copy_of(other.gradient) : std::vector<float>(one.gradient.size())));
  }
}

// Of layers whose own sums do not depend on the number of threads; those of large products may.
TEST_CASE("a graph gives equal bits with any number of threads") {
  const std::vector<LayerSpec> layers{layer("batch_norm", "norm"),
                                      layer("tanh", "a"),
                                      reads(layer("relu", "b"), {"norm"}),
                                      reads(layer("multiply"), {"a", "b", "norm"}),
                                      reads(layer("add"), {"multiply_1", "a"}),
                                      reads(layer("concat"), {"add_1", "b"}),
                                      with(layer("reshape"), "shape", Sizes{2, 20, 30}),
                                      with(layer("permute"), "dims", Sizes{2, 0, 1}),
                                      layer("flatten")};
  const std::vector<float> one = bits_of_training(layers, {600}, 600, 1);
  for (const int threads : {2, 3}) CHECK(same_bits(bits_of_training(layers, {600}, 600, threads), one));
}

TEST_CASE("a residual network accumulates gradients and infers by running statistics as a chain does") {
  // The shortcut is multiplied by zero: what is left is a chain.
  std::vector<LayerSpec> block{conv(16, "stem"),
                               layer("batch_norm"),
                               layer("relu", "positive"),
                               conv(16),
                               layer("batch_norm", "branch"),
                               reads(conv2d(16, {1}, {1}, {}, true), {"positive"}, "zero"),
                               reads(layer("add"), {"branch", "zero"}),
                               layer("relu"),
                               layer("global_avg_pool"),
                               dense(3)};
  std::vector<LayerSpec> chain = block;
  chain.erase(chain.begin() + 5, chain.begin() + 7);
  Model graph(block, {2, 6, 6}, 4, 3), reference(chain, {2, 6, 6}, 4, 3);
  for (Parameter& one : graph.parameters()) {
    if (one.name.rfind("zero/", 0) == 0) {
      std::ranges::fill(one.value, 0.0f);
      continue;
    }
    std::ranges::copy(one.value, parameter(reference, one.name).value.begin());
  }
  for (Model* model : {&graph, &reference})
    for (std::uint64_t step = 0; step < 3; ++step) {
      const std::vector<float> input = normal_numbers(4 * 72, step), gradient = normal_numbers(12, 40 + step);
      model->forward(input.data(), 4, Mode::train, step);
      model->backward(gradient.data(), step > 0);
    }
  const std::vector<float> input = normal_numbers(4 * 72, 9);
  CHECK(copy_of(graph.forward(input.data(), 4, Mode::infer)) == copy_of(reference.forward(input.data(), 4, Mode::infer)));
  for (const Parameter& one : reference.parameters()) {
    const Parameter& other = parameter(graph, one.name);
    CAPTURE(one.name);
    CHECK(copy_of(one.value) == copy_of(other.value));
    CHECK(copy_of(one.gradient) == copy_of(other.gradient));
  }
}

TEST_CASE("names that say what is the default anyway change no bit and no memory") {
  const std::vector<LayerSpec> chain{conv(16), layer("batch_norm"), layer("relu"), max_pool(2), layer("flatten"), dense(3)};
  std::vector<LayerSpec> spelled = chain;
  for (std::size_t i = 0; i < spelled.size(); ++i) {
    spelled[i].name = "layer" + std::to_string(i);
    spelled[i].inputs = {i == 0 ? "input" : "layer" + std::to_string(i - 1)};
  }
  CHECK(same_bits(bits_of_training(chain, {2, 6, 6}, 4, 1), bits_of_training(spelled, {2, 6, 6}, 4, 1)));
}

TEST_CASE("the residual network learns in every mode of running it") {
  for (const int shards : {1, 4}) {
    Model model(two_blocks(), {1, 8, 8}, 8, 2, 1, InitialValues::drawn, {shards, nullptr});
    const std::vector<float> input = normal_numbers(8 * 64, 1);
    std::vector<float> gradient(24);
    double first = 0, last = 0;
    for (std::uint64_t step = 0; step < 30; ++step) {
      last = cross_entropy_gradient(model.forward(input.data(), 8, Mode::train, step), 3, gradient);
      if (step == 0) first = last;
      model.backward(gradient.data());
      for (Parameter& one : model.parameters())
        for (std::size_t i = 0; i < one.gradient.size(); ++i) one.value[i] -= 0.05f * one.gradient[i];
    }
    CAPTURE(shards, first);
    CHECK(last < first / 4);
  }
}
