// [model] weights: what a run begins with comes from a file, under its own names or torch's.
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "workshop.hpp"

using namespace treino::test;

namespace {

struct Tensor {
  std::string type = "F32";
  std::vector<int> shape;
  std::vector<float> values;
};

std::string text_of(const std::vector<int>& shape) {
  std::string text;
  for (const int dimension : shape) text += (text.empty() ? "" : ",") + std::to_string(dimension);
  return "[" + text + "]";
}

/// A file of the safetensors format, as other tools write it: eight bytes of length, JSON, numbers.
std::string safetensors(const std::map<std::string, Tensor>& tensors) {
  std::string header, data;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t size = tensor.values.size() * sizeof(float);
    header += (header.empty() ? "{" : ",") + ("\"" + name) + "\":{\"dtype\":\"" + tensor.type +
              "\",\"shape\":" + text_of(tensor.shape) + ",\"data_offsets\":[" + std::to_string(data.size()) + "," +
              std::to_string(data.size() + size) + "]}";
    data.append(reinterpret_cast<const char*>(tensor.values.data()), size);
  }
  header += "}";
  while (header.size() % 8 != 0) header += ' ';
  const std::uint64_t length = header.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  return file + header + data;
}

/// Two inputs, three hidden numbers, one output.
const std::map<std::string, Tensor> own = {{"dense_1/weight", {"F32", {2, 3}, {1, 2, 3, 4, 5, 6}}},
                                           {"dense_1/bias", {"F32", {3}, {0.5f, -0.5f, 1}}},
                                           {"dense_2/weight", {"F32", {3, 1}, {1, -1, 2}}},
                                           {"dense_2/bias", {"F32", {1}, {0.25f}}}};

/// The same numbers as torch.nn.Sequential(Linear(2, 3), ReLU(), Linear(3, 1)).state_dict() holds them: outputs x inputs.
const std::map<std::string, Tensor> torch = {{"0.weight", {"F32", {3, 2}, {1, 4, 2, 5, 3, 6}}},
                                             {"0.bias", {"F32", {3}, {0.5f, -0.5f, 1}}},
                                             {"2.weight", {"F32", {1, 3}, {1, -1, 2}}},
                                             {"2.bias", {"F32", {1}, {0.25f}}}};

std::map<std::string, Tensor> with_names(std::map<std::string, Tensor> tensors, const std::map<std::string, std::string>& names) {
  std::map<std::string, Tensor> result;
  for (const auto& [name, tensor] : tensors) result[names.contains(name) ? names.at(name) : name] = tensor;
  return result;
}

class Weights {
 public:
  Weights() { workshop_.write("points.csv", "a,b,y\n1,2,1\n-1,0.5,0\n3,-2,2\n0,0,1\n"); }

  std::string manifest(const std::string& weights) const {
    return "[run]\nepochs = 1\n[data]\ntrain = { file = 'points.csv', target = 'y', target_kind = 'values' }\n[model]\nweights "
           "= " +
           weights +
           "\nlayers = [ { type = 'dense', units = 3 }, { type = 'relu' }, { type = 'dense', units = 1 } ]\n[optimizer]\nplugin "
           "= "
           "'sgd'\nlearning_rate = 1e-30\n[loss]\nplugin = 'mse'\n";
  }
  void write(const std::string& name, const std::map<std::string, Tensor>& tensors) const {
    workshop_.write(name, safetensors(tensors));
  }
  /// What the model predicts after an epoch whose steps are too small for a float; or, where the run fails, its error.
  std::string predicted(const std::string& weights) {
    const std::string folder = "run" + std::to_string(++runs_);
    const Finished finished = workshop_.run(manifest(weights), folder);
    if (finished.exit_code != 0) return finished.error;
    said_ = finished.output;
    return workshop_.treino({"predict", (workshop_ / folder / "model.safetensors").string(), (workshop_ / "points.csv").string()})
        .output;
  }
  std::string check(const std::string& weights) const {
    workshop_.write("check.toml", manifest(weights));
    return workshop_.treino({"check", (workshop_ / "check.toml").string()}).error;
  }
  const std::string& said() const { return said_; }

 private:
  Workshop workshop_;
  int runs_ = 0;
  std::string said_;
};

// By hand. (1, 2): hidden 9.5, 11.5, 16; 9.5 - 11.5 + 32 + 0.25. (-1, 0.5): 1.5, 0 (of -0.0), 1; (3, -2): 0 (-4.5), 0 (-4.5), 0 (-2).
// (0, 0): 0.5, 0, 1.
const std::string expected = "row,y\n0,30.25\n1,3.75\n2,0.25\n3,2.75\n";

}  // namespace

