// Deflated bytes, inflated as they are read, so that memory grows with what is really there and never with what a header claims.
#pragma once
#include <zlib.h>

#include <memory>
#include <string>
#include <vector>

#include "shared/readers/byte_source.hpp"

namespace treino::readers {

enum class Wrapping { gzip, raw };

/// The most that `compressed` bytes, of a whole file or of its beginning, may inflate to: 200 times their size, and 256 MiB at
/// least. Real data is far below; what is above is a bomb (deflate reaches 1032).
std::uint64_t inflated_limit(std::uint64_t compressed);

class InflateSource final : public ByteSource {
 public:
  /// `name` begins the text of errors. Gzip files of several members are read through to the last.
  InflateSource(std::unique_ptr<ByteSource> input, Wrapping wrapping, std::uint64_t limit, std::string name);
  ~InflateSource() override;
  std::size_t read(std::span<char> bytes) override;
  std::uint64_t backed() const override;

 private:
  void fill();
  void end_member();
  [[noreturn]] void fail(const std::string& what) const;

  std::unique_ptr<ByteSource> input_;
  Wrapping wrapping_;
  std::uint64_t limit_;
  std::uint64_t consumed_ = 0, produced_ = 0;  // consumed_ with what the buffer holds
  std::string name_;
  std::vector<char> buffer_;
  z_stream stream_{};
  bool input_ended_ = false;
  bool finished_ = false;
};

}  // namespace treino::readers
