// Losses over logits at the edges - infinite, +-1e4, equal, sure and right - against the formulas of their descriptions in long
// double, in forms that lose nothing there: 1 - p is the sum of what is not p, log p of a sure answer log1p of that.
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "plugins/golden/losses/edge_checks.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;

constexpr float inf = std::numeric_limits<float>::infinity();

/// Softmax of a row, with everything that is missing from 1 kept apart.
struct Choice {
  explicit Choice(const std::vector<float>& row) : z(row.begin(), row.end()) {
    top = *std::max_element(z.begin(), z.end());
    for (const Real one : z) powers.push_back(std::exp(one - top));
    sum = std::accumulate(powers.begin(), powers.end(), Real{0});
  }
  Real p(std::size_t c) const { return powers[c] / sum; }
  /// 1 - p
  Real rest(std::size_t c) const {
    Real others = 0;
    for (std::size_t i = 0; i < powers.size(); ++i) others += i == c ? 0 : powers[i];
    return others / sum;
  }
  /// -log p
  Real cost(std::size_t c) const { return z[c] == top ? std::log1p(rest(c) * sum / powers[c]) : std::log(sum) - (z[c] - top); }
  std::vector<Real> z, powers;
  Real top, sum = 0;
};

/// - sum of w_c y_c (1 - p_c)^gamma log p_c; gamma 0 is cross_entropy.
Expected focal_of(const std::vector<float>& row, const std::vector<Real>& wanted, Real gamma) {
  const Choice choice(row);
  Expected expected;
  expected.gradient.assign(row.size(), 0);
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (wanted[c] == 0) continue;
    const Real rest = choice.rest(c), cost = choice.cost(c), p = choice.p(c);
    const Real power = gamma == 0 ? 1 : std::pow(rest, gamma);
    expected.loss += wanted[c] * power * cost;
    const Real more = std::isinf(cost) || gamma == 0 ? 0 : rest == 0 ? gamma : gamma * p * cost / rest;
    const Real slope = -wanted[c] * power * (more + 1);  // by log p
    for (std::size_t i = 0; i < row.size(); ++i) expected.gradient[i] += i == c ? slope * rest : -slope * choice.p(i);
  }
  return expected;
}

Expected divergence_of(const std::vector<float>& row, const std::vector<Real>& wanted) {
  Expected expected = focal_of(row, wanted, 0);
  for (const Real y : wanted) expected.loss += y == 0 ? 0 : y * std::log(y);
  return expected;
}

/// yes (1 - p)^gamma (-log p) + no p^gamma (-log(1 - p)), mean over outputs; gamma 0 is binary_cross_entropy.
Expected answers_of(const std::vector<float>& row, const std::vector<Real>& yes, const std::vector<Real>& no, Real gamma) {
  Expected expected;
  const auto outputs = static_cast<Real>(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Real z = row[i], small = std::exp(-std::abs(z)), near = 1 / (1 + small), far = small / (1 + small);
    const Real p = z < 0 ? far : near, q = z < 0 ? near : far, less = std::log1p(small), more = less + std::abs(z);
    const Real cost_yes = z < 0 ? more : less, cost_no = z < 0 ? less : more;
    const auto part = [&](Real weight, Real cost, Real of, Real other, Real sign) {  // of: the probability whose cost it is
      if (weight == 0) return Real{0};
      const Real power = gamma == 0 ? 1 : std::pow(other, gamma);
      expected.loss += weight * power * cost / outputs;
      const Real pull = gamma == 0 || std::isinf(cost) ? 0 : gamma * of * cost;
      return -sign * weight * power * (pull + other) / outputs;
    };
    expected.gradient.push_back(part(yes[i], cost_yes, p, q, 1) + part(no[i], cost_no, q, p, -1));
  }
  return expected;
}

/// Rows that are hard: every pair of these, and longer ones around them, on both sides of where plugins change their way.
std::vector<std::vector<float>> rows() {
  const std::vector<float> edges{-inf, -1e4f, -100, -88, -40, -15, -1, 0, 1, 15, 20, 40, 88, 100, 1e4f};
  std::vector<std::vector<float>> rows;
  for (const float a : edges)
    for (const float b : edges)
      if (!std::isinf(a) || !std::isinf(b)) rows.push_back({a, b});
  rows.push_back({-inf, 0, 0});
  rows.push_back({0, -inf, 0});
  rows.push_back({0, 0, 0});
  rows.push_back({20, 0, -inf, -1e4f});
  for (const std::size_t size : {10u, 40u, 300u}) {
    rows.emplace_back(size, 0.5f);
    rows.back()[1] = 30;
    rows.emplace_back(size, -1e4f);
    rows.back()[0] = 1e4f;
    rows.emplace_back(size, -inf);
    rows.back()[0] = 0;
    rows.back()[size - 1] = 0;
  }
  return rows;
}

/// Longer than a block of a row, and what is left over of one: from -size to size, every 7th ten times as far out.
std::vector<std::vector<float>> long_rows(float size) {
  std::mt19937 random(11);
  std::vector<std::vector<float>> rows;
  for (const std::size_t length : {33u, 257u, 1000u}) {
    rows.emplace_back();
    for (std::size_t i = 0; i < length; ++i) {
      const float part = static_cast<float>(random() % 20001) / 10000 - 1;
      rows.back().push_back(size * part * (i % 7 == 0 ? 10 : 1));
    }
  }
  return rows;
}

std::vector<Real> one_hot(std::size_t size, std::size_t label, Real value = 1) {
  std::vector<Real> wanted(size);
  wanted[label] = value;
  return wanted;
}
std::vector<float> narrow(const std::vector<Real>& values) { return {values.begin(), values.end()}; }

}  // namespace

