// Names of precisions, and what oneDNN and the system say of the processor.
#include "nn/precision.hpp"

#include <dnnl.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "nn/kernels/kernels.hpp"

namespace treino::nn {
namespace {

constexpr std::array<std::pair<std::string_view, Precision>, 3> precision_names{
    {{"float32", Precision::float32}, {"bf16", Precision::bf16}, {"bf16-emulated", Precision::bf16_emulated}}};

std::string model_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (const std::size_t at = line.find(": "); line.starts_with("model name") && at != std::string::npos)
      return line.substr(at + 2);
  return "this processor";
}

}  // namespace

std::string_view to_text(Precision precision) {
  for (const auto& [name, value] : precision_names)
    if (value == precision) return name;
  throw std::logic_error("a precision without a name");
}

Precision precision_of(std::string_view text) {
  for (const auto& [name, value] : precision_names)
    if (name == text) return value;
  throw std::logic_error("no precision is called " + std::string(text));
}

bool has_bf16() {
#if defined(__x86_64__)
  constexpr auto needed = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_bf16);
  return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & needed) == needed;
#else
  return false;
#endif
}

std::string processor_text() {
  const std::string name = kernels().name;
  return model_name() + (name == "avx512" ? " with AVX-512" : name == "avx2" ? " with AVX2" : "");
}

}  // namespace treino::nn
