// Writes the arrays of a trained model as a safetensors file: with Treino's names and shapes, or with those that PyTorch's
// load_state_dict takes for an nn.Sequential of the same layers. The format: https://github.com/huggingface/safetensors.
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <treino/exporter.hpp>

namespace {

struct Array {
  std::string name;
  treino::SampleShape shape;
  std::vector<float> values;
};

/// Torch's Linear keeps a row of weights for each output, dense one for each input.
void transpose(Array& array) {
  const std::int64_t rows = array.shape[0], columns = array.shape[1];
  std::vector<float> transposed;
  transposed.reserve(array.values.size());
  for (std::int64_t column = 0; column < columns; ++column)
    for (std::int64_t row = 0; row < rows; ++row)
      transposed.push_back(array.values[static_cast<std::size_t>(row * columns + column)]);
  array.values = std::move(transposed);
  array.shape = {columns, rows};
}

/// Torch numbers the layers within a recurrent one, and has a module within attention.
std::string torch_name(std::string name) {
  for (const char* of_recurrent : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"})
    if (name.rfind(of_recurrent, 0) == 0) return name.insert(std::strlen(of_recurrent), "_l0");
  if (name.rfind("out_proj_", 0) == 0) name[std::strlen("out_proj")] = '.';
  return name;
}

void append(std::string& bytes, const void* data, std::size_t size) {
  const std::size_t end = bytes.size();
  bytes.resize(end + size);
  if (size > 0) std::memcpy(&bytes[end], data, size);
}

class Safetensors final : public treino::Exporter {
 public:
  explicit Safetensors(const treino::Setup& setup) : torch_(setup.get<std::string>("layout") == "torch") {}

  void write(const treino::TrainedModel& model, const treino::ExportFiles& files) override {
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian");
    nlohmann::json head;
    if (torch_) head["__metadata__"] = {{"format", "pt"}};
    std::string bytes;
    for (const treino::ModelLayer& layer : model.layers()) {
      for (const treino::ModelArray& source : layer.arrays()) {
        const Array array = array_of(layer, source, model.is_chain(), model.inputs().size());
        const std::size_t begin = bytes.size();
        append(bytes, array.values.data(), array.values.size() * sizeof(float));
        head[array.name] = {{"dtype", "F32"}, {"shape", array.shape}, {"data_offsets", {begin, bytes.size()}}};
      }
    }
    std::string text = head.is_null() ? "{}" : head.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');  // so that what follows is aligned
    const std::uint64_t size = text.size();
    std::string start;
    append(start, &size, sizeof size);
    files.write(start + text);
    files.write(bytes);
  }

 private:
  /// `inputs`: before all other layers, which no nn.Sequential has.
  Array array_of(const treino::ModelLayer& layer, const treino::ModelArray& source, bool chain, std::size_t inputs) const {
    static const std::set<std::string> known = {
        "dense",      "conv1d",    "conv2d",     "conv2d_transpose",     "batch_norm", "layer_norm", "rms_norm",
        "group_norm", "embedding", "simple_rnn", "positional_embedding", "lstm",       "gru",        "attention"};
    if (torch_ && known.count(layer.type()) == 0)
      layer.refuse("is of type " + layer.type() + ", whose weights this exporter cannot name as PyTorch does yet");
    const std::string module = chain ? std::to_string(layer.number() - inputs) : layer.name();
    const std::string prefix = torch_ ? module + "." : layer.name() + "/";
    Array array{prefix + (torch_ ? torch_name(source.name()) : source.name()),
                source.shape(),
                {source.data(), source.data() + source.size()}};
    if (torch_ && layer.type() == "dense" && array.shape.size() == 2) transpose(array);
    return array;
  }

  const bool torch_;
};

}  // namespace

TREINO_PLUGIN(Safetensors, R"toml(
kind = "exporter"
id = "safetensors"
draft = 2
version = "1.0.0"
summary = "Writes the weights alone as a safetensors file, named as in Treino or as in PyTorch."
help = """
layout = "torch": what load_state_dict(safetensors.torch.load_file(FILE)) takes. Names are "<number>.<name>", where layers are
counted from 0 and each is one module of an nn.Sequential (dense is Linear, conv2d Conv2d, conv2d_transpose ConvTranspose2d, batch_norm
BatchNorm1d or 2d, layer_norm LayerNorm over the same axes, simple_rnn RNN, attention MultiheadAttention, positional_embedding an
Embedding of the steps' numbers; those without weights count as well). Where layers read others than the one before,
no nn.Sequential has them: names are "<layer>.<name>", for a module whose attributes are called like the layers. Weights of dense
layers are outputs x inputs.
Scaling and class names are left out.
"""
[parameters.layout]
type = "string"
default = "treino"
choices = ["treino", "torch"]
doc = "names and shapes: those of Treino's own files, or those of PyTorch's state_dict"
)toml")
