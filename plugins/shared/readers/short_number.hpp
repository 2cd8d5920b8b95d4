// The numbers that data files are full of: a sign, a few digits, perhaps a point among them.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace treino::readers {

namespace digits {

/// The eight characters from `text` on less '0', the first in the lowest byte: below 10 where a digit stood.
inline std::uint64_t load(const char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word ^ 0x3030303030303030u;
}

/// The high bit of each loaded character that is no digit.
inline std::uint64_t others(std::uint64_t word) {
  constexpr std::uint64_t high = 0x8080808080808080u;
  return (((word & ~high) + 0x7676767676767676u) | word) & high;  // 10 + 0x76 reaches the high bit
}

/// How many of the loaded characters are digits before the first that is none; 8: all.
inline unsigned count(std::uint64_t word) { return static_cast<unsigned>(std::countr_zero(others(word))) / 8; }

/// The number that eight digits spell. Neighbors are joined to pairs, pairs to fours and those to the whole, all at once.
inline std::uint32_t joined(std::uint64_t word) {
  word = word * 10 + (word >> 8);
  constexpr std::uint64_t pairs = 0x000000ff000000ffu, first = 100 + (std::uint64_t{1000000} << 32),
                          second = 1 + (std::uint64_t{10000} << 32);
  return static_cast<std::uint32_t>(((word & pairs) * first + (word >> 16 & pairs) * second) >> 32);
}

/// The number that the first `length` digits spell, fewer than 8 of them.
inline std::uint32_t value(std::uint64_t word, unsigned length) {
  return joined(word << 8 * (7 - length) << 8);  // zeros in front
}

}  // namespace digits

/// How far short_number() may look.
constexpr std::ptrdiff_t short_number_reach = 24;

/// What separates numbers: whatever is no digit, point or minus ('/' stands between those and passes for one). Searched for 64
/// characters at a time, so that where a number begins is known without reading the one before, and a processor reads several at
/// once.
class Separators {
 public:
  static constexpr std::ptrdiff_t reach = 64;

  /// `reach` characters from any place before `limit` on can be read.
  Separators(const char* begin, const char* limit) : block_(begin), limit_(limit) {
    if (block_ < limit_) found_ = search(block_);
  }

  /// Null where the next one is not found before the limit.
  const char* next() {
    while (found_ == 0) {
      if (block_ >= limit_) return nullptr;
      block_ += reach;
      if (block_ < limit_) found_ = search(block_);
    }
    const char* const at = block_ + std::countr_zero(found_);
    found_ &= found_ - 1;
    return at;
  }

  /// The next one follows `at`, which is one itself.
  void move_to(const char* at) {
    if (at >= block_ && at - block_ < reach - 1) {
      found_ &= ~std::uint64_t{1} << (at - block_);
    } else {
      *this = Separators(at + 1, limit_);
    }
  }

 private:
  /// One bit per character.
  static std::uint64_t search(const char* text) {
    constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    std::uint64_t found = 0;
    for (int i = 0; i < 8; ++i) {
      const std::uint64_t word = digits::load(text + 8 * i) ^ 0x30 * ones, low = word & ~high;
      const std::uint64_t inside = (low + (0x80 - '-') * ones) & ~(low + (0x80 - '9' - 1) * ones) & ~word & high;
      found |= ((inside ^ high) >> 7) * 0x0102040810204080u >> 56 << 8 * i;
    }
    return found;
  }

  const char* block_;
  const char* limit_;
  std::uint64_t found_ = 0;  // separators of the block
};

/// Reads the 1 to 7 digits that fill [at, end). False where there are other characters, or more.
template <class Number>
bool short_integer(const char* at, const char* end, Number& value) {
  const auto length = static_cast<std::uint64_t>(end - at);
  if (length - 1 >= 7) return false;
  const std::uint64_t word = digits::load(at) << (64 - 8 * length);
  if (digits::others(word) != 0) return false;
  value = static_cast<Number>(digits::joined(word));
  return true;
}

/// Reads digits, a point among them or not and a sign before, to the nearest float or double. Returns what follows them; null where
/// there is no number, or one of too many digits. Reads up to short_number_reach characters from `at` on, whatever they are.
template <class Number>
const char* short_number(const char* at, Number& value) {
  const bool negative = *at == '-';
  at += negative ? 1 : 0;
  std::uint64_t word = digits::load(at);
  unsigned length = digits::count(word);
  if (length == 8) return nullptr;
  const std::uint32_t whole = digits::value(word, length);
  at += length;
  Number size = static_cast<Number>(whole);
  if (*at == '.') {
    word = digits::load(++at);
    const unsigned fraction = digits::count(word);
    length += fraction;
    if (fraction == 8) return nullptr;
    constexpr std::uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    const std::uint64_t all = std::uint64_t{whole} * powers[fraction] + digits::value(word, fraction);
    // Both are held without rounding, so that their quotient is rounded once.
    if (all > std::uint64_t{1} << std::numeric_limits<Number>::digits) return nullptr;
    size = static_cast<Number>(all) / static_cast<Number>(powers[fraction]);
    at += fraction;
  }
  if (length == 0) return nullptr;
  value = negative ? -size : size;
  return at;
}

}  // namespace treino::readers
