// What <treino/classification.hpp> refuses beyond what the metrics that are built on it can come to.
#include "shared/classification/classification.hpp"

#include "support/catch.hpp"

namespace {

treino::ClassCounts counts_of(std::int64_t classes) {
  const treino_problem facts{
      sizeof(treino_problem), TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, 0, classes, classes, 8, nullptr, 1};
  treino::ClassCounts counts(std::nullopt);
  counts.prepare(treino::Problem(facts), "a metric");
  return counts;
}

/// One sample of class 1, answered as class 1.
void see_one(treino::ClassCounts& counts) {
  const std::vector<float> prediction{0, 1, 0};
  const std::int32_t target = 1;
  counts.update(treino::Matrix<const float>(prediction.data(), 1, counts.classes(), counts.classes()), treino::Target(&target),
                {});
}

TEST_CASE("counts of another number of classes are not added, and nothing changes") {
  treino::ClassCounts three = counts_of(3);
  see_one(three);
  CHECK_THROWS_WITH(three.merge(counts_of(2)), ContainsSubstring("another number of classes"));
  CHECK(three.answers() == 1);
}

TEST_CASE("a state of another number of classes is not loaded, and nothing changes") {
  treino::ClassCounts three = counts_of(3), two = counts_of(2);
  see_one(two);
  treino::Writer writer;
  three.save(writer);
  treino::Reader reader(writer.bytes().data(), writer.bytes().size());
  CHECK_THROWS_WITH(two.load(reader), ContainsSubstring("another number of classes"));
  CHECK(two.right() == 1);
  CHECK(two.of(1).hits == 1);
}

TEST_CASE("classes have the data's names, or their indices where the data name none") {
  const char* const names[] = {"no", "yes"};
  const treino_problem facts{sizeof(treino_problem), TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, 1, 1, 2, 8, names, 1};
  treino::ClassCounts counts(std::nullopt);
  counts.prepare(treino::Problem(facts), "a metric");
  CHECK(counts.class_name(1) == "yes");
  CHECK(counts_of(2).class_name(1) == "1");
}

TEST_CASE("the largest of few outputs counts, whatever is left over of vectors, and of a weight of 0 nothing is looked at") {
  for (std::int64_t classes = 2; classes <= 33; ++classes) {
    for (const std::int64_t samples : {1, 3, 4, 15, 16, 17, 31, 33}) {
      CAPTURE(classes, samples);
      const std::int64_t stride = classes + 3;
      std::vector<float> prediction(static_cast<std::size_t>(samples * stride), 99.0f), weights;
      std::vector<std::int32_t> target;
      double right = 0, all = 0;
      for (std::int64_t s = 0; s < samples; ++s) {
        const std::int64_t answer = s * s % classes, actual = s % 3 == 0 ? answer : s % classes;
        for (std::int64_t c = 0; c < classes; ++c)
          prediction[static_cast<std::size_t>(s * stride + c)] = c == answer ? 1.0f : c < answer ? -2.0f : 0.5f;
        weights.push_back(static_cast<float>(s % 4));
        target.push_back(s % 4 == 0 ? -1 : static_cast<std::int32_t>(actual));
        all += static_cast<double>(s % 4);
        if (answer == actual) right += static_cast<double>(s % 4);
      }
      treino::ClassCounts counts = counts_of(classes);
      counts.update(treino::Matrix<const float>(prediction.data(), samples, classes, stride), treino::Target(target.data()),
                    treino::Weights(weights.data()));
      REQUIRE(counts.answers() == all);
      REQUIRE(counts.right() == right);
      REQUIRE(counts.sum().predicted == all);
      REQUIRE(counts.sum().actual == all);
    }
  }
}

}  // namespace
