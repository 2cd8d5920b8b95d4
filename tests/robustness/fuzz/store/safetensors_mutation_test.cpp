// Valid safetensors files, changed at random: whatever comes, the reader reads a consistent file or throws StoreError.
// The seed is fixed; the address sanitizer makes this worth more.
#include <cstring>
#include <random>

#include "store/input_file.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_read.hpp"
#include "store/safetensors_write.hpp"
#include "store/store_error.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/raw_safetensors.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

/// Another program's file (no checksum, so that changes get past it) of several types, a scalar and an empty tensor.
std::string plain_header() {
  return R"({"__metadata__":{"format":"pt","epoch":"12"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
         R"("s":{"dtype":"F64","shape":[],"data_offsets":[24,32]},"e":{"dtype":"I64","shape":[0,4],"data_offsets":[32,32]},)"
         R"("b":{"dtype":"BOOL","shape":[5],"data_offsets":[32,37]}}   )";
}
const std::string plain_data = "0123456789abcdefghijklmnopqrstuvwxyzA";

std::string sealed_file() {
  test::TemporaryFolder folder;
  const store::StoredTensor tensors[] = {{"w", store::DType::U8, {std::ssize(plain_data)}, std::as_bytes(std::span(plain_data))},
                                         {"e", store::DType::F32, {0}, {}}};
  store::write_tensors(folder / "t", tensors, {{"epoch", "12"}});
  return store::read_file(folder / "t");
}

void change_bytes(std::string& text, Random& random) {
  const std::size_t position = below(random, text.size()), count = 1 + below(random, 6);
  switch (random() % 6) {
    case 0:
      text[position] = static_cast<char>(text[position] ^ 1 << random() % 8);
      break;
    case 1:
      text[position] = static_cast<char>(random());
      break;
    case 2:
      text.erase(position, count);
      break;
    case 3:
      text.insert(position, count, static_cast<char>(random()));
      break;
    case 4:
      text.insert(position, text.substr(below(random, text.size()), count * 8));
      break;
    case 5:
      text.resize(position);
      break;
  }
  if (text.empty()) text = "{";
}

/// Replaces, doubles or removes a piece that means something in the header.
void change_meaning(std::string& header, Random& random) {
  static const std::string pieces[] = {"0",
                                       "1",
                                       "24",
                                       "32",
                                       "37",
                                       "-1",
                                       "1e3",
                                       "4294967296",
                                       "9223372036854775807",
                                       "18446744073709551615",
                                       "99999999999999999999",
                                       "[",
                                       "]",
                                       "{",
                                       "}",
                                       ",",
                                       ":",
                                       "\"",
                                       "[]",
                                       "{}",
                                       "null",
                                       "true",
                                       "\"F32\"",
                                       "\"F64\"",
                                       "\"U8\"",
                                       "\"BF16\"",
                                       "\"w\"",
                                       "\"s\"",
                                       "\"dtype\"",
                                       "\"shape\"",
                                       "\"data_offsets\"",
                                       "\"__metadata__\"",
                                       "\"treino.checksum\"",
                                       "\"treino.checksum_type\""};
  const std::string& found = pieces[below(random, std::size(pieces))];
  const std::string& put = pieces[below(random, std::size(pieces))];
  const std::size_t position = header.find(found, below(random, header.size()));
  if (position == std::string::npos) return change_bytes(header, random);
  header.replace(position, random() % 4 == 0 ? 0 : found.size(), random() % 4 == 0 ? "" : put);
}

enum class Outcome { read, refused };

/// Reads `content`; what is read must hang together and lie in memory that may be read.
Outcome outcome_of(const std::filesystem::path& path, const std::string& content) {
  test::put_file(path, content);
  try {
    const store::TensorFile file(path);
    std::size_t total = 0;
    for (const store::StoredTensor& tensor : file.tensors()) {
      std::size_t size = store::item_size(tensor.type);
      for (const std::int64_t dimension : tensor.shape) size *= static_cast<std::size_t>(dimension);
      REQUIRE(tensor.bytes.size() == size);
      REQUIRE(file.find(tensor.name) == &tensor);
      total += size;
      const std::string copy(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
      REQUIRE((copy.empty() || content.find(copy) != std::string::npos));
    }
    REQUIRE(total < content.size());
    return Outcome::read;
  } catch (const store::StoreError& error) {
    REQUIRE(std::string(error.what()).starts_with(path.string() + ": "));
    return Outcome::refused;
  }
}

}  // namespace

TEST_CASE("of files without a checksum, changed at random, every one is read consistently or refused") {
  test::TemporaryFolder folder;
  Random random(20240607);
  int read = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string header = plain_header(), data = plain_data;
    for (std::size_t changes = 1 + below(random, 3); changes > 0; --changes) change_meaning(header, random);
    if (random() % 16 == 0) change_bytes(data, random);
    std::string file = test::raw_safetensors(header, data);
    if (random() % 8 == 0) change_bytes(file, random);
    read += outcome_of(folder / "x", file) == Outcome::read ? 1 : 0;
  }
  // Some changes do no harm (a metadata's text, another dtype of the same size), most do.
  CHECK(read > 30);
  CHECK(read < 3000);
}

TEST_CASE("of files with a checksum, changed at random, every one is refused") {
  test::TemporaryFolder folder;
  const std::string whole = sealed_file();
  REQUIRE(outcome_of(folder / "x", whole) == Outcome::read);
  Random random(77);
  for (int round = 0; round < 4000; ++round) {
    std::string file = whole;
    for (std::size_t changes = 1 + below(random, 3); changes > 0; --changes) change_bytes(file, random);
    if (file != whole) REQUIRE(outcome_of(folder / "x", file) == Outcome::refused);
  }
}

TEST_CASE("noise after a plausible length is refused") {
  test::TemporaryFolder folder;
  Random random(5);
  for (int round = 0; round < 1000; ++round) {
    std::string noise = "{";
    for (std::size_t i = below(random, 300); i > 0; --i) noise += static_cast<char>(random());
    REQUIRE(outcome_of(folder / "x", test::raw_safetensors(noise, noise)) == Outcome::refused);
  }
}
