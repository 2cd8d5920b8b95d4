// The preparation as JSON, as a model's file keeps it. Doubles come back bit for bit.
#pragma once
#include <string>

#include "data/preparation.hpp"

namespace treino::data {

std::string to_json(const Preparation& preparation);
/// Throws DataError where the text is not a preparation that could have been fitted.
Preparation preparation_from_json(const std::string& text);

}  // namespace treino::data
