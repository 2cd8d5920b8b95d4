// Losses of margins, masks, quantities and pairs at the edges - infinite, +-1e4, equal, nearly equal, sure and right, NaN - against
// the formulas of their descriptions in long double, in forms that lose nothing there.
#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <random>

#include "plugins/golden/losses/edge_checks.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;

constexpr float inf_value = std::numeric_limits<float>::infinity(), nan_value = std::numeric_limits<float>::quiet_NaN();
constexpr Real infinite = std::numeric_limits<Real>::infinity();

/// Loss and slope of one output.
struct Term {
  Real loss, slope;
};
using Formula = std::function<Term(Real prediction, Real target)>;

/// The formula alone, and beside a second output in the middle of nowhere: a mean over two.
void check(const Plugin& plugin, const std::string& parameters, const Formula& formula, const std::vector<float>& predictions,
           const std::vector<float>& targets, float other_target) {
  for (const float prediction : predictions)
    for (const float target : targets) {
      const Term term = formula(prediction, target), other = formula(0.5f, other_target);
      plugin.check(parameters, {prediction}, {target}, false, {term.loss, {term.slope}});
      plugin.check(parameters, {prediction, 0.5f}, {target, other_target}, false,
                   {(term.loss + other.loss) / 2, {term.slope / 2, other.slope / 2}});
    }
}

Real sign_of(Real x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

const std::vector<float> predictions{-inf_value, -1e30f, -1e4f, -100,       -1.5f, -1, -0.25f, -1e-20f, 0,     1e-20f,
                                     1e-6f,      0.25f,  1,     1.0000001f, 1.5f,  40, 100,    1e4f,    1e30f, inf_value};
const std::vector<float> targets{-1e4f, -1, -1e-6f, 0, 1e-20f, 0.25f, 1, 1.5f, 1e4f};
const std::vector<float> counts{0, 1e-20f, 0.5f, 1, 3, 1e4f};

}  // namespace

TEST_CASE("losses of quantities are their formulas at the edges") {
  const auto error = [](Real p, Real y) { return p - y; };
  check(
      Plugin("mse"), "",
      [&](Real p, Real y) {
        return Term{error(p, y) * error(p, y), 2 * error(p, y)};
      },
      predictions, targets, 0);
  check(
      Plugin("mae"), "",
      [&](Real p, Real y) {
        return Term{std::abs(error(p, y)), sign_of(error(p, y))};
      },
      predictions, targets, 0);
  check(
      Plugin("asymmetric_mse"), "alpha = 3.0",
      [&](Real p, Real y) {
        const Real e = error(p, y), side = e < 0 ? 3 : 1;
        return Term{side * e * e, 2 * side * e};
      },
      predictions, targets, 0);
  check(
      Plugin("huber"), "delta = 1.5",
      [&](Real p, Real y) {
        const Real e = error(p, y), size = std::abs(e);
        return size <= 1.5L ? Term{e * e / 2, e} : Term{1.5L * (size - 0.75L), 1.5L * sign_of(e)};
      },
      predictions, targets, 0);
  check(
      Plugin("smooth_l1"), "beta = 0.5",
      [&](Real p, Real y) {
        const Real e = error(p, y), size = std::abs(e);
        return size <= 0.5L ? Term{e * e, 2 * e} : Term{size - 0.25L, sign_of(e)};
      },
      predictions, targets, 0);
  check(
      Plugin("quantile"), "q = 0.125",
      [&](Real p, Real y) {
        const Real e = error(p, y);
        return e > 0 ? Term{0.875L * e, 0.875L} : Term{-0.125L * e, e < 0 ? -0.125L : 0};
      },
      predictions, targets, 0);
  check(
      Plugin("log_cosh"), "",
      [&](Real p, Real y) {
        const Real e = error(p, y), size = std::abs(e), half = std::sinh(std::min(size, Real{1}) / 2);
        // cosh e = 1 + 2 sinh^2(e / 2)
        return Term{size < 1 ? std::log1p(2 * half * half) : size - std::log(2.0L) + std::log1p(std::exp(-2 * size)),
                    std::tanh(e)};
      },
      predictions, targets, 0);
  check(
      Plugin("mape"), "epsilon = 0.0078125",
      [&](Real p, Real y) {
        const Real percent = 100 / std::max(std::abs(y), 0.0078125L);
        return Term{percent * std::abs(error(p, y)), percent * sign_of(error(p, y))};
      },
      predictions, targets, 0);
}

