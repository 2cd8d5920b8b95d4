// The three passes of a convolution in every layout of images, against its definition in double; and by which implementation of
// oneDNN. CTest runs this program for each set of instructions that oneDNN has kernels for.
#include "nn/onednn/convolution.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "nn/kernels/kernels.hpp"
#include "nn/kernels/threads.hpp"
#include "nn/kernels/winograd.hpp"
#include "nn/memory/buffer.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

struct Case {
  std::int64_t channels, filters, kernel, stride, batch, height, width, padding, input_block, dilation = 1, groups = 1;
};

Window window_of(const Case& one) {
  const std::int64_t reach = (one.kernel - 1) * one.dilation + 1;
  const auto output = [&](std::int64_t size) { return (size + 2 * one.padding - reach) / one.stride + 1; };
  return {one.channels, one.height,  one.width,   one.kernel,         one.kernel,        one.stride,   one.stride,   one.padding,
          one.padding,  one.padding, one.padding, output(one.height), output(one.width), one.dilation, one.dilation, one.groups};
}

/// Where a number of batch x channels x height x width lies, with its channels in blocks.
struct Images {
  std::int64_t channels, height, width, block = 1;
  std::size_t at(std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t column) const {
    const std::int64_t blocks = channels / block;
    return static_cast<std::size_t>((((n * blocks + c / block) * height + row) * width + column) * block + c % block);
  }
};

/// visit(n, filter, channel, weight, input row and column, output row and column) for every product of the definition.
template <class Visit>
void each_product(const Case& one, const Window& window, Visit visit) {
  const std::int64_t channels = one.channels / one.groups, filters = one.filters / one.groups;
  for (std::int64_t n = 0; n < one.batch; ++n)
    for (std::int64_t f = 0; f < one.filters; ++f)
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t y = 0; y < window.output_height; ++y)
          for (std::int64_t x = 0; x < window.output_width; ++x)
            for (std::int64_t i = 0; i < one.kernel; ++i)
              for (std::int64_t j = 0; j < one.kernel; ++j) {
                const std::int64_t row = y * one.stride + i * one.dilation - one.padding;
                const std::int64_t column = x * one.stride + j * one.dilation - one.padding;
                if (row < 0 || column < 0 || row >= one.height || column >= one.width) continue;
                visit(n, f, f / filters * channels + c,
                      static_cast<std::size_t>(((f * channels + c) * one.kernel + i) * one.kernel + j), row, column, y, x);
              }
}

/// Memory with guards before and behind it: a kernel that writes outside is found out.
template <class Number>
class Guarded {
 public:
  explicit Guarded(std::size_t size) : memory_(static_cast<std::int64_t>(size + 2 * guard)), size_(size) {
    std::fill_n(memory_.data(), memory_.size(), value);
  }
  Number* data() { return memory_.data() + guard; }
  std::span<const Number> values() { return {data(), size_}; }
  bool intact() {
    const auto is_guard = [](Number number) { return number == value; };
    return std::all_of(memory_.data(), data(), is_guard) && std::all_of(data() + size_, data() + size_ + guard, is_guard);
  }

 private:
  static constexpr std::size_t guard = 1024;
  static constexpr Number value = static_cast<Number>(77);
  Array<Number> memory_;
  std::size_t size_;
};

double product(float a, float b) { return static_cast<double>(a) * static_cast<double>(b); }

/// The largest difference, relative to the largest expected number.
double error_of(std::span<const float> actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  double error = 0, largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(actual[i]) - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return error / largest;
}

struct Results {
  Guarded<float> output, weight_gradient, bias_gradient, input_gradient;
  std::int64_t output_block;
  bool intact;
};

template <class Engine>
void compute(Engine& engine, std::size_t forward_scratch, std::size_t backward_scratch, const std::vector<float>& input,
             const std::vector<float>& weight, const std::vector<float>& bias, const std::vector<float>& output_gradient,
             Results& all) {
  Guarded<std::byte> forward(forward_scratch), backward(backward_scratch);
  engine.forward(input.data(), weight.data(), bias.data(), all.output.data(), forward.data());
  engine.backward_weights(input.data(), output_gradient.data(), all.weight_gradient.data(), all.bias_gradient.data(),
                          backward.data());
  engine.backward_data(output_gradient.data(), weight.data(), all.input_gradient.data(), backward.data());
  all.intact = forward.intact() && backward.intact() && all.output.intact() && all.weight_gradient.intact() &&
               all.bias_gradient.intact() && all.input_gradient.intact();
}

enum class By { choice, winograd };

