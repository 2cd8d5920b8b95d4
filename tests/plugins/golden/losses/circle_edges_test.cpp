// Circle loss of pairs at the edges - equal, opposite, at right angles, all but equal, very long and very short embeddings, sure
// and right, and wrong - against the formula of its description in long double.
#include <map>

#include "plugins/golden/losses/edge_checks.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;

using Row = std::vector<Real>;

Real dot(const Row& a, const Row& b) {
  Real sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

struct Exponent {
  Real value, slope;  // by the similarity
};

Exponent exponent_of(bool same, Real s, Real gamma, Real m) {
  const Real pull = std::max(same ? 1 + m - s : s + m, Real{0}), from = same ? 1 - m : m;
  const Real sign = same ? -gamma : gamma;
  return {sign * pull * (s - from), pull == 0 ? 0 : sign * (pull + (same ? -1 : 1) * (s - from))};
}

/// Mean over the samples; the gradient by all of them, row after row.
Expected circle_of(const std::vector<Row>& rows, const std::vector<int>& labels, Real gamma, Real margin) {
  const std::size_t size = rows.size(), outputs = rows[0].size();
  Expected expected{0, std::vector<Real>(size * outputs, 0)};
  for (std::size_t a = 0; a < size; ++a) {
    Real sums[2] = {0, 0};  // of other classes, of its own
    for (std::size_t b = 0; b < size; ++b)
      if (b != a) {
        const bool same = labels[a] == labels[b];
        const Real s = dot(rows[a], rows[b]) / std::sqrt(dot(rows[a], rows[a]) * dot(rows[b], rows[b]));
        sums[same] += std::exp(exponent_of(same, s, gamma, margin).value);
      }
    if (sums[0] == 0 || sums[1] == 0) continue;
    const Real product = sums[0] * sums[1];
    expected.loss += std::log1p(product) / static_cast<Real>(size);
    for (std::size_t b = 0; b < size; ++b)
      if (b != a) {
        const bool same = labels[a] == labels[b];
        const Real length_a = std::sqrt(dot(rows[a], rows[a])), length_b = std::sqrt(dot(rows[b], rows[b]));
        const Real s = dot(rows[a], rows[b]) / (length_a * length_b);
        const Exponent exponent = exponent_of(same, s, gamma, margin);
        const Real slope =
            product / (1 + product) * std::exp(exponent.value) / sums[same] * exponent.slope / static_cast<Real>(size);
        for (std::size_t i = 0; i < outputs; ++i) {
          expected.gradient[a * outputs + i] += slope * (rows[b][i] / length_b - s * rows[a][i] / length_a) / length_a;
          expected.gradient[b * outputs + i] += slope * (rows[a][i] / length_a - s * rows[b][i] / length_b) / length_b;
        }
      }
  }
  return expected;
}

Evaluation evaluated(const Plugin& circle, const std::string& parameters, const std::vector<std::vector<float>>& rows,
                     const std::vector<int>& labels) {
  const auto outputs = static_cast<std::int64_t>(rows[0].size());
  const Problem problem(TREINO_TARGET_INDEX, TREINO_PREDICTION_VALUES, false, outputs, 3);
  Batch batch;
  batch.samples = static_cast<std::int64_t>(rows.size());
  batch.outputs = outputs;
  for (const std::vector<float>& row : rows) batch.prediction.insert(batch.prediction.end(), row.begin(), row.end());
  batch.labels.assign(labels.begin(), labels.end());
  return circle.evaluate(parameters, problem, batch);
}

}  // namespace

TEST_CASE("circle is its formula at the edges") {
  const Plugin circle("circle");
  // Of a row that lies along another, each loses half its digits: 1e-12 of the slope by a similarity is noise.
  const std::vector<std::vector<std::vector<float>>> batches = {
      {{1, 0}, {1, 0}, {0, 1}},                                   // equal within a class, at right angles between classes
      {{1, 0}, {-1, 0}, {1, 0}},                                  // the worst: opposite within, equal between
      {{1, 0}, {1, 1e-4f}, {-1, 0}},                              // all but equal, and sure
      {{0.25f, 0.5f, -1}, {0.5f, 0.25f, 1}, {-1, 0.5f, 0.25f}},   //
      {{1e15f, 0}, {1e15f, 2e15f}, {-1e15f, 1e15f}},              // lengths do not matter
      {{1e-6f, 0}, {1e-6f, 2e-6f}, {-1e-6f, 1e-6f}},              //
      {{1e4f, 1}, {1e-4f, 1}, {1, -1e4f}, {0.5f, 1e4f}, {1, 1}},  // far from each other, and two of each class
  };
  for (const std::vector<std::vector<float>>& rows : batches)
    for (const auto& [gamma, margin] : std::map<Real, Real>{{1, 0.25L}, {80, 0.4L}, {256, 0}, {1000, 1}}) {
      std::vector<int> labels = {0, 0, 1, 1, 2};
      labels.resize(rows.size());
      std::vector<Row> exact;
      for (const std::vector<float>& row : rows) exact.emplace_back(row.begin(), row.end());
      const Expected expected = circle_of(exact, labels, gamma, margin);
      const std::string parameters =
          "gamma = " + std::to_string(static_cast<double>(gamma)) + "\nmargin = " + std::to_string(static_cast<double>(margin));
      const Evaluation found = evaluated(circle, parameters, rows, labels);
      CAPTURE(parameters, rows);
      Plugin::near(found.value(), expected.loss, 1e-300L);
      for (std::size_t i = 0; i < expected.gradient.size(); ++i) {
        CAPTURE(i);
        const Row& row = exact[i / rows[0].size()];
        Plugin::near(static_cast<double>(found.gradient[i]), expected.gradient[i],
                     1e-12L * gamma / std::sqrt(dot(row, row)) + 2e-38L);
      }
    }
}

TEST_CASE("circle of vectors that are not finite is NaN, and without pairs to compare 0") {
  const Plugin circle("circle");
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const float bad : {nan, inf, -inf}) CHECK(std::isnan(evaluated(circle, "", {{1, 0}, {bad, 1}, {0, 1}}, {0, 0, 1}).sum));
  const Evaluation alone = evaluated(circle, "", {{1, 0}, {0, 1}}, {0, 0});
  CHECK(alone.sum == 0);
  CHECK(alone.gradient == std::vector<float>{0, 0, 0, 0});
  // A row of zeros has no angle, and none is made up: similarity 0, of one class below 1 - m and between classes below m = 0.5.
  const Evaluation zero = evaluated(circle, "gamma = 1.0\nmargin = 0.5", {{0, 0}, {1, 0}, {0, 1}}, {0, 0, 1});
  // Each pair: same class exp(1.5 * 0.5), other class exp(-0.5 * 0.5); the third sample has nobody of its class.
  CHECK(zero.value() == Approx(2 * std::log1p(std::exp(0.75 - 0.25)) / 3).epsilon(1e-12));
}
