// The JSON header of a safetensors file, apart from the files themselves.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "store/checksum.hpp"
#include "store/safetensors.hpp"

namespace treino::store {

inline constexpr std::uint64_t longest_header = 100'000'000;  // the limit that the reference implementation sets
inline constexpr std::size_t data_alignment = 64;
inline constexpr std::string_view metadata_key = "__metadata__";
inline constexpr std::string_view checksum_key = "treino.checksum";
inline constexpr std::string_view checksum_type_key = "treino.checksum_type";
inline constexpr std::string_view checksum_type = "XXH3-128";
inline constexpr std::string_view checksum_prefix = R"({"__metadata__":{"treino.checksum":")";
inline constexpr std::size_t checksum_digits = 32;

struct TensorEntry {
  std::string name;
  DType type = DType::F32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes from the start of the data
};

struct Header {
  std::vector<TensorEntry> tensors;  // in the order of their bytes
  Metadata metadata;                 // with the checksum's two entries, where the file has them
  /// Length of the data.
  std::uint64_t data_size() const { return tensors.empty() ? 0 : tensors.back().end; }
};

/// The length as the file's first 8 bytes have it: little-endian.
std::string encode_length(std::uint64_t length);
std::uint64_t decode_length(std::string_view bytes);

/// The header's text with zeros for the checksum's digits, padded with spaces so that the data begins aligned.
/// Throws FormatError where a text is not UTF-8.
std::string format_header(std::span<const TensorEntry> tensors, const Metadata& metadata);

/// Reads and validates all that the header alone can show: the tensors tile their data without holes and overlaps, each as long
/// as its shape says. Throws FormatError.
Header parse_header(std::string_view text);

/// A Checksum that has seen the length and the header `text` (which starts with checksum_prefix); the data is still to be added.
Checksum begin_checksum(std::string text);

}  // namespace treino::store
