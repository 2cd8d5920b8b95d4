// Samples in memory, the readers that fill them, and what is fitted on them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace treino::data {

using Shape = std::vector<std::int64_t>;

/// The product of `shape`. Throws DataError where a dimension is negative or the elements could not be counted in 48 bits.
std::uint64_t element_count(const Shape& shape, const std::string& name);

/// Bad input data: the text begins with "file:line:column: " (or "file: ") and says what was expected. In CSV files, line is the
/// physical line, from 1, in which the field begins, and column the number of the field in its row, from 1.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class TargetKind { none, index, one_hot, values };

/// One of several inputs of a model: so many of a sample's features, in this shape.
struct InputShape {
  std::string name;
  Shape shape;
  std::int64_t size() const;
  bool operator==(const InputShape&) const = default;
};

/// Features of all of them.
std::int64_t size_of(const std::vector<InputShape>& inputs);
/// "image 1x8x8, table 5"
std::string to_text(const std::vector<InputShape>& inputs);

/// A target of some of a model's outputs, beside the dataset's own; its fields are as those.
struct Targets {
  TargetKind kind = TargetKind::none;
  std::int64_t width = 0, steps = 1;
  std::vector<std::int32_t> classes;
  std::vector<float> values;
  std::vector<std::string> class_names, names;

  /// Numbers of one sample: of classes, one for each step, or values.
  std::int64_t columns() const { return kind == TargetKind::index ? steps : width; }
};

class FeatureRows;

/// Features are count x sample_shape floats; targets by kind: index -> classes (count x target_steps), one_hot and values -> values
/// (count x target_width).
struct Dataset {
  std::int64_t count = 0;
  Shape sample_shape;
  std::vector<InputShape> inputs;  // one after the other they are a sample; empty: it is one input
  std::vector<float> features;
  std::vector<double> doubles;  // in place of features, see Source::keep_doubles; a Preparation makes features of them
  std::shared_ptr<const FeatureRows> stored;  // in place of both, where they are not in memory: sample i is its row file_row(i)
  TargetKind target_kind = TargetKind::none;
  std::int64_t target_width = 0;  // outputs expected: classes for index and one_hot, columns for values
  std::int64_t target_steps = 1;  // index: classes of a sample, one for each step where the model's output is a sequence
  std::vector<std::int32_t> classes;
  std::vector<float> values;
  std::vector<std::string> class_names;    // index, one_hot: name of class i as written in the file
  std::vector<std::string> feature_names;  // empty where the file names none
  std::vector<std::string> target_names;
  std::vector<Targets> targets;          // further ones
  std::vector<std::uint32_t> file_rows;  // row of each sample in its file, from 0; empty: sample i is row i

  std::int64_t sample_size() const;
  /// As Targets::columns().
  std::int64_t target_columns() const { return target_kind == TargetKind::index ? target_steps : target_width; }
  /// One without features, whose target is one of the further ones.
  Dataset of_target(std::size_t further) const;
  std::uint32_t file_row(std::size_t sample) const {
    return file_rows.empty() ? static_cast<std::uint32_t>(sample) : file_rows[sample];
  }
  /// These rows, in this order. Throws std::out_of_range.
  Dataset rows(std::span<const std::uint32_t> indices) const;
};

}  // namespace treino::data
