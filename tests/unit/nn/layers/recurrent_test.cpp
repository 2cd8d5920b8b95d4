// lstm, gru and simple_rnn against their formulas, step by step in double; against PyTorch 1.13.1 in float64 for some numbers.
#include <algorithm>
#include <cmath>
#include <functional>

#include "../gradient_checks.hpp"
#include "nn/shapes.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

LayerSpec recurrent(const std::string& type, std::int64_t units, bool sequences = false, bool both = false,
                    bool backwards = false) {
  LayerSpec spec = with(with(layer(type), "units", units), "return_sequences", sequences);
  return with(with(std::move(spec), "bidirectional", both), "go_backwards", backwards);
}

using Numbers = std::vector<double>;

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

/// One direction of a layer with these parameters, over one sample: the output of each step, in the order in which they are made.
class Reference {
 public:
  Reference(const std::string& type, Model& model, const std::string& suffix) : type_(type) {
    const auto read = [&](const char* name) {
      const auto values = parameter(model, type + "_1/" + name + suffix).value;
      return Numbers(values.begin(), values.end());
    };
    weight_ih_ = read("weight_ih"), weight_hh_ = read("weight_hh"), bias_ih_ = read("bias_ih"), bias_hh_ = read("bias_hh");
  }

  std::vector<Numbers> run(const std::vector<Numbers>& inputs, std::size_t units) const {
    std::vector<Numbers> outputs;
    Numbers hidden(units), state(units);
    for (const Numbers& input : inputs) {
      const Numbers from_input = sums(weight_ih_, bias_ih_, input), from_hidden = sums(weight_hh_, bias_hh_, hidden);
      const auto gate = [&](std::size_t number, std::size_t i) {
        return from_input[number * units + i] + from_hidden[number * units + i];
      };
      for (std::size_t i = 0; i < units; ++i) {
        if (type_ == "lstm") {
          state[i] = sigmoid_of(gate(1, i)) * state[i] + sigmoid_of(gate(0, i)) * std::tanh(gate(2, i));
          hidden[i] = sigmoid_of(gate(3, i)) * std::tanh(state[i]);
        } else if (type_ == "gru") {
          const double candidate = std::tanh(from_input[2 * units + i] + sigmoid_of(gate(0, i)) * from_hidden[2 * units + i]);
          hidden[i] = (1 - sigmoid_of(gate(1, i))) * candidate + sigmoid_of(gate(1, i)) * hidden[i];
        } else {
          hidden[i] = std::tanh(gate(0, i));
        }
      }
      outputs.push_back(hidden);
    }
    return outputs;
  }

 private:
  static Numbers sums(const Numbers& weight, const Numbers& bias, const Numbers& x) {
    Numbers all = bias;
    for (std::size_t row = 0; row < all.size(); ++row)
      for (std::size_t i = 0; i < x.size(); ++i) all[row] += weight[row * x.size() + i] * x[i];
    return all;
  }

  std::string type_;
  Numbers weight_ih_, weight_hh_, bias_ih_, bias_hh_;
};

/// Biases that are no zeros.
void disturb(Model& model) {
  std::uint64_t seed = 100;
  for (Parameter& one : model.parameters()) {
    const std::vector<float> numbers = normal_numbers(size_of(one.shape), ++seed);
    for (std::size_t i = 0; i < numbers.size(); ++i) one.value[i] += 0.3f * numbers[i];
  }
}

void check_steps(const std::string& type, bool sequences, bool both, bool backwards) {
  constexpr std::size_t length = 5, features = 3, units = 4, batch = 3;
  CAPTURE(type, sequences, both, backwards);
  Model model({recurrent(type, units, sequences, both, backwards)}, {length, features}, batch, 7);
  disturb(model);
  const std::vector<float> x = normal_numbers(batch * length * features, 5);
  const std::vector<float> y = copy_of(model.forward(x.data(), batch, Mode::train));
  const std::size_t width = both ? 2 * units : units, places = sequences ? length : 1;
  REQUIRE(y.size() == batch * places * width);
  for (std::size_t n = 0; n < batch; ++n) {
    std::vector<Numbers> steps;
    for (std::size_t t = 0; t < length; ++t) {
      const auto first = x.begin() + static_cast<std::ptrdiff_t>((n * length + t) * features);
      steps.emplace_back(first, first + features);
    }
    std::vector<Numbers> turned(steps.rbegin(), steps.rend());
    std::vector<Numbers> one = Reference(type, model, "").run(backwards ? turned : steps, units), other;
    if (both) other = Reference(type, model, "_reverse").run(turned, units);
    if (sequences) std::reverse(other.begin(), other.end());
    for (std::size_t place = 0; place < places; ++place) {
      Numbers expected = sequences ? one[place] : one.back();
      if (both) {
        const Numbers& second = sequences ? other[place] : other.back();
        expected.insert(expected.end(), second.begin(), second.end());
      }
      for (std::size_t i = 0; i < width; ++i) CHECK(y[(n * places + place) * width + i] == Approx(expected[i]).margin(2e-6));
    }
  }
}

