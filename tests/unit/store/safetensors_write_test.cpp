// Writing safetensors: the bytes, the checksum, and what is refused.
#include "store/safetensors_write.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "store/input_file.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_read.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/raw_safetensors.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
using store::DType;
using store::StoredTensor;
using test::contains;
using test::store_error_of;
namespace fs = std::filesystem;

namespace {

std::string error_of_writing(const std::vector<StoredTensor>& tensors, const store::Metadata& metadata = {}) {
  test::TemporaryFolder folder;
  const std::string error = store_error_of([&] { store::write_tensors(folder / "t.safetensors", tensors, metadata); });
  CHECK(test::files_in(folder.path()) == (error.empty() ? 1 : 0));
  return error;
}

std::span<const std::byte> zeros(std::size_t count) {
  static const std::array<std::byte, 4096> bytes{};
  return std::span(bytes).first(count);
}

}  // namespace

TEST_CASE("a written file has the bytes that the format's description and the checksum's definition give") {
  test::TemporaryFolder folder;
  const float weights[] = {1.0f, -2.0f};
  const std::uint8_t classes[] = {7, 8, 9};
  const StoredTensor tensors[] = {{"classes", DType::U8, {3}, std::as_bytes(std::span(classes))},
                                  {"weights", DType::F32, {1, 2}, std::as_bytes(std::span(weights))}};
  store::write_tensors(folder / "t.safetensors", tensors, {{"epoch", "3"}, {"a \"quote\"", "line\n"}});

  // The digits come from an independent XXH3-128 (xxhash 0.8.1 through Python's ctypes) of this very file with 32 zeros in their
  // place.
  const std::string header =
      R"({"__metadata__":{"treino.checksum":"917842efe2db9bf79863fc6d195214aa","treino.checksum_type":"XXH3-128","a \"quote\"":"line\n","epoch":"3"},)"
      R"("weights":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"classes":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})";
  const std::string data("\x00\x00\x80\x3f\x00\x00\x00\xc0\x07\x08\x09", 11);
  // 8 + 260 bytes are padded to the next multiple of 64.
  CHECK(store::read_file(folder / "t.safetensors") == test::raw_safetensors(header + std::string(52, ' '), data));
}

TEST_CASE("what was written is read back bit for bit, of every element type") {
  test::TemporaryFolder folder;
  constexpr DType types[] = {DType::F32,  DType::F64, DType::I32,  DType::I64, DType::U8,  DType::U32, DType::U64,
                             DType::BOOL, DType::F16, DType::BF16, DType::I8,  DType::I16, DType::U16};
  std::vector<std::string> contents;
  for (const DType type : types) {
    std::string content;
    for (std::size_t i = 0; i < 6 * store::item_size(type); ++i)
      content += static_cast<char>(i * 37 + static_cast<std::size_t>(type));
    contents.push_back(content);
  }
  std::vector<StoredTensor> tensors;
  for (std::size_t i = 0; i < std::size(types); ++i) {
    tensors.push_back({"tensor " + std::to_string(i), types[i], {2, 3}, std::as_bytes(std::span(contents[i]))});
  }
  store::write_tensors(folder / "all", tensors, {});

  const store::TensorFile file(folder / "all");
  CHECK(file.has_checksum());
  CHECK(file.tensors().size() == std::size(types));
  for (const StoredTensor& written : tensors) {
    const StoredTensor* read = file.find(written.name);
    REQUIRE(read != nullptr);
    CHECK(read->type == written.type);
    CHECK(read->shape == written.shape);
    REQUIRE(read->bytes.size() == written.bytes.size());
    CHECK(std::memcmp(read->bytes.data(), written.bytes.data(), written.bytes.size()) == 0);
    CHECK(std::bit_cast<std::uintptr_t>(read->bytes.data()) % store::item_size(read->type) == 0);
  }
  CHECK(file.find("tensor 13") == nullptr);
  CHECK(file.find("") == nullptr);
}