TEST_CASE("a run begins with the weights of a file, under our names and under torch's") {
  Weights weights;
  weights.write("own.safetensors", own);
  weights.write("torch.safetensors", torch);
  weights.write(
      "named.safetensors",
      with_names(torch,
                 {{"0.weight", "fc1.weight"}, {"0.bias", "fc1.bias"}, {"2.weight", "fc2.weight"}, {"2.bias", "fc2.bias"}}));
  CHECK(weights.predicted("'own.safetensors'") == expected);
  CHECK(weights.said().find("4 parameters begin as in ") != std::string::npos);
  CHECK(weights.said().find("these keep their own beginning") == std::string::npos);
  CHECK(weights.predicted("{ file = 'torch.safetensors', layout = 'torch' }") == expected);
  CHECK(weights.predicted("{ file = 'named.safetensors', layout = 'torch', rename = { fc1 = 'dense_1', fc2 = 'dense_2' } }") ==
        expected);
  CHECK(weights.check("{ file = 'torch.safetensors', layout = 'torch' }").empty());
}

TEST_CASE("a trained model is a beginning, too, and a part of one") {
  Weights weights;
  weights.write("own.safetensors", own);
  CHECK(weights.predicted("{ file = 'own.safetensors', exclude = ['dense_2/*'] }").find("row,y") == 0);
  CHECK(weights.said().find("2 parameters begin as in ") != std::string::npos);
  CHECK(weights.said().find("these keep their own beginning: dense_2/weight, dense_2/bias") != std::string::npos);
  CHECK(weights.predicted("{ file = 'own.safetensors', include = ['dense_1/*'] }").find("row,y") == 0);
  CHECK(weights.said().find("2 parameters begin as in ") != std::string::npos);
}

TEST_CASE("every tensor of the file is used or a fault, and all faults come at once, in check as in run") {
  Weights weights;
  auto other = with_names(own, {{"dense_1/weight", "dense_1/wieght"}});
  other["dense_2/weight"].shape = {1, 3};
  other["dense_2/bias"].type = "I32";
  weights.write("other.safetensors", other);
  for (const std::string& said : {weights.check("'other.safetensors'"), weights.predicted("'other.safetensors'")}) {
    INFO(said);
    CHECK(said.find(
              "tensor 'dense_1/wieght' is no parameter of the model: rename it, or exclude it. Did you mean 'dense_1/weight'?") !=
          std::string::npos);
    CHECK(said.find("tensor 'dense_2/weight' has shape 1x3, and the model's dense_2/weight takes 3x1") != std::string::npos);
    CHECK(said.find("tensor 'dense_2/bias' is not of type F32") != std::string::npos);
    CHECK(said.find(".toml:6:11: ") != std::string::npos);
  }
  weights.write("torch.safetensors", torch);
  CHECK(weights.check("{ file = 'torch.safetensors', layout = 'torch', include = ['2.*'] }").find("'2/weight' here") !=
        std::string::npos);  // one module of two: their order says nothing
  CHECK(weights.check("{ file = 'torch.safetensors', exclude = ['*'] }").find("holds no tensor that include and exclude leave") !=
        std::string::npos);
  weights.write("twice.safetensors", {{"a", own.at("dense_1/bias")}, {"b", own.at("dense_1/bias")}});
  CHECK(weights.check("{ file = 'twice.safetensors', rename = { a = 'dense_1/bias', b = 'dense_1/bias' } }")
            .find("tensor 'b' ('dense_1/bias' here) and tensor 'a' are both dense_1/bias") != std::string::npos);
}

TEST_CASE("a file that is not there or none of the format, and keys that are wrong, are refused with their place") {
  Weights weights;
  weights.write("own.safetensors", own);
  CHECK(weights.check("'none.safetensors'").find("none.safetensors") != std::string::npos);
  CHECK(weights.check("'points.csv'").find("points.csv") != std::string::npos);
  CHECK(weights.check("7").find("check.toml:6:11: weights of [model]: expected a path or a table") != std::string::npos);
  CHECK(weights.check("{ file = 'own.safetensors', layout = 'keras' }").find("layout") != std::string::npos);
  CHECK(weights.check("{ file = 'own.safetensors', rename = { a = 1 } }").find("rename of weights: expected a name in quotes") !=
        std::string::npos);
  CHECK(weights.check("{ layout = 'torch' }").find("file") != std::string::npos);
}

