// Every offset is validated before memory is taken for it, and every byte is covered by the checksum where there is one.
#include "store/safetensors_read.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/input_file.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_header.hpp"
#include "store/store_error.hpp"

namespace treino::store {
namespace {

constexpr std::uint64_t length_size = sizeof(std::uint64_t);

[[noreturn]] void not_safetensors(const InputFile& file, std::string_view why) {
  throw StoreError(fmt::format("{}: not a safetensors file: {}", file.path().string(), why));
}
[[noreturn]] void truncated(const InputFile& file, std::uint64_t needed) {
  throw StoreError(fmt::format("{}: truncated: it should be {} bytes long and is {}", file.path().string(), needed, file.size()));
}
[[noreturn]] void damaged(const InputFile& file, std::string_view what) {
  throw StoreError(fmt::format("{}: damaged: {}", file.path().string(), what));
}

std::string read_text(InputFile& file, std::uint64_t size) {
  std::string text(size, '\0');
  file.read(std::as_writable_bytes(std::span(text)));
  return text;
}

std::string read_header(InputFile& file) {
  if (file.size() < length_size + 2) not_safetensors(file, fmt::format("{} bytes are too few", file.size()));
  const std::uint64_t length = decode_length(read_text(file, length_size));
  if (length < 2 || length > longest_header) not_safetensors(file, "it does not begin with the length of a header");
  const std::uint64_t available = std::min(length, file.size() - length_size);
  std::string header = read_text(file, available);
  if (!header.starts_with('{')) not_safetensors(file, "it has no JSON object where the header belongs");
  if (available < length) truncated(file, length_size + length);
  return header;
}

Header understood(const InputFile& file, const std::string& text) try {
  Header header = parse_header(text);
  const std::uint64_t data_start = length_size + text.size(), available = file.size() - data_start;
  if (header.data_size() > available) {
    // The sum of both may not fit 64 bits, where the header lies.
    if (header.data_size() > UINT64_MAX - data_start) throw FormatError("asks for more bytes than any file has");
    truncated(file, data_start + header.data_size());
  }
  if (header.data_size() < available)
    damaged(file, fmt::format("{} bytes follow the last tensor", available - header.data_size()));
  return header;
} catch (const FormatError& fault) {
  damaged(file, fmt::format("its header {}", fault.what()));
}

/// Null where the file has none.
const std::string* stated_checksum(const InputFile& file, const std::string& text, const Metadata& metadata) {
  const auto stated = metadata.find(std::string(checksum_key));
  if (stated == metadata.end()) {
    if (metadata.contains(std::string(checksum_type_key))) damaged(file, "checksum missing, though its type is there");
    return nullptr;
  }
  if (!text.starts_with(checksum_prefix) || stated->second.size() != checksum_digits) {
    damaged(file,
            "checksum not where it belongs (a program that rewrites such a file has to drop its metadata \"treino.checksum\" "
            "and \"treino.checksum_type\")");
  }
  return &stated->second;
}

void require_equal(const InputFile& file, const std::string& stated, const Checksum& checksum) {
  const std::string found = checksum.hex();
  if (found != stated) damaged(file, fmt::format("checksum {} stated, {} found", stated, found));
}

/// What check_tensors says; the file has been read to its end, where it has a checksum.
std::pair<Header, std::uint64_t> checked_header(InputFile& file) {
  const std::string text = read_header(file);
  Header header = understood(file, text);
  if (const std::string* stated = stated_checksum(file, text, header.metadata)) {
    Checksum checksum = begin_checksum(text);
    file.read_rest([&](std::span<const std::byte> part) { checksum.add(part); });
    require_equal(file, *stated, checksum);
  }
  return {std::move(header), length_size + text.size()};
}

Metadata without_checksum(Metadata metadata) {
  metadata.erase(std::string(checksum_key));
  metadata.erase(std::string(checksum_type_key));
  return metadata;
}

template <class Tensor>
void sort_by_name(std::vector<Tensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) { return a.name < b.name; });
}

template <class Tensor>
const Tensor* find_by_name(const std::vector<Tensor>& tensors, std::string_view name) {
  const auto found = std::lower_bound(tensors.begin(), tensors.end(), name,
                                      [](const Tensor& tensor, std::string_view wanted) { return tensor.name < wanted; });
  return found != tensors.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

void check_tensors(const std::filesystem::path& path) {
  InputFile file(path);
  checked_header(file);
}

TensorReader::TensorReader(const std::filesystem::path& path) : file_(std::make_unique<InputFile>(path)) {
  auto [header, data_start] = checked_header(*file_);
  metadata_ = without_checksum(std::move(header.metadata));
  for (TensorEntry& entry : header.tensors)
    tensors_.push_back(
        {std::move(entry.name), entry.type, std::move(entry.shape), data_start + entry.begin, data_start + entry.end});
  sort_by_name(tensors_);
}
TensorReader::~TensorReader() = default;
TensorReader::TensorReader(TensorReader&&) noexcept = default;
TensorReader& TensorReader::operator=(TensorReader&&) noexcept = default;

const TensorReader::Entry* TensorReader::find(std::string_view name) const { return find_by_name(tensors_, name); }

void TensorReader::read(const Entry& entry, std::span<std::byte> to) const { file_->read_at(entry.begin, to); }

TensorFile::TensorFile(const std::filesystem::path& path) {
  InputFile file(path);
  const std::string text = read_header(file);
  Header header = understood(file, text);
  const std::size_t size = header.data_size();
  data_.reset(static_cast<std::byte*>(::operator new (size, std::align_val_t{data_alignment})));
  const std::span<std::byte> data(data_.get(), size);
  file.read(data);
  if (const std::string* stated = stated_checksum(file, text, header.metadata)) {
    Checksum checksum = begin_checksum(text);
    checksum.add(data);
    require_equal(file, *stated, checksum);
    has_checksum_ = true;
  }

  metadata_ = without_checksum(std::move(header.metadata));
  for (TensorEntry& entry : header.tensors) {
    tensors_.push_back(
        {std::move(entry.name), entry.type, std::move(entry.shape), data.subspan(entry.begin, entry.end - entry.begin)});
  }
  sort_by_name(tensors_);
}

const StoredTensor* TensorFile::find(std::string_view name) const { return find_by_name(tensors_, name); }

}  // namespace treino::store
