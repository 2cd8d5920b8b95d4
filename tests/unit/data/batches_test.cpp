// Batches in order and shuffled: which rows, in which order, from any position on.
#include "data/batches/batches.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/data_fault.hpp"

using namespace treino::data;
using treino::test::fault_of;

namespace {

/// Row i has features 10 i and 10 i + 1, value i, class i % 3.
Dataset ten_rows(TargetKind kind) {
  Dataset data;
  data.count = 10;
  data.sample_shape = {2};
  data.target_kind = kind;
  data.target_width = kind == TargetKind::values ? 1 : 3;
  for (int i = 0; i < 10; ++i) {
    data.features.push_back(static_cast<float>(10 * i));
    data.features.push_back(static_cast<float>(10 * i + 1));
    if (kind == TargetKind::values) data.values.push_back(static_cast<float>(i));
    if (kind == TargetKind::index) data.classes.push_back(i % 3);
    for (int j = 0; kind == TargetKind::one_hot && j < 3; ++j) data.values.push_back(i % 3 == j ? 1.0f : 0.0f);
  }
  return data;
}

BatchOptions options(std::int64_t size, bool shuffle) {
  BatchOptions result;
  result.batch_size = size;
  result.shuffle = shuffle;
  result.seed = 7;
  return result;
}

std::vector<std::uint32_t> rest_of_epoch(Batches& batches) {
  std::vector<std::uint32_t> rows;
  Batch batch;
  while (batches.next(batch)) rows.insert(rows.end(), batch.indices, batch.indices + batch.count);
  return rows;
}

}  // namespace

TEST_CASE("without shuffling, rows come in their order and the last batch is the rest") {
  const Dataset data = ten_rows(TargetKind::values);
  Batches batches(data, options(4, false));
  CHECK(batches.batches_per_epoch() == 3);
  Batch batch;
  REQUIRE(batches.next(batch));
  CHECK(batch.count == 4);
  CHECK(std::vector<float>(batch.features, batch.features + 8) == std::vector<float>{0, 1, 10, 11, 20, 21, 30, 31});
  REQUIRE(batches.next(batch));
  CHECK(batches.position() == 2);
  REQUIRE(batches.next(batch));
  CHECK(batch.count == 2);
  CHECK(std::vector<float>(batch.features, batch.features + 4) == std::vector<float>{80, 81, 90, 91});
  CHECK(std::vector<float>(batch.values, batch.values + 2) == std::vector<float>{8, 9});
  CHECK(batch.classes == nullptr);
  CHECK(batch.weights == nullptr);
  CHECK_FALSE(batches.next(batch));
}

TEST_CASE("shuffled rows keep features, targets and weights together") {
  for (const TargetKind kind : {TargetKind::index, TargetKind::one_hot}) {
    const Dataset data = ten_rows(kind);
    BatchOptions shuffled = options(3, true);
    shuffled.class_weights = {1, 2, 0.5f};
    Batches batches(data, shuffled);
    std::set<std::uint32_t> seen;
    Batch batch;
    while (batches.next(batch)) {
      for (std::int64_t i = 0; i < batch.count; ++i) {
        const std::uint32_t row = batch.indices[i];
        seen.insert(row);
        CHECK(batch.features[2 * i] == static_cast<float>(10 * row));
        CHECK(batch.features[2 * i + 1] == static_cast<float>(10 * row + 1));
        if (kind == TargetKind::index) CHECK(batch.classes[i] == static_cast<std::int32_t>(row % 3));
        if (kind == TargetKind::one_hot) CHECK(batch.values[3 * i + row % 3] == 1.0f);
        CHECK(batch.weights[i] == shuffled.class_weights[row % 3]);
      }
    }
    CHECK(seen.size() == 10);
  }
}

TEST_CASE("the order depends on seed and epoch only") {
  const Dataset data = ten_rows(TargetKind::values);
  Batches one(data, options(4, true)), other(data, options(4, true));
  other.begin_epoch(5);
  rest_of_epoch(other);
  one.begin_epoch(3);
  other.begin_epoch(3);
  const auto rows = rest_of_epoch(one);
  CHECK(rows == rest_of_epoch(other));
  one.begin_epoch(4);
  CHECK(rows != rest_of_epoch(one));
  BatchOptions reseeded = options(4, true);
  reseeded.seed = 8;
  Batches third(data, reseeded);
  third.begin_epoch(3);
  CHECK(rows != rest_of_epoch(third));
}

