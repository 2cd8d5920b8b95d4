// Numbers of the data are multiples of 1/64, so that float and decimal text hold them exactly.
#include "network.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

#include "manifest/complete.hpp"
#include "nn/layers/layer_types.hpp"
#include "nn/shapes.hpp"
#include "train/plan/plan.hpp"
#include "train/plan/specs.hpp"

namespace treino::test {

namespace {

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) { network_.seed = seed; }

  Network make() {
    const bool image = chance(2, 3);
    if (image) {
      shape_ = {pick(1, 4), pick(6, 12), pick(6, 12)};
    } else {
      shape_ = {pick(2, 12)};
    }
    network_.sample = shape_;
    if (image) add_image_layers();
    for (int left = static_cast<int>(pick(1, 4)); left > 0; --left) add_flat_layer();
    add_end();
    static const char* scalings[] = {"", "scaling = 'standardize'", "scaling = 'min_max'", "scale = 0.125"};
    network_.scaling = scalings[pick(0, 3)];
    static const char* missings[] = {"", "", "mean", "zero"};
    network_.missing = missings[pick(0, 3)];
    network_.opencv = network_.missing.empty();  // it does not know IsNaN
    return network_;
  }

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  bool chance(std::int64_t part, std::int64_t of) { return pick(1, of) <= part; }
  void add(const std::string& layer) { network_.layers.push_back("{ " + layer + " }"); }

  void add_image_layers() {
    for (int left = static_cast<int>(pick(2, 5)); left > 0; --left) {
      const std::int64_t smallest = std::min(shape_[1], shape_[2]);
      const std::int64_t kind = smallest < 3 ? pick(3, 10) : pick(0, 9);
      if (kind == 0 || kind == 1) add_conv2d();
      if (kind == 2) add_pool();
      if (kind == 3) add(chance(1, 2) ? "type = 'batch_norm', epsilon = 1e-3" : "type = 'batch_norm'");
      if (kind == 4) add_activation();
      if (kind == 5) add(chance(1, 2) ? "type = 'layer_norm'" : "type = 'dropout', rate = 0.2");
      if (kind == 6) add(chance(1, 2) ? "type = 'group_norm', groups = 1" : "type = 'layer_norm', axis = 0");
      if (kind == 7) add_transpose();
      if (kind == 8) add_branches("type = 'conv2d', kernel = 3, same_padding = true, filters = ");
      if (kind == 9) add_permute();
      if (kind == 10) add_upsample();
    }
    const bool flatten = chance(1, 2);
    add(flatten ? "type = 'flatten'" : chance(1, 2) ? "type = 'global_avg_pool'" : "type = 'global_max_pool'");
    shape_ = {flatten ? nn::size_of(shape_) : shape_[0]};
  }

  /// Two layers that read one, which is read again where they meet. `branch`: a layer that keeps the shape, but for the channels that
  /// follow.
  void add_branches(const std::string& branch) {
    const std::string number = std::to_string(++branches_), channels = std::to_string(shape_[0]);
    add("type = 'leaky_relu', slope = 0.5, name = 'stem" + number + "'");
    add(branch + channels + ", name = 'left" + number + "'");
    add((chance(1, 2) ? "type = 'tanh'" : "type = 'dropout'") + std::string(", inputs = 'stem") + number + "', name = 'right" +
        number + "'");
    const std::string both = "'left" + number + "', 'right" + number + "'";
    const std::int64_t kind = pick(0, 3);
    if (kind == 0) add("type = 'add', inputs = [" + both + ", 'stem" + number + "']");
    if (kind == 1) add("type = 'multiply', inputs = [" + both + "]");
    if (kind == 2) add("type = 'add', inputs = ['right" + number + "', 'left" + number + "', 'right" + number + "']");
    if (kind < 3) return;
    const bool last = shape_.size() == 3 && chance(1, 2);
    add("type = 'concat', inputs = [" + both + ", 'stem" + number + "']" + (last ? ", axis = -1" : ""));
    shape_[last ? 2 : 0] *= 3;
  }

  void add_permute() {
    add("type = 'permute', dims = [2, 0, 1]");
    shape_ = {shape_[2], shape_[0], shape_[1]};
    if (chance(1, 2)) return;
    add("type = 'reshape', shape = [" + std::to_string(shape_[0]) + ", " + std::to_string(shape_[2]) + ", -1]");
    std::swap(shape_[1], shape_[2]);
  }

