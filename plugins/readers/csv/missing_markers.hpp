// What a file writes where it has no value.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace treino::readers {

/// A marker that is a number stands for that number, however it is written: "-999" is found in -999.0 and -9.99e2 too.
class MissingMarkers {
 public:
  explicit MissingMarkers(const std::vector<std::string>& markers);

  bool contains(std::string_view text) const;
  bool contains(double number) const;
  bool any_number() const { return !numbers_.empty(); }

 private:
  const std::vector<std::string>& texts_;
  std::vector<double> numbers_;
};

}  // namespace treino::readers
