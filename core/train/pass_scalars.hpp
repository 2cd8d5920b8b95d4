// The scalars and tables of one kind of pass through data: "loss" and the metrics, "val_loss" and so on.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace treino::train {

class Run;

struct PassScalars {
  std::uint32_t first = 0, count = 0;  // the loss, the single losses of several, then the metrics' values
  std::vector<std::uint32_t> tables;
};

/// Announces the scalars and tables of passes whose names begin with `prefix` ("", "val_", "test_"). Throws host::CallError.
PassScalars add_pass_scalars(Run& run, const std::string& prefix);

/// From here on these scalars are those of the pass that is under way ...
void begin_pass_scalars(Run& run, const PassScalars& scalars);
/// ... and here they keep their last values, and the tables are read.
void finish_pass_scalars(Run& run, const PassScalars& scalars);

}  // namespace treino::train
