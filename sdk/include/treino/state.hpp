// Writing and reading a plugin's state. The bytes carry a length and a hash, so that cut or foreign ones are refused before any is
// used.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <treino/detail/language.hpp>
#include <type_traits>
#include <vector>

namespace treino {
inline namespace sdk0 {

class Writer {
 public:
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T> || std::is_enum_v<T>>>
  void write(T value) {
    append(&value, sizeof value);
  }
  void write(const std::string& text) {
    write(std::uint64_t{text.size()});
    append(text.data(), text.size());
  }
  template <class T>
  void write(const std::vector<T>& values) {
    write(std::uint64_t{values.size()});
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      append(values.data(), values.size() * sizeof(T));
    } else {
      for (const auto& value : values) write(static_cast<const T&>(value));
    }
  }
  const std::vector<unsigned char>& bytes() const { return bytes_; }

 private:
  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    const auto* begin = static_cast<const unsigned char*>(data);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }
  std::vector<unsigned char> bytes_;
};

class Reader {
 public:
  Reader(const unsigned char* begin, std::size_t size) : next_(begin), left_(size) {}
  template <class T>
  void read(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      std::uint8_t byte = 0;
      take(&byte, 1);
      value = byte != 0;
    } else {
      static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>, "state is made of numbers, strings and vectors of them");
      take(&value, sizeof value);
    }
  }
  void read(std::string& text) {
    text.resize(length(1));
    take(text.data(), text.size());
  }
  template <class T>
  void read(std::vector<T>& values) {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      values.resize(length(sizeof(T)));
      take(values.data(), values.size() * sizeof(T));
    } else {
      values.clear();
      for (std::size_t left = length(1); left > 0; --left) {
        T value{};
        read(value);
        values.push_back(std::move(value));
      }
    }
  }
  template <class T>
  T get() {
    T value{};
    read(value);
    return value;
  }
  bool at_end() const { return left_ == 0; }
  /// Throws where bytes are left over.
  void finish() const {
    if (left_ != 0) throw std::runtime_error("the saved state is longer than this version of the plugin understands");
  }

 private:
  std::size_t length(std::size_t element) {
    const auto count = get<std::uint64_t>();
    if (count > left_ / element) throw std::runtime_error("the saved state is shorter than it says");
    return static_cast<std::size_t>(count);
  }
  void take(void* to, std::size_t size) {
    if (size > left_) throw std::runtime_error("the saved state is too short");
    if (size == 0) return;
    std::memcpy(to, next_, size);
    next_ += size;
    left_ -= size;
  }
  const unsigned char* next_;
  std::size_t left_;
};

namespace detail {

inline std::uint64_t hash(const unsigned char* bytes, std::size_t size) {  // FNV-1a, 64 bits
  std::uint64_t value = 14695981039346656037ull;
  for (std::size_t i = 0; i < size; ++i) value = (value ^ bytes[i]) * 1099511628211ull;
  return value;
}

struct StateHead {
  char magic[8] = {'T', 'r', 'S', 't', 'a', 't', 'e', '1'};
  std::uint64_t size = 0;
  std::uint64_t hash = 0;
};

inline void write_state(const Writer& writer, const treino_sink& sink) {
  StateHead head;
  head.size = writer.bytes().size();
  head.hash = hash(writer.bytes().data(), writer.bytes().size());
  if (sink.write(sink.context, &head, sizeof head) != TREINO_OK ||
      (head.size != 0 && sink.write(sink.context, writer.bytes().data(), head.size) != TREINO_OK))
    throw std::runtime_error("the state could not be written");
}

/// Whether all `size` bytes came: a source may give them in parts.
inline bool read_whole(const treino_source& source, void* to, std::uint64_t size) {
  auto* next = static_cast<unsigned char*>(to);
  while (size > 0) {
    const std::uint64_t given = source.read(source.context, next, size);
    if (given == 0 || given > size) return false;
    next += given;
    size -= given;
  }
  return true;
}

inline std::vector<unsigned char> read_state(const treino_source& source) {
  StateHead head;
  const StateHead expected;
  if (source.total < sizeof head || !read_whole(source, &head, sizeof head) ||
      std::memcmp(head.magic, expected.magic, sizeof head.magic) != 0 || head.size != source.total - sizeof head)
    throw std::runtime_error("these bytes are not a saved state, or only a part of one");
  std::vector<unsigned char> bytes(static_cast<std::size_t>(head.size));
  if (!read_whole(source, bytes.data(), head.size)) throw std::runtime_error("the saved state is too short");
  if (hash(bytes.data(), bytes.size()) != head.hash) throw std::runtime_error("the saved state is damaged (its hash differs)");
  return bytes;
}

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
