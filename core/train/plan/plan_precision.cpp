// What a precision needs of the processor and of the layers; checked here so that `treino check` tells of it too.
#include <fmt/format.h>

#include "nn/layers/layer_types.hpp"
#include "nn/precision.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

void check_precision(const Plan& plan, manifest::Faults& faults) {
  const manifest::Located<std::string>& given = plan.manifest.run.precision;
  if (given.value != to_text(nn::Precision::bf16)) return;
  if (!nn::has_bf16())
    return faults.add(given.location,
                      fmt::format("precision of [run]: \"bf16\" needs a processor with AVX512_BF16 or AMX, and this is {}; "
                                  "\"bf16-emulated\" gives the same numbers, up to the order of sums, on any",
                                  nn::processor_text()));
  for (std::size_t i = plan.data_inputs(); i < plan.layers.size(); ++i)
    if (nn::find_layer_type(plan.layers[i])->is_convolution)
      return faults.add(given.location,
                        fmt::format("precision of [run]: \"bf16\" is for matrix products so far, and layer {} is a {}; "
                                    "\"bf16-emulated\" rounds what convolutions multiply too",
                                    i - plan.data_inputs() + 1, plan.layers[i].type));
}

}  // namespace treino::train
