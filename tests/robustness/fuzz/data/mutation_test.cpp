// Valid files, broken in thousands of ways with a fixed seed: a reader may accept the result or throw DataError, nothing else.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "data/preparation.hpp"
#include "data/preparation_json.hpp"
#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::deflated;
using treino::test::idx;
using treino::test::TestSource;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound); }

/// One change of the kinds that files suffer, or that an attacker would try.
void mutate(std::string& bytes, Random& random) {
  static const std::vector<std::string> pieces = {"\"",
                                                  ",",
                                                  "\n",
                                                  "\r",
                                                  std::string(1, '\0'),
                                                  "nan",
                                                  "1e999",
                                                  "-",
                                                  "\xff\xff\xff\xff",
                                                  std::string("\0\0\0\0", 4),
                                                  "\x7f\xff\xff\xff",
                                                  "PK\x01\x02",
                                                  "'shape': (",
                                                  "99999999999999"};
  const std::size_t at = below(random, bytes.size() + 1);
  const std::string& piece = pieces[below(random, pieces.size())];
  switch (below(random, 6)) {
    case 0:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      if (at < bytes.size()) bytes[at] = static_cast<char>(random());
      break;
    case 2:
      bytes.resize(at);
      break;
    case 3:
      bytes.insert(at, piece);
      break;
    case 4:
      bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece);
      break;
    default:
      bytes.erase(at, 1 + below(random, 16));
  }
}

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TestSource random_options(Random& random) {
  TestSource source;
  static constexpr Missing missing[] = {Missing::error, Missing::skip_row, Missing::zero, Missing::mean};
  source.missing = missing[below(random, 4)];
  static constexpr TargetKind kinds[] = {TargetKind::none, TargetKind::index, TargetKind::one_hot, TargetKind::values};
  if (below(random, 2) == 0) source.target_kind = kinds[below(random, 4)];
  if (below(random, 4) == 0) source.header = below(random, 2) == 0;
  return source;
}

struct Outcomes {
  int accepted = 0, refused = 0;
};

/// Some file systems (ext4) wait for the disk when a file that was cut to nothing is written again, but not for a new one.
void write_fresh(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);
  treino::test::write_file(path, bytes);
}

/// Reads `bytes` and everything that follows from it; counts how it ended.
void try_file(const treino::test::TemporaryFolder& folder, const std::string& name, const std::string& bytes, TestSource source,
              Outcomes& outcomes) {
  source.file = folder / name;
  write_fresh(source.file, bytes);
  try {
    outline(source);
  } catch (const DataError&) {
  }
  try {
    Dataset data = read(source);
    REQUIRE(data.count > 0);
    REQUIRE(static_cast<std::int64_t>(data.features.size()) == data.count * data.sample_size());
    const Preparation preparation = Preparation::fit(data, Scaling::standardize);
    preparation.apply(data);
    ++outcomes.accepted;
  } catch (const DataError& error) {
    REQUIRE(std::string(error.what()).size() < 2000);
    ++outcomes.refused;
  }
}

/// TREINO_MUTATIONS=1000000 tries so many in each place where the suite tries a few thousand.
int rounds_of(int rounds) {
  const char* asked = std::getenv("TREINO_MUTATIONS");
  return asked == nullptr ? rounds : std::max(std::atoi(asked), rounds);
}

template <class Prepare>
void fuzz(const std::string& name, const std::string& valid, int few, std::uint64_t seed, Prepare prepare) {
  const int rounds = rounds_of(few);
  const treino::test::TemporaryFolder folder;
  Random random(seed);
  Outcomes outcomes;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(name, round);
    std::string bytes = valid;
    for (std::size_t changes = 1 + below(random, 4); changes > 0; --changes) mutate(bytes, random);
    TestSource source = random_options(random);
    prepare(source);
    try_file(folder, name, bytes, source, outcomes);
  }
  CHECK(outcomes.refused > rounds / 10);  // else the mutations do not bite
  CHECK(peak_kilobytes() < 1 << 20);      // files of a few hundred bytes have no business with a gigabyte
}

bool has_reader(const std::string& id) { return std::filesystem::exists(PLUGINS "/readers/" + id + ".so"); }

/// Without its first byte, which is no part of the file.
std::string corpus_file(const std::string& reader, const std::string& name) {
  return treino::test::read_file("tests/robustness/fuzz/corpora/" + reader + "/" + name).substr(1);
}

const std::string table =
    "\"a, b\",c,label\n1,2.5,x\n-3e2,\"4\",\"y\"\"z\"\nNA,6,x\n7,8.25,y\n"
    "0.001,-0,x\n1e-40,16777217,y\n";

void label_last(TestSource& source) { source.target = {std::int64_t{-1}}; }

}  // namespace