TEST_CASE("an epoch begun at any position continues as the whole one does") {
  const Dataset data = ten_rows(TargetKind::values);
  Batches batches(data, options(4, true));
  batches.begin_epoch(2);
  const auto all = rest_of_epoch(batches);
  REQUIRE(all.size() == 10);
  for (std::int64_t position = 0; position <= 3; ++position) {
    batches.begin_epoch(2, position);
    CHECK(batches.position() == position);
    const auto rest = rest_of_epoch(batches);
    CHECK(rest == std::vector<std::uint32_t>(all.begin() + std::min<std::ptrdiff_t>(position * 4, 10), all.end()));
  }
  CHECK_THROWS_AS(batches.begin_epoch(2, 4), std::out_of_range);
  CHECK_THROWS_AS(batches.begin_epoch(2, -1), std::out_of_range);
}

TEST_CASE("the last batch is dropped only where it is not full") {
  const Dataset data = ten_rows(TargetKind::values);
  BatchOptions dropping = options(4, false);
  dropping.drop_last = true;
  Batches batches(data, dropping);
  CHECK(batches.batches_per_epoch() == 2);
  CHECK(rest_of_epoch(batches).size() == 8);
  dropping.batch_size = 5;
  CHECK(Batches(data, dropping).batches_per_epoch() == 2);
}

TEST_CASE("a batch larger than the dataset is all of it") {
  const Dataset data = ten_rows(TargetKind::values);
  Batches batches(data, options(std::int64_t{1} << 62, true));
  CHECK(batches.batches_per_epoch() == 1);
  CHECK(rest_of_epoch(batches).size() == 10);
}

TEST_CASE("options that do not fit the data are refused") {
  const Dataset data = ten_rows(TargetKind::index);
  CHECK(fault_of([&] { Batches(data, options(0, false)); }) == "batches of 0 rows; expected 1 or more");
  CHECK(fault_of([&] { Batches(Dataset(), options(1, false)); }) == "no rows to make batches of");
  BatchOptions wrong = options(11, false);
  wrong.drop_last = true;
  CHECK(fault_of([&] { Batches(data, wrong); }) ==
        "the last batch is to be dropped, but 10 rows do not fill a single batch of 11");
  wrong = options(2, false);
  wrong.class_weights = {1, 2};
  CHECK(fault_of([&] { Batches(data, wrong); }) == "2 class weights for 3 classes");
  wrong.class_weights = {1, 2, -1};
  CHECK(fault_of([&] { Batches(data, wrong); }) == "a class weight of -1; expected 0 or more");
  const Dataset values = ten_rows(TargetKind::values);
  wrong.class_weights = {1};
  CHECK(fault_of([&] { Batches(values, wrong); }) == "weighting classes needs classes, but the targets are none or values");
}

TEST_CASE("balanced weights give every class the same total") {
  // Classes 0, 1, 2 have 4, 3, 3 of 10 rows: 10 / (3 * 4) and 10 / (3 * 3).
  CHECK(balanced_class_weights(ten_rows(TargetKind::index)) == std::vector<float>{10.0f / 12, 10.0f / 9, 10.0f / 9});
  CHECK(balanced_class_weights(ten_rows(TargetKind::one_hot)) == balanced_class_weights(ten_rows(TargetKind::index)));
  Dataset lacking = ten_rows(TargetKind::index);
  std::replace(lacking.classes.begin(), lacking.classes.end(), 1, 0);
  CHECK(balanced_class_weights(lacking)[1] == 0.0f);
  CHECK_THROWS_AS(balanced_class_weights(ten_rows(TargetKind::values)), DataError);
}

namespace {

/// Enough that shuffled batches are copied by a thread of their own: batches of 5 one by one, smaller ones several at a time.
/// Feature j of row i is 1000 i + j.
Dataset wide_rows() {
  Dataset data;
  data.count = 87;
  data.sample_shape = {8192};
  data.target_kind = TargetKind::one_hot;
  data.target_width = 2;
  for (int i = 0; i < 87; ++i) {
    for (int j = 0; j < 8192; ++j) data.features.push_back(static_cast<float>(1000 * i + j));
    for (int j = 0; j < 2; ++j) data.values.push_back(i % 2 == j ? 1.0f : 0.0f);
  }
  return data;
}

void check_rows(const Dataset& data, const Batch& batch) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i) {
    const std::size_t row = batch.indices[i];
    CHECK(std::equal(batch.features + i * 8192, batch.features + (i + 1) * 8192, data.features.data() + row * 8192));
    CHECK(std::equal(batch.values + i * 2, batch.values + (i + 1) * 2, data.values.data() + row * 2));
  }
}

}  // namespace

