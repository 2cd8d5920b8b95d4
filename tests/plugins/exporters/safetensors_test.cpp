// Weights that leave as safetensors: under Treino's own names, and under PyTorch's.
#include <cstring>

#include "exported.hpp"
#include "nn/layers/layer_types.hpp"
#include "store/safetensors_read.hpp"

using namespace treino::test;
using treino::store::StoredTensor;
using treino::store::TensorFile;

namespace {

std::vector<float> floats(const StoredTensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

const StoredTensor& tensor(const TensorFile& file, const std::string& name) {
  INFO(name);
  const StoredTensor* found = file.find(name);
  REQUIRE(found != nullptr);
  return *found;
}

void train_with_relu(const Workshop& workshop) {
  Network network;
  network.sample = {1, 3, 3};
  network.layers = {"{ type = 'conv2d', filters = 2, kernel = 2 }", "{ type = 'batch_norm' }", "{ type = 'relu' }",
                    "{ type = 'flatten' }", "{ type = 'dense', units = 3 }"};
  train(workshop, network, "run");
}

}  // namespace

TEST_CASE("with Treino's layout every array of the model is there as it is in its own file") {
  const Workshop workshop;
  train_with_relu(workshop);
  export_to(workshop, "run", "safetensors", "plain.safetensors");
  const TensorFile own(workshop / "run/model.safetensors"), exported(workshop / "plain.safetensors");
  REQUIRE(exported.tensors().size() == 8);
  for (const StoredTensor& each : exported.tensors()) {
    const StoredTensor& original = tensor(own, each.name);
    CHECK(each.shape == original.shape);
    CHECK(floats(each) == floats(original));
  }
}

TEST_CASE("with PyTorch's layout names count modules, and weights of dense layers are outputs x inputs") {
  const Workshop workshop;
  train_with_relu(workshop);
  export_to(workshop, "run", "safetensors", "torch.safetensors", {"layout=torch"});
  const TensorFile own(workshop / "run/model.safetensors"), exported(workshop / "torch.safetensors");
  CHECK(exported.metadata().at("format") == "pt");
  for (const auto& [name, own_name] :
       std::vector<std::pair<std::string, std::string>>{{"0.weight", "conv2d_1/weight"},
                                                        {"0.bias", "conv2d_1/bias"},
                                                        {"1.weight", "batch_norm_1/weight"},
                                                        {"1.running_mean", "batch_norm_1/running_mean"},
                                                        {"1.running_var", "batch_norm_1/running_var"},
                                                        {"4.bias", "dense_1/bias"}}) {
    CHECK(tensor(exported, name).shape == tensor(own, own_name).shape);
    CHECK(floats(tensor(exported, name)) == floats(tensor(own, own_name)));
  }
  CHECK(tensor(exported, "4.weight").shape == std::vector<std::int64_t>{3, 8});
  const std::vector<float> rows = floats(tensor(exported, "4.weight")), columns = floats(tensor(own, "dense_1/weight"));
  REQUIRE(rows.size() == columns.size());
  for (std::size_t output = 0; output < 3; ++output)
    for (std::size_t input = 0; input < 8; ++input) CHECK(rows[output * 8 + input] == columns[input * 3 + output]);
}

TEST_CASE("PyTorch's layout has a place for the weights of every type of layer, also one that was added later") {
  const Workshop workshop;
  for (const treino::nn::LayerType* type : treino::nn::layer_types()) {
    const std::string name(type->id);
    train(workshop, smallest_network(name), name);
    export_to(workshop, name, "safetensors", name + ".safetensors", {"layout=torch"});
  }
}

TEST_CASE("recurrent layers and attention have PyTorch's names and shapes") {
  const Workshop workshop;
  const Network network = network_of({3, 4}, {"{ type = 'lstm', units = 2, return_sequences = true, bidirectional = true }",
                                              "{ type = 'attention', num_heads = 2 }"});
  train(workshop, network, "own");
  export_to(workshop, "own", "safetensors", "torch.safetensors", {"layout=torch"});
  const treino::store::TensorFile exported(workshop / "torch.safetensors"), own(workshop / "own/model.safetensors");
  for (const auto& [name, own_name] :
       std::vector<std::pair<std::string, std::string>>{{"0.weight_ih_l0", "lstm_1/weight_ih"},
                                                        {"0.bias_hh_l0_reverse", "lstm_1/bias_hh_reverse"},
                                                        {"1.in_proj_weight", "attention_1/in_proj_weight"},
                                                        {"1.out_proj.weight", "attention_1/out_proj_weight"},
                                                        {"1.out_proj.bias", "attention_1/out_proj_bias"}}) {
    CHECK(tensor(exported, name).shape == tensor(own, own_name).shape);
    CHECK(floats(tensor(exported, name)) == floats(tensor(own, own_name)));
  }
}
