// TensorBoard's event files: records of bytes, each with its length and masked CRC-32C (the TFRecord framing), and the histograms
// that go into them. What the bytes say (the Event message) is the caller's: see plugins/shared/tensorboard/tensorboard.proto.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <limits>
#include <string>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/durable_folders.hpp>
#include <vector>

namespace treino {
inline namespace sdk0 {
namespace tensorboard {

/// CRC-32C (Castagnoli; reflected polynomial 0x82F63B78), as iSCSI has it: that of "123456789" is 0xE3069283.
inline std::uint32_t crc32c(const void* data, std::size_t size) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78u : 0u);
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t value = ~0u;
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < size; ++i) value = table[(value ^ bytes[i]) & 0xFF] ^ (value >> 8);
  return ~value;
}

/// Turned and shifted, so that the checksum of bytes that hold checksums is sound: how TFRecord stores it.
inline std::uint32_t masked_crc32c(const void* data, std::size_t size) {
  const std::uint32_t crc = crc32c(data, size);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

/// Length, its checksum, the bytes, their checksum; little-endian.
inline std::string framed(const std::string& bytes) {
  std::string record;
  const auto put = [&](std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) record += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  put(bytes.size(), 8);
  put(masked_crc32c(record.data(), 8), 4);
  record += bytes;
  put(masked_crc32c(bytes.data(), bytes.size()), 4);
  return record;
}

/// A file of records that grows by whole ones only. Throws std::runtime_error with the path and the reason; what was written
/// before stays as it is, and what was not is tried again with the next.
class EventFile {
 public:
  /// A new file in `folder`, named so that TensorBoard reads those of one folder in the order in which they were begun.
  explicit EventFile(const std::filesystem::path& folder) : file_(new_name(folder), O_RDWR | O_CREAT | O_EXCL | O_APPEND) {
    entries_.add(folder);
  }

  /// `event`: the bytes of one Event message. In memory until flush(), or until there is a megabyte.
  void add(const std::string& event) {
    waiting_ += framed(event);
    if (waiting_.size() > (std::size_t{1} << 20)) flush();
  }
  void flush() {
    if (!waiting_.empty()) file_.append(waiting_, false);
    waiting_.clear();
  }

  /// To the disk. Throws also where the file is no longer in its folder.
  void sync() {
    Syncs syncs;
    join(syncs);
    syncs.finish();
    expect_there();
  }
  /// With other files at the same time.
  void join(Syncs& syncs) {
    flush();
    syncs.add(file_);
    syncs.add(entries_);
  }
  /// What is written into a file that has been removed is lost.
  void expect_there() const {
    if (!std::filesystem::exists(file_.path())) throw std::runtime_error(file_.path() + ": has been removed");
  }
  const std::string& path() const { return file_.path(); }

 private:
  std::string new_name(const std::filesystem::path& folder) {
    entries_.make_folder(folder);
    char host[256] = "localhost";
    if (::gethostname(host, sizeof host - 1) != 0) std::strcpy(host, "localhost");
    const std::string head = "events.out.tfevents." + std::to_string(std::time(nullptr)) + "." + host + ".";
    std::filesystem::path path;
    const std::filesystem::directory_iterator entries(folder);
    std::size_t number = static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    do {
      const std::string digits = std::to_string(number++);
      path = folder / (head + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits);
    } while (std::filesystem::exists(path));
    return path.string();
  }

  NewEntries entries_;
  DurableFile file_;
  std::string waiting_;
};

/// How many copies of `bytes` each may wait: two at least, so that one can be made while the other is worked on.
inline std::size_t copies_within(std::uint64_t memory, std::uint64_t bytes) {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(memory / std::max<std::uint64_t>(1, bytes), 2, 1000));
}

/// Counts in the buckets that TensorBoard uses: their ends grow by a tenth each, from 1e-12 to 1e20, mirrored below zero.
class Histogram {
 public:
  Histogram() : counts_(ends().size()) {}

  /// NaN and infinities are counted apart.
  void add(const float* values, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) add(static_cast<double>(values[i]));
  }
  void add(double value) {
    if (!std::isfinite(value)) {
      ++not_finite_;
      return;
    }
    const auto end = std::upper_bound(ends().begin(), ends().end(), value);
    ++counts_[static_cast<std::size_t>(end - ends().begin())];
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
    sum_ += value;
    sum_squares_ += value * value;
    ++count_;
  }
  std::uint64_t not_finite() const { return not_finite_; }

  /// Into a HistogramProto; empty buckets beside each other become one.
  template <class Message>
  void fill(Message& message) const {
    message.set_min(count_ == 0 ? 0 : min_);
    message.set_max(count_ == 0 ? 0 : max_);
    message.set_num(static_cast<double>(count_));
    message.set_sum(sum_);
    message.set_sum_squares(sum_squares_);
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      while (counts_[i] == 0 && i + 1 < counts_.size() && counts_[i + 1] == 0) ++i;
      message.add_bucket_limit(ends()[i]);
      message.add_bucket(static_cast<double>(counts_[i]));
    }
  }

 private:
  static const std::vector<double>& ends() {
    static const std::vector<double> made = [] {
      std::vector<double> above;
      for (double end = 1e-12; end < 1e20; end *= 1.1) above.push_back(end);
      above.push_back(std::numeric_limits<double>::max());
      std::vector<double> all(above.size());
      std::transform(above.rbegin(), above.rend(), all.begin(), [](double end) { return -end; });
      all.push_back(0);
      all.insert(all.end(), above.begin(), above.end());
      return all;
    }();
    return made;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0, not_finite_ = 0;
  double min_ = std::numeric_limits<double>::infinity(), max_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0, sum_squares_ = 0;
};

}  // namespace tensorboard
}  // namespace sdk0
}  // namespace treino