  /// Settings of a window, and what becomes of the image.
  std::string window(bool pool) {
    const std::int64_t height = pick(pool ? 2 : 1, 3), width = pick(pool ? 2 : 1, 3), step = pick(1, 2), sideways = pick(1, 3);
    std::string text = "kernel = [" + std::to_string(height) + ", " + std::to_string(width) + "]";
    const bool whole_steps = pool && chance(1, 3);
    const std::int64_t down = whole_steps ? height : step, right = whole_steps ? width : sideways;
    if (!whole_steps) text += ", stride = [" + std::to_string(down) + ", " + std::to_string(right) + "]";
    if (chance(1, 2)) {
      shape_[1] = (shape_[1] + down - 1) / down;
      shape_[2] = (shape_[2] + right - 1) / right;
      return text + ", same_padding = true";
    }
    const std::int64_t padding = pick(0, 1);
    if (padding > 0) text += ", padding = [1, 0]";
    shape_[1] = (shape_[1] + 2 * padding - height) / down + 1;
    shape_[2] = (shape_[2] - width) / right + 1;
    return text;
  }

  void add_conv2d() {
    const std::int64_t filters = chance(1, 4) ? 16 : pick(1, 6);
    const std::string bias = chance(1, 4) ? ", bias = false" : "";
    // Divisors of both.
    const std::int64_t groups = chance(1, 3) ? std::gcd(filters, shape_[0]) : 1;
    const std::string divided = groups > 1 ? ", groups = " + std::to_string(groups) : "";
    add("type = 'conv2d', filters = " + std::to_string(filters) + ", " + window(false) + bias + divided);
    shape_[0] = filters;
  }

  void add_transpose() {
    const std::int64_t filters = pick(1, 4), kernel = pick(1, 3), stride = pick(1, 2);
    const bool same = chance(1, 2);
    add("type = 'conv2d_transpose', filters = " + std::to_string(filters) + ", kernel = " + std::to_string(kernel) +
        ", stride = " + std::to_string(stride) + (same ? ", same_padding = true" : ""));
    for (std::size_t axis : {1, 2}) shape_[axis] = same ? shape_[axis] * stride : (shape_[axis] - 1) * stride + kernel;
    shape_[0] = filters;
  }

  void add_upsample() {
    add("type = 'upsample', factor = [2, 1]");
    shape_[1] *= 2;
  }

  void add_pool() { add(std::string(chance(1, 2) ? "type = 'max_pool', " : "type = 'avg_pool', ") + window(true)); }

  void add_activation() {
    static const char* activations[] = {"'relu'",
                                        "'leaky_relu', slope = 0.2",
                                        "'elu', alpha = 0.7",
                                        "'softplus', beta = 2.0",
                                        "'silu'",
                                        "'sigmoid'",
                                        "'hard_sigmoid'",
                                        "'tanh'",
                                        "'gelu'"};
    add(std::string("type = ") + activations[pick(0, 8)]);
  }

  void add_flat_layer() {
    const std::int64_t kind = pick(0, 7);
    if (kind == 7) add_branches("type = 'dense', units = ");
    if (kind <= 1) {
      const std::int64_t units = pick(2, 24);
      add("type = 'dense', units = " + std::to_string(units) + (chance(1, 4) ? ", bias = false" : ""));
      shape_ = {units};
    }
    if (kind == 2) add("type = 'batch_norm'");
    if (kind == 3 || kind == 4) add_activation();
    if (kind == 5) add(chance(1, 2) ? "type = 'layer_norm'" : "type = 'dropout'");
    if (kind == 6) add("type = 'softmax'");
  }

  /// Logits of several classes and of one question, probabilities by a layer, values.
  void add_end() {
    const std::int64_t kind = pick(0, 4);
    network_.outputs = kind == 1 ? 1 : kind == 2 ? 2 : static_cast<int>(pick(2, 5));
    add("type = 'dense', units = " + std::to_string(network_.outputs));
    if (kind == 1) network_.loss = "plugin = 'binary_cross_entropy'";
    network_.values = kind == 2;
    if (network_.values) network_.loss = "plugin = 'mse'";
    if (kind != 3) return;
    add("type = 'softmax'");
    network_.loss = "plugin = 'categorical_generalized_cross_entropy'\nfrom_logits = false";
  }

