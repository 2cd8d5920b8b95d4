// From target columns as a file holds them to classes, one-hot rows or values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/dataset.hpp"

namespace treino::data {

/// Targets before it is known what they are.
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

  /// Throws DataError that begins with the place of the target.
  [[noreturn]] void fail(std::int64_t row, std::int64_t column, const std::string& what) const;
  /// Takes out the rows where `drop` is not 0.
  void compact(const std::vector<std::uint8_t>& drop);
};

/// Collects the target fields of a CSV file, as numbers and, while there are few kinds of them, as texts.
class TargetCollector {
 public:
  /// At most this many kinds are classes unless asked for.
  static constexpr std::size_t most_kinds = 1000;

  /// What is wanted (target_kind, class_names) decides what is kept.
  TargetCollector(const Source& source, std::size_t width);
  /// The next field of the row. Returns what is wrong with it; empty: nothing.
  std::string add(std::string_view text);
  /// In place of a field in a row that is going to be dropped.
  void add_placeholder();
  /// What has been collected goes to `targets`.
  void finish(RawTargets& targets);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  enum class Keep { numbers, texts, undecided };
  enum class Seen { nothing, numbers, texts };

  std::string add_number(std::string_view text);
  std::string add_either(std::string_view text);
  bool intern(std::string_view text, std::size_t most);

  Keep keep_;
  Seen seen_ = Seen::nothing;
  bool few_kinds_ = true;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> kinds_;
  std::vector<double> numbers_;
  std::vector<std::int32_t> text_ids_;
  std::vector<std::string> texts_;
};

/// Fills the dataset's target fields from `raw`, which is used up. Throws DataError.
void build_targets(RawTargets& raw, const Source& source, Dataset& dataset);

}  // namespace treino::data
