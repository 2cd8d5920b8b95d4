// Reading tensors one by one, to where they belong.
#include <cstring>

#include "store/input_file.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_read.hpp"
#include "store/safetensors_write.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/raw_safetensors.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
using store::DType;
using test::store_error_of;

namespace {

const float three[] = {1.5f, 2.5f, 3.5f};
const std::uint8_t two[] = {7, 8};

void write(const std::filesystem::path& path) {
  const store::StoredTensor tensors[] = {{"t", DType::F32, {3}, std::as_bytes(std::span(three))},
                                         {"bytes", DType::U8, {2}, std::as_bytes(std::span(two))}};
  store::write_tensors(path, tensors, {{"epoch", "3"}});
}

}  // namespace

TEST_CASE("tensors are read one by one, as a file read whole has them") {
  test::TemporaryFolder folder;
  write(folder / "x");
  const store::TensorReader reader(folder / "x");
  REQUIRE(reader.tensors().size() == 2);
  CHECK(reader.tensors()[0].name == "bytes");
  CHECK(reader.metadata() == store::Metadata{{"epoch", "3"}});
  const auto* entry = reader.find("t");
  REQUIRE(entry != nullptr);
  CHECK(entry->type == DType::F32);
  CHECK(entry->shape == std::vector<std::int64_t>{3});
  CHECK(entry->size() == sizeof three);
  float values[3] = {};
  reader.read(*entry, std::as_writable_bytes(std::span(values)));
  CHECK(std::memcmp(values, three, sizeof three) == 0);
  std::uint8_t bytes[2] = {};
  reader.read(*reader.find("bytes"), std::as_writable_bytes(std::span(bytes)));
  CHECK(bytes[1] == 8);
  CHECK(reader.find("u") == nullptr);
}

TEST_CASE("faults of a file are reported before any tensor is read, as for a file that is read whole") {
  test::TemporaryFolder folder;
  write(folder / "x");
  const std::string sound = store::read_file(folder / "x");
  for (std::size_t at = 0; at < sound.size(); ++at) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    test::put_file(folder / "y", damaged);
    const std::string error = store_error_of([&] { store::TensorReader reader(folder / "y"); });
    CHECK_FALSE(error.empty());
    CHECK(error == store_error_of([&] { store::TensorFile file(folder / "y"); }));
  }
}

TEST_CASE("a file that is cut while it is read is truncated, and no crash") {
  test::TemporaryFolder folder;
  write(folder / "x");
  const store::TensorReader reader(folder / "x");
  std::filesystem::resize_file(folder / "x", std::filesystem::file_size(folder / "x") - 1);
  std::uint8_t bytes[2] = {};
  CHECK(test::contains(store_error_of([&] { reader.read(*reader.find("bytes"), std::as_writable_bytes(std::span(bytes))); }),
                       "truncated: 1 bytes are missing"));
}