  std::mt19937_64 random_;
  nn::Shape shape_;
  int branches_ = 0;
  Network network_;
};

std::string features_text(const Network& network) {
  std::string text;
  for (std::int64_t i = 0; i < nn::size_of(network.sample); ++i) text += (i == 0 ? "" : ",") + ("x" + std::to_string(i));
  return text;
}

std::string inputs_text(const Network& network) {
  if (network.inputs.empty()) return "";
  std::string text;
  std::int64_t feature = 0;
  for (const NamedInput& input : network.inputs) {
    text += (text.empty() ? "" : ", ") + input.name + " = { columns = [";
    for (const std::int64_t end = feature + nn::size_of(input.shape); feature < end; ++feature)
      text += "'x" + std::to_string(feature) + "', ";
    text += "], shape = [";
    for (const std::int64_t length : input.shape) text += std::to_string(length) + ", ";
    text += "] }";
  }
  return "inputs = { " + text + " }\n";
}

/// Settings without which a layer of the type is none, by name: an integer or a window of 2, but for those that fit one shape only.
manifest::List required_value(const std::string& name) {
  static const std::map<std::string, std::vector<std::int64_t>> special = {{"dims", {1, 2, 0}}, {"shape", {3, -1}}};
  const auto found = special.find(name);
  manifest::List list;
  for (const std::int64_t value : found == special.end() ? std::vector<std::int64_t>{2} : found->second)
    list.push_back({value, {}, false, {}});
  return list;
}

std::string required_settings(const manifest::Description& type) {
  std::string text = "type = '" + type.id + "'";
  for (const manifest::ParameterDescription& parameter : type.parameters) {
    if (!parameter.required) continue;
    const manifest::List values = required_value(parameter.name);
    std::string shown;
    for (const manifest::Value& value : values) shown += (shown.empty() ? "" : ", ") + std::to_string(*value.as<std::int64_t>());
    text += ", " + parameter.name + " = " + (values.size() == 1 ? shown : "[" + shown + "]");
  }
  if (nn::find_layer_type(type.id)->least_inputs > 1) text += ", inputs = ['input', 'input']";
  return text;
}

/// The shape that such a layer makes of `input`; empty where it does not take that.
nn::Shape shape_after(const manifest::Description& type, const nn::Shape& input) {
  manifest::Table given;
  for (const manifest::ParameterDescription& parameter : type.parameters)
    if (parameter.required) {
      const manifest::List values = required_value(parameter.name);
      given.push_back({parameter.name, {}, values.size() == 1 ? values.front() : manifest::Value{values, {}, false, {}}});
    }
  manifest::Faults faults;
  nn::LayerSpec spec{type.id, "", train::to_settings(manifest::complete(type, given, {}, type.id, faults))};
  spec.inputs.assign(nn::find_layer_type(type.id)->least_inputs, "input");
  try {
    return nn::infer_shapes({spec}, input).back();
  } catch (const nn::ShapeError&) {
    return {};
  }
}

}  // namespace

std::string Network::manifest() const {
  std::string text = "[run]\nname = 'exported'\nseed = " + std::to_string(seed) + "\nepochs = 2\nthreads = 1\nquiet = true\n";
  text += "[data]\ntrain = { file = 'train.csv', header = true, target = ";
  if (values) {
    text += "['y0', 'y1'], target_kind = 'values'";
  } else {
    std::string columns = "'y'";
    for (int step = 1; step < steps; ++step) columns += ", 'y" + std::to_string(step) + "'";
    text += "[" + columns + "], target_kind = 'index'";
  }
  if (!missing.empty()) text += ", missing = '" + missing + "'";
  if (sample.size() > 1 && inputs.empty()) {
    text += ", shape = [";
    for (const std::int64_t length : sample) text += std::to_string(length) + ", ";
    text += "]";
  }
  text += " }\n" + inputs_text(*this) + "batch_size = 16\n" + scaling + "\n[model]\nlayers = [\n";
  for (const std::string& layer : layers) text += "  " + layer + ",\n";
  return text + "]\n[optimizer]\nplugin = 'adam'\nlearning_rate = 0.01\n" +
         (loss.find("[[loss]]") == std::string::npos ? "[loss]\n" : "[[loss]]\n") + loss + "\n";
}

