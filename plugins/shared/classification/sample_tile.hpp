// Rows of few columns, sixteen samples side by side: what a loop over ten classes does for one sample, with more waiting than
// work, a loop over sixteen samples does for each class at once. To be used inside vector_loops.hpp's loops.
#pragma once
#include <treino/kit/fast_math.hpp>
#include <treino/tensor.hpp>

namespace treino {
inline namespace sdk0 {

constexpr std::int64_t samples_side_by_side = 16;
/// Longer rows fill vectors by themselves.
constexpr std::int64_t few_columns = 32;

namespace detail {

/// to[c][r] = from[r][c], four by four.
TREINO_ALWAYS_INLINE inline void transpose_4x4(const float* const* from, float* const* to) {
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define TREINO_SHUFFLES
#endif
#endif
#ifdef TREINO_SHUFFLES
  typedef float Four __attribute__((vector_size(16)));
  Four row[4];
  for (int r = 0; r < 4; ++r) std::memcpy(&row[r], from[r], sizeof(Four));
  const Four low = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5),
             high = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  const Four low_below = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const Four high_below = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  const Four column[4] = {
      __builtin_shufflevector(low, low_below, 0, 1, 4, 5), __builtin_shufflevector(low, low_below, 2, 3, 6, 7),
      __builtin_shufflevector(high, high_below, 0, 1, 4, 5), __builtin_shufflevector(high, high_below, 2, 3, 6, 7)};
  for (int c = 0; c < 4; ++c) std::memcpy(to[c], &column[c], sizeof(Four));
#undef TREINO_SHUFFLES
#else
  float column[4][4];
  for (int r = 0; r < 4; ++r)
    for (int c = 0; c < 4; ++c) column[c][r] = from[r][c];
  for (int c = 0; c < 4; ++c) std::memcpy(to[c], column[c], sizeof column[c]);
#endif
}

}  // namespace detail

/// Sixteen rows of a matrix by columns: column c begins at values[16 * c].
struct SampleTile {
  alignas(64) float values[samples_side_by_side * few_columns];

  /// Rows first to first + 15; after the last one, that one again. At most few_columns columns.
  TREINO_ALWAYS_INLINE void take(const Matrix<const float>& matrix, std::int64_t first) {
    const std::int64_t columns = matrix.columns(), last = matrix.rows() - 1;
    for (std::int64_t s = 0; s < samples_side_by_side; s += 4) {
      const float* row[4];
      for (std::int64_t r = 0; r < 4; ++r) row[r] = matrix.row(first + s + r < last ? first + s + r : last);
      if (columns < 4) {
        for (std::int64_t c = 0; c < columns; ++c)
          for (std::int64_t r = 0; r < 4; ++r) column(c)[s + r] = row[r][c];
        continue;
      }
      for (std::int64_t c = 0; c < columns; c = next_four(c, columns)) {
        const float* const from[] = {row[0] + c, row[1] + c, row[2] + c, row[3] + c};
        float* const to[] = {column(c) + s, column(c + 1) + s, column(c + 2) + s, column(c + 3) + s};
        detail::transpose_4x4(from, to);
      }
    }
  }
  /// Back into the rows, those that there are. The matrix has the columns that were taken.
  TREINO_ALWAYS_INLINE void give(const Matrix<float>& matrix, std::int64_t first) const {
    const std::int64_t columns = matrix.columns(), rows = matrix.rows() - first;
    const std::int64_t count = rows < samples_side_by_side ? rows : samples_side_by_side;
    for (std::int64_t s = 0; s < count; s += 4) {
      if (columns < 4 || s + 4 > count) {
        for (std::int64_t r = s; r < s + 4 && r < count; ++r)
          for (std::int64_t c = 0; c < columns; ++c) matrix.row(first + r)[c] = column(c)[r];
        continue;
      }
      float* row[4];
      for (std::int64_t r = 0; r < 4; ++r) row[r] = matrix.row(first + s + r);
      for (std::int64_t c = 0; c < columns; c = next_four(c, columns)) {
        const float* const from[] = {column(c) + s, column(c + 1) + s, column(c + 2) + s, column(c + 3) + s};
        float* const to[] = {row[0] + c, row[1] + c, row[2] + c, row[3] + c};
        detail::transpose_4x4(from, to);
      }
    }
  }
  /// Of `columns` >= 4, the last four come as a whole, though some have come before.
  TREINO_ALWAYS_INLINE static std::int64_t next_four(std::int64_t c, std::int64_t columns) {
    return c + 4 < columns && c + 8 > columns ? columns - 4 : c + 4;
  }
  const float* column(std::int64_t c) const { return values + c * samples_side_by_side; }
  float* column(std::int64_t c) { return values + c * samples_side_by_side; }

  /// The largest of each row, and its column, the first of several; where some are NaN, the largest or NaN, and any column.
  struct Largest {
    alignas(64) float value[samples_side_by_side];
    alignas(64) std::int32_t column[samples_side_by_side];
  };
  TREINO_ALWAYS_INLINE Largest largest(std::int64_t columns) const {
    // As integers: the bits of a float are in its order, backwards below 0.
    constexpr std::int32_t all_but_sign = 0x7fffffff;
    Largest result;
#if defined(__GNUC__) || defined(__clang__)
    // Vectors by name: GCC takes a loop of sixteen rounds apart before it would make one of it.
    typedef float Floats __attribute__((vector_size(64)));
    typedef std::int32_t Integers __attribute__((vector_size(64)));
    Integers best = Integers{} - all_but_sign - 1, place{};
    for (std::int64_t c = 0; c < columns; ++c) {
      Floats next;
      std::memcpy(&next, column(c), sizeof next);
      const Integers bits = reinterpret_cast<Integers>(next + 0.0f);  // of -0, those of 0
      const Integers ordered = bits ^ ((bits >> 31) & all_but_sign);
      const Integers better = ordered > best;
      best = (ordered & better) | (best & ~better);
      place = ((Integers{} + static_cast<std::int32_t>(c)) & better) | (place & ~better);
    }
    const Floats most = reinterpret_cast<Floats>(best ^ ((best >> 31) & all_but_sign));
    std::memcpy(result.value, &most, sizeof most);
    std::memcpy(result.column, &place, sizeof place);
#else
    for (std::int64_t s = 0; s < samples_side_by_side; ++s) {
      std::int32_t best = -all_but_sign - 1, place = 0;
      for (std::int64_t c = 0; c < columns; ++c) {
        const auto bits = fast::detail::same_bits<std::int32_t>(column(c)[s] + 0.0f);
        const std::int32_t ordered = bits < 0 ? bits ^ all_but_sign : bits;
        if (ordered <= best) continue;
        best = ordered;
        place = static_cast<std::int32_t>(c);
      }
      result.value[s] = fast::detail::same_bits<float>(best < 0 ? best ^ all_but_sign : best);
      result.column[s] = place;
    }
#endif
    return result;
  }
};

}  // namespace sdk0
}  // namespace treino