TEST_CASE("losses of counts are their formulas at the edges, and beyond them the tangents that their help names") {
  check(
      Plugin("msle"), "",
      [](Real p, Real y) {
        const Real difference = (p < 0 ? p : std::log1p(p)) - std::log1p(y);
        return Term{difference * difference, std::isinf(p) && p > 0 ? 0 : 2 * difference / (1 + std::max(p, Real{0}))};
      },
      predictions, counts, 0);
  check(
      Plugin("poisson"), "",
      [](Real z, Real y) {
        const Real power = std::exp(std::min(z, Real{80})), rate = z > 80 ? power * (1 + z - 80) : power;
        const Real slope = y == 1 ? std::expm1(std::min(z, Real{80})) : power - y;  // not 0 of a tiny z
        return Term{z == infinite ? infinite : rate - (y == 0 ? 0 : y * z), slope};
      },
      predictions, counts, 0);
  check(
      Plugin("poisson"), "log_input = false\nepsilon = 0.0078125",
      [](Real p, Real y) {
        const Real positive = std::max(p, Real{0}), safe = positive + 0.0078125L;
        const Real logarithm = std::log(safe) + std::min(p, Real{0}) / 0.0078125L;
        return Term{p == infinite ? infinite : positive - (y == 0 ? 0 : y * logarithm), (p < 0 ? 0 : 1) - y / safe};
      },
      predictions, counts, 0);
}

TEST_CASE("losses in float are their formulas over a thousand outputs, small and large") {
  std::mt19937 random(13);
  const std::map<std::string, Formula> formulas{
      {"log_cosh",
       [](Real p, Real y) {
         const Real size = std::abs(p - y), half = std::sinh(std::min(size, Real{1}) / 2);
         return Term{size < 1 ? std::log1p(2 * half * half) : size - std::log(2.0L) + std::log1p(std::exp(-2 * size)),
                     std::tanh(p - y)};
       }},
      {"msle",
       [](Real p, Real y) {
         const Real difference = (p < 0 ? p : std::log1p(p)) - std::log1p(y);
         return Term{difference * difference, 2 * difference / (1 + std::max(p, Real{0}))};
       }},
      {"poisson", [](Real z, Real y) {
         return Term{std::exp(z) - y * z, std::exp(z) - y};
       }}};
  for (const auto& [id, formula] : formulas)
    for (const float size : {0.01f, 1.0f, 5.0f})
      for (const std::size_t outputs : {31u, 257u, 1000u}) {
        std::vector<float> row, wanted;
        Expected expected;
        for (std::size_t i = 0; i < outputs; ++i) {
          row.push_back(size * (static_cast<float>(random() % 20001) / 10000 - 1) * (i % 7 == 0 ? 10 : 1));
          wanted.push_back(static_cast<float>(random() % 5));
          const Term term = formula(row.back(), wanted.back());
          expected.loss += term.loss / static_cast<Real>(outputs);
          expected.gradient.push_back(term.slope / static_cast<Real>(outputs));
        }
        // Of a rate, what a float loses of the count that is taken from it.
        Plugin(id).check("", row, wanted, false, expected, id == "poisson" ? 4e-7L / static_cast<Real>(outputs) : 2e-38L);
      }
}

TEST_CASE("gaussian_nll is its formula at the edges, of a variance of 0 and of an infinite one too") {
  const Plugin plugin("gaussian_nll");
  for (const float mean : {-1e4f, -1.0f, 0.0f, 1e-20f, 1.0f, 1e4f})
    for (const float s : {-inf_value, -1e4f, -100.0f, -60.0f, -40.0f, -1.0f, 0.0f, 1.0f, 40.0f, 100.0f, 1e4f, inf_value})
      for (const float y : {-1.0f, 0.0f, 1.0f, 1e4f}) {
        const Real error = static_cast<Real>(mean) - y, sure = -static_cast<Real>(s);
        const Real power = std::exp(std::min(sure, Real{60})), precision = sure > 60 ? power * (1 + sure - 60) : power;
        const Real limit = error * error * power > 1 ? infinite : -infinite;
        const Real loss = std::isinf(sure) && sure > 0 ? limit : (error * error * precision - sure) / 2;
        plugin.check("", {mean, s}, {y}, false, {loss, {error == 0 ? 0 : error * precision, (1 - error * error * power) / 2}});
      }
}

