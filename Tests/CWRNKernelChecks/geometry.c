// SPDX-License-Identifier: Apache-2.0

#include "geometry.h"

wrn_geometry wrn_take_geometry(wrn_check *c, int32_t kernel, int32_t stride, int32_t rows,
                               int32_t columns) {
    const int32_t patch_rows = (rows - 1) * stride + kernel;
    const int32_t patch_columns = (columns - 1) * stride + kernel;
    const int32_t plane = (patch_columns + stride - 1) / stride * WRN_LANES;
    const int32_t row_stride = stride * plane + kernel;
    wrn_geometry g = {.tap_count = kernel * kernel,
                      .row_stride = row_stride,
                      .output_row_step = (ptrdiff_t)stride * row_stride,
                      .block_size = (ptrdiff_t)patch_rows * row_stride};
    g.taps = wrn_take(c, "taps", sizeof(int32_t) * (size_t)g.tap_count);
    for (int32_t t = 0; t < g.tap_count; t++) {
        const int32_t y = t / kernel, x = t % kernel;
        g.taps[t] = y * row_stride + x % stride * plane + x / stride * WRN_LANES;
        g.farthest = g.taps[t] > g.farthest ? g.taps[t] : g.farthest;
    }
    return g;
}
