// The header holds the checksum of what follows, so that all of it is laid out and hashed before the first byte is written.
#include "store/safetensors_write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "store/atomic_file.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_header.hpp"
#include "store/store_error.hpp"

namespace treino::store {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian, and tensors are written as they lie in memory");

void require_valid(const StoredTensor& tensor) {
  if (tensor.name == metadata_key) throw FormatError("a tensor may not be named \"__metadata__\"");
  const auto size = tensor_size(tensor.type, tensor.shape);
  if (size && *size == tensor.bytes.size()) return;
  throw FormatError(fmt::format("tensor \"{}\" has {} bytes, which do not fit its shape [{}] of {}", tensor.name,
                                tensor.bytes.size(), fmt::join(tensor.shape, ", "), name_of(tensor.type)));
}

std::vector<const StoredTensor*> in_file_order(std::span<const StoredTensor> tensors) {
  std::vector<const StoredTensor*> ordered;
  for (const StoredTensor& tensor : tensors) {
    require_valid(tensor);
    ordered.push_back(&tensor);
  }
  std::sort(ordered.begin(), ordered.end(), [](const StoredTensor* a, const StoredTensor* b) {
    const std::size_t size_a = item_size(a->type), size_b = item_size(b->type);
    if (size_a != size_b) return size_a > size_b;
    return a->early != b->early ? a->early : a->name < b->name;
  });
  return ordered;
}

std::vector<TensorEntry> lay_out(std::span<const StoredTensor* const> tensors) {
  std::vector<TensorEntry> entries;
  std::set<std::string_view> names;
  std::uint64_t offset = 0;
  for (const StoredTensor* tensor : tensors) {
    if (!names.insert(tensor->name).second) throw FormatError(fmt::format("two tensors are named \"{}\"", tensor->name));
    entries.push_back({tensor->name, tensor->type, tensor->shape, offset, offset + tensor->bytes.size()});
    offset += tensor->bytes.size();
  }
  return entries;
}

/// The whole header, checksum included.
std::string sealed_header(std::span<const StoredTensor* const> tensors, const Metadata& metadata) {
  for (const std::string_view key : {checksum_key, checksum_type_key}) {
    if (metadata.contains(std::string(key))) throw FormatError(fmt::format("metadata \"{}\" is set by the writer itself", key));
  }
  std::string header = format_header(lay_out(tensors), metadata);
  if (header.size() > longest_header) {
    throw FormatError(fmt::format("the header would take {} bytes; the format allows {}", header.size(), longest_header));
  }
  Checksum checksum = begin_checksum(header);
  for (const StoredTensor* tensor : tensors) checksum.add(tensor->bytes);
  return header.replace(checksum_prefix.size(), checksum_digits, checksum.hex());
}

}  // namespace

void write_tensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors, const Metadata& metadata,
                   const std::function<void()>& early_written) try {
  const auto ordered = in_file_order(tensors);
  const std::string header = sealed_header(ordered, metadata);
  AtomicFile file(path);
  file.write(encode_length(header.size()));
  file.write(header);
  auto early_left = std::count_if(ordered.begin(), ordered.end(), [](const StoredTensor* tensor) { return tensor->early; });
  for (const StoredTensor* tensor : ordered) {
    file.write(tensor->bytes);
    if (tensor->early && --early_left == 0 && early_written) early_written();
  }
  file.commit();
} catch (const FormatError& fault) {
  throw StoreError(fmt::format("{}: cannot be written: {}", path.string(), fault.what()));
}

}  // namespace treino::store
