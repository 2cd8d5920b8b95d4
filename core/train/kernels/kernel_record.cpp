// The text, and back.
#include "train/kernels/kernel_record.hpp"

namespace treino::train {
namespace {

constexpr std::string_view heading = "treino kernels 1\n";

}  // namespace

std::string KernelRecord::to_text() const { return std::string(heading) + key + "\n" + choices.to_text(); }

std::optional<KernelRecord> KernelRecord::from_text(std::string_view text) {
  if (!text.starts_with(heading) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(heading.size());
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::optional<nn::KernelChoices> choices = nn::KernelChoices::from_text(text.substr(end + 1));
  if (!choices) return std::nullopt;
  return KernelRecord{std::string(text.substr(0, end)), std::move(*choices)};
}

}  // namespace treino::train