TEST_CASE("hinge losses are their formulas at the edges") {
  const auto margin = [](bool squared, bool is_signed) {
    return [=](Real z, Real y) {
      const Real sign = is_signed ? y : 2 * y - 1, short_of = 1 - (sign == 0 ? 0 : sign * z);
      const Real cost = std::max(short_of, Real{0});
      return squared ? Term{cost * cost, sign == 0 ? 0 : -2 * sign * cost} : Term{cost, short_of > 0 ? -sign : 0};
    };
  };
  check(Plugin("hinge"), "", margin(false, false), predictions, {0, 0.25f, 0.5f, 1}, 1);
  check(Plugin("squared_hinge"), "", margin(true, false), predictions, {0, 0.25f, 0.5f, 1}, 1);
  check(Plugin("hinge"), "labels = 'minus_one_one'", margin(false, true), predictions, {-1, -0.25f, 0, 1}, 1);
  check(Plugin("squared_hinge"), "labels = 'minus_one_one'", margin(true, true), predictions, {-1, -0.25f, 0, 1}, 1);

  const Plugin categorical("categorical_hinge");
  for (const float a : {-inf_value, -1e4f, -1.0f, 0.0f, 0.5f, 1.0f, 1.5f, 1e4f})
    for (const float b : {-1e4f, -1.0f, 0.0f, 0.5f, 1.0f, 1e4f})
      for (const float c : {-inf_value, -1e4f, 0.0f, 2.0f})
        for (const std::size_t label : {0u, 1u, 2u}) {
          const std::vector<float> row{a, b, c};
          std::size_t rival = label == 0 ? 1 : 0;
          for (std::size_t i = 0; i < 3; ++i)
            if (i != label && row[i] > row[rival]) rival = i;
          const Real short_of = 1 + static_cast<Real>(row[rival]) - row[label];
          Expected expected{std::max(short_of, Real{0}), std::vector<Real>(3, 0)};
          if (short_of > 0) expected.gradient[rival] = 1, expected.gradient[label] = -1;
          categorical.check("", row, {static_cast<float>(label)}, true, expected);
        }
}

TEST_CASE("dice and tversky are their formulas at the edges: what is missing from a sure and right mask is not lost") {
  const std::vector<float> logits{-inf_value, -1e4f, -100, -80, -40, -15, -1, 0, 1, 15, 40, 80, 100, 1e4f, inf_value};
  const auto overlap = [](const std::vector<float>& row, const std::vector<float>& y, Real alpha, Real beta, Real smooth) {
    // As the plugins, whose probabilities are floats: below 2^-126 there is none.
    Real hits = 0, false_alarms = 0, misses = 0;
    std::vector<Real> inner;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Real small = std::exp(-std::abs(static_cast<Real>(row[i]))), near = 1 / (1 + small), far = small / (1 + small);
      const Real p = row[i] < 0 ? far : near, rest = row[i] < 0 ? near : far;
      hits += p * y[i], false_alarms += p * (1 - static_cast<Real>(y[i])), misses += rest * y[i];
      inner.push_back(near * far);
    }
    const Real above = hits + smooth, wrong = alpha * false_alarms + beta * misses, below = above + wrong;
    Expected expected{wrong / below, {}};
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Real by_hits = y[i], by_below = y[i] + alpha * (1 - static_cast<Real>(y[i])) - beta * y[i];
      expected.gradient.push_back(-(by_hits * below - above * by_below) / (below * below) * inner[i]);
    }
    return expected;
  };
  const Plugin dice("dice"), tversky("tversky");
  for (const float a : logits)
    for (const float b : logits)
      for (const float y : {0.0f, 0.5f, 1.0f}) {
        const std::vector<float> row{a, b}, wanted{1, y};
        dice.check("smooth = 1.0", row, wanted, false, overlap(row, wanted, 0.5L, 0.5L, 0.5L));
        tversky.check("alpha = 0.25\nbeta = 0.75\nsmooth = 1.0", row, wanted, false, overlap(row, wanted, 0.25L, 0.75L, 1));
      }
}

