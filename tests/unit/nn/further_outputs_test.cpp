// Outputs of the model beside the last layer's: their values, the gradients that come in there, and what they leave alone.
#include <cstring>

#include "graph_reference.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec output(LayerSpec spec) {
  spec.is_output = true;
  return spec;
}

/// Blocks of channels, relus that a neighbor could take over, outputs that others read, and one of a branch that nobody reads.
std::vector<LayerSpec> network() {
  return {named(conv2d(16, {3}, {1}, {}, true), "stem"),
          output(layer("relu", "positive")),
          output(named(conv2d(16, {3}, {1}, {}, true), "second")),
          layer("relu", "again"),
          max_pool(2),
          layer("flatten", "flat"),
          output(named(dense(3), "side")),
          reads(dense(4), {"flat"}, "body"),
          layer("relu", "end")};
}

struct Sample {
  std::vector<float> input, probe;
  std::vector<std::vector<float>> further;
};

Sample sample_of(const Model& model, std::int64_t batch) {
  Sample sample{
      normal_numbers(batch * size_of(model.input_shape()), 3), normal_numbers(batch * size_of(model.output_shape()), 4), {}};
  for (const std::size_t layer : model.further_outputs())
    sample.further.push_back(normal_numbers(batch * size_of(model.layers()[layer].output), 10 + layer));
  return sample;
}

void train(Model& model, const Sample& sample, std::int64_t batch, bool accumulate = false) {
  model.forward(sample.input.data(), batch, Mode::train);
  for (std::size_t k = 0; k < sample.further.size(); ++k)
    std::copy(sample.further[k].begin(), sample.further[k].end(), model.further_gradient(k).begin());
  model.backward(sample.probe.data(), accumulate);
}

std::vector<float> gradients_of(Model& model) {
  std::vector<float> all;
  for (const Parameter& one : model.parameters()) all.insert(all.end(), one.gradient.begin(), one.gradient.end());
  return all;
}

bool equal_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("further outputs are what their layers put out, and gradients come in at each, divided into shards or not") {
  constexpr std::int64_t batch = 5;
  for (const int shards : {1, 2}) {
    Model model(network(), {2, 4, 4}, batch + 1, 7, 1, InitialValues::drawn, {shards, nullptr});
    CHECK(model.further_outputs() == std::vector<std::size_t>{1, 2, 6});
    const Sample sample = sample_of(model, batch);
    Reference reference(model, network());
    for (const Mode mode : {Mode::infer, Mode::train}) {
      model.forward(sample.input.data(), batch, mode);
      for (std::size_t k = 0; k < 3; ++k) {
        const std::size_t layer = model.further_outputs()[k];
        const auto found = model.further_output(k);
        REQUIRE(found.size() == sample.further[k].size());
        const std::size_t width = found.size() / batch;
        for (std::size_t n = 0; n < batch; ++n) {
          const std::vector<double> expected = reference.output(sample.input.data() + n * 32, layer);
          for (std::size_t i = 0; i < width; ++i)
            REQUIRE(static_cast<double>(found[n * width + i]) == Approx(expected[i]).epsilon(1e-4).margin(1e-4));
        }
      }
    }
    train(model, sample, batch);
    for (std::size_t k = 0; k < 3; ++k) reference.add_probe(model.further_outputs()[k], sample.further[k]);
    for (const Parameter& one : model.parameters())
      for (std::size_t i = 0; i < one.gradient.size(); i += 1 + one.gradient.size() / 7) {
        CAPTURE(shards, one.name, i);
        CHECK(static_cast<double>(one.gradient[i]) ==
              Approx(reference.gradient(one.name, i, sample.input, sample.probe, batch)).epsilon(2e-3).margin(2e-3));
      }
  }
}

TEST_CASE("gradients of further outputs add up over batches, and are those of the last one given") {
  Model model(network(), {2, 4, 4}, 4, 7);
  const Sample sample = sample_of(model, 4);
  train(model, sample, 4);
  const std::vector<float> once = gradients_of(model);
  train(model, sample, 4, true);
  const std::vector<float> twice = gradients_of(model);
  for (std::size_t i = 0; i < once.size(); ++i) CHECK(twice[i] == Approx(2 * once[i]).margin(1e-4));
  train(model, sample, 4);
  CHECK(equal_bits(gradients_of(model), once));
}

TEST_CASE("an output of no gradient changes no bit of the others' gradients") {
  std::vector<LayerSpec> plain = network();
  for (LayerSpec& spec : plain) spec.is_output = false;
  plain[6] = reads(layer("flatten"), {"flat"}, "side");
  plain[7] = reads(dense(4), {"side"}, "body");
  std::vector<LayerSpec> tapped = plain;
  for (const std::size_t i : {1, 2, 5}) tapped[i].is_output = true;
  Model one(plain, {2, 4, 4}, 4, 7), other(tapped, {2, 4, 4}, 4, 7);
  Sample sample = sample_of(other, 4);
  for (auto& further : sample.further) std::fill(further.begin(), further.end(), 0.0f);
  train(other, sample, 4);
  sample.further.clear();
  train(one, sample, 4);
  // Relus that are layers of their own there may round differently only in the sign of zero.
  const std::vector<float> a = gradients_of(one), b = gradients_of(other);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-5).margin(1e-6));
}

// Of layers whose own sums do not depend on the number of threads; those of large products may.
TEST_CASE("shards are bit for bit alike on any number of threads, and so do further outputs") {
  const std::vector<LayerSpec> layers{layer("batch_norm", "norm"), output(layer("tanh", "bent")),
                                      reads(layer("multiply"), {"norm", "bent"}, "product"), layer("relu", "end")};
  std::vector<float> first;
  for (const int threads : {1, 2, 3}) {
    Model model(layers, {700}, 64, 7, threads, InitialValues::drawn, {4, nullptr});
    const Sample sample = sample_of(model, 64);
    train(model, sample, 64);
    std::vector<float> all = gradients_of(model);
    all.insert(all.end(), model.further_output(0).begin(), model.further_output(0).end());
    if (first.empty()) first = all;
    CHECK(equal_bits(all, first));
  }
}

TEST_CASE("where all before an output is frozen, its gradient goes no further") {
  Model model(network(), {2, 4, 4}, 4, 7);
  for (std::size_t i = 0; i < model.parameters().size(); ++i)
    model.set_trainable(i, model.parameters()[i].name.rfind("side/", 0) == 0);
  const Sample sample = sample_of(model, 4);
  train(model, sample, 4);
  for (const Parameter& one : model.parameters()) CHECK(all_zero(one.gradient) == (one.name.rfind("side/", 0) != 0));
  CHECK(model.layers()[6].parameters == 16 * 2 * 2 * 3 + 3);
  CHECK(model.layers()[6].trainable == 16 * 2 * 2 * 3 + 3);
  CHECK(model.layers()[2].parameters == 16 * 16 * 9 + 16);
  CHECK(model.layers()[2].trainable == 0);
}

TEST_CASE("an output counts as read") {
  CHECK(topology_of({dense(2), output(named(dense(3), "side")), reads(dense(2), {"dense_1"})}).faults.empty());
  CHECK(topology_of({dense(2), named(dense(3), "side"), reads(dense(2), {"dense_1"})}).faults.size() == 1);
}