std::string Network::data(bool target) const {
  std::mt19937_64 random(seed + 1000);
  std::uniform_int_distribution<int> value(-320, 320), percent(1, 100);
  std::string text = features_text(*this);
  if (target) text += values ? ",y0,y1" : ",y";
  for (int step = 1; target && step < steps; ++step) text += ",y" + std::to_string(step);
  for (int row = 0; row < rows; ++row) {
    text += "\n";
    for (std::int64_t i = 0; i < nn::size_of(sample); ++i) {
      // Far from zero some of them, where scaling takes that away: else outputs would be small differences of large numbers.
      const bool shifted = scaling.rfind("scaling", 0) == 0 && i % 3 == 1;
      const int drawn = value(random);
      const double number = indices > 0 ? (drawn + 320) % indices : drawn / 64.0 + (shifted ? 100.0 : 0.0);
      const bool left_out = !missing.empty() && row > 0 && percent(random) <= 10;
      text += (i == 0 ? "" : ",") + (left_out ? std::string("nan") : std::to_string(number));
    }
    const int classes = outputs == 1 ? 2 : outputs;
    if (!target) continue;
    if (values) {
      text += "," + std::to_string(value(random) / 64.0) + "," + std::to_string(value(random) / 64.0);
    } else {
      for (int step = 0; step < std::max(steps, 1); ++step) text += "," + std::to_string((row + step) % classes);
    }
  }
  return text + "\n";
}

Network network_of(const nn::Shape& sample, const std::vector<std::string>& layers) {
  Network network;
  network.sample = sample;
  network.layers = layers;
  // It takes padding to be the same on both sides of a sequence, normalizes no rows of images, and has no transposed convolution with
  // groups and dilation.
  network.opencv = false;
  for (const char* end : {"{ type = 'flatten' }", "{ type = 'dense', units = 3 }"}) network.layers.push_back(end);
  return network;
}

Network network_of_inputs(bool raw) {
  Network network;
  network.sample = {15};
  network.inputs = {{"image", raw ? nn::Shape{2, 2, 2} : nn::Shape{8}}, {"table", {4}}, {"one", {3}}};
  network.scaling = "scaling = 'standardize'";
  network.layers = {
      raw ? "{ type = 'conv2d', filters = 3, kernel = 2, inputs = 'image' }" : "{ type = 'dense', units = 5, inputs = 'image' }",
      "{ type = 'flatten', name = 'seen' }",
      "{ type = 'dense', units = 3, inputs = 'table', name = 'counted' }",
      "{ type = 'dense', units = 3, inputs = 'one', name = 'side' }",
      "{ type = 'dense', units = 3, inputs = 'seen', name = 'left' }",
      "{ type = 'dense', units = 4, inputs = 'one', name = 'right' }",
      raw ? "{ type = 'concat', inputs = ['left', 'counted', 'one', 'table', 'right'] }"
          : "{ type = 'concat', inputs = ['left', 'counted', 'right'] }",
      "{ type = 'tanh' }",
      "{ type = 'dense', units = 3 }"};
  network.loss = "plugin = 'cross_entropy'\n[[loss]]\nplugin = 'cross_entropy'\noutput = 'side'\nweight = 0.5";
  return network;
}

Network random_network(std::uint64_t seed) { return Maker(seed).make(); }

Network smallest_network(const std::string& id) {
  const auto& types = train::layer_types();
  const auto type = std::find_if(types.begin(), types.end(), [&](const manifest::Description& each) { return each.id == id; });
  for (const nn::Shape& sample : {nn::Shape{2, 6, 6}, nn::Shape{6}, nn::Shape{4, 6}}) {
    const nn::Shape after = shape_after(*type, sample);
    if (after.empty()) continue;
    Network network;
    network.sample = sample;
    network.scaling = "scaling = 'standardize'";
    if (id == "embedding") network.scaling.clear(), network.indices = 2;
    // Gather by integers, Permute of what Gather took, RNN, the last output of LSTM and GRU, and Div by a column are not in it.
    const std::set<std::string> left_out = {"embedding", "attention", "simple_rnn", "lstm", "gru", "rms_norm"};
    network.opencv = left_out.count(id) == 0;
    network.layers.push_back("{ " + required_settings(*type) + " }");
    if (after.size() > 1) network.layers.push_back("{ type = 'flatten' }");
    network.layers.push_back("{ type = 'dense', units = 3 }");
    return network;
  }
  throw std::runtime_error("layer type " + id + " takes no image, no flat sample and no sequence with the least settings");
}

}  // namespace treino::test
