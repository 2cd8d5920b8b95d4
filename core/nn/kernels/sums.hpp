// Sums in double with a fixed order that a compiler can still spread over a register.
#pragma once
#include <cstdint>

namespace treino::nn {

/// Sum of term(i) for i in [0, size): four partial sums, then those in order.
template <class Term>
double sum_of(std::int64_t size, Term term) {
  double parts[4] = {};
  std::int64_t i = 0;
  for (; i + 4 <= size; i += 4) {
    for (std::int64_t j = 0; j < 4; ++j) parts[j] += static_cast<double>(term(i + j));
  }
  for (; i < size; ++i) parts[0] += static_cast<double>(term(i));
  return (parts[0] + parts[1]) + (parts[2] + parts[3]);
}

}  // namespace treino::nn
