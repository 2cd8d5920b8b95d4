// The parts of the metrics' headers that no metric's cases come near: many samples, extreme scores, foreign states.
#include "shared/classification/ranking_curve.hpp"

#include <random>

#include "support/catch.hpp"

namespace {

TEST_CASE("values are sorted with their weights, few as many, negative, infinite and tiny ones too") {
  std::mt19937 random(5);
  for (const std::size_t count : {0, 1, 100, 100000}) {
    std::vector<std::pair<float, float>> expected;
    std::vector<std::uint64_t> words;
    for (std::size_t i = 0; i < count; ++i) {
      const float special[] = {
          -0.0f, 0.0f, -1e-40f, 1e-40f, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::max()};
      const float number = i % 10 == 0 ? special[random() % 6] : std::normal_distribution<float>(0, 1e3f)(random);
      expected.emplace_back(number, static_cast<float>(i));
      words.push_back(treino::sortable(number, static_cast<float>(i)));
    }
    std::stable_sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    treino::sort_by_number(words);
    REQUIRE(words.size() == expected.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < count; ++i)
      wrong += treino::order_of(words[i]) != treino::order_of(treino::sortable(expected[i].first, 0.0f));
    CHECK(wrong == 0);
    double sum = 0;
    for (const std::uint64_t word : words) sum += static_cast<double>(treino::weight_of(word));
    CHECK(sum == static_cast<double>(count) * (static_cast<double>(count) - 1) / 2);
  }
  CHECK(treino::order_of(treino::sortable(0.0f, 1.0f)) == treino::order_of(treino::sortable(-0.0f, 1.0f)));
}

TEST_CASE("a ranking curve goes down from the highest score, and gives equal scores at once") {
  const auto words = [](std::vector<float> scores) {
    std::vector<std::uint64_t> sortable;
    for (const float score : scores) sortable.push_back(treino::sortable(score, 2.0f));
    return sortable;
  };
  const treino::RocCurve curve(words({1, 3, 3}), words({3, 2, -1}));
  CHECK(curve.positives() == 6);
  CHECK(curve.negatives() == 6);
  std::vector<std::pair<double, double>> steps;
  curve.descend([&](double positive, double negative) { steps.emplace_back(positive, negative); });
  CHECK((steps == std::vector<std::pair<double, double>>{{4, 2}, {0, 2}, {2, 0}, {0, 2}}));
}

TEST_CASE("the log-odds of a class are right however far apart the logits are") {
  const treino_problem facts{sizeof(treino_problem), TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, 0, 3, 3, 8, nullptr, 1};
  treino::Scores scores;
  scores.prepare(treino::Problem(facts), "a metric");
  const float level[] = {1, 1, 1}, steep[] = {9000, -9000, 0}, near[] = {2, 1, 0};
  scores.look_at(level);
  for (std::int64_t label = 0; label < 3; ++label) CHECK(scores.of(label) == Approx(-std::log(2.0)));
  scores.look_at(steep);
  CHECK(scores.of(0) == 9000);
  CHECK(scores.of(1) == -18000);
  CHECK(scores.of(2) == -9000);
  scores.look_at(near);
  CHECK(scores.of(0) == Approx(2 - std::log(std::exp(1.0) + 1)));
  CHECK(scores.of(1) == Approx(1 - std::log(std::exp(2.0) + 1)));
  double probability = 0;
  scores.parts(near, 2, 3, &probability);
  CHECK(probability == Approx(1 / (1 + std::exp(1.0) + std::exp(2.0))).epsilon(1e-6));
}

TEST_CASE("the largest of a long row is found where it stands first") {
  std::vector<float> row(1000, -1);
  CHECK(treino::largest(row.data(), 1000) == 0);
  for (const std::size_t at : {999u, 640u, 639u, 63u, 7u}) {
    row[at] = 5;
    CHECK(treino::largest(row.data(), 1000) == static_cast<std::int64_t>(at));
  }
  std::fill(row.begin(), row.end(), std::numeric_limits<float>::quiet_NaN());
  const std::int64_t any = treino::largest(row.data(), 1000);
  CHECK((any >= 0 && any < 1000));
}

}  // namespace
