// The net of examples/17_text_transformer, smaller, trained by libtorch:
//   torch_transformer TEXT WEIGHTS
// Writes the first weights to the file WEIGHTS, as a state_dict in safetensors, and prints "float32 <loss>" and then "float64 <loss>" for
// each step on windows of the text, in their order.
#include <torch/torch.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::int64_t window = 24, batch = 16, width = 32, heads = 4, blocks = 2, steps = 100;
constexpr double learning_rate = 3e-3;

/// Characters as numbers among all that there are, sorted.
std::vector<std::int64_t> numbers_of(const std::string& text, std::int64_t& characters) {
  const std::set<char> all(text.begin(), text.end());
  std::map<char, std::int64_t> places;
  for (const char one : all) places.emplace(one, static_cast<std::int64_t>(places.size()));
  characters = static_cast<std::int64_t>(all.size());
  std::vector<std::int64_t> numbers;
  for (const char one : text) numbers.push_back(places.at(one));
  return numbers;
}

/// Modules have the names of Treino's layers.
struct Net : nn::Module {
  explicit Net(std::int64_t characters)
      : embedding(register_module("embedding_1", nn::Embedding(characters, width))),
        position(register_module("positional_embedding_1", nn::Embedding(window, width))) {
    for (std::int64_t block = 0; block < blocks; ++block) {
      const auto name = [&](const char* type, std::int64_t number) { return type + std::to_string(number); };
      norms.push_back(register_module(name("layer_norm_", 2 * block + 1), nn::LayerNorm(nn::LayerNormOptions({width}))));
      attentions.push_back(register_module(name("attention_", block + 1), nn::MultiheadAttention(width, heads)));
      norms.push_back(register_module(name("layer_norm_", 2 * block + 2), nn::LayerNorm(nn::LayerNormOptions({width}))));
      denses.push_back(register_module(name("dense_", 2 * block + 1), nn::Linear(width, 2 * width)));
      denses.push_back(register_module(name("dense_", 2 * block + 2), nn::Linear(2 * width, width)));
    }
    norms.push_back(
        register_module("layer_norm_" + std::to_string(2 * blocks + 1), nn::LayerNorm(nn::LayerNormOptions({width}))));
    denses.push_back(register_module("dense_" + std::to_string(2 * blocks + 1), nn::Linear(width, characters)));
  }

  /// batch x window -> batch * window x characters
  Tensor forward(const Tensor& x) {
    Tensor y = embedding(x) + position(torch::arange(window));
    // Is added: libtorch 1.13 adds a mask of truth values too.
    const Tensor later = torch::full({window, window}, -std::numeric_limits<double>::infinity(), y.options()).detach().triu(1);
    for (std::size_t block = 0; block < blocks; ++block) {
      const Tensor seen = norms[2 * block](y).transpose(0, 1);  // window x batch x width
      y = y + std::get<0>(attentions[block](seen, seen, seen, Tensor(), false, later)).transpose(0, 1);
      y = y + denses[2 * block + 1](torch::gelu(denses[2 * block](norms[2 * block + 1](y))));
    }
    return denses.back()(norms.back()(y)).reshape({-1, denses.back()->options.out_features()});
  }

  nn::Embedding embedding, position;
  std::vector<nn::LayerNorm> norms;
  std::vector<nn::MultiheadAttention> attentions;
  std::vector<nn::Linear> denses;
};

void write_weights(const Net& net, const char* path) {
  std::string header = "{", values;
  for (const auto& parameter : net.named_parameters()) {
    const Tensor value = parameter.value().detach().contiguous();
    std::string shape;
    for (const std::int64_t size : value.sizes()) shape += (shape.empty() ? "" : ",") + std::to_string(size);
    const std::size_t begin = values.size();
    values.append(reinterpret_cast<const char*>(value.data_ptr<float>()),
                  static_cast<std::size_t>(value.numel()) * sizeof(float));
    header += (header.size() == 1 ? "\"" : ",\"") + parameter.key() + "\":{\"dtype\":\"F32\",\"shape\":[" + shape +
              "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(values.size()) + "]}";
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::uint64_t size = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&size), sizeof size);
  file << header << values;
}

void train(Net& net, const std::vector<std::int64_t>& numbers, const char* name) {
  torch::optim::Adam optimizer(net.parameters(), torch::optim::AdamOptions(learning_rate));
  const Tensor text = torch::tensor(numbers);
  const std::int64_t windows = (text.size(0) - 1) / window;
  for (std::int64_t step = 0, first = 0; step < steps; ++step) {
    const std::int64_t count = std::min(batch, windows - first);
    const Tensor x = text.slice(0, first * window, (first + count) * window).reshape({count, window});
    const Tensor y = text.slice(0, first * window + 1, (first + count) * window + 1);
    optimizer.zero_grad();
    const Tensor loss = torch::cross_entropy_loss(net.forward(x), y);
    loss.backward();
    optimizer.step();
    std::printf("%s %.17g\n", name, loss.item<double>());
    first = first + count == windows ? 0 : first + count;
  }
}

}  // namespace

int main(int, char** arguments) {
  torch::set_num_threads(1);
  torch::manual_seed(3);
  std::ifstream file(arguments[1], std::ios::binary);
  std::int64_t characters = 0;
  const std::vector<std::int64_t> numbers = numbers_of({std::istreambuf_iterator<char>(file), {}}, characters);
  Net net(characters);
  write_weights(net, arguments[2]);
  Net exact(characters);
  exact.to(torch::kFloat64);
  {
    const torch::NoGradGuard frozen;
    auto to = exact.parameters(), from = net.parameters();
    for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
  }
  train(net, numbers, "float32");
  train(exact, numbers, "float64");
  return 0;
}
