// From target columns as a file holds them to classes, one-hot rows or values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

/// Targets before it is known what they are.
struct RawTargets {
  std::int64_t count = 0, width = 0;
  std::vector<double> numbers;         // count x width; empty where they are text
  std::vector<std::int32_t> text_ids;  // of a single column: which of `texts`; empty where only numbers are known
  std::vector<std::string> texts;      // in order of appearance
  std::vector<std::string> names;      // of the columns; empty where the file names none
  std::vector<std::uint8_t> dropped;   // 1: the row is to be skipped; empty: none

  /// Where row `row` (as the file counts) is, to begin an error with: "file:line:column".
  std::function<std::string(std::int64_t row, std::int64_t column)> where;
  /// Takes out the rows where `drop` is 1.
  void compact(const std::vector<std::uint8_t>& drop);

 private:
  friend class TargetBuilder;
  std::int64_t original_row(std::int64_t row) const;
  std::vector<std::uint8_t> gone_;
};

/// Collects a file's text targets, as numbers and, while there are few kinds of them, as texts.
class TargetColumn {
 public:
  /// At most this many kinds are classes unless asked for.
  static constexpr std::size_t most_kinds = 1000;

  /// `width` columns. What is wanted (source.target_kind, class_names) decides what is kept.
  TargetColumn(const Source& source, std::int64_t width);
  /// The next field of the row. Returns what is wrong with it, empty: nothing.
  std::string add(std::string_view text);
  /// In place of a row that is to be dropped.
  void add_dropped_row();
  /// What has been collected. The last call.
  void finish(RawTargets& targets);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::string add_number(std::string_view text);
  std::string add_either(std::string_view text);
  bool intern(std::string_view text, std::size_t most);

  enum class Keep { numbers, texts, undecided } keep_;
  enum class Seen { nothing, numbers, texts } seen_ = Seen::nothing;
  std::int64_t width_;
  bool few_kinds_ = true;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> kinds_;
  RawTargets raw_;
};

/// Fills the dataset's target fields. `name`: of the file, for errors. Throws DataError.
void build_targets(RawTargets& raw, const Source& source, const std::string& name, Dataset& dataset);

}  // namespace treino::data
