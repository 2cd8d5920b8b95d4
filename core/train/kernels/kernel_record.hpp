// Chosen kernels as text: what a run's folder, its checkpoints and the user's cache keep of them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "nn/kernel_choices.hpp"

namespace treino::train {

struct KernelRecord {
  std::string key;  // nn::kernel_choices_key() of where they were measured
  nn::KernelChoices choices;

  /// A line "treino kernels 1", the key, and a line for each choice.
  std::string to_text() const;
  /// Nothing where it is no such text, or one of another format.
  static std::optional<KernelRecord> from_text(std::string_view text);
};

}  // namespace treino::train
