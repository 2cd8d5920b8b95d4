// Read whole, written whole: of two runs that write at once, one's file stays, and what the other measured is in its own record.
#include "train/kernels/kernel_cache.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>

#include "base/sha256.hpp"
#include "store/atomic_file.hpp"
#include "store/input_file.hpp"
#include "store/store_error.hpp"
#include "train/kernels/kernel_record.hpp"

namespace treino::train {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = std::uint64_t{1} << 22;

/// By the XDG base directory specification.
std::optional<fs::path> cache_file(const std::string& key) {
  const std::string name = "treino/kernels-" + base::sha256(std::as_bytes(std::span(key))).substr(0, 16) + ".txt";
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (cache != nullptr && cache[0] == '/') return fs::path(cache) / name;
  if (home != nullptr && home[0] == '/') return fs::path(home) / ".cache" / name;
  return std::nullopt;
}

}  // namespace

nn::KernelChoices cached_kernels(const std::string& key) {
  const std::optional<fs::path> file = cache_file(key);
  if (!file) return {};
  try {
    const auto record = KernelRecord::from_text(store::read_file(*file, largest_file));
    if (record && record->key == key) return record->choices;
  } catch (const store::StoreError&) {  // none, or none that can be read: as without a cache
  }
  return {};
}

void cache_kernels(const std::string& key, nn::KernelChoices& choices) {
  const std::optional<fs::path> file = cache_file(key);
  if (!file) return;
  nn::KernelChoices all = cached_kernels(key);
  all.add(choices);
  choices = all;
  std::error_code error;
  fs::create_directories(file->parent_path(), error);
  try {
    store::write_durably(*file, KernelRecord{key, all}.to_text());
  } catch (const store::StoreError&) {  // a cache that cannot be kept is no reason not to train
  }
}

}  // namespace treino::train
