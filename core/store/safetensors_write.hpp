// Writing a safetensors file.
#pragma once
#include <filesystem>
#include <functional>
#include <span>

#include "store/safetensors.hpp"

namespace treino::store {

/// Durable and atomic; the tensors' bytes are not copied. Equal content gives equal files: the order of `tensors` does not matter.
/// The data begins at a multiple of 64 bytes and holds the tensors by falling item size, early ones first, then by name: the format
/// allows no holes, and so each is aligned to its own items. early_written is called once the bytes of the early ones may change,
/// before the file is on the disk. The metadata gets the checksum described above. Throws StoreError: names or metadata that are
/// not UTF-8, a name twice or "__metadata__", a shape that does not fit the bytes, metadata "treino.checksum" or
/// "treino.checksum_type", a header of more than 100 MB (the format's limit), and what AtomicFile throws.
void write_tensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors, const Metadata& metadata,
                   const std::function<void()>& early_written = {});

}  // namespace treino::store
