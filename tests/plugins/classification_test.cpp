// What <treino/classification.hpp> refuses beyond what the metrics that are built on it can come to.
#include <treino/classification.hpp>

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
  CHECK_THROWS_WITH(three.merge(counts_of(2)), Catch::Contains("another number of classes"));
  CHECK(three.answers() == 1);
}

TEST_CASE("a state of another number of classes is not loaded, and nothing changes") {
  treino::ClassCounts three = counts_of(3), two = counts_of(2);
  see_one(two);
  treino::Writer writer;
  three.save(writer);
  treino::Reader reader(writer.bytes().data(), writer.bytes().size());
  CHECK_THROWS_WITH(two.load(reader), Catch::Contains("another number of classes"));
  CHECK(two.right() == 1);
  CHECK(two.of(1).hits == 1);
}

TEST_CASE("classes bear the data's names, or their numbers where the data name none") {
  const char* const names[] = {"no", "yes"};
  const treino_problem facts{sizeof(treino_problem), TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, 1, 1, 2, 8, names, 1};
  treino::ClassCounts counts(std::nullopt);
  counts.prepare(treino::Problem(facts), "a metric");
  CHECK(counts.class_name(1) == "yes");
  CHECK(counts_of(2).class_name(1) == "1");
}

}  // namespace
