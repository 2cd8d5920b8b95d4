// Random formulas, each as a text and as a function that evaluates it element by element, as it is written, with the standard
// library's mathematics: for comparison with what the plugins make of the text.
#pragma once
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace treino::formulas {

/// Samples that count, with their weights.
struct Data {
  std::size_t samples = 0, outputs = 0;
  std::vector<double> prediction, target, weight;
};

/// Samples x outputs, whatever the formula varies along.
using Values = std::vector<double>;

struct Formula {
  std::string text;
  bool along_samples = false, along_outputs = false;  // what it varies along
  std::function<Values(const Data&)> values;
};

class RandomFormula {
 public:
  explicit RandomFormula(std::uint32_t seed) : random_(seed) {}
  /// Depends on the predictions; of the parameters c and d, which are 1.5 and -0.75, it names both.
  Formula loss();

 private:
  bool chance(int of) { return random_() % static_cast<std::uint32_t>(of) == 0; }
  Formula number();
  Formula leaf();
  Formula any(int depth);
  Formula function_of_one(int depth);
  Formula function_of_two(int depth);
  Formula condition(int depth);
  Formula choice(int depth);
  Formula reduction(int depth);

  std::mt19937 random_;
};

/// The loss of the batch with reduction "mean", over `all` samples, of which some may count for nothing.
double loss_of(const Formula& formula, const Data& data, std::size_t all);

}  // namespace treino::formulas