TEST_CASE("cross_entropy, kl_divergence and categorical focal are their formulas at the edges") {
  const Plugin cross_entropy("cross_entropy"), divergence("kl_divergence"), focal("focal");
  for (const std::vector<float>& row : rows())
    for (const std::size_t label : {std::size_t{0}, std::size_t{1}, row.size() - 1}) {
      const std::vector<Real> wanted = one_hot(row.size(), label);
      const Expected expected = focal_of(row, wanted, 0);
      cross_entropy.check("", row, {static_cast<float>(label)}, true, expected);
      cross_entropy.check("", row, narrow(wanted), false, expected);
      divergence.check("", row, narrow(wanted), false, expected);
      for (const auto& [text, gamma] :
           std::map<std::string, Real>{{"0.0", 0}, {"0.5", 0.5}, {"1.0", 1}, {"2.0", 2}, {"5.0", 5}}) {
        focal.check("gamma = " + text, row, {static_cast<float>(label)}, true, focal_of(row, wanted, gamma));
        focal.check("gamma = " + text + "\nalpha = 0.3", row, {static_cast<float>(label)}, true,
                    focal_of(row, one_hot(row.size(), label, 0.3L), gamma));
      }
      std::vector<Real> soft(row.size(), 0);  // parts of two classes, which float holds
      soft[label] += 0.75;
      soft[(label + 1) % row.size()] += 0.25;
      cross_entropy.check("", row, narrow(soft), false, focal_of(row, soft, 0));
      divergence.check("", row, narrow(soft), false, divergence_of(row, soft));
      focal.check("mode = 'categorical'\ngamma = 0.5", row, narrow(soft), false, focal_of(row, soft, 0.5));
    }
}

TEST_CASE("cross_entropy and kl_divergence of a thousand classes are their formulas") {
  const Plugin cross_entropy("cross_entropy"), divergence("kl_divergence");
  for (const float size : {0.01f, 3.0f, 9.0f})
    for (const std::vector<float>& row : long_rows(size))
      for (const std::size_t label : {std::size_t{0}, row.size() / 2, row.size() - 1}) {
        const std::vector<Real> wanted = one_hot(row.size(), label);
        const Expected expected = focal_of(row, wanted, 0);
        cross_entropy.check("", row, {static_cast<float>(label)}, true, expected);
        cross_entropy.check("", row, narrow(wanted), false, expected);
        divergence.check("", row, narrow(wanted), false, expected);
      }
}

TEST_CASE("binary_cross_entropy and binary focal of a thousand outputs are their formulas") {
  const Plugin cross_entropy("binary_cross_entropy"), focal("focal");
  for (const float size : {0.01f, 3.0f, 9.0f})
    for (const std::vector<float>& row : long_rows(size)) {
      std::vector<Real> yes, no, less;
      for (std::size_t i = 0; i < row.size(); ++i)
        yes.push_back(i % 3 == 0), no.push_back(1 - yes.back()), less.push_back(yes.back() / 4);
      cross_entropy.check("", row, narrow(yes), false, answers_of(row, yes, no, 0));
      cross_entropy.check("pos_weight = 0.25", row, narrow(yes), false, answers_of(row, less, no, 0));
      focal.check("mode = 'binary'", row, narrow(yes), false, answers_of(row, yes, no, 2));
    }
  // All sure and right: what is left of the loss is the sum of the exponentials.
  const std::vector<float> sure(1000, -40.0f);
  const std::vector<Real> none(1000, 0), all(1000, 1);
  cross_entropy.check("", sure, narrow(none), false, answers_of(sure, none, all, 0));
}

TEST_CASE("focal and cross_entropy keep tiny gradients and logits of minus infinity") {
  const Plugin cross_entropy("cross_entropy"), focal("focal");
  const Expected half = focal_of({20, 0}, {1, 0}, 0.5);
  CHECK(static_cast<double>(half.gradient[0]) == Approx(-1.40e-13).epsilon(0.01));
  const Expected alpha = focal_of({15, 0}, {0.3L, 0}, 0);
  CHECK(static_cast<double>(alpha.gradient[0]) == Approx(-9.177e-8).epsilon(1e-3));
  const Expected torch = focal_of({-inf, 0, 0}, {0, 0, 1}, 0);
  CHECK(static_cast<double>(torch.loss) == Approx(0.6931).epsilon(1e-4));
  CHECK(torch.gradient == std::vector<Real>{0, 0.5, -0.5});
  focal.check("gamma = 0.5", {20, 0}, {0}, true, half);
  focal.check("gamma = 0.0\nalpha = 0.3", {15, 0}, {0}, true, alpha);
  cross_entropy.check("", {-inf, 0, 0}, {2}, true, torch);
}

TEST_CASE("binary_cross_entropy and binary focal are their formulas at the edges") {
  const Plugin cross_entropy("binary_cross_entropy"), focal("focal");
  for (const float z :
       {-inf, -1e4f, -120.0f, -88.0f, -80.0f, -40.0f, -15.0f, -1.0f, 0.0f, 1.0f, 15.0f, 40.0f, 80.0f, 88.0f, 1e4f, inf})
    for (const float y : {0.0f, 1.0f}) {
      const std::vector<Real> yes{y}, no{1 - y};
      cross_entropy.check("", {z}, {y}, false, answers_of({z}, yes, no, 0));
      cross_entropy.check("pos_weight = 3.0", {z}, {y}, false, answers_of({z}, {3 * y}, no, 0));
      for (const auto& [text, gamma] : std::map<std::string, Real>{{"0.0", 0}, {"0.5", 0.5}, {"2.0", 2}})
        focal.check("mode = 'binary'\ngamma = " + text, {z}, {y}, false, answers_of({z}, yes, no, gamma));
    }
}
