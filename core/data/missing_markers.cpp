// A marker that is a number is compared as a number, since files write the same one in many ways.
#include "data/missing_markers.hpp"

#include <algorithm>

#include "data/number.hpp"

namespace treino::data {

MissingMarkers::MissingMarkers(const std::vector<std::string>& markers) : texts_(markers) {
  double number = 0.0;
  for (const std::string& marker : markers) {
    if (parse_number(marker, number) == NumberError::none) numbers_.push_back(number);
  }
}

bool MissingMarkers::contains(std::string_view text) const {
  if (std::find(texts_.begin(), texts_.end(), text) != texts_.end()) return true;
  double number = 0.0;
  return any_number() && parse_number(text, number) == NumberError::none && contains(number);
}

bool MissingMarkers::contains(double number) const {
  return std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end();
}

}  // namespace treino::data
