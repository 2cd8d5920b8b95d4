// A reader under test and a source that it has opened, its values as bytes between guards.
#pragma once
#include <treino/abi/draft/reader.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "plugins/conformance/instance.hpp"
#include "support/catch.hpp"

namespace treino::conformance {

inline std::size_t bytes_of(std::uint32_t type) {
  switch (type) {
    case TREINO_READ_BOOL:
    case TREINO_READ_UINT8:
    case TREINO_READ_INT8:
      return 1;
    case TREINO_READ_UINT16:
    case TREINO_READ_INT16:
    case TREINO_READ_FLOAT16:
      return 2;
    case TREINO_READ_UINT32:
    case TREINO_READ_INT32:
    case TREINO_READ_FLOAT32:
      return 4;
    case TREINO_READ_TEXT:
      return sizeof(treino_read_text);
    default:
      return 8;
  }
}

class ReaderUnderTest {
 public:
  /// Throws Refusal.
  ReaderUnderTest(const PluginUnderTest& plugin, const manifest::Table& completed, const std::filesystem::path& path)
      : table_(*plugin.reader), instance_(plugin, completed), path_(path.string()) {
    const char* missing[] = {"", "NA"};
    treino_reader_source source{};
    source.size = sizeof source;
    source.targets = 1;
    source.path = path_.c_str();
    source.missing = missing;
    source.missing_count = 2;
    schema_.size = sizeof schema_;
    schema_.rows = -1;
    ErrorBuffer error;
    error.check(table_.open(instance_.self(), &source, &schema_, error.get()));
  }

  const treino_reader_schema& schema() const { return schema_; }
  std::int64_t size(std::size_t field) const {
    const treino_reader_field& one = schema_.fields[field];
    return std::accumulate(one.shape, one.shape + one.rank, std::int64_t{1}, [](auto a, auto b) { return a * b; });
  }
  const treino_reader& table() const { return table_; }
  void* self() const { return instance_.self(); }

  /// A row as text that tells every bit of it; texts as they are.
  using Rows = std::vector<std::string>;
  /// Throws Refusal. `rows`: in this order; empty: `count` from `first` on.
  Rows read(std::int64_t first, std::int64_t count, std::vector<std::int64_t> rows = {}) {
    if (!rows.empty()) count = static_cast<std::int64_t>(rows.size());
    std::vector<std::vector<unsigned char>> memory;
    std::vector<treino_read_destination> destinations;
    for (std::uint32_t field = 0; field < schema_.field_count; ++field) {
      const std::size_t stride = row_bytes(field) + guard;  // a gap between two rows, as between columns of a matrix
      memory.emplace_back(stride * static_cast<std::size_t>(count), pattern);
      destinations.push_back({memory.back().data(), static_cast<std::int64_t>(stride), field, schema_.fields[field].type});
    }
    treino_read asked{};
    asked.size = sizeof asked;
    asked.destination_count = schema_.field_count;
    asked.rows = rows.empty() ? nullptr : rows.data();
    asked.first = first;
    asked.count = count;
    asked.destinations = destinations.data();
    ErrorBuffer error;
    error.check(table_.read(instance_.self(), &asked, error.get()));
    REQUIRE(asked.given >= 0);
    REQUIRE(asked.given <= count);
    Rows result;
    for (std::int64_t row = 0; row < count; ++row) {
      std::string text;
      for (std::uint32_t field = 0; field < schema_.field_count; ++field) text += value_at(memory[field], field, row);
      if (row < asked.given) result.push_back(text);
    }
    return result;
  }
  /// Of a column or tensor of numbers, or a column of texts read as numbers.
  std::vector<double> numbers(std::uint32_t field, std::int64_t count) {
    const std::uint32_t type =
        schema_.fields[field].type == TREINO_READ_TEXT ? std::uint32_t{TREINO_READ_FLOAT64} : schema_.fields[field].type;
    const std::size_t bytes = static_cast<std::size_t>(size(field)) * bytes_of(type);
    std::vector<unsigned char> memory(bytes * static_cast<std::size_t>(count));
    const treino_read_destination destination{memory.data(), static_cast<std::int64_t>(bytes), field, type};
    treino_read asked{};
    asked.size = sizeof asked;
    asked.destination_count = 1;
    asked.count = count;
    asked.destinations = &destination;
    ErrorBuffer error;
    error.check(table_.read(instance_.self(), &asked, error.get()));
    std::vector<double> result;
    for (std::size_t at = 0; at < memory.size(); at += bytes_of(type)) result.push_back(number_at(memory.data() + at, type));
    return result;
  }

 private:
  static constexpr std::size_t guard = 8;
  static constexpr unsigned char pattern = 0xa5;

  std::size_t row_bytes(std::uint32_t field) const {
    return static_cast<std::size_t>(size(field)) * bytes_of(schema_.fields[field].type);
  }
  std::string value_at(const std::vector<unsigned char>& memory, std::uint32_t field, std::int64_t row) const {
    const unsigned char* at = memory.data() + static_cast<std::size_t>(row) * (row_bytes(field) + guard);
    INFO("a row takes no more room than its field's shape and type");
    REQUIRE(
        std::all_of(at + row_bytes(field), at + row_bytes(field) + guard, [](unsigned char byte) { return byte == pattern; }));
    if (schema_.fields[field].type != TREINO_READ_TEXT) return std::string(at, at + row_bytes(field)) + "|";
    treino_read_text text;
    std::memcpy(&text, at, sizeof text);
    if (std::all_of(at, at + sizeof text, [](unsigned char byte) { return byte == pattern; })) return "unset|";
    return std::string(text.bytes, text.size) + "|";
  }
  template <class T>
  static double as(const unsigned char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return static_cast<double>(value);
  }
  static double number_at(const unsigned char* at, std::uint32_t type) {
    switch (type) {
      case TREINO_READ_BOOL:
      case TREINO_READ_UINT8:
        return as<std::uint8_t>(at);
      case TREINO_READ_INT8:
        return as<std::int8_t>(at);
      case TREINO_READ_UINT16:
        return as<std::uint16_t>(at);
      case TREINO_READ_INT16:
        return as<std::int16_t>(at);
      case TREINO_READ_UINT32:
        return as<std::uint32_t>(at);
      case TREINO_READ_INT32:
        return as<std::int32_t>(at);
      case TREINO_READ_UINT64:
        return as<std::uint64_t>(at);
      case TREINO_READ_INT64:
        return as<std::int64_t>(at);
      case TREINO_READ_FLOAT32:
        return as<float>(at);
      case TREINO_READ_FLOAT64:
        return as<double>(at);
      default:
        throw std::logic_error("no case compares numbers of 16 bits");
    }
  }

  const treino_reader& table_;
  Instance instance_;
  std::string path_;
  treino_reader_schema schema_{};
};

}  // namespace treino::conformance
