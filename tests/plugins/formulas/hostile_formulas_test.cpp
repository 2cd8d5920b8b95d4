// What no formula may do, however it is written: crash, hang, or pass unseen.
#include <cmath>
#include <limits>

#include "plugins/formulas/plugin_files.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// What is said against a loss; empty where it is made.
std::string refusal_of(const PluginFile& lambda, const std::string& formula) {
  manifest::Value text;
  text.data = formula;
  std::string refusal;
  const auto parameters = completed(lambda.plugin(), {{"loss", {}, text}}, refusal);
  if (!parameters) return refusal;
  try {
    const Instance instance(lambda.plugin(), *parameters);
  } catch (const Refusal& refused) {
    return refused.what();
  }
  return "";
}

}  // namespace

TEST_CASE("formulas that are too long or too deep are refused") {
  const PluginFile lambda("losses", "lambda");
  CHECK_THAT(refusal_of(lambda, repeated("(", 150) + "p" + repeated(")", 150)), ContainsSubstring("nested more than 100 deep"));
  CHECK_THAT(refusal_of(lambda, repeated("-", 150) + "p"), ContainsSubstring("nested more than 100 deep"));
  CHECK_THAT(refusal_of(lambda, repeated("p ^ ", 150) + "p"), ContainsSubstring("nested more than 100 deep"));
  CHECK_THAT(refusal_of(lambda, "where(" + repeated("not ", 150) + "p > 1, p, 1)"),
             ContainsSubstring("nested more than 100 deep"));
  CHECK_THAT(refusal_of(lambda, repeated("exp(", 150) + "p" + repeated(")", 150)),
             ContainsSubstring("nested more than 100 deep"));
  CHECK_THAT(refusal_of(lambda, repeated("p + ", 600) + "p"), ContainsSubstring("at most 1000 numbers, names and symbols"));
  CHECK_THAT(refusal_of(lambda, repeated("p  +   ", 600) + "p"), ContainsSubstring("at most 4000 characters"));
  CHECK(refusal_of(lambda, repeated("p * y + ", 240) + "p") == "");
  CHECK(refusal_of(lambda, repeated("(", 90) + "p" + repeated(")", 90)) == "");
}

TEST_CASE("words thrown together are formulas or are refused with their place") {
  const PluginFile lambda("losses", "lambda");
  static const char* const words[] = {"y",    "p",   "weights", "(",   ")",       ",",       "+",    "-",   "*",    "/",
                                      "^",    "<",   ">=",      "==",  "and",     "or",      "not",  "sum", "mean", "max",
                                      "min",  "abs", "log",     "exp", "samples", "outputs", "2",    "0",   "1e9",  "where",
                                      "clip", "pow", "sqrt",    "\n",  "nan",     "'",       "\xff", "="};
  std::mt19937 random(1);
  int made = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string formula;
    for (auto length = random() % 12 + 1; length > 0; --length) formula += std::string(words[random() % std::size(words)]) + " ";
    const std::string refusal = refusal_of(lambda, formula);
    if (refusal.empty()) {
      ++made;
    } else if (refusal.find("column ") == std::string::npos) {
      FAIL_CHECK(formula << ": " << refusal);
    }
  }
  CHECK(made > 10);
}

TEST_CASE("a prediction of NaN makes a loss NaN that would not have seen it") {
  const PluginFile lambda("losses", "lambda");
  const Problem problem(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, 2, 0);
  const Loss loss(lambda.plugin(), lambda.parameters("loss = 'where(p > 0, p, 1)'"), problem);
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const Batch batch{2, 2, 2, {1, nan, 2, 3}, {0, 0, 0, 0}, {}, {}};
  CHECK(std::isnan(loss.evaluate(batch).value()));
  Batch weighted = batch;
  weighted.weights = {0, 1};
  CHECK(loss.evaluate(weighted).value() == Approx(1.25));
}

TEST_CASE("logarithms, roots and powers are those of numbers at their edges") {
  const PluginFile lambda("losses", "lambda");
  const Problem problem(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, 1, 0);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto value = [&](const std::string& formula, float p) {
    const Loss loss(lambda.plugin(), lambda.parameters("loss = '" + formula + "'"), problem);
    return loss.evaluate({1, 1, 1, {p}, {0}, {}, {}}).value();
  };
  CHECK(value("log(p)", 0) == -infinity);
  CHECK(std::isnan(value("log(p)", -1)));
  CHECK(value("log(p / 1e300)", 1e-10f) == Approx(std::log(static_cast<double>(1e-10f)) - std::log(1e300)).epsilon(1e-12));
  CHECK(value("exp(p)", 1000) == infinity);
  CHECK(value("exp(p)", -1000) == 0);
  CHECK(value("log(exp(p))", 1000) == infinity);
  CHECK(value("exp(p)", 700) == Approx(std::exp(700.0)).epsilon(1e-12));
  CHECK(std::isnan(value("sqrt(p)", -1)));
  CHECK(value("p ^ -2", 0) == infinity);
  CHECK(std::isnan(value("p ^ 0.3", -1)));
  CHECK(value("p ^ 3", -2) == -8);
  CHECK(value("p ^ 17", -1) == -1);
  CHECK(std::isnan(value("max(p, log(p))", -1)));
  CHECK(std::isnan(value("min(log(p), p)", -1)));
}
