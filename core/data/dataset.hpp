// Samples in memory, the readers that fill them, and what is fitted on them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace treino::data {

using Shape = std::vector<std::int64_t>;

/// Bad input data: the text begins with "file:line:column: " (or "file: ") and says what was expected. In CSV files, line is the
/// physical line, from 1, in which the field begins, and column the number of the field in its row, from 1.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class TargetKind { none, index, one_hot, values };

/// Features are count x sample_shape floats; targets by kind: index -> classes (one a sample), one_hot and values -> values
/// (count x target_width).
struct Dataset {
  std::int64_t count = 0;
  Shape sample_shape;
  std::vector<float> features;
  std::vector<double> doubles;  // in place of features, see Source::keep_doubles; a Preparation makes features of them
  TargetKind target_kind = TargetKind::none;
  std::int64_t target_width = 0;  // outputs expected: classes for index and one_hot, columns for values
  std::vector<std::int32_t> classes;
  std::vector<float> values;
  std::vector<std::string> class_names;    // index, one_hot: name of class i as written in the file
  std::vector<std::string> feature_names;  // empty where the file names none
  std::vector<std::string> target_names;
  std::vector<std::uint32_t> file_rows;  // row of each sample in its file, from 0; empty: sample i is row i

  std::int64_t sample_size() const;
  std::uint32_t file_row(std::size_t sample) const {
    return file_rows.empty() ? static_cast<std::uint32_t>(sample) : file_rows[sample];
  }
  /// These rows, in this order. Throws std::out_of_range.
  Dataset rows(std::span<const std::uint32_t> indices) const;
};

enum class Missing { error, skip_row, zero, mean };  // mean: of the column, over the training rows (kept in Preparation)

/// What [data] says about one file.
struct Source {
  using Column = std::variant<std::int64_t, std::string>;  // by number (from 0; negative from the end) or header name

  std::filesystem::path file;         // features; CSV and NPZ hold the target too
  std::filesystem::path target_file;  // targets from a file of their own, as many rows, in a format that is found out
  std::string format;  // "csv", "idx", "npy", "npz"; empty: from the name (.gz looked through), else from the content
  // CSV (of both files)
  // Header, none: found out. The first row is one where a column is named in target or features, where it holds texts only, or
  // where it has a text above a number.
  std::variant<std::monostate, bool> header;
  char delimiter = ',';          // ' ' means runs of blanks
  std::vector<Column> target;    // of target_file where there is one: empty is all its columns then
  std::vector<Column> features;  // empty: all that are not targets
  std::int64_t skip_lines = 0;
  // Of arrays too, where NaN is the missing value. A missing target is an error, or skips the row; there is nothing to fill in
  // for it.
  Missing missing = Missing::error;
  std::vector<std::string> missing_markers = {"", "NA", "NaN", "nan", "?"};  // numbers among them stand for that number
  // For a Preparation that scales: where floats would round a feature's value, all become doubles. Seconds since 1970 that lie a
  // minute apart would else be the same before their mean is taken off.
  bool keep_doubles = false;
  // NPZ; an empty target key: no target
  std::string feature_key = "x", target_key = "y";
  // all
  // None: text or integers 0..n-1 of at most 1000 kinds in a single column -> index, else values.
  std::optional<TargetKind> target_kind;
  // Given: the order of the classes; give the training data's to every other part, which may lack a class. Labels that are numbers
  // are looked up among names that are numbers, or are places in a list of names that are none. Not given: labels 0 to 999999 keep
  // their number, and classes between them without a sample count too; other numbers are refused; texts are sorted.
  std::vector<std::string> class_names;
  Shape sample_shape;  // given: features are reshaped to it, {1, 8, 8} say; a CSV file without header must have as many

  // A further file of the same kind (validation, test, data to predict): what the training data have, in order; empty where their
  // file names no columns. Where this file has a header too, columns are found by these names, whatever their order and whatever
  // others are there, and `features` and `target` are not looked at. Without a header, columns are found by place and counted.
  std::vector<std::string> wanted_features, wanted_targets;
  // The target is not read: it may be there, blank, unknown to the model, or lacking. Its columns are no features.
  bool ignore_target = false;
};

/// Reads all of it. Throws DataError; never crashes on malformed, truncated or hostile files, and never allocates by a size that
/// the file's own length does not back.
Dataset read(const Source& source);

/// The sample shape and target names known from the head of the file alone, for checks before the run. Throws DataError.
struct Outline {
  Shape sample_shape;
  std::vector<std::string> columns;  // CSV header, empty if none
  std::int64_t column_count = 0;     // CSV
};
Outline outline(const Source& source);

/// Rows for training and for the part that is split off (validation, test), both in ascending order. `fraction` in (0, 1) of the
/// rows, rounded to nearest, at least one on each side; stratified: of every class likewise, the sum kept by largest remainder,
/// and the only row of a class is kept. Depends on `seed` and `purpose_index` only.
struct Split {
  std::vector<std::uint32_t> kept, split_off;
};
Split split(const Dataset& dataset, double fraction, bool stratified, std::uint64_t seed, std::uint64_t purpose_index = 0);

enum class Scaling { none, standardize, min_max, scale };  // scale: times a constant factor (1/255, say)

/// What is fitted on training data only and applied to everything the model ever sees; saved with the model.
struct Preparation {
  Scaling scaling = Scaling::none;
  double factor = 1.0;        // Scaling::scale
  std::vector<double> offset;  // per feature: x' = (x - offset) * gain, in double, then rounded to float
  std::vector<double> gain;
  std::vector<double> missing_mean;  // per feature, over the training rows that have it
  std::vector<std::string> class_names;
  Shape sample_shape;
  // What the training data were like otherwise, so that a trained model needs them no more.
  std::vector<std::string> feature_names, target_names;  // empty where the file named none
  TargetKind target_kind = TargetKind::none;             // none: not recorded, in files of earlier versions
  std::int64_t target_width = 0;

  /// Constant features get gain 1, so that they become 0 and nothing becomes NaN. Sums in double.
  static Preparation fit(const Dataset& training, Scaling scaling, double factor = 1.0);
  /// Throws DataError when the dataset has another sample shape or classes, or where a value leaves the range of floats. Without
  /// targets, classes are not compared.
  void apply(Dataset& dataset) const;
  /// A dataset without rows that is otherwise like the training data.
  Dataset without_rows() const;
  std::string to_json() const;
  static Preparation from_json(const std::string& text);  // throws DataError
};

}  // namespace treino::data
