// Written for a reader, like those of functions.cpp: what becomes of other sizes, dense layers, convolutions and pools.
#include "function_tables.hpp"

namespace treino::exporters {

const std::vector<Function>& products_and_pools() {
  static const std::vector<Function> all = {
      {"dense", {}, R"(
/* weight: units x inputs; bias may be NULL. */
static void dense(const float *x, const float *weight, const float *bias, long inputs, long units, float *y) {
  long u, i;
  for (u = 0; u < units; ++u, weight += inputs) {
    total sum = bias != NULL ? bias[u] : 0;
    for (i = 0; i < inputs; ++i) sum += (total)x[i] * weight[i];
    y[u] = (float)sum;
  }
}
)"},
      {"dense_steps", {"dense"}, R"(
/* The same of each step of a sequence. */
static void dense_steps(const float *x, const float *weight, const float *bias, long steps, long inputs, long units, float *y) {
  for (; steps > 0; --steps, x += inputs, y += units) dense(x, weight, bias, inputs, units, y);
}
)"},
      {"window", {}, R"(
/* Where a kernel goes over channels x height x width. */
typedef struct window {
  long channels, height, width, kernel_height, kernel_width, stride_height, stride_width, top, left, dilation_height,
      dilation_width, out_height, out_width;
} window;
)"},
      {"conv2d", {"window"}, R"(
/* weight: filters x channels of a group x kernel height x kernel width; bias may be NULL. */
static void conv2d(const float *x, const float *weight, const float *bias, const window *w, long filters, long groups, float *y) {
  const long area = w->kernel_height * w->kernel_width, channels = w->channels / groups;
  long f, row, column, c, i, j;
  for (f = 0; f < filters; ++f, weight += channels * area) {
    const float *from = x + f / (filters / groups) * channels * w->height * w->width;
    for (row = 0; row < w->out_height; ++row) {
      for (column = 0; column < w->out_width; ++column) {
        const long top = row * w->stride_height - w->top, left = column * w->stride_width - w->left;
        total sum = bias != NULL ? bias[f] : 0;
        for (c = 0; c < channels; ++c) {
          for (i = 0; i < w->kernel_height; ++i) {
            const long at = top + i * w->dilation_height;
            if (at < 0 || at >= w->height) continue;
            for (j = 0; j < w->kernel_width; ++j) {
              const long to = left + j * w->dilation_width;
              if (to < 0 || to >= w->width) continue;
              sum += (total)from[(c * w->height + at) * w->width + to] * weight[c * area + i * w->kernel_width + j];
            }
          }
        }
        *y++ = (float)sum;
      }
    }
  }
}
)"},
      {"conv2d_transpose", {"window"}, R"(
/* The window is that of the convolution from y to x. weight: channels x filters of a group x kernel height x kernel width; bias may
   be NULL. */
static void conv2d_transpose(const float *x, const float *weight, const float *bias, const window *w, long channels, long groups,
                             float *y) {
  const long area = w->kernel_height * w->kernel_width, filters = w->channels / groups, group = channels / groups;
  long f, row, column, c, i, j;
  for (f = 0; f < w->channels; ++f) {
    const long first = f / filters * group;
    for (row = 0; row < w->height; ++row) {
      for (column = 0; column < w->width; ++column) {
        total sum = bias != NULL ? bias[f] : 0;
        for (i = 0; i < w->kernel_height; ++i) {
          const long down = row + w->top - i * w->dilation_height;
          if (down < 0 || down % w->stride_height != 0 || down / w->stride_height >= w->out_height) continue;
          for (j = 0; j < w->kernel_width; ++j) {
            const long right = column + w->left - j * w->dilation_width;
            if (right < 0 || right % w->stride_width != 0 || right / w->stride_width >= w->out_width) continue;
            for (c = first; c < first + group; ++c)
              sum += (total)x[(c * w->out_height + down / w->stride_height) * w->out_width + right / w->stride_width] *
                     weight[(c * filters + f % filters) * area + i * w->kernel_width + j];
          }
        }
        *y++ = (float)sum;
      }
    }
  }
}
)"},
      {"max_pool", {"window"}, R"(
static void max_pool(const float *x, const window *w, float *y) {
  long c, row, column, i, j;
  for (c = 0; c < w->channels; ++c, x += w->height * w->width) {
    for (row = 0; row < w->out_height; ++row) {
      for (column = 0; column < w->out_width; ++column) {
        const long top = row * w->stride_height - w->top, left = column * w->stride_width - w->left;
        float largest = -INFINITY;
        for (i = 0; i < w->kernel_height; ++i) {
          if (top + i < 0 || top + i >= w->height) continue;
          for (j = 0; j < w->kernel_width; ++j) {
            if (left + j < 0 || left + j >= w->width) continue;
            /* A NaN stays. */
            if (!(x[(top + i) * w->width + left + j] <= largest) && largest == largest)
              largest = x[(top + i) * w->width + left + j];
          }
        }
        *y++ = largest;
      }
    }
  }
}
)"},
      {"avg_pool", {"window"}, R"(
/* Padding is not counted. */
static void avg_pool(const float *x, const window *w, float *y) {
  long c, row, column, i, j;
  for (c = 0; c < w->channels; ++c, x += w->height * w->width) {
    for (row = 0; row < w->out_height; ++row) {
      for (column = 0; column < w->out_width; ++column) {
        const long top = row * w->stride_height - w->top, left = column * w->stride_width - w->left;
        long count = 0;
        total sum = 0;
        for (i = 0; i < w->kernel_height; ++i) {
          if (top + i < 0 || top + i >= w->height) continue;
          for (j = 0; j < w->kernel_width; ++j) {
            if (left + j < 0 || left + j >= w->width) continue;
            sum += x[(top + i) * w->width + left + j];
            ++count;
          }
        }
        *y++ = (float)(sum / (total)count);
      }
    }
  }
}
)"},
      {"global_avg_pool", {}, R"(
static void global_avg_pool(const float *x, long channels, long area, float *y) {
  long c, i;
  for (c = 0; c < channels; ++c, x += area) {
    total sum = 0;
    for (i = 0; i < area; ++i) sum += x[i];
    y[c] = (float)(sum / (total)area);
  }
}
)"},
      {"global_max_pool", {}, R"(
static void global_max_pool(const float *x, long channels, long area, float *y) {
  long c, i;
  for (c = 0; c < channels; ++c, x += area) {
    y[c] = x[0];
    /* A NaN stays. */
    for (i = 1; i < area; ++i)
      if (!(x[i] <= y[c]) && y[c] == y[c]) y[c] = x[i];
  }
}
)"},
      {"upsample", {}, R"(
/* rows: of all channels; each value comes `down` times `right` times. */
static void upsample(const float *x, long rows, long width, long down, long right, float *y) {
  long row, i, j, k;
  for (row = 0; row < rows; ++row, x += width)
    for (i = 0; i < down; ++i)
      for (j = 0; j < width; ++j)
        for (k = 0; k < right; ++k) *y++ = x[j];
}
)"},
  };
  return all;
}

}  // namespace treino::exporters
