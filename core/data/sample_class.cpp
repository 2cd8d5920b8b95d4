// The check before anything that is done class by class.
#include "data/sample_class.hpp"

#include <algorithm>

namespace treino::data {

void require_classes(const Dataset& dataset, const std::string& what) {
  const bool index = dataset.target_kind == TargetKind::index;
  if (!index && dataset.target_kind != TargetKind::one_hot)
    throw DataError(what + " needs classes, but the targets are none or values");
  if (!index) return;
  const auto outside = [&](std::int32_t number) { return number < 0 || number >= dataset.target_width; };
  if (std::any_of(dataset.classes.begin(), dataset.classes.end(), outside))
    throw DataError(what + " needs classes from 0 to target_width - 1");
}

}  // namespace treino::data
