// What [data] of a manifest says about one file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/dataset.hpp"
#include "data/preparation.hpp"
#include "data/reader.hpp"

namespace treino::data {

enum class Missing { error, skip_row, zero, mean };  // mean: of the column, over the training rows (kept in Preparation)

struct InMemory;

struct Source {
  using Column = std::variant<std::int64_t, std::string>;  // by number (from 0; negative from the end) or header name

  std::shared_ptr<const InMemory> memory;  // in place of all files; what says where in a file something is, is not looked at
  OpenReader open;                         // opens the two:
  std::filesystem::path file;              // features, and perhaps the target
  std::filesystem::path target_file;       // targets from a file of their own, as many rows
  std::vector<Column> target;              // of target_file where there is one: empty is all its columns then
  std::vector<Column> features;            // empty: all that are not targets; of several inputs, those of all
  // NaN is the missing value of numbers. A missing target is an error, or skips the row; there is nothing to fill in
  // for it.
  Missing missing = Missing::error;
  std::vector<std::string> missing_markers = {"", "NA", "NaN", "nan", "?"};  // numbers among them stand for that number
  // For a Preparation that scales: where floats would round a feature's value, all become doubles. Seconds since 1970 that lie a
  // minute apart would else be the same before their mean is taken off.
  bool keep_doubles = false;
  // Features that would take more bytes as numbers stay in the source, or where those of their own type are no more in memory in that.
  std::uint64_t memory_limit = std::numeric_limits<std::uint64_t>::max();
  // None: text or integers 0..n-1 of at most 1000 kinds in a single column -> index, else values.
  std::optional<TargetKind> target_kind;
  // Given: the order of the classes; give the training data's to every other part, which may lack a class. Labels that are numbers
  // are looked up among names that are numbers, or are places in a list of names that are none. Not given: labels 0 to 999999 keep
  // their number, and classes between them without a sample count too; other numbers are refused; texts are sorted.
  std::vector<std::string> class_names;
  /// Of several inputs: so many of `features`, or an array of the source.
  struct Input {
    std::string name;
    std::size_t columns = 0;  // 0: there is a key
    std::string key;
    Shape shape;  // empty: as the columns or the array are
  };
  std::vector<Input> inputs;
  Shape sample_shape;  // given: features are reshaped to it, {1, 8, 8} for example; columns without names must be as many

  /// Further targets, of some of a model's outputs: columns of the features' source, which are no features, or the name of an array
  /// beside theirs.
  struct FurtherTarget {
    std::vector<Column> columns;
    std::optional<TargetKind> kind;
    std::vector<std::string> class_names, wanted;  // as class_names and wanted_targets
  };
  std::vector<FurtherTarget> further_targets;

  // A further file of the same kind (validation, test, data to predict): what the training data have, in order; empty where their
  // file names no columns. Where this file has a header too, columns are found by these names, whatever their order and whatever
  // others are there, and `features` and `target` are not looked at. Without a header, columns are found by place and counted.
  std::vector<std::string> wanted_features, wanted_targets;
  // The target is not read: it may be there, blank, unknown to the model, or lacking. Its columns are no features.
  bool ignore_target = false;
};

}  // namespace treino::data
