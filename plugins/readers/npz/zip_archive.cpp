// As much of ZIP as NumPy writes: no encryption, no archives in several parts, no ZIP64. Written here because zlib is linked anyway
// and sizes that an archive claims must never be trusted.
#include "zip_archive.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "shared/readers/inflate_source.hpp"
#include "shared/readers/message.hpp"

namespace treino::readers {

namespace {

constexpr std::uint32_t end_signature = 0x06054b50, entry_signature = 0x02014b50, local_signature = 0x04034b50;
constexpr std::size_t end_size = 22, entry_size = 46, local_size = 30;
constexpr std::uint32_t in_zip64 = 0xffffffff;

std::uint16_t two_bytes(const char* bytes) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) | static_cast<unsigned char>(bytes[1]) << 8);
}

std::uint32_t four_bytes(const char* bytes) { return two_bytes(bytes) | std::uint32_t{two_bytes(bytes + 2)} << 16; }

/// Passes a member's bytes through and compares them with what the directory says of them.
class CheckedBytes final : public ByteSource {
 public:
  CheckedBytes(std::unique_ptr<ByteSource> inner, std::uint64_t size, std::uint32_t checksum, std::string name)
      : inner_(std::move(inner)), left_(size), expected_(checksum), name_(std::move(name)) {}

  std::size_t read(std::span<char> bytes) override {
    const std::size_t got = inner_->read(bytes);
    if (got > left_) throw std::runtime_error(name_ + ": holds more bytes than the archive's directory says");
    left_ -= got;
    found_ = crc32_z(found_, reinterpret_cast<const Bytef*>(bytes.data()), got);
    if (got < bytes.size()) check_end();
    return got;
  }

  std::uint64_t backed() const override { return std::min(left_, inner_->backed()); }

 private:
  void check_end() const {
    if (left_ > 0)
      throw std::runtime_error(fmt::format("{}: ends {} bytes before the size in the archive's directory", name_, left_));
    if (found_ != expected_) {
      throw std::runtime_error(
          fmt::format("{}: CRC-32 is {:08x}; expected {:08x}: the file is damaged", name_, found_, expected_));
    }
  }

  std::unique_ptr<ByteSource> inner_;
  std::uint64_t left_;
  std::uint64_t expected_;
  uLong found_ = 0;
  std::string name_;
};

}  // namespace

ZipArchive::ZipArchive(std::shared_ptr<const InputFile> file) : file_(std::move(file)) { read_directory(find_directory()); }

void ZipArchive::fail(const std::string& what) const { throw std::runtime_error(fmt::format("{}: {}", file_->name(), what)); }

// The directory's end record is the last thing in the file but for a comment of at most 64 KiB.
ZipArchive::Directory ZipArchive::find_directory() const {
  const std::uint64_t tail_size = std::min<std::uint64_t>(file_->size(), end_size + 0xffff);
  std::string tail(static_cast<std::size_t>(tail_size), '\0');
  tail.resize(file_->read_at(file_->size() - tail_size, tail));
  for (std::size_t i = tail.size() < end_size ? 0 : tail.size() - end_size + 1; i-- > 0;) {
    const char* record = tail.data() + i;
    if (four_bytes(record) != end_signature || i + end_size + two_bytes(record + 20) > tail.size()) continue;
    const Directory directory{four_bytes(record + 16), four_bytes(record + 12), two_bytes(record + 10)};
    if (directory.offset == in_zip64 || directory.members == 0xffff) fail("a zip64 archive; expected one below 4 GiB");
    const std::uint64_t record_at = file_->size() - tail_size + i;
    if (two_bytes(record + 4) != 0 || directory.offset + directory.length > record_at) fail("the archive's directory is damaged");
    return directory;
  }
  fail("no zip archive, or a truncated one: the directory at its end is missing");
}

void ZipArchive::read_directory(const Directory& directory) {
  std::string bytes(static_cast<std::size_t>(directory.length), '\0');  // lies within the file: find_directory has checked it
  bytes.resize(file_->read_at(directory.offset, bytes));
  std::size_t at = 0;
  for (std::size_t i = 0; i < directory.members; ++i) {
    const char* entry = bytes.data() + at;
    if (bytes.size() - at < entry_size || four_bytes(entry) != entry_signature) fail("the archive's directory is damaged");
    const std::size_t name_length = two_bytes(entry + 28);
    const std::size_t length = entry_size + name_length + two_bytes(entry + 30) + two_bytes(entry + 32);
    if (bytes.size() - at < length) fail("the archive's directory is damaged");
    members_.push_back({std::string(entry + entry_size, name_length), two_bytes(entry + 8), two_bytes(entry + 10),
                        four_bytes(entry + 16), four_bytes(entry + 20), four_bytes(entry + 24), four_bytes(entry + 42)});
    at += length;
  }
}

std::vector<std::string> ZipArchive::names() const {
  std::vector<std::string> result;
  for (const Member& member : members_) result.push_back(member.name);
  return result;
}

const ZipArchive::Member* ZipArchive::find(const std::string& name) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.name == name; });
  return found != members_.end() ? &*found : nullptr;
}

bool ZipArchive::contains(const std::string& name) const { return find(name) != nullptr; }

std::unique_ptr<ByteSource> ZipArchive::open(const std::string& name) const {
  const Member* member = find(name);
  const std::string shown = in_quotes(name);
  if (member == nullptr) fail("no member " + shown);
  if ((member->flags & 1) != 0) fail(shown + " is encrypted");
  if (member->method != 0 && member->method != 8) {
    fail(fmt::format("{} is packed by method {}; expected 0 (stored) or 8 (deflated)", shown, member->method));
  }
  if (member->size == in_zip64 || member->packed_size == in_zip64) fail(shown + " is a zip64 member; expected one below 4 GiB");
  char local[local_size] = {};
  if (file_->read_at(member->offset, local) < local_size || four_bytes(local) != local_signature)
    fail(shown + " is not where it should be");
  const std::uint64_t begin = member->offset + local_size + two_bytes(local + 26) + two_bytes(local + 28);
  if (begin + member->packed_size > file_->size()) fail(shown + " reaches beyond the end of the file");
  const std::string label = fmt::format("{}: {}", file_->name(), shown);
  std::unique_ptr<ByteSource> bytes = std::make_unique<FileBytes>(file_, begin, member->packed_size);
  if (member->method == 8) {
    const std::uint64_t limit = std::min(inflated_limit(member->packed_size), member->size);
    bytes = std::make_unique<InflateSource>(std::move(bytes), Wrapping::raw, limit, label);
  }
  return std::make_unique<CheckedBytes>(std::move(bytes), member->size, member->checksum, label);
}

}  // namespace treino::readers
