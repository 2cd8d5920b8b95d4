// The learning rate over a run that is not trained.
#pragma once
#include <treino/treino.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/plan/plan.hpp"

namespace treino::library {

/// treino_schedule with memory of its own.
class Schedule {
 public:
  /// `steps_per_epoch`: 0: from the data, where a scheduler counts steps. Throws base::InputError, with the scheduler's place in the
  /// manifest where it refuses, and data::DataError.
  Schedule(const train::Plan& plan, std::uint64_t steps_per_epoch);
  treino_schedule view() const;

 private:
  treino_schedule told_{};
  std::vector<treino_schedule_point> points_;
  std::vector<std::string> names_, notes_;
  std::vector<const char*> name_texts_, note_texts_;
};

}  // namespace treino::library