TEST_CASE("mutated CSV files are read or refused") { fuzz("a.csv", table, 4000, 1, label_last); }

TEST_CASE("mutated blank-separated files are read or refused") {
  fuzz("a.txt", "1 2  3\n4  5\t6\n 7 8 9 \n", 2000, 2, [](TestSource& source) {
    source.delimiter = ' ';
    source.format = "csv";
  });
}

TEST_CASE("mutated gzip files are read or refused") { fuzz("a.csv.gz", deflated(table), 3000, 3, label_last); }

TEST_CASE("mutated IDX files are read or refused") {
  fuzz("a.idx", idx(8, {2, 2, 3}, "abcdefghijkl"), 3000, 4, [](TestSource& source) { source.target_kind = {}; });
  fuzz("a.idx.gz", deflated(idx(13, {3, 2}, std::string(24, '\1'))), 2000, 5,
       [](TestSource& source) { source.target_kind = {}; });
}

TEST_CASE("mutated NPY files are read or refused") {
  for (const char* name : {"f8_le_c.npy", "f4_be_fortran.npy", "i2_be_v2.npy", "u8_3d_fortran.npy", "f2.npy"}) {
    const std::string valid = treino::test::read_file(std::string("tests/plugins/readers/formats/files/") + name);
    fuzz("a.npy", valid, 1500, 6, [](TestSource& source) { source.target_kind = {}; });
  }
}

TEST_CASE("mutated NPZ files are read or refused") {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const std::string valid = treino::test::read_file(std::string("tests/plugins/readers/formats/files/") + name);
    fuzz("a.npz", valid, 3000, 7, [](TestSource&) {});
  }
}

TEST_CASE("mutated LIBSVM files are read or refused") {
  fuzz("a.libsvm", "# two rows\n+1 1:0.5 3:-2e1 # x\r\n\n-1 2:nan\n2 2:7 4:1\n", 3000, 10, [](TestSource&) {});
}

TEST_CASE("mutated HDF5 files are read or refused") {
  if (!has_reader("hdf5")) return;
  for (const char* name : {"table", "chunks", "old"})
    fuzz("a.h5", corpus_file("hdf5", name), 300, 14, [](TestSource& source) {
      source.target_kind = {};
      source.target_key = "";
    });
}

TEST_CASE("mutated images are read or refused") {
  if (!has_reader("images")) return;
  for (const char* name : {"gray", "colors", "palette", "jpeg", "jpeg_progressive", "jpeg_gray"}) {
    const auto prepare = [](TestSource& source) {
      source.format = "images";
      source.target_kind = {};
      source.size = {3, 5};
    };
    fuzz("a", corpus_file("images", name), 1000, 11, prepare);
  }
  fuzz("a.csv", "path,kind\nnone.png,1\n\"a.jpg\",2\n", 500, 12, [](TestSource& source) { source.format = "images"; });
}

TEST_CASE("mutated SQLite databases are read or refused") {
  if (!has_reader("sqlite")) return;
  for (const char* name : {"table", "numbers", "without_rowid", "view", "pages"})
    fuzz("a.db", corpus_file("sqlite", name), 600, 13, [](TestSource& source) { source.target_kind = {}; });
}

TEST_CASE("mutated texts are read or refused") {
  for (const char* name : {"a.txt", "a.txt.gz"}) {
    const std::string text = "To be, or not to be:\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 that is the question.\n";
    fuzz(name, std::string(name) == "a.txt" ? text : deflated(text), 2000, 14, [](TestSource& source) {
      source.format = "text";
      source.target_kind = {};
    });
  }
}

TEST_CASE("mutated label files are read or refused") {
  const treino::test::TemporaryFolder folder;
  Random random(8);
  Outcomes outcomes;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = idx(8, {2}, std::string("\0\1", 2));
    for (std::size_t changes = 1 + below(random, 3); changes > 0; --changes) mutate(bytes, random);
    write_fresh(folder / "labels", bytes);
    TestSource source = random_options(random);
    source.target_file = folder / "labels";
    try_file(folder, "a.idx", idx(8, {2, 1, 3}, "abcdef"), source, outcomes);
  }
  CHECK(outcomes.refused > 200);
}

TEST_CASE("mutated preparations are read or refused") {
  Dataset data;
  data.count = 2;
  data.sample_shape = {2};
  data.features = {1, 2, 3.5f, 4};
  const std::string valid = to_json(Preparation::fit(data, Scaling::standardize));
  Random random(9);
  for (int round = 0; round < 5000; ++round) {
    CAPTURE(round);
    std::string text = valid;
    for (std::size_t changes = 1 + below(random, 3); changes > 0; --changes) mutate(text, random);
    try {
      preparation_from_json(text);
    } catch (const DataError&) {
    }
  }
}
