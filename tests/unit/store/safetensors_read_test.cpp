// Reading safetensors: other programs' files, ours, damaged and truncated ones.
#include "store/safetensors_read.hpp"

#include <cstring>

#include "store/input_file.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_write.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/raw_safetensors.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
using store::DType;
using test::contains;
using test::raw_safetensors;
using test::store_error_of;

namespace {

/// The error's text behind "x.safetensors: "; "" where the file is read.
std::string error_of_reading(const std::string& content) {
  test::TemporaryFolder folder;
  test::put_file(folder / "x.safetensors", content);
  const std::string error = store_error_of([&] { store::TensorFile file(folder / "x.safetensors"); });
  CHECK(store_error_of([&] { store::check_tensors(folder / "x.safetensors"); }) == error);  // who only checks says the same
  const std::string prefix = (folder / "x.safetensors").string() + ": ";
  if (!error.empty()) CHECK(error.starts_with(prefix));
  return error.empty() ? "" : error.substr(prefix.size());
}

/// Of a header with one tensor "t" described by `fields`, and 8 bytes of data.
std::string error_of_tensor(const std::string& fields) {
  return error_of_reading(raw_safetensors(R"({"t":{)" + fields + "}}", "12345678"));
}

std::string error_of_layout(const std::string& tensors, std::size_t data_size) {
  return error_of_reading(raw_safetensors("{" + tensors + "}", std::string(data_size, 'd')));
}

std::string bytes_at(const std::string& name, std::uint64_t begin, std::uint64_t end) {
  return '"' + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(end - begin) + R"(],"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

/// A file of ours, with a checksum.
std::string sealed_file() {
  test::TemporaryFolder folder;
  const float values[] = {1.5f, 2.5f, 3.5f};
  const store::StoredTensor tensor{"t", DType::F32, {3}, std::as_bytes(std::span(values))};
  store::write_tensors(folder / "t", {&tensor, 1}, {{"epoch", "3"}});
  return store::read_file(folder / "t");
}

}  // namespace

TEST_CASE("a file as other programs write it is read, without a checksum") {
  test::TemporaryFolder folder;
  // Fields in another order, blanks, escapes, metadata last, a header whose length is no multiple of 8.
  const std::string header = R"({ "b" : {"data_offsets": [8, 12], "shape": [2, 1], "dtype": "I16"},
    "\u0061": {"dtype": "F64", "shape": [], "data_offsets": [0, 8]}, "__metadata__": {"format": "pt"} }   )";
  test::put_file(folder / "x", raw_safetensors(header, "12345678abcd"));
  const store::TensorFile file(folder / "x");
  CHECK_FALSE(file.has_checksum());
  CHECK(file.metadata() == store::Metadata{{"format", "pt"}});
  REQUIRE(file.tensors().size() == 2);
  CHECK(file.tensors()[0].name == "a");
  CHECK(file.tensors()[0].type == DType::F64);
  CHECK(file.tensors()[1].shape == std::vector<std::int64_t>{2, 1});
  CHECK(std::memcmp(file.find("b")->bytes.data(), "abcd", 4) == 0);
  CHECK(reinterpret_cast<std::uintptr_t>(file.find("a")->bytes.data()) % 64 == 0);
}

TEST_CASE("the smallest file has an empty header and no tensors") {
  CHECK(error_of_reading(raw_safetensors("{}")).empty());
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{}})")).empty());
}

TEST_CASE("files of another kind are called that") {
  CHECK(error_of_reading("") == "not a safetensors file: 0 bytes are too few");
  CHECK(error_of_reading("loss,epoch") == "not a safetensors file: it does not begin with the length of a header");
  CHECK(error_of_reading("\x7f"
                         "ELF\x02\x01\x01" +
                         std::string(100, '\0')) == "not a safetensors file: it does not begin with the length of a header");
  CHECK(error_of_reading(raw_safetensors("", "0123456789")) ==
        "not a safetensors file: it does not begin with the length of a header");
  CHECK(error_of_reading(raw_safetensors("[1,2,3]")) == "not a safetensors file: it has no JSON object where the header belongs");
  // One more than the format allows.
  CHECK(error_of_reading(raw_safetensors("{}", "", 99'999'999)) ==
        "not a safetensors file: it does not begin with the length of a header");
}

