// Choices as text, one line for each.
#include "nn/kernel_choices.hpp"

#include <dnnl.h>
#include <fmt/format.h>

#include <array>
#include <sstream>

#include "nn/precision.hpp"

namespace treino::nn {
namespace {

/// In the order of ProductKernel.
constexpr std::array<std::string_view, 5> names{"own", "own_in_parts", "onednn", "onednn_in_parts", "onednn_threads"};

std::optional<ProductKernel> kernel_of(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<ProductKernel>(i);
  return std::nullopt;
}

std::optional<bool> transposed_of(std::string_view word) {
  if (word == "plain") return false;
  if (word == "transposed") return true;
  return std::nullopt;
}

const char* word_of(bool transposed) { return transposed ? "transposed" : "plain"; }

}  // namespace

std::optional<ProductKernel> KernelChoices::find(const ProductShape& shape) const {
  const auto found = chosen_.find(shape);
  return found == chosen_.end() ? std::nullopt : std::optional(found->second);
}

std::string KernelChoices::to_text() const {
  std::string text;
  for (const auto& [shape, kernel] : chosen_)
    text += fmt::format("{} {} {} {} {} {}\n", shape.rows, shape.columns, shape.inner, word_of(shape.a_transposed),
                        word_of(shape.b_transposed), names[static_cast<std::size_t>(kernel)]);
  return text;
}

std::optional<KernelChoices> KernelChoices::from_text(std::string_view text) {
  KernelChoices choices;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    ProductShape shape{};
    std::string a, b, name, more;
    if (!(words >> shape.rows >> shape.columns >> shape.inner >> a >> b >> name) || words >> more) return std::nullopt;
    const auto a_transposed = transposed_of(a), b_transposed = transposed_of(b);
    const auto kernel = kernel_of(name);
    if (!a_transposed || !b_transposed || !kernel) return std::nullopt;
    shape.a_transposed = *a_transposed;
    shape.b_transposed = *b_transposed;
    choices.set(shape, *kernel);
  }
  return choices;
}

std::string kernel_choices_key(int threads) {
  const dnnl_version_t& version = *dnnl_version();
  return fmt::format("{}, {} thread{}, oneDNN {}.{}.{}", processor_text(), threads, threads == 1 ? "" : "s", version.major,
                     version.minor, version.patch);
}

}  // namespace treino::nn
