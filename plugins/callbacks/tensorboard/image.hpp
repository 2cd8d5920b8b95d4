// Arrays as images: weights, gradients, and the tables of metrics.
#pragma once
#include <tensorboard.pb.h>
#include <treino/abi.h>

#include <cstdint>
#include <string>
#include <vector>

namespace event_files {

/// A copy that the worker makes histograms and images of.
struct Array {
  std::string name;  // "dense_1/weight", "dense_1/weight/gradient"
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  bool histogram = false, image = false;
};

void copy(const treino_tensor& view, Array& array);

/// Matrices as they are; kernels (filters x channels x height x width) beside each other, a row for each filter; the rest as rows
/// of its first dimension. Blue below zero, white at zero, red above; gray where a value is not finite.
void draw(const Array& array, treino::events::Summary::Image& image);

/// A metric's table. Columns of no common kind (precision beside a number of samples) are shown each by its own largest value.
struct Table {
  std::string name;
  bool one_kind = true;
  std::uint64_t rows = 0, columns = 0;
  std::vector<float> values;

  /// An image of it, with squares that can be seen.
  Array image(std::string tag) const;
};

}  // namespace event_files
