// Part of reader.hpp: the rows that are asked for, and where their values go.
#pragma once
#include <treino/abi/draft/reader.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <treino/detail/language.hpp>
#include <type_traits>
#include <vector>

namespace treino {
inline namespace sdk0 {

enum class ReadType : std::uint32_t {
  boolean = TREINO_READ_BOOL,  // a byte: 0 or not
  uint8 = TREINO_READ_UINT8,
  int8 = TREINO_READ_INT8,
  uint16 = TREINO_READ_UINT16,
  int16 = TREINO_READ_INT16,
  uint32 = TREINO_READ_UINT32,
  int32 = TREINO_READ_INT32,
  uint64 = TREINO_READ_UINT64,
  int64 = TREINO_READ_INT64,
  float16 = TREINO_READ_FLOAT16,
  float32 = TREINO_READ_FLOAT32,
  float64 = TREINO_READ_FLOAT64,
  text = TREINO_READ_TEXT
};

/// Bytes of a value.
constexpr std::size_t size_of(ReadType type) {
  switch (type) {
    case ReadType::boolean:
    case ReadType::uint8:
    case ReadType::int8:
      return 1;
    case ReadType::uint16:
    case ReadType::int16:
    case ReadType::float16:
      return 2;
    case ReadType::uint32:
    case ReadType::int32:
    case ReadType::float32:
      return 4;
    case ReadType::text:
      return sizeof(treino_read_text);
    default:
      return 8;
  }
}

/// The numbers of the rows that are asked for.
class Rows {
 public:
  explicit Rows(const treino_read& read) : read_(&read) {}
  std::int64_t count() const { return read_->count; }
  std::int64_t operator[](std::int64_t i) const { return read_->rows == nullptr ? read_->first + i : read_->rows[i]; }
  /// Whether they are one after the other, from [0] on.
  bool are_in_order() const { return read_->rows == nullptr; }

 private:
  const treino_read* read_;
};

/// Thrown by Destination::set for a text that is no number; becomes an error with the value's place.
struct NotANumber : std::runtime_error {
  NotANumber(std::int64_t at, std::uint32_t which, std::string_view text)
      : std::runtime_error("expected a number, found '" + std::string(text.substr(0, 40)) + "'"), row(at), field(which) {}
  std::int64_t row;  // of the call
  std::uint32_t field;
};

/// Where one field of the rows goes.
class FieldDestination {
 public:
  FieldDestination(const treino_read_destination& to, const std::vector<std::string>& missing) : to_(&to), missing_(&missing) {}
  /// Its number in the schema.
  std::size_t field() const { return to_->field; }
  /// How it is wanted: as the schema says, or of a column of texts perhaps as float32 or float64.
  ReadType type() const { return static_cast<ReadType>(to_->type); }
  /// Where row i of the call goes: room for the field's shape, in its type.
  template <class T>
  T* row(std::int64_t i) const {
    return reinterpret_cast<T*>(static_cast<char*>(to_->data) + i * to_->stride);
  }
  std::int64_t stride() const { return to_->stride; }  // bytes between two rows

  /// Sets a column's value: a number, in whatever type is wanted.
  template <class Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
  void set(std::int64_t i, Number number) const {
    switch (type()) {
      case ReadType::boolean:
      case ReadType::uint8:
        return put<std::uint8_t>(i, number);
      case ReadType::int8:
        return put<std::int8_t>(i, number);
      case ReadType::uint16:
        return put<std::uint16_t>(i, number);
      case ReadType::int16:
        return put<std::int16_t>(i, number);
      case ReadType::uint32:
        return put<std::uint32_t>(i, number);
      case ReadType::int32:
        return put<std::int32_t>(i, number);
      case ReadType::uint64:
        return put<std::uint64_t>(i, number);
      case ReadType::int64:
        return put<std::int64_t>(i, number);
      case ReadType::float32:
        return put<float>(i, number);
      case ReadType::float64:
        return put<double>(i, number);
      default:
        throw std::logic_error("a number is set where the schema says " +
                               std::string(type() == ReadType::text ? "text" : "float16"));
    }
  }
  /// Sets a column of texts: the text, which stays valid until the next call, or where a number is wanted what it spells. Throws
  /// NotANumber.
  void set(std::int64_t i, std::string_view text) const {
    if (type() == ReadType::text) {
      *row<treino_read_text>(i) = {text.data(), text.size()};
    } else if (type() == ReadType::float32 || type() == ReadType::float64) {
      set(i, std::find(missing_->begin(), missing_->end(), text) != missing_->end() ? std::numeric_limits<double>::quiet_NaN()
                                                                                    : number_in(i, text));
    } else {
      throw std::logic_error("a text is set where the schema says a number");
    }
  }
  /// A row of the field as it is stored: as many bytes as its shape and type have.
  void copy(std::int64_t i, const void* bytes, std::size_t count) const { std::memcpy(row<char>(i), bytes, count); }

 private:
  template <class T, class Number>
  void put(std::int64_t i, Number number) const {
    T value = static_cast<T>(0);
    if constexpr (std::is_same_v<T, float> && std::is_same_v<Number, double>)
      value = to_float(number);
    else
      value = static_cast<T>(number);
    std::memcpy(row<char>(i), &value, sizeof value);
  }
  /// Narrowing a double that float cannot hold is undefined; infinity is what it means.
  static float to_float(double number) {
    constexpr double most = std::numeric_limits<float>::max(), infinity = std::numeric_limits<double>::infinity();
    return static_cast<float>(number > most ? infinity : number < -most ? -infinity : number);
  }
  double number_in(std::int64_t i, std::string_view text) const {
    double number = 0;
    const std::size_t sign = text.size() > 1 && text.front() == '+' && text[1] != '-' ? 1 : 0;
    const auto [end, error] = std::from_chars(text.data() + sign, text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) throw NotANumber(i, to_->field, text);
    return number;
  }
  const treino_read_destination* to_;
  const std::vector<std::string>* missing_;
};

/// Where the rows of a call go: a FieldDestination for each field that is wanted.
class Destination {
 public:
  Destination(treino_read& read, const std::vector<std::string>& missing) : read_(&read), missing_(&missing) {}
  std::size_t size() const { return read_->destination_count; }
  FieldDestination operator[](std::size_t i) const { return {read_->destinations[i], *missing_}; }
  const treino_read_destination& raw(std::size_t i) const { return read_->destinations[i]; }
  /// For a source that did not know its rows: it ends after so many of those that were asked for.
  void end_after(std::int64_t rows) const { read_->given = rows; }
  /// For such a source: how many rows there may be in all.
  void expect(std::int64_t rows) const { read_->expected = rows; }

 private:
  treino_read* read_;
  const std::vector<std::string>* missing_;
};

}  // namespace sdk0
}  // namespace treino