Results run(const Case& one, const std::vector<float>& input, const std::vector<float>& weight, const std::vector<float>& bias,
            const std::vector<float>& output_gradient, int threads, By by = By::choice) {
  const ThreadScope scope(threads);
  Results all{Guarded<float>(output_gradient.size()),
              Guarded<float>(weight.size()),
              Guarded<float>(bias.size()),
              Guarded<float>(input.size()),
              one.input_block,
              false};
  if (by == By::winograd) {
    const Winograd winograd(window_of(one), one.filters, one.batch, one.input_block, one.input_block);
    compute(winograd, winograd.scratch(), winograd.scratch(), input, weight, bias, output_gradient, all);
    return all;
  }
  Convolution convolution(window_of(one), one.filters, one.batch, true, one.input_block);
  all.output_block = convolution.output_block();
  compute(convolution, convolution.forward_scratch(), convolution.backward_scratch(), input, weight, bias, output_gradient, all);
  return all;
}

struct Numbers {
  std::vector<float> input, weight, bias, output_gradient;
  explicit Numbers(const Case& one)
      : input(normal_numbers(one.batch * one.channels * one.height * one.width, 1)),
        weight(normal_numbers(one.filters * one.channels / one.groups * one.kernel * one.kernel, 2)),
        bias(normal_numbers(one.filters, 3)),
        output_gradient(normal_numbers(one.batch * one.filters * window_of(one).output_height * window_of(one).output_width, 4)) {
  }
};

void check_against_definition(const Case& one, int threads, By by = By::choice) {
  CAPTURE(one.channels, one.filters, one.kernel, one.stride, one.batch, one.height, one.width, one.padding, one.input_block,
          one.dilation, one.groups, threads);
  const Window window = window_of(one);
  const Numbers numbers(one);
  Results actual = run(one, numbers.input, numbers.weight, numbers.bias, numbers.output_gradient, threads, by);
  const Images in{one.channels, one.height, one.width, one.input_block};
  const Images out{one.filters, window.output_height, window.output_width, actual.output_block};
  std::vector<double> output(numbers.output_gradient.size()), weight_gradient(numbers.weight.size());
  std::vector<double> bias_gradient(numbers.bias.size()), input_gradient(numbers.input.size());
  each_product(one, window,
               [&](std::int64_t n, std::int64_t f, std::int64_t c, std::size_t w, std::int64_t row, std::int64_t column,
                   std::int64_t y, std::int64_t x) {
                 const std::size_t from = in.at(n, c, row, column), to = out.at(n, f, y, x);
                 output[to] += product(numbers.input[from], numbers.weight[w]);
                 weight_gradient[w] += product(numbers.input[from], numbers.output_gradient[to]);
                 input_gradient[from] += product(numbers.weight[w], numbers.output_gradient[to]);
               });
  for (std::int64_t n = 0; n < one.batch; ++n)
    for (std::int64_t f = 0; f < one.filters; ++f)
      for (std::int64_t y = 0; y < window.output_height; ++y)
        for (std::int64_t x = 0; x < window.output_width; ++x) {
          output[out.at(n, f, y, x)] += static_cast<double>(numbers.bias[static_cast<std::size_t>(f)]);
          bias_gradient[static_cast<std::size_t>(f)] += static_cast<double>(numbers.output_gradient[out.at(n, f, y, x)]);
        }
  // Winograd's algorithm loses two digits of float's seven.
  CHECK(error_of(actual.output.values(), output) < 1e-4);
  CHECK(error_of(actual.weight_gradient.values(), weight_gradient) < 1e-4);
  CHECK(error_of(actual.bias_gradient.values(), bias_gradient) < 1e-5);
  CHECK(error_of(actual.input_gradient.values(), input_gradient) < 1e-4);
  CHECK(actual.intact);
}