const char* const recurrent_types[] = {"simple_rnn", "lstm", "gru"};

}  // namespace

TEST_CASE("recurrent layers compute what their formulas say, in each direction, the last step or all") {
  for (const char* type : recurrent_types) {
    for (const bool sequences : {false, true}) {
      check_steps(type, sequences, false, false);
      check_steps(type, sequences, true, false);
      check_steps(type, sequences, false, true);
    }
  }
}

TEST_CASE("recurrent layers have the gradient of their forward") {
  for (const char* type : recurrent_types) {
    for (const bool sequences : {false, true}) {
      check_any(recurrent(type, 3, sequences), {4, 2}, curved);
      check_any(recurrent(type, 2, sequences, true), {3, 2}, curved);
      check_any(recurrent(type, 2, sequences, false, true), {3, 2}, curved);
    }
    check_any(with(recurrent(type, 3), "bias", false), {3, 2}, curved);
    check_any(recurrent(type, 3, true), {1, 2}, curved);
    check_gradients({recurrent(type, 3, true), recurrent(type, 2)}, {4, 2}, 3, 4, curved);
  }
}

namespace {

/// Padded where the values of a step are 9.
LayerSpec masked(LayerSpec spec) {
  spec.inputs = {"input", "input"};
  return with(std::move(spec), "mask_value", 9.0);
}

/// Samples of five steps, of which those named are padding.
std::vector<float> padded(const std::vector<std::vector<std::size_t>>& padding, std::size_t features) {
  std::vector<float> x = normal_numbers(static_cast<std::int64_t>(padding.size() * 5 * features), 5);
  for (std::size_t n = 0; n < padding.size(); ++n)
    for (const std::size_t t : padding[n])
      std::fill_n(x.begin() + static_cast<std::ptrdiff_t>((n * 5 + t) * features), features, 9.0f);
  return x;
}

}  // namespace

TEST_CASE("steps that are padding are passed over, wherever they stand, and put out zeros") {
  const std::vector<std::vector<std::size_t>> padding = {{}, {3, 4}, {0, 1}, {0, 2, 4}, {0, 1, 2, 3, 4}};
  constexpr std::size_t features = 2, units = 3;
  const std::vector<float> x = padded(padding, features);
  for (const char* type : recurrent_types) {
    for (const int direction : {0, 1, 2}) {
      for (const bool sequences : {false, true}) {
        CAPTURE(type, direction, sequences);
        const LayerSpec plain = recurrent(type, units, sequences, direction == 1, direction == 2);
        Model model({masked(plain)}, {5, features}, 5, 7);
        disturb(model);
        const std::vector<float> y = copy_of(model.forward(x.data(), 5, Mode::train));
        const std::size_t width = direction == 1 ? 2 * units : units, places = sequences ? 5 : 1;
        for (std::size_t n = 0; n < padding.size(); ++n) {
          // The same sample without its padding, as long as it is then.
          std::vector<float> kept;
          std::vector<std::size_t> times;
          for (std::size_t t = 0; t < 5; ++t) {
            if (std::count(padding[n].begin(), padding[n].end(), t) > 0) continue;
            times.push_back(t);
            kept.insert(kept.end(), x.begin() + static_cast<std::ptrdiff_t>((n * 5 + t) * features),
                        x.begin() + static_cast<std::ptrdiff_t>((n * 5 + t + 1) * features));
          }
          std::vector<float> expected(places * width);
          if (!times.empty()) {
            Model shorter({plain}, {static_cast<std::int64_t>(times.size()), features}, 1, 7);
            disturb(shorter);
            const std::vector<float> made = copy_of(shorter.forward(kept.data(), 1, Mode::infer));
            for (std::size_t k = 0; k < (sequences ? times.size() : 1); ++k) {
              // go_backwards puts steps out in the order in which they are made.
              const std::size_t place = !sequences ? 0 : direction == 2 ? 4 - times[times.size() - 1 - k] : times[k];
              std::copy_n(made.begin() + static_cast<std::ptrdiff_t>(k * width), width,
                          expected.begin() + static_cast<std::ptrdiff_t>(place * width));
            }
          }
          for (std::size_t i = 0; i < expected.size(); ++i) CHECK(y[n * places * width + i] == Approx(expected[i]).margin(1e-6));
        }
      }
    }
  }
}

TEST_CASE("what is padding gets no gradient and gives none") {
  for (const char* type : recurrent_types) {
    for (const bool sequences : {false, true}) {
      for (const bool both : {false, true}) {
        CAPTURE(type, sequences, both);
        // The padding is seen in the model's input, which the dense layer before does not change for the steps that count.
        std::vector<LayerSpec> layers = {dense(3), recurrent(type, 2, sequences, both)};
        layers[1].inputs = {"dense_1", "input"};
        layers[1] = with(std::move(layers[1]), "mask_value", 9.0);
        Network network(layers, {5, 2}, 4, 4);
        network.input = padded({{}, {3, 4}, {0, 2}, {0, 1, 2, 3, 4}}, 2);
        check_central_differences(network, curved);
      }
    }
  }
}

