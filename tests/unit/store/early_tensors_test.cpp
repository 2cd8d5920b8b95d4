// Tensors whose bytes are soon needed for something else stand first in their file.
#include "store/safetensors.hpp"
#include "store/safetensors_read.hpp"
#include "store/safetensors_write.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace treino;
namespace fs = std::filesystem;

namespace {

store::StoredTensor tensor(const std::string& name, const std::vector<float>& values, bool early = false) {
  store::StoredTensor made{name, store::DType::F32, {static_cast<std::int64_t>(values.size())}, std::as_bytes(std::span(values))};
  made.early = early;
  return made;
}

}  // namespace

TEST_CASE("the bytes of early tensors may change as soon as the writer says so, before the file is there") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "t.safetensors";
  const std::vector<float> plain(1000, 1.0F);
  std::vector<float> first(1000, 2.0F), second(1000, 3.0F);
  int told = 0;
  store::write_tensors(path, std::vector{tensor("a", plain), tensor("y", first, true), tensor("z", second, true)}, {}, [&] {
    ++told;
    CHECK_FALSE(fs::exists(path));
    std::fill(first.begin(), first.end(), -1.0F);
    std::fill(second.begin(), second.end(), -1.0F);
  });
  CHECK(told == 1);
  const store::TensorFile file(path);  // verifies the checksum
  const auto value_of = [&](const char* name) { return *reinterpret_cast<const float*>(file.find(name)->bytes.data()); };
  CHECK(value_of("a") == 1.0F);
  CHECK(value_of("y") == 2.0F);
  CHECK(value_of("z") == 3.0F);
}

TEST_CASE("without early tensors nothing is reported") {
  const test::TemporaryFolder folder;
  const std::vector<float> values(3, 1.0F);
  bool told = false;
  store::write_tensors(folder / "t.safetensors", std::vector{tensor("a", values)}, {}, [&] { told = true; });
  CHECK_FALSE(told);
}