TEST_CASE("a file that ends early is truncated, wherever it ends") {
  const std::string whole = sealed_file();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string error = error_of_reading(whole.substr(0, length));
    REQUIRE((length < 10 ? contains(error, "bytes are too few") : error.starts_with("truncated: it should be ")));
  }
  CHECK(error_of_reading(whole.substr(0, whole.size() - 5)) ==
        "truncated: it should be " + std::to_string(whole.size()) + " bytes long and is " + std::to_string(whole.size() - 5));
}

TEST_CASE("no byte of a file with a checksum can change unseen") {
  const std::string whole = sealed_file();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int change : {0x01, 0x20, 0x80}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ change);
      INFO("byte " << i << " xor " << change);
      REQUIRE_FALSE(error_of_reading(changed).empty());
    }
  }
  CHECK_FALSE(error_of_reading(whole + "x").empty());
}

TEST_CASE("damage is named, with both checksums") {
  std::string changed = sealed_file();
  const std::string stated = changed.substr(44, 32);  // 8 bytes of length, 36 characters
  changed.back() = static_cast<char>(changed.back() ^ 1);
  CHECK(error_of_reading(changed).starts_with("damaged: checksum " + stated + " stated, "));
}

TEST_CASE("a checksum that is gone or out of place is damage, and says what another program should have done") {
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{"treino.checksum_type":"XXH3-128"}})")) ==
        "damaged: checksum missing, though its type is there");
  const std::string digits(32, '0');
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{"a":"","treino.checksum":")" + digits + R"("}})"))
            .starts_with("damaged: checksum not where it belongs (a program that rewrites such a file has to drop "));
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{"treino.checksum":"12"}})"))
            .starts_with("damaged: checksum not where"));
}

TEST_CASE("a header that is not JSON is damaged") {
  CHECK(error_of_reading(raw_safetensors("{\"t\"}")) == "damaged: its header is not valid JSON near byte 5");
  CHECK(error_of_reading(raw_safetensors("{} x")) == "damaged: its header is not valid JSON near byte 4");
  CHECK(error_of_reading(raw_safetensors("{\"\xff\":1}")).starts_with("damaged: its header is not valid JSON"));
  CHECK(error_of_reading(raw_safetensors(std::string("{}\0{}", 5))) == "damaged: its header is not valid JSON: it has a NUL");
}

TEST_CASE("what the header may not contain is named") {
  const std::string deep = "{\"t\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  CHECK(error_of_reading(raw_safetensors(deep)) == "damaged: its header has a list where a tensor's description belongs");
  CHECK(error_of_reading(raw_safetensors(R"({"t":3})")) ==
        "damaged: its header has a number where a tensor's description belongs");
  CHECK(error_of_reading(raw_safetensors(R"({"t":null})")) ==
        "damaged: its header has a null where a tensor's description belongs");
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":"x"})")) ==
        "damaged: its header has a text where a tensor's description belongs");
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{"a":1}})")) ==
        "damaged: its header has a number in its metadata, where only texts belong");
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{"a":{}}})")) ==
        "damaged: its header has an object in its metadata, where only texts belong");
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{"a":"1","a":"2"}})")) ==
        "damaged: its header has metadata \"a\" twice");
  CHECK(error_of_reading(raw_safetensors(R"({"__metadata__":{},"__metadata__":{}})")) ==
        "damaged: its header names \"__metadata__\" twice");
  CHECK(error_of_layout(bytes_at("t", 0, 1) + "," + bytes_at("t", 1, 2), 2) == "damaged: its header names \"t\" twice");
}