TEST_CASE("a NaN comes out of every loss that takes it") {
  const std::map<std::string, std::vector<float>> target_of{{"mse", {0}},      {"mae", {0}},       {"asymmetric_mse", {0}},
                                                            {"huber", {0}},    {"smooth_l1", {0}}, {"quantile", {0}},
                                                            {"log_cosh", {0}}, {"mape", {1}},      {"msle", {1}},
                                                            {"poisson", {1}},  {"hinge", {0.5f}},  {"squared_hinge", {0.5f}},
                                                            {"dice", {1}},     {"tversky", {1}}};
  for (const auto& [id, target] : target_of) {
    const std::string parameters = id == "asymmetric_mse" ? "alpha = 2.0" : id == "quantile" ? "q = 0.5" : "";
    Plugin(id).check_nan(parameters, {nan_value}, target, false);
  }
  Plugin("poisson").check_nan("", {nan_value}, {0}, false);
  Plugin("poisson").check_nan("log_input = false", {nan_value}, {0}, false);
  Plugin("gaussian_nll").check_nan("", {nan_value, 0}, {0}, false);
  Plugin("gaussian_nll").check_nan("", {0, nan_value}, {0}, false);
  Plugin("categorical_hinge").check_nan("", {0, nan_value, 0}, {0}, true);
  Plugin("cosine_similarity").check_nan("", {0, nan_value}, {0, 1}, false);
  Plugin("categorical_generalized_cross_entropy").check_nan("", {0, nan_value}, {1}, true);
  Plugin("ctc").check_nan("classes = 2", {0, nan_value}, {1}, false);
}

TEST_CASE("categorical_generalized_cross_entropy is its formula at the edges") {
  const Plugin plugin("categorical_generalized_cross_entropy");
  for (const float a : {-inf_value, -1e4f, -100.0f, -40.0f, -1.0f, 0.0f, 1.0f, 15.0f, 40.0f, 100.0f, 1e4f})
    for (const float b : {-1e4f, -1.0f, 0.0f, 1.0f, 100.0f})
      for (const std::size_t label : {0u, 1u}) {
        const Real z =
            label == 0 ? static_cast<Real>(a) - b : static_cast<Real>(b) - a;  // the logit of the class against the other
        const Real small = std::exp(-std::abs(z)), rest = z < 0 ? 1 / (1 + small) : small / (1 + small);
        const Real log_p = z < 0 ? z - std::log1p(small) : -std::log1p(small), power = std::exp(0.7L * log_p);
        std::vector<Real> gradient(2);
        gradient[label] = -power * rest, gradient[1 - label] = power * rest;
        plugin.check("q = 0.7", {a, b}, {static_cast<float>(label)}, true, {-std::expm1(0.7L * log_p) / 0.7L, gradient});
      }
}

TEST_CASE("cosine_similarity is its formula at the edges, of very long and very short rows too") {
  const Plugin plugin("cosine_similarity");
  for (const float a : {-1e30f, -1e4f, -1.0f, 1e-6f, 0.5f, 1e4f})
    for (const float b : {-1e4f, 0.25f, 1e-6f, 1e30f}) {
      const Real length = std::sqrt(static_cast<Real>(a) * a + static_cast<Real>(b) * b), wanted = std::sqrt(5.0L);
      const Real cosine = (static_cast<Real>(a) + 2 * static_cast<Real>(b)) / (length * wanted);
      plugin.check("", {a, b}, {1, 2}, false,
                   {1 - cosine, {(cosine * a / length - 1 / wanted) / length, (cosine * b / length - 2 / wanted) / length}});
    }
}

TEST_CASE("ctc is the sum over all paths at the edges") {
  // Two steps, labels a = 1 and b = 2: "a" is written by aa, a- and -a.
  const Plugin plugin("ctc");
  const auto log_sum = [](std::vector<Real> terms) {
    const Real top = *std::max_element(terms.begin(), terms.end());
    if (top == -infinite) return top;
    Real sum = 0;
    for (const Real term : terms) sum += std::exp(term - top);
    return top + std::log(sum);
  };
  const std::vector<float> edges{-inf_value, -1e4f, -40, 0, 40, 1e4f};
  for (const float x : edges)
    for (const float y : edges)
      for (const float z : edges) {
        const std::vector<float> row{x, y, 0, 0.5f, z, 0};
        std::vector<Real> logs(row.begin(), row.end());
        const Real first = log_sum({logs[0], logs[1], logs[2]}), second = log_sum({logs[3], logs[4], logs[5]});
        for (std::size_t i = 0; i < 3; ++i) logs[i] -= first, logs[3 + i] -= second;
        const Real both = logs[1] + logs[4], before = logs[1] + logs[3], after = logs[0] + logs[4];
        const Real all = log_sum({both, before, after});
        Expected expected{-all, {}};
        if (all == -infinite) continue;  // no path at all
        const std::vector<Real> through{std::exp(after - all),  std::exp(both - all) + std::exp(before - all), 0,
                                        std::exp(before - all), std::exp(both - all) + std::exp(after - all),  0};
        for (std::size_t i = 0; i < 6; ++i) expected.gradient.push_back(std::exp(logs[i]) - through[i]);
        plugin.check("classes = 3", row, {1}, false, expected, 1e-11L);  // logarithms of 1e4 are known to 1e-12
      }
}
