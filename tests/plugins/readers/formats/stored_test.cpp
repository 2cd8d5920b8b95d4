// Features that memory may not hold: their batches, statistics and errors are those of features in memory.
#include <bit>
#include <cstring>
#include <limits>

#include "data/batches/batches.hpp"
#include "data/feature_rows.hpp"
#include "data/preparation.hpp"
#include "data/preparation_json.hpp"
#include "data/split.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;
using Floats = std::vector<float>;

namespace {

constexpr std::int64_t rows = 300, features = 7;

/// An array of rows x features in NumPy's format 1.0.
template <class Number>
std::string npy(const std::string& type, Number (*value)(std::int64_t)) {
  std::string head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                     std::to_string(features) + "), }";
  head.resize(117, ' ');
  std::string bytes = std::string("\x93NUMPY\x01\0\x76\0", 10) + head + "\n";
  for (std::int64_t i = 0; i < rows * features; ++i) {
    const Number number = value(i);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return bytes;
}

std::int64_t scattered(std::int64_t i) { return i * 7919 % 10007; }

struct Array {
  std::string type, bytes;
  std::uint64_t size;  // of an element
};

std::vector<Array> arrays() {
  return {
      {"u1", npy<std::uint8_t>("|u1", [](std::int64_t i) { return static_cast<std::uint8_t>(scattered(i)); }), 1},
      {"b1", npy<std::uint8_t>("|b1", [](std::int64_t i) { return static_cast<std::uint8_t>(scattered(i) % 2); }), 1},
      {"i2", npy<std::int16_t>("<i2", [](std::int64_t i) { return static_cast<std::int16_t>(scattered(i) * 3 - 15000); }), 2},
      {"f2", npy<std::uint16_t>("<f2", [](std::int64_t i) { return static_cast<std::uint16_t>(0x3c00 + scattered(i) % 512); }),
       2},
      {"i4", npy<std::int32_t>("<i4", [](std::int64_t i) { return static_cast<std::int32_t>(16777217 + scattered(i)); }), 4},
      {"f4", npy<float>("<f4", [](std::int64_t i) { return static_cast<float>(scattered(i)) * 0.37f - 1000.0f; }), 4},
      {"i8", npy<std::int64_t>("<i8", [](std::int64_t i) { return 1700000000000 + scattered(i); }), 8},
      {"f8 that floats hold", npy<double>("<f8", [](std::int64_t i) { return static_cast<double>(scattered(i)) * 0.25; }), 8},
      {"f8 that floats do not", npy<double>("<f8", [](std::int64_t i) { return static_cast<double>(scattered(i)) * 0.1; }), 8},
      {"f4 with gaps",
       npy<float>("<f4",
                  [](std::int64_t i) {
                    return i % 83 == 5 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(scattered(i));
                  }),
       4},
  };
}

Floats batches_of(const Dataset& dataset, bool shuffle) {
  BatchOptions options;
  options.batch_size = 32;
  options.shuffle = shuffle;
  options.seed = 3;
  Batches batches(dataset, options);
  Floats all;
  for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
    batches.begin_epoch(epoch, epoch == 1 ? 2 : 0);
    for (Batch batch; batches.next(batch);) {
      all.insert(all.end(), batch.features, batch.features + batch.count * dataset.sample_size());
      all.push_back(static_cast<float>(batch.indices[0]));
    }
  }
  return all;
}

bool same_bits(const Floats& one, const Floats& other) {
  return one.size() == other.size() && std::memcmp(one.data(), other.data(), one.size() * sizeof(float)) == 0;
}

struct Prepared {
  Dataset training, rest;
  std::string preparation;
  std::uint64_t stored = 0;
};

/// As a run does it: read, split, fitted on one part, applied to both.
Prepared prepared(const Array& array, std::uint64_t limit, Scaling scaling, Missing missing) {
  TestFile file("a.npy", array.bytes);
  file.source.memory_limit = limit;
  file.source.keep_doubles = scaling != Scaling::none;
  file.source.missing = missing;
  file.source.target_kind = TargetKind::none;
  const Dataset all = file.read();
  Prepared result;
  result.stored = all.stored ? 1 : 0;
  const Split parts = split(all, 0.25, false, 11, 1);
  result.training = all.rows(parts.kept);
  result.rest = all.rows(parts.split_off);
  const Preparation preparation = Preparation::fit(result.training, scaling, scaling == Scaling::scale ? 0.1 : 1.0);
  preparation.apply(result.training);
  preparation.apply(result.rest);
  result.preparation = to_json(preparation);
  // The file goes with this function: it is open, and stays readable.
  return result;
}

}  // namespace

