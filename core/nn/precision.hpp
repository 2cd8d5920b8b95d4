// In which precision a model's products and convolutions take their operands. Sums are float32, as is everything else.
#pragma once
#include <string>
#include <string_view>

namespace treino::nn {

enum class Precision {
  float32,
  bf16,          // rounded to bfloat16, and multiplied by instructions that take them so
  bf16_emulated  // rounded to bfloat16, and multiplied as float32: the same products, up to the order of their sums
};

/// As manifests have it.
std::string_view to_text(Precision precision);
/// Of a text that is one of these.
Precision precision_of(std::string_view text);

/// Whether this processor multiplies bfloat16 (AVX512_BF16 or AMX), and ONEDNN_MAX_CPU_ISA permits it.
bool has_bf16();

/// What this processor is, for a reader: "AMD EPYC with AVX2".
std::string processor_text();

}  // namespace treino::nn
