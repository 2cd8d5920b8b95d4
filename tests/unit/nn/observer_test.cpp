// What an observer is told of the layers' work.
#include <fmt/format.h>

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

/// Writes "+" and "-" for begin and end, "f" and "b" for forward and backward, and the layer's number.
class Script final : public Observer {
 public:
  void layer_begin(std::size_t layer, bool backward) override { note('+', layer, backward); }
  void layer_end(std::size_t layer, bool backward) override { note('-', layer, backward); }
  std::string take() { return std::exchange(text_, ""); }

 private:
  void note(char what, std::size_t layer, bool backward) { text_ += fmt::format("{}{}{} ", what, backward ? 'b' : 'f', layer); }
  std::string text_;
};

}  // namespace

TEST_CASE("an observer is called for every layer in order, and an absorbed relu counts as the layer that absorbed it") {
  Model model({dense(4), layer("relu"), layer("tanh"), dense(2)}, {3}, 2, 1);
  Script script;
  model.set_observer(&script);
  const std::vector<float> numbers = normal_numbers(6, 1);
  model.forward(numbers.data(), 2, Mode::train);
  CHECK(script.take() == "+f0 -f0 +f2 -f2 +f3 -f3 ");
  model.backward(numbers.data());
  CHECK(script.take() == "+b3 -b3 +b2 -b2 +b0 -b0 ");
  model.forward(numbers.data(), 2, Mode::infer);
  CHECK(script.take() == "+f0 -f0 +f2 -f2 +f3 -f3 ");
  model.set_observer(nullptr);
  model.forward(numbers.data(), 2, Mode::train);
  CHECK(script.take().empty());
}

TEST_CASE("an observer is not called for layers that backward does not reach") {
  Model model({layer("tanh"), dense(4), layer("relu"), dense(2)}, {3}, 2, 1);
  model.set_trainable(0, false);
  model.set_trainable(1, false);
  Script script;
  model.set_observer(&script);
  const std::vector<float> numbers = normal_numbers(6, 1);
  model.forward(numbers.data(), 2, Mode::train);
  script.take();
  model.backward(numbers.data());
  CHECK(script.take() == "+b3 -b3 ");
}