TEST_CASE("batches copied ahead hold the rows that they name, in the order of the seed, and stay while the next is copied") {
  const Dataset data = wide_rows();
  for (std::uint64_t epoch = 0; epoch < 6; ++epoch) {
    const std::int64_t size = epoch % 2 == 0 ? 5 : 2;
    Batches batches(data, options(size, true)), other(data, options(size, true));
    batches.begin_epoch(epoch);
    other.begin_epoch(epoch);
    std::set<std::uint32_t> seen;
    Batch batch, same;
    while (batches.next(batch)) {
      REQUIRE(other.next(same));
      CHECK(std::equal(batch.indices, batch.indices + batch.count, same.indices));
      check_rows(data, batch);
      seen.insert(batch.indices, batch.indices + batch.count);
    }
    CHECK(seen.size() == 87);
    CHECK_FALSE(other.next(same));
  }
}

TEST_CASE("an epoch may be left while a batch is on its way, and entered anywhere") {
  const Dataset data = wide_rows();
  for (const std::int64_t size : {5, 2}) {
    Batches batches(data, options(size, true));
    Batch batch;
    const std::int64_t last = batches.batches_per_epoch();
    for (std::int64_t position = 0; position < last; ++position) {
      batches.begin_epoch(1, position);
      batches.begin_epoch(static_cast<std::uint64_t>(position), position);
      for (std::int64_t next = position; next < std::min(position + 4, last); ++next) {
        REQUIRE(batches.next(batch));
        CHECK(batches.position() == next + 1);
        check_rows(data, batch);
      }
    }
    batches.begin_epoch(0, last);
    CHECK_FALSE(batches.next(batch));
  }
  Batches never_used(data, options(5, true));
}

TEST_CASE("epochs that follow each other bring what each brings when begun alone, the last rows dropped or not, fast or slow") {
  const Dataset data = wide_rows();
  for (const bool drop : {false, true}) {
    for (const std::int64_t size : {1, 2, 5, 20, 87}) {
      BatchOptions shuffled = options(size, true);
      shuffled.drop_last = drop;
      Batches following(data, shuffled);
      for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
        Batches alone(data, shuffled);
        alone.begin_epoch(epoch);
        following.begin_epoch(epoch);
        if (epoch % 2 == 1) std::this_thread::sleep_for(std::chrono::milliseconds(3));  // all is copied ahead meanwhile
        Batch one, other;
        std::int64_t rows = 0;
        while (alone.next(one)) {
          REQUIRE(following.next(other));
          REQUIRE(one.count == other.count);
          CHECK(std::equal(one.indices, one.indices + one.count, other.indices));
          check_rows(data, other);
          rows += one.count;
        }
        CHECK_FALSE(following.next(other));
        CHECK(rows == (drop ? 87 / size * size : 87));
      }
    }
  }
}

TEST_CASE("an epoch may be begun again, before its end and after it, and the largest epoch number still has a next one") {
  const Dataset data = wide_rows();
  Batches batches(data, options(5, true));
  constexpr std::uint64_t last = ~std::uint64_t{0};
  batches.begin_epoch(last);
  const auto rows = rest_of_epoch(batches);
  CHECK(rows.size() == 87);
  batches.begin_epoch(last);
  CHECK(rest_of_epoch(batches) == rows);
  batches.begin_epoch(0);
  const auto first = rest_of_epoch(batches);
  CHECK(first != rows);
  for (int i = 0; i < 20; ++i) {
    Batch batch;
    batches.begin_epoch(last);
    for (int j = 0; j < i % 4; ++j) REQUIRE(batches.next(batch));
  }
  batches.begin_epoch(0);
  CHECK(rest_of_epoch(batches) == first);
}

TEST_CASE("with fewer batches, an epoch is the beginning of the same order, whether a thread gathers them or not") {
  Dataset small = ten_rows(TargetKind::values), large;
  large.count = 6000;
  large.sample_shape = {256};
  large.target_kind = TargetKind::values;
  large.target_width = 1;
  large.features.assign(6000 * 256, 1.0f);
  large.values.assign(6000, 1.0f);
  for (const bool shuffle : {false, true})
    for (const auto& [data, size] : {std::pair(&small, 4), {&large, 64}}) {
      BatchOptions few = options(size, shuffle);
      few.most_batches = 2;
      Batches all(*data, options(size, shuffle)), part(*data, few);
      CHECK(part.batches_per_epoch() == 2);
      for (std::uint64_t epoch = 0; epoch < 4; ++epoch) {
        all.begin_epoch(epoch);
        part.begin_epoch(epoch);
        std::vector<std::uint32_t> expected = rest_of_epoch(all);
        expected.resize(static_cast<std::size_t>(2 * size));
        CHECK((rest_of_epoch(part) == expected));
      }
      part.begin_epoch(1, 1);
      all.begin_epoch(1, 1);
      std::vector<std::uint32_t> expected = rest_of_epoch(all);
      expected.resize(static_cast<std::size_t>(size));
      CHECK((rest_of_epoch(part) == expected));
    }
  BatchOptions many = options(4, true);
  many.most_batches = 9;
  CHECK(Batches(small, many).batches_per_epoch() == 3);
}
