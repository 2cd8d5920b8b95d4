// Targets as a file holds them, before it is known whether they are classes or values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace treino::data {

struct RawTargets {
  std::int64_t count = 0, width = 0;
  std::vector<double> numbers;         // count x width; empty where they are text
  std::vector<std::int32_t> text_ids;  // of a single column: which of `texts`; empty where only the numbers are known
  std::vector<std::string> texts;      // in order of appearance
  std::vector<std::string> names;      // of the columns; empty where the file names none

  // Where they were, for errors.
  std::string file;
  std::vector<std::int64_t> lines;   // a row: its line, or its number from 1 where the file has no lines; empty: 1, 2, 3, ...
  std::vector<std::int64_t> fields;  // a column: its field in the line; empty where the file has no lines
  /// What a reader tells in place of both, of a row of the file and a column; null: there is no reader.
  std::function<std::string(std::int64_t row, std::int64_t column)> locate;

  /// "wine.csv:14:3", of a row that is left and a column.
  std::string place_of(std::int64_t row, std::int64_t column) const;

  /// Throws DataError that begins with the place of the target.
  [[noreturn]] void fail(std::int64_t row, std::int64_t column, const std::string& what) const;
  /// Takes out the rows where `drop` is not 0.
  void compact(const std::vector<std::uint8_t>& drop);
};

}  // namespace treino::data
