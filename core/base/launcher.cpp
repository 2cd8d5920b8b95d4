// The variables of OpenMPI, of PMI and PMIx, which most launchers share, and of Slurm.
#include "base/launcher.hpp"

#include <cstdlib>
#include <initializer_list>

namespace treino::base {

namespace {

/// Of the first that is there and is a number; `missing` where none is.
int first_of(std::initializer_list<const char*> names, int missing) {
  for (const char* name : names)
    if (const char* text = std::getenv(name); text != nullptr && *text != '\0') {
      char* end = nullptr;
      const long value = std::strtol(text, &end, 10);
      if (*end == '\0' && value >= 0 && value <= 1'000'000) return static_cast<int>(value);
    }
  return missing;
}

}  // namespace

int launched_rank() { return first_of({"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"}, 0); }

int launched_count() { return first_of({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 1); }

}  // namespace treino::base
