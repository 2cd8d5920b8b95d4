// Rows become columns, in registers; a part of kernel_loops.hpp.

#if TREINO_LANES == 16
#define TREINO_EACH_LANE(f) f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10), f(11), f(12), f(13), f(14), f(15)
#elif TREINO_LANES == 8
#define TREINO_EACH_LANE(f) f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7)
#else
#define TREINO_EACH_LANE(f) f(0), f(1), f(2), f(3)
#endif

// Of two rows that are `step` apart, what each has in the other's columns changes places.
template <int step>
void exchange(Vector& low, Vector& high) {
#define TREINO_LOW(j) (((j)&step) != 0 ? lanes + (j)-step : (j))
#define TREINO_HIGH(j) (((j)&step) != 0 ? lanes + (j) : (j) + step)
#if defined(__clang__) || __GNUC__ >= 12
  const Vector first = __builtin_shufflevector(low, high, TREINO_EACH_LANE(TREINO_LOW));
  const Vector second = __builtin_shufflevector(low, high, TREINO_EACH_LANE(TREINO_HIGH));
#else
  typedef int Places __attribute__((vector_size(TREINO_LANES * 4)));
  const Vector first = __builtin_shuffle(low, high, Places{TREINO_EACH_LANE(TREINO_LOW)});
  const Vector second = __builtin_shuffle(low, high, Places{TREINO_EACH_LANE(TREINO_HIGH)});
#endif
#undef TREINO_LOW
#undef TREINO_HIGH
  low = first;
  high = second;
}

template <int step>
void exchange_all(Vector (&rows)[lanes]) {
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) {
    if ((i & step) == 0) exchange<step>(rows[i], rows[i + step]);
  }
}

// to (lanes x lanes) = the transposed `from`; both with a step from row to row.
void turn_square(const float* from, int64_t from_step, float* to, int64_t to_step) {
  Vector rows[lanes];
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) rows[i] = load(from + i * from_step);
  exchange_all<1>(rows);
  exchange_all<2>(rows);
#if TREINO_LANES >= 8
  exchange_all<4>(rows);
#endif
#if TREINO_LANES >= 16
  exchange_all<8>(rows);
#endif
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i) store(to + i * to_step, rows[i]);
}

// to (columns x rows) = the transposed `from` (rows x columns); both with a step from row to row.
void turn(const float* from, int64_t from_step, float* to, int64_t to_step, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; row += lanes) {
    int64_t column = 0;
    for (; row + lanes <= rows && column + lanes <= columns; column += lanes) {
      turn_square(from + row * from_step + column, from_step, to + column * to_step + row, to_step);
    }
    for (int64_t i = row; i < smaller(rows, row + lanes); ++i) {
      for (int64_t j = column; j < columns; ++j) to[j * to_step + i] = from[i * from_step + j];
    }
  }
}

void transpose(const float* x, float* y, int64_t rows, int64_t columns) { turn(x, columns, y, rows, rows, columns); }