TEST_CASE("payloads of NaNs and the sign of zero survive") {
  test::TemporaryFolder folder;
  const std::uint32_t bits[] = {0x7fc00001, 0xffa5a5a5, 0x7f800001, 0x80000000, 0x7f800000, 0x00000001};
  const StoredTensor tensor{"odd", DType::F32, {6}, std::as_bytes(std::span(bits))};
  store::write_tensors(folder / "t", {&tensor, 1}, {});
  const store::TensorFile file(folder / "t");
  CHECK(std::memcmp(file.find("odd")->bytes.data(), bits, sizeof(bits)) == 0);
}

TEST_CASE("scalars, empty tensors and no tensors at all are kept") {
  test::TemporaryFolder folder;
  const double pi = 3.25;
  const StoredTensor tensors[] = {{"scalar", DType::F64, {}, std::as_bytes(std::span(&pi, 1))},
                                  {"empty", DType::F32, {3, 0, 2}, {}},
                                  {"also empty", DType::U8, {0}, {}}};
  store::write_tensors(folder / "some", tensors, {});
  const store::TensorFile some(folder / "some");
  CHECK(some.find("scalar")->shape.empty());
  CHECK(some.find("scalar")->bytes.size() == 8);
  CHECK(some.find("empty")->shape == std::vector<std::int64_t>{3, 0, 2});
  CHECK(some.find("empty")->bytes.empty());
  CHECK(some.find("also empty")->shape == std::vector<std::int64_t>{0});

  store::write_tensors(folder / "none", {}, {});
  const store::TensorFile none(folder / "none");
  CHECK(none.tensors().empty());
  CHECK(none.has_checksum());
}

TEST_CASE("names and metadata may be any text") {
  test::TemporaryFolder folder;
  const std::string texts[] = {"größe/重み/🙂", "",   "a\"b\\c\n\t", std::string("nul\0inside", 10),
                               "a\"treino.checksum",  "  ", "\x7f"};
  std::vector<StoredTensor> tensors;
  store::Metadata metadata;
  for (const std::string& text : texts) {
    tensors.push_back({text, DType::U8, {1}, zeros(1)});
    metadata[text] = text + "!";
  }
  store::write_tensors(folder / "t", tensors, metadata);
  const store::TensorFile file(folder / "t");
  for (const std::string& text : texts) CHECK(file.find(text) != nullptr);
  CHECK(file.metadata() == metadata);
}

TEST_CASE("the order in which tensors are given does not change the file") {
  test::TemporaryFolder folder;
  std::vector<StoredTensor> tensors = {
      {"b", DType::F32, {1}, zeros(4)}, {"a", DType::U8, {3}, zeros(3)}, {"c", DType::F64, {1}, zeros(8)}};
  store::write_tensors(folder / "one", tensors, {{"key", "value"}});
  std::swap(tensors[0], tensors[2]);
  std::swap(tensors[1], tensors[2]);
  store::write_tensors(folder / "two", tensors, {{"key", "value"}});
  CHECK(store::read_file(folder / "one") == store::read_file(folder / "two"));
}

TEST_CASE("the data begins at a multiple of 64 bytes whatever the header's length") {
  test::TemporaryFolder folder;
  for (std::size_t length = 0; length < 130; ++length) {
    const StoredTensor tensor{std::string(length, 'n'), DType::U8, {1}, zeros(1)};
    store::write_tensors(folder / "t", {&tensor, 1}, {});
    REQUIRE(fs::file_size(folder / "t") % 64 == 1);
    REQUIRE(store::TensorFile(folder / "t").find(tensor.name) != nullptr);
  }
}

TEST_CASE("the tensors of a file that was moved stay where they are") {
  test::TemporaryFolder folder;
  const StoredTensor tensor{"t", DType::U8, {4096}, zeros(4096)};
  store::write_tensors(folder / "t", {&tensor, 1}, {});
  store::TensorFile first(folder / "t");
  const std::byte* bytes = first.find("t")->bytes.data();
  const store::TensorFile second(std::move(first));
  CHECK(second.find("t")->bytes.data() == bytes);
  CHECK(second.find("t")->bytes[4095] == std::byte{0});
  static_assert(!std::is_copy_constructible_v<store::TensorFile>);
}

