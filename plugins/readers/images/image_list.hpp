// Which images a source consists of, and what is known of each: a folder for each class, a CSV file of paths, or one image alone.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace treino::readers {

struct ImageList {
  std::vector<std::string> paths;
  std::vector<std::string> columns;  // beside the image, by their names; empty names where the CSV file has no header
  std::vector<std::string> texts;    // paths x columns
  std::vector<std::string> places;   // of the rows of a CSV file, "images.csv:3"; empty elsewhere

  const std::string& text(std::int64_t row, std::size_t column) const {
    return texts[static_cast<std::size_t>(row) * columns.size() + column];
  }
};

/// Whether its ending is that of an image that can be read.
bool is_image_name(const std::string& name);

/// `targets`: images have to lie in folders of classes; else they may lie anywhere below. Classes and images are in the order of their
/// names, byte by byte. Throws std::runtime_error that begins with the path.
ImageList list_folder(const std::string& path, bool targets);
/// A path in the first column, from the file's folder on unless it is absolute; what else there is follows it.
ImageList list_csv(const std::string& path);

}  // namespace treino::readers
