// zlib, with a limit on what it may produce: a few kilobytes can claim to be terabytes.
#include "shared/readers/inflate_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace treino::readers {

std::uint64_t inflated_limit(std::uint64_t compressed) {
  constexpr std::uint64_t at_least = std::uint64_t{256} << 20;
  return std::max(at_least, std::min(compressed, std::uint64_t{1} << 50) * 200);
}

InflateSource::InflateSource(std::unique_ptr<ByteSource> input, Wrapping wrapping, std::uint64_t limit, std::string name)
    : input_(std::move(input)), wrapping_(wrapping), limit_(limit), name_(std::move(name)), buffer_(std::size_t{64} << 10) {
  const int window_bits = wrapping == Wrapping::gzip ? 15 + 16 : -15;
  if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
}

InflateSource::~InflateSource() { inflateEnd(&stream_); }

void InflateSource::fail(const std::string& what) const { throw std::runtime_error(fmt::format("{}: {}", name_, what)); }

void InflateSource::fill() {
  if (stream_.avail_in > 0 || input_ended_) return;
  const std::size_t got = input_->read(buffer_);
  consumed_ += got;
  input_ended_ = got < buffer_.size();
  stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
  stream_.avail_in = static_cast<uInt>(got);
}

// A gzip member may be followed by another one, or zeros that a tape or a block device padded with.
void InflateSource::end_member() {
  fill();
  if (wrapping_ == Wrapping::raw || stream_.avail_in == 0) {
    finished_ = true;
  } else if (*stream_.next_in == 0x1f) {
    inflateReset(&stream_);
  } else {
    for (; stream_.avail_in > 0; fill()) {
      Bytef* const end = stream_.next_in + stream_.avail_in;
      if (std::any_of(stream_.next_in, end, [](Bytef byte) { return byte != 0; })) fail("bytes after the end that are not gzip");
      stream_.avail_in = 0;
    }
    finished_ = true;
  }
}

std::size_t InflateSource::read(std::span<char> bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && !finished_) {
    fill();
    const auto room = static_cast<uInt>(std::min<std::size_t>(bytes.size() - done, std::numeric_limits<uInt>::max()));
    stream_.next_out = reinterpret_cast<Bytef*>(bytes.data() + done);
    stream_.avail_out = room;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    const std::size_t made = room - stream_.avail_out;
    done += made;
    produced_ += made;
    // Of what has been read so far, too: the end of a large bomb need not be waited for.
    const std::uint64_t limit = std::min(limit_, inflated_limit(consumed_ - stream_.avail_in));
    if (produced_ > limit) fail(fmt::format("inflates to more than {} bytes, which its size does not warrant", limit));
    if (status == Z_STREAM_END) {
      end_member();
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fail(fmt::format("the compressed data is damaged ({})", stream_.msg != nullptr ? stream_.msg : "needs a dictionary"));
    } else if (made == 0 && stream_.avail_in == 0 && input_ended_) {
      fail("the compressed data ends too early: the file is truncated");
    }
  }
  return done;
}

// As it went so far, so it is expected to continue.
std::uint64_t InflateSource::backed() const {
  constexpr std::uint64_t most = 8;
  const std::uint64_t consumed = consumed_ - stream_.avail_in, left = input_->backed() + stream_.avail_in;
  const bool told = consumed > 0 && produced_ / most < consumed;
  const double ratio = told ? static_cast<double>(produced_) / static_cast<double>(consumed) : static_cast<double>(most);
  return std::min(limit_ - std::min(limit_, produced_), static_cast<std::uint64_t>(static_cast<double>(left) * ratio));
}

}  // namespace treino::readers