namespace {

/// Numbers that follow each other in this order, tensor after tensor: multiples of 1/8 within [-1, 1].
std::map<std::string, Tensor> numbered(const std::vector<std::pair<std::string, std::vector<int>>>& tensors) {
  std::map<std::string, Tensor> all;
  int n = 0;
  for (const auto& [name, shape] : tensors) {
    std::int64_t size = 1;
    for (const int length : shape) size *= length;
    std::vector<float> values;
    for (; size > 0; --size) values.push_back(static_cast<float>((++n * 7) % 17 - 8) / 8);
    all[name] = {"F32", shape, values};
  }
  return all;
}

}  // namespace

TEST_CASE("embedding, attention and lstm take torch's names and layouts, and compute what torch does with them") {
  const Workshop workshop;
  workshop.write("words.csv", "a,b,c,y\n0,1,2,1\n2,2,0,0\n1,0,1,2\n0,0,0,1\n");
  // torch.nn.Embedding(3, 4), MultiheadAttention(4, 2), LSTM(4, 2, bidirectional=True) and Linear(4, 1).
  workshop.write("torch.safetensors", safetensors(numbered({{"0.weight", {3, 4}},
                                                            {"1.in_proj_weight", {12, 4}},
                                                            {"1.in_proj_bias", {12}},
                                                            {"1.out_proj.weight", {4, 4}},
                                                            {"1.out_proj.bias", {4}},
                                                            {"2.weight_ih_l0", {8, 4}},
                                                            {"2.weight_hh_l0", {8, 2}},
                                                            {"2.bias_ih_l0", {8}},
                                                            {"2.bias_hh_l0", {8}},
                                                            {"2.weight_ih_l0_reverse", {8, 4}},
                                                            {"2.weight_hh_l0_reverse", {8, 2}},
                                                            {"2.bias_ih_l0_reverse", {8}},
                                                            {"2.bias_hh_l0_reverse", {8}},
                                                            {"3.weight", {1, 4}},
                                                            {"3.bias", {1}}})));
  const Finished trained = workshop.run(
      "[run]\nepochs = 1\n[data]\ntrain = { file = 'words.csv', target = 'y', target_kind = 'values' }\n[model]\n"
      "weights = { file = 'torch.safetensors', layout = 'torch' }\nlayers = [ { type = 'embedding', input_dim = 3, output_dim = "
      "4 },\n"
      "{ type = 'attention', num_heads = 2 }, { type = 'lstm', units = 2, bidirectional = true }, { type = 'dense', units = 1 } "
      "]\n"
      "[optimizer]\nplugin = 'sgd'\nlearning_rate = 1e-30\n[loss]\nplugin = 'mse'\n",
      "run");
  INFO(trained.output << trained.error);
  REQUIRE(trained.exit_code == kDone);
  const std::string predicted =
      workshop.treino({"predict", (workshop / "run/model.safetensors").string(), (workshop / "words.csv").string()}).output;
  // By PyTorch 1.13.1 in float64, to which a row each is added here; of two directions, the last output of each.
  const double expected[] = {0.267680735, 0.332087798, 0.280362335, 0.36116645};
  const std::vector<std::string> rows = lines(predicted);
  REQUIRE(rows.size() == 5);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(std::stod(rows[i + 1].substr(rows[i + 1].find(',') + 1)) == Approx(expected[i]).epsilon(1e-5));
}

TEST_CASE("an index that an embedding does not know ends a run, a test and a prediction with its row") {
  const Workshop workshop;
  workshop.write("words.csv", "a,b,y\n0,1,1\n2,2,0\n1,0,1\n0,0,0\n");
  const auto manifest = [](const std::string& rows) {
    return "[run]\nepochs = 1\n[data]\ntrain = { file = 'words.csv', target = 'y', target_kind = 'values' }\n[model]\n"
           "layers = [ { type = 'embedding', input_dim = " +
           rows +
           ", output_dim = 4 }, { type = 'flatten' }, { type = 'dense', units = 1 } ]\n"
           "[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.1\n[loss]\nplugin = 'mse'\n";
  };
  const Finished refused = workshop.run(manifest("2"), "few");
  CHECK(refused.exit_code != kDone);
  CHECK(refused.error.find("row 2: embedding_1: expected indices from 0 to 1, found 2 as number 1 of 2") != std::string::npos);
  REQUIRE(workshop.run(manifest("3"), "run").exit_code == kDone);
  workshop.write("more.csv", "a,b\n0,1\n0,1\n1,2.5\n");
  const Finished predicted =
      workshop.treino({"predict", (workshop / "run/model.safetensors").string(), (workshop / "more.csv").string()});
  CHECK(predicted.exit_code != kDone);
  CHECK(predicted.error.find("row 3: embedding_1: expected indices from 0 to 2, found 2.5 as number 2 of 2") !=
        std::string::npos);
}
