// Formulas that are finite everywhere: what goes into roots, logarithms and divisors is kept away from where it is not, but for the
// branches of where() that are not taken.
#include "plugins/formulas/random_formula.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace treino::formulas {
namespace {

using One = double (*)(double);
using Two = double (*)(double, double);

Formula element_wise(const std::string& text, const Formula& a, One function) {
  return {text, a.along_samples, a.along_outputs, [values = a.values, function](const Data& data) {
            Values result = values(data);
            std::transform(result.begin(), result.end(), result.begin(), function);
            return result;
          }};
}
Formula element_wise(const std::string& text, const Formula& a, const Formula& b, Two function) {
  return {text, a.along_samples || b.along_samples, a.along_outputs || b.along_outputs,
          [first = a.values, second = b.values, function](const Data& data) {
            Values result = first(data);
            const Values others = second(data);
            std::transform(result.begin(), result.end(), others.begin(), result.begin(), function);
            return result;
          }};
}

Formula constant(const std::string& text, double value) {
  return {text, false, false, [value](const Data& data) { return Values(data.samples * data.outputs, value); }};
}

/// What `kind` makes of the elements, each with the weight that its sample has in it.
double reduced(const std::string& kind, const std::vector<double>& elements, const std::vector<double>& weights) {
  if (kind == "max") return *std::max_element(elements.begin(), elements.end());
  if (kind == "min") return *std::min_element(elements.begin(), elements.end());
  const double sum = std::inner_product(elements.begin(), elements.end(), weights.begin(), 0.0);
  return kind == "sum" ? sum : sum / std::accumulate(weights.begin(), weights.end(), 0.0);
}

/// Elements that are reduced together have the same key.
Values reduce(const std::string& kind, const Values& values, const Data& data, bool samples, bool outputs,
              bool varies_by_output) {
  Values result(values.size());
  for (std::size_t place = 0; place < values.size(); ++place) {
    std::vector<double> elements, weights;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t sample = i / data.outputs, output = i % data.outputs;
      if ((!samples && sample != place / data.outputs) || (!outputs && output != place % data.outputs)) continue;
      if (outputs && !varies_by_output && output != 0) continue;
      elements.push_back(values[i]);
      weights.push_back(samples ? data.weight[sample] : 1);
    }
    result[place] = reduced(kind, elements, weights);
  }
  return result;
}

}  // namespace

Formula RandomFormula::number() {
  static const std::array<std::pair<const char*, double>, 6> numbers{
      {{"0.5", 0.5}, {"2", 2}, {"1.25e0", 1.25}, {".75", 0.75}, {"c", 1.5}, {"d", -0.75}}};
  const auto& [text, value] = numbers[random_() % numbers.size()];
  return constant(text, value);
}

Formula RandomFormula::leaf() {
  if (chance(4)) return number();
  if (chance(3)) return {"y", true, true, [](const Data& data) { return data.target; }};
  return {"p", true, true, [](const Data& data) { return data.prediction; }};
}

Formula RandomFormula::any(int depth) {
  if (depth == 0) return leaf();
  switch (random_() % 8) {
    case 0:
      return leaf();
    case 1:
      return choice(depth - 1);
    case 2:
      return reduction(depth - 1);
    case 3:
    case 4:
      return function_of_one(depth - 1);
    default:
      return function_of_two(depth - 1);
  }
}

Formula RandomFormula::function_of_one(int depth) {
  const Formula a = any(depth);
  const std::string& of = a.text;
  switch (random_() % 10) {
    case 0:
      return element_wise("abs(" + of + ")", a, [](double x) { return std::abs(x); });
    case 1:
      return element_wise("exp(clip(" + of + ", -2, 2))", a, [](double x) { return std::exp(std::clamp(x, -2.0, 2.0)); });
    case 2:
      return element_wise("log(abs(" + of + ") + 0.5)", a, [](double x) { return std::log(std::abs(x) + 0.5); });
    case 3:
      return element_wise("sqrt((" + of + ")^2 + 0.25)", a, [](double x) { return std::sqrt(x * x + 0.25); });
    case 4:
      return element_wise("clip(" + of + ", -1.5, 1.25)", a, [](double x) { return std::clamp(x, -1.5, 1.25); });
    case 5:
      return element_wise("(" + of + ")^2", a, [](double x) { return x * x; });
    case 6:
      return element_wise("clip(" + of + ", -3, 3) ^ 3", a, [](double x) { return std::pow(std::clamp(x, -3.0, 3.0), 3); });
    case 7:
      return element_wise("pow(abs(" + of + ") + 0.5, -1.3)", a, [](double x) { return std::pow(std::abs(x) + 0.5, -1.3); });
    case 8:
      return element_wise("2 ^ clip(" + of + ", -2, 2)", a, [](double x) { return std::pow(2, std::clamp(x, -2.0, 2.0)); });
    default:
      return element_wise("-(" + of + ")", a, [](double x) { return -x; });
  }
}