TEST_CASE("a mask_value wants a second input, and that the steps of the first") {
  CHECK(refusal_of(with(recurrent("lstm", 2), "mask_value", 0.0), {3, 2}) ==
        "lstm: mask_value is of a second input, and there is none: inputs = [\"...\", \"...\"] names the sequence and where "
        "padding "
        "is seen");
  std::vector<LayerSpec> layers = {layer("flatten", "flat"), recurrent("gru", 2)};
  layers[1].inputs = {"input", "flat"};
  CHECK_THROWS_WITH(infer_shapes(layers, {3, 2}), "gru: where padding is seen has to be 3, or 3 x features; the input is 6");
}

TEST_CASE("recurrent layers add the gradients of batches that make one step") {
  for (const char* type : recurrent_types) {
    for (const std::int64_t length : {1, 4}) {
      Network network({recurrent(type, 5, true, true)}, {length, 3}, 3, 4);
      network.loss();
      network.model.backward(network.probe.data());
      std::vector<std::vector<float>> once;
      for (const Parameter& one : network.model.parameters()) once.push_back(copy_of(one.gradient));
      network.loss();
      network.model.backward(network.probe.data(), true);
      for (std::size_t i = 0; i < once.size(); ++i)
        for (std::size_t j = 0; j < once[i].size(); ++j)
          CHECK(network.model.parameters()[i].gradient[j] == Approx(2 * once[i][j]).margin(1e-5).epsilon(1e-5));
    }
  }
}

TEST_CASE("recurrent layers give bit for bit the same on any number of threads") {
  // Products small enough to be computed by one thread, as those of dense are: larger ones are oneDNN's, which divides them.
  const std::pair<const char*, std::int64_t> batches[] = {{"simple_rnn", 2100}, {"lstm", 520}, {"gru", 700}};
  for (const auto& [type, batch] : batches) check_threads({recurrent(type, 16, true)}, {4, 8}, batch);
}

TEST_CASE("parameters of recurrent layers have PyTorch's shapes and order, and the forget gate of lstm begins open") {
  const std::pair<const char*, std::int64_t> gates[] = {{"simple_rnn", 1}, {"lstm", 4}, {"gru", 3}};
  for (const auto& [type, count] : gates) {
    Model model({recurrent(type, 5, false, true)}, {4, 3}, 1, 1);
    std::vector<std::string> names;
    for (const Parameter& one : model.parameters()) names.push_back(one.name.substr(one.name.find('/') + 1));
    CHECK(names == std::vector<std::string>{"weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ih_reverse",
                                            "weight_hh_reverse", "bias_ih_reverse", "bias_hh_reverse"});
    CHECK(model.parameters()[0].shape == Shape{5 * count, 3});
    CHECK(model.parameters()[1].shape == Shape{5 * count, 5});
    const auto bias = model.parameters()[2].value;
    for (std::size_t i = 0; i < bias.size(); ++i) CHECK(bias[i] == (count == 4 && i / 5 == 1 ? 1.0f : 0.0f));
    CHECK(all_zero(model.parameters()[3].value));
  }
}

TEST_CASE("the recurrent weights begin orthogonal unless told") {
  Model model({recurrent("gru", 4), layer("flatten")}, {3, 2}, 1, 1);
  const auto weight = parameter(model, "gru_1/weight_hh").value;  // 12 x 4: its columns are orthonormal
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) {
      double sum = 0;
      for (std::size_t row = 0; row < 12; ++row) sum += static_cast<double>(weight[row * 4 + a] * weight[row * 4 + b]);
      CHECK(sum == Approx(a == b ? 1 : 0).margin(1e-6));
    }
  }
  Model zeros({with(recurrent("gru", 4), "recurrent_initializer", std::string("zeros"))}, {3, 2}, 1, 1);
  CHECK(all_zero(parameter(zeros, "gru_1/weight_hh").value));
}

TEST_CASE("recurrent layers refuse what they cannot go over") {
  CHECK(refusal_of(recurrent("lstm", 2), {6}) == "lstm: expects length x features, the input is 6");
  CHECK(refusal_of(recurrent("gru", 0), {3, 2}) == "gru: units must be at least 1, not 0");
  CHECK(refusal_of(recurrent("simple_rnn", 2, false, true, true), {3, 2}) ==
        "simple_rnn: bidirectional and go_backwards exclude each other");
  CHECK(refusal_of(with(recurrent("gru", 2), "recurrent_initializer", std::string("variance_scaling")), {3, 2}) ==
        "gru: unknown recurrent_initializer \"variance_scaling\"; it may be what initializer may be, but for variance_scaling");
  CHECK(refusal_of(recurrent("lstm", 1 << 20), {3, 2}) == "lstm: a weight of 4x1048576x1048576 is too large");
}