TEST_CASE("tensors that make no sense are refused and nothing is written") {
  CHECK(contains(error_of_writing({{"w", DType::F32, {2, 3}, zeros(20)}}),
                 "t.safetensors: cannot be written: tensor \"w\" has 20 bytes, which do not fit its shape [2, 3] of F32"));
  CHECK(contains(error_of_writing({{"w", DType::F32, {-1, -4}, zeros(16)}}), "do not fit its shape [-1, -4]"));
  CHECK(
      contains(error_of_writing({{"w", DType::U8, {std::int64_t{1} << 32, std::int64_t{1} << 32}, {}}}), "do not fit its shape"));
  CHECK(contains(error_of_writing({{"w", static_cast<DType>(99), {1}, zeros(1)}}), "is of an unknown element type"));
  CHECK(contains(error_of_writing({{"w", DType::U8, {1}, zeros(1)}, {"w", DType::F32, {1}, zeros(4)}}),
                 "two tensors are named \"w\""));
  CHECK(contains(error_of_writing({{"__metadata__", DType::U8, {1}, zeros(1)}}), "a tensor may not be named \"__metadata__\""));
  CHECK(contains(error_of_writing({{"\xff", DType::U8, {1}, zeros(1)}}), "a tensor's name is not UTF-8"));
}

TEST_CASE("metadata that is not text, or the writer's own, is refused") {
  CHECK(contains(error_of_writing({}, {{"key", "\xc3("}}), "metadata \"key\" is not UTF-8"));
  CHECK(contains(error_of_writing({}, {{"\xed\xa0\x80", "surrogate"}}), "a key of the metadata is not UTF-8"));
  CHECK(contains(error_of_writing({}, {{"treino.checksum", ""}}), "metadata \"treino.checksum\" is set by the writer itself"));
  CHECK(contains(error_of_writing({}, {{"treino.checksum_type", ""}}),
                 "metadata \"treino.checksum_type\" is set by the writer itself"));
}

TEST_CASE("a header longer than the format allows is refused") {
  CHECK(contains(error_of_writing({}, {{"key", std::string(100'000'000, 'x')}}), "the format allows 100000000"));
}

TEST_CASE("an error while writing names the file and leaves the old one") {
  test::TemporaryFolder folder;
  CHECK(contains(store_error_of([&] { store::write_tensors(folder / "none/t", {}, {}); }), "none/t: the folder \""));
}

TEST_CASE("a file of many blocks is whole, and checked to its last byte without being held") {
  test::TemporaryFolder folder;
  std::vector<float> values(9'000'000);  // 36 MB: seventeen blocks and a rest
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const store::StoredTensor tensors[] = {
      {"large", DType::F32, {9'000'000}, std::as_bytes(std::span(values))},
      {"small", DType::U8, {3}, std::as_bytes(std::span("abc", 3))},
  };
  store::write_tensors(folder / "t", tensors, {});
  CHECK(store_error_of([&] { store::check_tensors(folder / "t"); }).empty());
  {
    const store::TensorFile file(folder / "t");
    CHECK(std::memcmp(file.find("large")->bytes.data(), values.data(), values.size() * sizeof(float)) == 0);
    CHECK(std::memcmp(file.find("small")->bytes.data(), "abc", 3) == 0);
  }
  std::string content = store::read_file(folder / "t");
  content.back() ^= 1;
  test::put_file(folder / "t", content);
  CHECK(contains(store_error_of([&] { store::check_tensors(folder / "t"); }), "damaged: checksum "));
  content.pop_back();
  test::put_file(folder / "t", content);
  CHECK(contains(store_error_of([&] { store::check_tensors(folder / "t"); }), "truncated"));
}