Formula RandomFormula::function_of_two(int depth) {
  const Formula a = any(depth), b = any(depth);
  const auto joined = [&](const char* between) { return "(" + a.text + ")" + between + "(" + b.text + ")"; };
  const auto called = [&](const char* name) { return std::string(name) + "(" + a.text + ", " + b.text + ")"; };
  switch (random_() % 7) {
    case 0:
      return element_wise(joined(" + "), a, b, [](double x, double y) { return x + y; });
    case 1:
      return element_wise(joined(" - "), a, b, [](double x, double y) { return x - y; });
    case 2:
      return element_wise(joined("*"), a, b, [](double x, double y) { return x * y; });
    case 3:
      return element_wise("(" + a.text + ") / (abs(" + b.text + ") + 0.5)", a, b,
                          [](double x, double y) { return x / (std::abs(y) + 0.5); });
    case 4:
      return element_wise(called("min"), a, b, [](double x, double y) { return std::min(x, y); });
    case 5:
      return element_wise(called("max"), a, b, [](double x, double y) { return std::max(x, y); });
    default:
      return element_wise("(abs(" + a.text + ") + 0.5) ^ clip(" + b.text + ", -1, 2)", a, b,
                          [](double x, double y) { return std::pow(std::abs(x) + 0.5, std::clamp(y, -1.0, 2.0)); });
  }
}

Formula RandomFormula::condition(int depth) {
  if (depth > 0 && chance(3)) {
    const Formula a = condition(depth - 1), b = condition(depth - 1);
    if (chance(3)) return element_wise("not (" + a.text + ")", a, [](double x) { return 1 - x; });
    if (chance(2)) return element_wise("(" + a.text + ") and (" + b.text + ")", a, b, [](double x, double y) { return x * y; });
    return element_wise("(" + a.text + ") or (" + b.text + ")", a, b, [](double x, double y) { return std::max(x, y); });
  }
  const Formula a = any(depth), b = any(depth);
  switch (random_() % 4) {
    case 0:
      return element_wise(a.text + " < " + b.text, a, b, [](double x, double y) { return x < y ? 1.0 : 0.0; });
    case 1:
      return element_wise(a.text + " >= " + b.text, a, b, [](double x, double y) { return x >= y ? 1.0 : 0.0; });
    case 2:
      return element_wise(a.text + " != " + b.text, a, b, [](double x, double y) { return x != y ? 1.0 : 0.0; });
    default:
      return element_wise(a.text + " > " + b.text, a, b, [](double x, double y) { return x > y ? 1.0 : 0.0; });
  }
}

Formula RandomFormula::choice(int depth) {
  if (chance(3)) {  // what is not taken is NaN or infinite
    const Formula a = any(depth);
    return element_wise("where(" + a.text + " > 0.25, log(" + a.text + ") + sqrt(" + a.text + "), " + a.text + ")", a,
                        [](double x) { return x > 0.25 ? std::log(x) + std::sqrt(x) : x; });
  }
  const Formula chosen = condition(std::min(depth, 1)), a = any(depth), b = any(depth);
  const Formula both = element_wise("", a, b, [](double x, double) { return x; });
  return {"where(" + chosen.text + ", " + a.text + ", " + b.text + ")", both.along_samples || chosen.along_samples,
          both.along_outputs || chosen.along_outputs,
          [condition = chosen.values, yes = a.values, no = b.values](const Data& data) {
            Values result = yes(data);
            const Values is = condition(data), others = no(data);
            for (std::size_t i = 0; i < result.size(); ++i)
              if (is[i] == 0) result[i] = others[i];
            return result;
          }};
}

Formula RandomFormula::reduction(int depth) {
  const Formula a = any(depth);
  if (!a.along_samples && !a.along_outputs) return a;
  static const std::array<const char*, 4> kinds{"sum", "mean", "min", "max"};
  const std::string kind = kinds[random_() % kinds.size()];
  const bool all = chance(3), samples = all ? a.along_samples : a.along_samples && (!a.along_outputs || chance(2));
  const bool outputs = all ? a.along_outputs : !samples;
  const std::string axis = all ? "" : samples ? ", samples" : ", outputs";
  return {kind + "(" + a.text + axis + ")", a.along_samples && !samples, a.along_outputs && !outputs,
          [=, values = a.values, varies = a.along_outputs](const Data& data) {
            return reduce(kind, values(data), data, samples, outputs, varies);
          }};
}

Formula RandomFormula::loss() {
  Formula a = any(4);
  while (a.text.size() > 1500) a = any(4);  // a formula has at most 1000 numbers, names and symbols
  const Formula p{"p", true, true, [](const Data& data) { return data.prediction; }};
  const Formula named = element_wise(a.text + " + 0.3 * c * p - d * abs(p - 0.1)", a, p,
                                     [](double x, double y) { return x + 0.3 * 1.5 * y + 0.75 * std::abs(y - 0.1); });
  if (!chance(3)) return named;
  const Formula squared = element_wise("", named, [](double x) { return x * x; });
  return {"log(1 + mean((" + named.text + ")^2))", false, false, [values = squared.values](const Data& data) {
            Values result = reduce("mean", values(data), data, true, true, true);
            for (double& one : result) one = std::log(1 + one);
            return result;
          }};
}

double loss_of(const Formula& formula, const Data& data, std::size_t all) {
  const Values values = formula.values(data);
  const auto first_row_end = values.begin() + static_cast<std::ptrdiff_t>(data.outputs);
  if (!formula.along_samples) return std::accumulate(values.begin(), first_row_end, 0.0) / static_cast<double>(data.outputs);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += data.weight[i / data.outputs] * values[i];
  return sum / static_cast<double>(all * data.outputs);
}

}  // namespace treino::formulas
