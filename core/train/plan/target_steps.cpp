// The sentences say how many target columns would fit, or how to end a model that has one target for each sample.
#include "train/plan/target_steps.hpp"

#include "base/counted.hpp"
#include "nn/shapes.hpp"

namespace treino::train {

namespace {

constexpr const char* flat_end = "end with a flatten or global_avg_pool and a dense layer";

std::string sequence_fault(std::int64_t steps, data::TargetKind kind, std::int64_t columns) {
  const std::string number = std::to_string(steps);
  switch (kind) {
    case data::TargetKind::none:
      return "";
    case data::TargetKind::index:
      return columns == steps ? "" : "classes take " + number + ", one for each step";
    case data::TargetKind::values:
      return columns % steps == 0 ? "" : "values take " + number + ", one for each step, or a multiple of it";
    case data::TargetKind::one_hot:
      return steps == 1 ? "" : "with target_kind = \"index\" classes take " + number + ", one for each step";
  }
  return "";
}

}  // namespace

std::int64_t steps_of(const nn::Shape& output) { return output.size() == 2 ? output[0] : 1; }

std::string target_steps_fault(const std::string& what, const nn::Shape& output, data::TargetKind kind, std::int64_t columns) {
  const std::string shape = what + " has shape " + nn::to_text(output);
  if (output.size() > 2 || output.empty()) return shape + "; " + flat_end;
  if (output.size() == 1 && kind == data::TargetKind::index && columns > 1)
    return shape + ", and the target has " + std::to_string(columns) +
           " columns of classes, which take a sequence of as many steps (steps x classes); else name a single target column";
  const std::string fault = output.size() == 2 ? sequence_fault(output[0], kind, columns) : "";
  if (fault.empty()) return "";
  return shape + ", a sequence of " + base::counted(output[0], "step", "steps") + ", and the target has " +
         base::counted(columns, "column", "columns") + ": " + fault + ". For one target for each sample, " + flat_end;
}

}  // namespace treino::train
