// What a resumed run may not change, and how a checkpoint tells that something else has changed.
#pragma once
#include <string>
#include <vector>

#include "train/plan/plan.hpp"

namespace treino::train {

struct FixedSetting {
  const char* key;    // as --set names it
  std::string value;  // as the user reads it
  bool within_epoch;  // may change between epochs
};

/// Always the same keys in the same order; further ones come at the end, so that older checkpoints can be compared.
std::vector<FixedSetting> fixed_settings(const Plan& plan);

/// "run.seed cannot change when a run is resumed: it was 3, and 7 is given". Empty where all is as it was. `before`: the values
/// of fixed_settings() as they were saved, as far as they were.
std::string changed_setting(const Plan& plan, const std::vector<std::string>& before, bool within_epoch);

/// What to tell of products that the run computed in the precision `before` when it was saved; empty where it still does.
std::string changed_precision(const Plan& plan, const std::string& before);

/// Eight hexadecimal digits that are other ones where a parameter is. Secrets count by their name.
std::string digest(const manifest::Table& parameters);

}  // namespace treino::train
