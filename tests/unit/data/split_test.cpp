// Splits by seed: disjoint, of the size asked for, and fair to every class.
#include "data/split.hpp"

#include <algorithm>
#include <numeric>

#include "support/catch.hpp"
#include "support/data_fault.hpp"

using namespace treino::data;
using Rows = std::vector<std::uint32_t>;

namespace {

Dataset with_classes(const std::vector<std::int32_t>& classes, std::int64_t width) {
  Dataset data;
  data.count = static_cast<std::int64_t>(classes.size());
  data.sample_shape = {1};
  data.features.resize(classes.size());
  data.target_kind = TargetKind::index;
  data.target_width = width;
  data.classes = classes;
  return data;
}

/// `counts[c]` rows of class c, one class after the other.
Dataset with_counts(const std::vector<int>& counts) {
  std::vector<std::int32_t> classes;
  for (std::size_t i = 0; i < counts.size(); ++i)
    classes.insert(classes.end(), static_cast<std::size_t>(counts[i]), static_cast<std::int32_t>(i));
  return with_classes(classes, static_cast<std::int64_t>(counts.size()));
}

std::vector<int> counts_of(const Dataset& data, const Rows& rows) {
  std::vector<int> counts(static_cast<std::size_t>(data.target_width));
  for (const std::uint32_t row : rows) ++counts[static_cast<std::size_t>(data.classes[row])];
  return counts;
}

}  // namespace

TEST_CASE("both sides of a split are ascending and make up all rows") {
  const Dataset data = with_counts({60, 40});
  for (const bool stratified : {false, true}) {
    const Split parts = split(data, 0.25, stratified, 7);
    CHECK(parts.split_off.size() == 25);
    CHECK(std::is_sorted(parts.kept.begin(), parts.kept.end()));
    CHECK(std::is_sorted(parts.split_off.begin(), parts.split_off.end()));
    Rows all(parts.kept), expected(100);
    all.insert(all.end(), parts.split_off.begin(), parts.split_off.end());
    std::sort(all.begin(), all.end());
    std::iota(expected.begin(), expected.end(), 0u);
    CHECK(all == expected);
  }
}

TEST_CASE("a split depends on seed and purpose only") {
  const Dataset data = with_counts({100});
  CHECK(split(data, 0.5, false, 7, 1).kept == split(data, 0.5, false, 7, 1).kept);
  CHECK(split(data, 0.5, false, 7, 1).kept != split(data, 0.5, false, 8, 1).kept);
  CHECK(split(data, 0.5, false, 7, 1).kept != split(data, 0.5, false, 7, 2).kept);
}

TEST_CASE("the split-off part is rounded to nearest, with a row on each side at least") {
  CHECK(split(with_counts({10}), 0.26, false, 1).split_off.size() == 3);
  CHECK(split(with_counts({10}), 0.24, false, 1).split_off.size() == 2);
  CHECK(split(with_counts({10}), 0.001, false, 1).split_off.size() == 1);
  CHECK(split(with_counts({10}), 0.999, false, 1).kept.size() == 1);
}

TEST_CASE("a stratified split gives each class its share, the rest to the largest remainders") {
  // 0.3 of 55, 25, 20 = 16.5, 7.5, 6: 30 in all, so one of the two halves is rounded up: the first.
  const Dataset data = with_counts({55, 25, 20});
  CHECK(counts_of(data, split(data, 0.3, true, 3).split_off) == std::vector<int>{17, 7, 6});
  // 0.25 of 11, 7, 3 = 2.75, 1.75, 0.75: 5 of 21 (5.25) in all; 2, 1 and the least of 1 leave one more: to 2.75.
  const Dataset small = with_counts({11, 7, 3});
  CHECK(counts_of(small, split(small, 0.25, true, 3).split_off) == std::vector<int>{3, 1, 1});
}

TEST_CASE("a class of two rows has one on each side and a single row is kept") {
  // The shares are 0.1 of 100, 2, 1: 10, 0.2, 0.1, and 90, 1.8, 0.9 at 0.9.
  const Dataset data = with_counts({100, 2, 1, 0});
  CHECK(counts_of(data, split(data, 0.1, true, 3).split_off) == std::vector<int>{10, 1, 0, 0});
  CHECK(counts_of(data, split(data, 0.9, true, 3).kept) == std::vector<int>{10, 1, 1, 0});
}

TEST_CASE("one-hot targets can be stratified") {
  Dataset data;
  data.count = 4;
  data.sample_shape = {1};
  data.features.resize(4);
  data.target_kind = TargetKind::one_hot;
  data.target_width = 2;
  data.values = {1, 0, 0, 1, 1, 0, 0, 1};
  const Split parts = split(data, 0.5, true, 3);
  REQUIRE(parts.kept.size() == 2);
  CHECK((parts.kept[0] + parts.kept[1]) % 2 == 1);  // rows 0 and 2 are of one class, 1 and 3 of the other
}

TEST_CASE("what cannot be split says why") {
  using treino::test::fault_of;
  CHECK(fault_of([] { split(with_counts({10}), 0.0, false, 1); }) ==
        "cannot split off 0 of the rows; expected a fraction between 0 and 1");
  CHECK(fault_of([] { split(with_counts({10}), 1.0, false, 1); }) ==
        "cannot split off 1 of the rows; expected a fraction between 0 and 1");
  CHECK(fault_of([] { split(with_counts({1}), 0.5, false, 1); }) == "cannot split 1 rows in two");
  CHECK(fault_of([] { split(with_counts({1, 1}), 0.5, true, 1); }) == "a stratified split needs a class of two rows or more");
  CHECK(fault_of([] {
          split(with_classes({0, 5}, 2), 0.5, true, 1);
        }) == "a stratified split needs classes from 0 to target_width - 1");
  Dataset values = with_counts({4});
  values.target_kind = TargetKind::values;
  CHECK(fault_of([&] { split(values, 0.5, true, 1); }) == "a stratified split needs classes, but the targets are none or values");
}

TEST_CASE("rows are taken with all that belongs to them, in the order asked for") {
  Dataset data = with_counts({1, 1, 1});
  data.sample_shape = {2};
  data.features = {1, 2, 3, 4, 5, 6};
  data.class_names = {"a", "b", "c"};
  const Dataset part = data.rows(Rows{2, 0, 2});
  CHECK(part.count == 3);
  CHECK(part.features == std::vector<float>{5, 6, 1, 2, 5, 6});
  CHECK(part.classes == std::vector<std::int32_t>{2, 0, 2});
  CHECK(part.class_names == data.class_names);
  CHECK(part.target_width == 3);
  CHECK_THROWS_AS(data.rows(Rows{3}), std::out_of_range);
}
