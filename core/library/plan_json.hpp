// What would run, as JSON.
#pragma once
#include <string>

#include "train/plan/plan.hpp"

namespace treino::library {

/// As run.h says of treino_run_plan. Takes the catalogue's notes.
std::string plan_json(const train::Plan& plan);

}  // namespace treino::library
