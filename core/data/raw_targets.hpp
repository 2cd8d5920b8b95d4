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
  std::vector<std::int32_t> text_ids;  // as many: which of `texts`; empty where only the numbers are known
  std::vector<std::string> texts;      // in order of appearance
  std::vector<std::string> names;      // of the columns; empty where the file names none
  std::vector<std::string> classes;    // that the numbers are places in; empty: they are what stands in the file

  // Where they were, for errors.
  std::string file;
  std::vector<std::int64_t> lines;   // a row: its line, or its number from 1 where the file has no lines; empty: 1, 2, 3, ...
  std::vector<std::int64_t> fields;  // a column: its field in the line; empty where the file has no lines
  /// What a reader tells in place of both, of a row of the file and a column; null: there is no reader.
  std::function<std::string(std::int64_t row, std::int64_t column)> locate;

  /// "wine.csv:14:3", of a row that is left and a column.
  std::string place_of(std::int64_t row, std::int64_t column) const;

  /// Throws DataError that begins with the place of the target, by row and column or by its number among all.
  [[noreturn]] void fail(std::int64_t row, std::int64_t column, const std::string& what) const;
  [[noreturn]] void fail_at(std::size_t number, const std::string& what) const {
    fail(static_cast<std::int64_t>(number) / width, static_cast<std::int64_t>(number) % width, what);
  }
  /// Takes out the rows where `drop` is not 0.
  void compact(const std::vector<std::uint8_t>& drop);
};

}  // namespace treino::data
