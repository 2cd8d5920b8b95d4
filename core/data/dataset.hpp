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

/// Bad input data: the text begins with "file:line:column: " (or "file: ") and says what was expected.
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
  TargetKind target_kind = TargetKind::none;
  std::int64_t target_width = 0;           // outputs expected: classes for index and one_hot, columns for values
  std::vector<std::int32_t> classes;
  std::vector<float> values;
  std::vector<std::string> class_names;    // index, one_hot: name of class i as written in the file
  std::vector<std::string> feature_names;  // empty where the file names none
  std::vector<std::string> target_names;

  std::int64_t sample_size() const;
  Dataset rows(std::span<const std::uint32_t> indices) const;
};

enum class Missing { error, skip_row, zero, mean };  // mean: of the column, over the training rows (kept in Preparation)

/// What [data] says about one file.
struct Source {
  std::filesystem::path file;          // features; CSV and NPZ hold the target too
  std::filesystem::path target_file;   // IDX, NPY, or a second CSV: targets from a file of their own
  std::string format;                  // "csv", "idx", "npy", "npz"; empty: from the name (.gz looked through), else from the content
  // CSV
  std::variant<std::monostate, bool> header;           // none: found out (a first row with a field that is no number)
  char delimiter = ',';                                // ' ' means runs of blanks
  std::vector<std::variant<std::int64_t, std::string>> target;   // columns by number (from 0; negative from the end) or header name
  std::vector<std::variant<std::int64_t, std::string>> features; // empty: all that are not targets
  std::int64_t skip_lines = 0;
  Missing missing = Missing::error;
  std::vector<std::string> missing_markers = {"", "NA", "NaN", "nan", "?"};
  // NPZ
  std::string feature_key = "x", target_key = "y";
  // all
  std::optional<TargetKind> target_kind;    // none: text or integers 0..n-1 of at most 1000 kinds in a single column -> index, else values
  std::vector<std::string> class_names;     // given: the order of the classes; else sorted (numbers as numbers)
  Shape sample_shape;                       // given: features are reshaped to it, {1, 8, 8} say
};

/// Reads all of it. Throws DataError; never crashes on malformed, truncated or hostile files, and never allocates by a size that the
/// file's own length does not back.
Dataset read(const Source& source);

/// The sample shape and target names known from the head of the file alone, for checks before the run. Throws DataError.
struct Outline {
  Shape sample_shape;
  std::vector<std::string> columns;  // CSV header, empty if none
  std::int64_t column_count = 0;     // CSV
};
Outline outline(const Source& source);

/// Rows for training and for the part that is split off (validation, test), both in ascending order. `fraction` in (0, 1) of the rows,
/// rounded to nearest, at least one on each side; stratified: of every class likewise. Depends on `seed` and `purpose_index` only.
struct Split {
  std::vector<std::uint32_t> kept, split_off;
};
Split split(const Dataset& dataset, double fraction, bool stratified, std::uint64_t seed, std::uint64_t purpose_index = 0);

enum class Scaling { none, standardize, min_max, scale };  // scale: times a constant factor (1/255, say)

/// What is fitted on training data only and applied to everything the model ever sees; saved with the model.
struct Preparation {
  Scaling scaling = Scaling::none;
  double factor = 1.0;              // Scaling::scale
  std::vector<float> offset;        // per feature: x' = (x - offset) * gain
  std::vector<float> gain;
  std::vector<float> missing_mean;  // per feature, NaN where unused
  std::vector<std::string> class_names;
  Shape sample_shape;

  /// Constant features get gain 1, so that they become 0 and nothing becomes NaN. Sums in double.
  static Preparation fit(const Dataset& training, Scaling scaling, double factor = 1.0);
  /// Throws DataError when the dataset has another sample shape or classes.
  void apply(Dataset& dataset) const;
  std::string to_json() const;
  static Preparation from_json(const std::string& text);  // throws DataError
};

}  // namespace treino::data