TEST_CASE("what is wrong in a tensor's description is named") {
  CHECK(error_of_tensor(R"("dtype":"F64","shape":[1],"data_offsets":[0,8])").empty());
  CHECK(error_of_tensor(R"("shape":[1],"data_offsets":[0,8])") == "damaged: its header gives tensor \"t\" no dtype");
  CHECK(error_of_tensor(R"("dtype":"F64","data_offsets":[0,8])") == "damaged: its header gives tensor \"t\" no shape");
  CHECK(error_of_tensor(R"("dtype":"F64","shape":[1])") == "damaged: its header gives tensor \"t\" no data_offsets");
  CHECK(error_of_tensor(R"("dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8])") ==
        "damaged: its header gives tensor \"t\" the element type \"F8_E4M3\", which this reader does not know");

  const auto has = [](const std::string& what) {
    return "damaged: its header has " + what + " in the description of tensor \"t\"";
  };
  CHECK(error_of_tensor(R"("dtype":"F64","dtype":"F64")") == has("a second \"dtype\""));
  CHECK(error_of_tensor(R"("color":"red")") == has("a field \"color\""));
  CHECK(error_of_tensor(R"("dtype":64)") == has("a number"));
  CHECK(error_of_tensor(R"("dtype":["F64"])") == has("a list"));
  CHECK(error_of_tensor(R"("dtype":true)") == has("a boolean"));
  CHECK(error_of_tensor(R"("shape":"1")") == has("a text"));
  CHECK(error_of_tensor(R"("shape":[[1]])") == has("a list"));
  CHECK(error_of_tensor(R"("shape":[{}])") == has("an object"));
  CHECK(error_of_tensor(R"("shape":[-1])") == has("a negative number"));
  CHECK(error_of_tensor(R"("shape":[1.0])") == has("a number that is no whole one, or too large"));
  CHECK(error_of_tensor(R"("shape":[18446744073709551616])") == has("a number that is no whole one, or too large"));
  CHECK(error_of_tensor(R"("shape":[9223372036854775808])") == has("a dimension too large"));
  CHECK(error_of_tensor(R"("data_offsets":[0])") == has("data_offsets that are not two"));
  CHECK(error_of_tensor(R"("data_offsets":[0,8,8])") == has("data_offsets that are not two"));
}

TEST_CASE("a shape must fit its bytes, also where its product overflows") {
  const auto misfit = [](const std::string& shape, const std::string& type) {
    return error_of_tensor(R"("dtype":")" + type + R"(","shape":[)" + shape + R"(],"data_offsets":[0,8])");
  };
  CHECK(misfit("3", "F32") == "damaged: its header gives tensor \"t\" 8 bytes, which do not fit its shape [3] of F32");
  CHECK(contains(misfit("0", "F64"), "do not fit its shape [0]"));
  // 2^32 * 2^32 elements, and 2^61 of 8 bytes: both products are 0 modulo 2^64; the third is 8 modulo 2^64.
  CHECK(contains(misfit("4294967296,4294967296", "U8"), "do not fit its shape"));
  CHECK(contains(misfit("2305843009213693952", "F64"), "do not fit its shape"));
  CHECK(contains(misfit("2305843009213693953", "F64"), "do not fit its shape"));
}

TEST_CASE("tensors must tile the data") {
  CHECK(error_of_layout(bytes_at("b", 4, 8) + "," + bytes_at("a", 0, 4) + "," + bytes_at("empty", 4, 4), 8).empty());
  CHECK(error_of_layout(bytes_at("a", 0, 4) + "," + bytes_at("b", 5, 8), 8) ==
        "damaged: its header leaves a hole before tensor \"b\"");
  CHECK(error_of_layout(bytes_at("a", 1, 4), 4) == "damaged: its header leaves a hole before tensor \"a\"");
  CHECK(error_of_layout(bytes_at("a", 0, 4) + "," + bytes_at("b", 3, 8), 8) ==
        "damaged: its header lets tensor \"b\" overlap another");
  CHECK(error_of_layout(bytes_at("a", 0, 4) + "," + bytes_at("b", 0, 4), 4) ==
        "damaged: its header lets tensor \"b\" overlap another");
  CHECK(error_of_layout(R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]})", 4) ==
        "damaged: its header lets tensor \"a\" end before it begins");
  CHECK(error_of_layout(bytes_at("a", 0, 4), 7) == "damaged: 3 bytes follow the last tensor");
  CHECK(error_of_reading(raw_safetensors("{}", "data")) == "damaged: 4 bytes follow the last tensor");
}

TEST_CASE("offsets near the end of 64 bits are refused without reading past the data") {
  const std::string last = "18446744073709551615", half = "9223372036854775807";
  CHECK(
      contains(error_of_layout(R"("a":{"dtype":"U8","shape":[1],"data_offsets":[)" + last + ",0]}", 4), "end before it begins"));
  CHECK(error_of_layout(R"("a":{"dtype":"U8","shape":[)" + half + R"(],"data_offsets":[0,)" + half + "]}", 4)
            .starts_with("truncated: it should be 92233720368547"));
  CHECK(error_of_layout(R"("a":{"dtype":"U8","shape":[3,6148914691236517205],"data_offsets":[0,)" + last + "]}", 4) ==
        "damaged: its header asks for more bytes than any file has");
}

TEST_CASE("what cannot be opened is named") {
  CHECK(store_error_of([] { store::TensorFile file("/nowhere/x.safetensors"); }) ==
        "/nowhere/x.safetensors: cannot be opened: No such file or directory");
}