std::vector<Case> cases() {
  // channels, filters, kernel, stride, batch, height, width, padding, input_block, dilation, groups
  return {{15, 64, 3, 1, 2, 7, 7, 1, 1},       {4, 16, 2, 1, 3, 6, 5, 0, 1},          {6, 16, 5, 1, 2, 12, 12, 0, 1},
          {8, 16, 3, 1, 2, 9, 9, 0, 8},        {8, 16, 3, 2, 2, 9, 9, 1, 8},          {17, 32, 5, 2, 2, 11, 11, 2, 1},
          {24, 32, 5, 2, 2, 9, 9, 0, 8},       {1, 8, 5, 1, 3, 14, 14, 0, 1},         {1, 20, 3, 2, 2, 10, 10, 1, 1},
          {3, 8, 3, 1, 2, 12, 12, 1, 1},       {2, 10, 1, 2, 2, 9, 9, 0, 1},          {6, 20, 1, 2, 2, 14, 14, 0, 1},
          {16, 16, 3, 1, 2, 13, 13, 1, 16},    {32, 64, 3, 1, 1, 10, 10, 0, 16},      {32, 64, 3, 1, 1, 10, 10, 0, 8},
          {16, 10, 1, 1, 2, 6, 6, 0, 16},      {48, 8, 3, 2, 1, 9, 9, 1, 16},         {8, 4, 7, 1, 2, 8, 9, 3, 8},
          {5, 7, 4, 3, 2, 13, 17, 2, 1},       {3, 5, 3, 1, 1, 3, 40, 4, 1},          {16, 24, 6, 2, 2, 12, 6, 0, 16},
          {12, 32, 11, 4, 1, 23, 23, 2, 1},    {64, 64, 1, 1, 1, 4, 4, 0, 16},        {7, 16, 3, 1, 1, 1, 30, 1, 1},
          {12, 20, 3, 1, 1, 9, 11, 1, 1},      {20, 12, 3, 1, 1, 11, 9, 1, 1},        {24, 36, 3, 1, 1, 9, 9, 1, 8},
          {12, 20, 1, 1, 2, 7, 9, 0, 1},       {12, 20, 1, 3, 2, 8, 11, 0, 1},        {6, 16, 1, 2, 3, 9, 7, 0, 1},
          {16, 32, 1, 2, 2, 8, 8, 0, 1},       {5, 8, 1, 2, 2, 7, 6, 1, 1},           {9, 12, 1, 4, 2, 3, 3, 0, 1},
          {4, 6, 3, 1, 2, 9, 8, 2, 1, 2},      {16, 32, 3, 1, 2, 9, 9, 2, 16, 2},     {3, 5, 2, 2, 1, 11, 10, 0, 1, 3},
          {6, 6, 3, 1, 2, 7, 8, 1, 1, 1, 6},   {16, 16, 3, 1, 2, 9, 9, 1, 16, 1, 16}, {8, 8, 5, 2, 2, 9, 9, 2, 8, 1, 8},
          {6, 9, 3, 1, 2, 7, 7, 1, 1, 1, 3},   {32, 32, 3, 1, 2, 8, 8, 1, 16, 1, 2},  {32, 48, 1, 1, 2, 5, 6, 0, 1, 1, 4},
          {4, 12, 3, 1, 2, 7, 6, 0, 1, 1, 4},  {20, 20, 3, 2, 2, 9, 9, 1, 1, 1, 20},  {12, 24, 3, 1, 2, 11, 9, 2, 1, 2, 4},
          {24, 24, 1, 2, 2, 7, 7, 0, 8, 1, 3}, {16, 8, 3, 1, 1, 8, 8, 1, 1, 1, 8}};
}

bool has_reference(const std::vector<std::string>& implementations) {
  return std::any_of(implementations.begin(), implementations.end(),
                     [](const std::string& name) { return name.rfind("ref", 0) == 0; });
}

}  // namespace

TEST_CASE(
    "output and all gradients of a convolution are those of its definition, in every layout, and nothing else is written to") {
  for (const Case& one : cases()) check_against_definition(one, 1);
}

TEST_CASE("the same holds with two threads, and their results are bit for bit the same every time") {
  for (const Case& one : cases()) {
    check_against_definition(one, 2);
    const Numbers numbers(one);
    const auto again = [&] { return run(one, numbers.input, numbers.weight, numbers.bias, numbers.output_gradient, 2); };
    Results first = again(), second = again();
    const auto same = [](Guarded<float>& a, Guarded<float>& b) { return std::ranges::equal(a.values(), b.values()); };
    CHECK(same(first.output, second.output));
    CHECK(same(first.weight_gradient, second.weight_gradient));
    CHECK(same(first.bias_gradient, second.bias_gradient));
    CHECK(same(first.input_gradient, second.input_gradient));
  }
}

TEST_CASE("no pass of a convolution is left to oneDNN's reference implementation, nor is a move into another layout") {
  int shapes = 0;
  for (const std::int64_t channels : {1, 3, 4, 6, 8, 12, 15, 16, 17, 32}) {
    for (const std::int64_t filters : {4, 8, 10, 16, 24, 32}) {
      for (const auto& [kernel, stride] :
           std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {1, 2}, {2, 1}, {3, 1}, {5, 1}, {3, 2}, {5, 2}, {7, 3}}) {
        for (const std::int64_t block : {1, 8, 16}) {
          if (channels % block != 0) continue;
          const Case one{channels, filters, kernel, stride, 4, 14, 14, kernel / 2, block};
          const auto used = Convolution(window_of(one), filters, one.batch, true, block).implementations();
          CAPTURE(channels, filters, kernel, stride, block, used.forward, used.backward_weights, used.backward_data);
          CHECK_FALSE(has_reference(used.forward));
          CHECK_FALSE(has_reference(used.backward_weights));
          CHECK_FALSE(has_reference(used.backward_data));
          ++shapes;
        }
      }
    }
  }
  CHECK(shapes > 500);
}