TEST_CASE("batches, statistics and splits of features that stay in the file are those of features in memory, bit for bit") {
  for (const Array& array : arrays())
    for (const Scaling scaling : {Scaling::none, Scaling::standardize, Scaling::min_max, Scaling::scale})
      for (const Missing missing : {Missing::skip_row, Missing::zero, Missing::mean}) {
        if (missing != Missing::mean && array.type != "f4 with gaps") continue;
        CAPTURE(array.type, static_cast<int>(scaling), static_cast<int>(missing));
        const Prepared in_memory = prepared(array, std::numeric_limits<std::uint64_t>::max(), scaling, missing);
        CHECK(in_memory.stored == 0);
        const std::uint64_t own = rows * features * array.size;
        for (const std::uint64_t limit : {std::uint64_t{0}, own - 1, own}) {
          CAPTURE(limit);
          const Prepared stored = prepared(array, limit, scaling, missing);
          const bool wide = scaling != Scaling::none && (array.size == 8 || array.type == "i4");
          CHECK(stored.stored == (limit < rows * features * (wide ? 8 : 4) ? 1 : 0));
          CHECK(stored.preparation == in_memory.preparation);
          CHECK(stored.training.file_rows == in_memory.training.file_rows);
          for (const bool shuffle : {false, true}) {
            CHECK(same_bits(batches_of(stored.training, shuffle), batches_of(in_memory.training, shuffle)));
            CHECK(same_bits(batches_of(stored.rest, shuffle), batches_of(in_memory.rest, shuffle)));
          }
        }
      }
}

TEST_CASE("a marker that is a number means a missing value in features that stay in the file too") {
  TestFile file("a.npy", arrays()[2].bytes);
  file.source.target_kind = TargetKind::none;
  file.source.missing = Missing::mean;
  file.source.missing_markers = {"-9"};
  const Dataset in_memory = file.read();
  file.source.memory_limit = 0;
  const Dataset stored = file.read();
  REQUIRE(stored.stored);
  Floats read(static_cast<std::size_t>(rows * features));
  std::vector<std::uint32_t> all(static_cast<std::size_t>(rows));
  for (std::uint32_t row = 0; row < rows; ++row) all[row] = row;
  stored.stored->read(all, read.data());
  CHECK(same_bits(read, in_memory.features));
}

TEST_CASE("what is wrong with features that stay in the file is told before the run, as of those in memory") {
  TestFile file("a.npy", arrays()[9].bytes);
  file.source.target_kind = TargetKind::none;
  const std::string in_memory = file.fault();
  file.source.memory_limit = 0;
  CHECK(in_memory ==
        "a.npy: row 1, element 6: NaN, a missing value; missing values may be skipped with their row, or become zero "
        "or the column's mean, when told");
  CHECK(file.fault() == in_memory);
}

TEST_CASE("a file that shrinks while its batches are read ends in an error with its place, in whatever order they are") {
  for (const bool shuffle : {false, true}) {
    CAPTURE(shuffle);
    TestFile file("a.npy", arrays()[5].bytes);
    file.source.target_kind = TargetKind::none;
    file.source.memory_limit = 0;
    const Dataset dataset = file.read();
    std::filesystem::resize_file(file.source.file, 128 + 100 * features * 4);
    const std::string fault = file.fault_of([&] { batches_of(dataset, shuffle); });
    CHECK_THAT(fault, StartsWith("a.npy: ends after "));
    CHECK_THAT(fault, ContainsSubstring(" of 2100 elements: the file is truncated"));
  }
}
