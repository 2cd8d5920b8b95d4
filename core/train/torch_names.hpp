// How torch names what we name: "fc1.weight" is "fc1/weight"; of nn.Sequential, "0.weight" and "3.weight" are the first and the second
// layer that has parameters. "rnn.weight_ih_l0" is "rnn/weight_ih", "attention.out_proj.bias" is "attention/out_proj_bias".
#pragma once
#include <string>
#include <vector>

namespace treino::train {

/// The model's name for each of torch's; where there is none, theirs with a slash before the last part.
std::vector<std::string> from_torch_names(const std::vector<std::string>& names, const std::vector<std::string>& ours);

}  // namespace treino::train