TEST_CASE("nor is a depthwise, a grouped or a dilated one") {
  int shapes = 0;
  for (const std::int64_t channels : {4, 6, 8, 16, 20, 32, 64}) {
    for (const std::int64_t groups : {std::int64_t{1}, std::int64_t{2}, channels}) {
      for (const std::int64_t dilation : {1, 2}) {
        for (const std::int64_t stride : {1, 2}) {
          for (const std::int64_t block : {1, 8, 16}) {
            if (channels % block != 0) continue;
            const Case one{channels, channels, 3, stride, 4, 14, 14, dilation, block, dilation, groups};
            const auto used = Convolution(window_of(one), channels, one.batch, true, block).implementations();
            CAPTURE(channels, groups, dilation, stride, block, used.forward, used.backward_weights, used.backward_data);
            CHECK_FALSE(has_reference(used.forward));
            CHECK_FALSE(has_reference(used.backward_weights));
            CHECK_FALSE(has_reference(used.backward_data));
            ++shapes;
          }
        }
      }
    }
  }
  CHECK(shapes > 150);
}

TEST_CASE("our own Winograd's algorithm gives what the definition gives, at every padding and with tiles that are cut off") {
  std::vector<Case> winograd_cases{{16, 16, 3, 1, 2, 13, 13, 1, 16}, {32, 64, 3, 1, 1, 10, 10, 0, 16},
                                   {32, 16, 3, 1, 2, 7, 9, 2, 16},   {16, 32, 3, 1, 9, 6, 5, 1, 16},
                                   {16, 16, 3, 1, 1, 3, 3, 0, 16},   {48, 16, 3, 1, 1, 4, 20, 3, 16}};
  // Blocks of 8, where registers hold no more (see the AVX2 run of this program).
  for (std::size_t i = 0; kernels().lanes <= 8 && i < 6; ++i) {
    winograd_cases.push_back(winograd_cases[i]);
    winograd_cases.back().input_block = 8;
  }
  if (kernels().lanes <= 8) winograd_cases.push_back({24, 8, 3, 1, 1, 7, 11, 1, 8});
  for (const Case& one : winograd_cases) {
    REQUIRE(Winograd::can_run(window_of(one), one.filters, one.input_block, one.input_block));
    for (const int threads : {1, 2}) check_against_definition(one, threads, By::winograd);
  }
}

TEST_CASE("gradients of the weights between very many channels are summed directly, beside our own Winograd's algorithm") {
  const std::vector<std::string> winograd{"winograd"};
  const auto used = [](const Case& one) {
    return Convolution(window_of(one), one.filters, one.batch, true, one.input_block).implementations();
  };
  const Case few{64, 64, 3, 1, 2, 7, 7, 1, 8}, many{192, 160, 3, 1, 2, 7, 7, 1, 8};
  for (const int threads : {1, 2}) check_against_definition(many, threads);
  const ThreadScope scope(1);
  // Where oneDNN has that algorithm, or blocks are others, ours is not asked.
  if (used(few).forward != winograd) return;
  CHECK(used(few).backward_weights == winograd);
  CHECK(used(many).forward == winograd);
  CHECK(used(many).backward_weights != winograd);
  CHECK(used(many).backward_data == winograd);
}

TEST_CASE("our own Winograd's algorithm leaves channels and filters that do not fill registers to others") {
  const std::int64_t lanes = kernels().lanes;
  const Case one{lanes, lanes, 3, 1, 1, 8, 8, 1, lanes};
  const auto can_run = [&](std::int64_t channels, std::int64_t filters, std::int64_t input_block, std::int64_t output_block) {
    Case other = one;
    other.channels = channels;
    return Winograd::can_run(window_of(other), filters, input_block, output_block);
  };
  CHECK(can_run(lanes, lanes, lanes, lanes));
  CHECK_FALSE(can_run(lanes + 2, lanes, lanes, lanes));
  CHECK_FALSE(can_run(lanes, lanes + 2, lanes, lanes));
  CHECK_FALSE(can_run(lanes, lanes, 1, lanes));
  CHECK_FALSE(can_run(lanes, lanes, lanes, 1));
}

TEST_CASE("ONEDNN_MAX_CPU_ISA holds for our own loops too") {
  const char* const variable = std::getenv("ONEDNN_MAX_CPU_ISA");
  const std::string instructions = variable == nullptr ? "" : variable;
  const std::int64_t most = instructions == "AVX2" ? 8 : instructions == "SSE41" ? 4 : 16;
  CHECK(kernels().lanes <= most);
}
