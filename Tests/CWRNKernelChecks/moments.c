// SPDX-License-Identifier: Apache-2.0
// moments against its formula, also where the mean is ten thousand times the deviation.

#include <math.h>
#include "checks.h"
#include "maps.h"

static void run(wrn_check *c, int32_t rows, int32_t columns, int32_t blocks, float mean,
                ptrdiff_t gap) {
    wrn_begin_case(c, "%dx%d pixels of %d blocks about %g, %td elements between", rows, columns,
                   blocks, (double)mean, gap);
    const int32_t lanes = blocks * WRN_LANES;
    wrn_moments a = {.rows = rows, .columns = columns, .blocks = blocks};
    a.column_stride = lanes + gap;
    a.row_stride = columns * a.column_stride + 3 * gap;
    void *image = wrn_take_map(c, "image",
                               (rows - 1) * a.row_stride + (columns - 1) * a.column_stride + lanes);
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < columns; j++) {
            for (int32_t lane = 0; lane < lanes; lane++)
                wrn_set(c, image, i * a.row_stride + j * a.column_stride + lane,
                        (double)(mean + wrn_random_float(c)));
        }
    }
    a.image = image;
    a.mean = wrn_take_floats(c, "mean", lanes);
    a.deviation = wrn_take_floats(c, "deviation", lanes);
    wrn_ready(c);
    c->maps->moments(&a);
    const double pixels = (double)rows * columns;
    for (int32_t lane = 0; lane < lanes; lane++) {
        wrn_number exact = {0, 0};
        double deviation = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int32_t i = 0; i < rows; i++) {
                for (int32_t j = 0; j < columns; j++) {
                    const double x =
                        wrn_get(c, image, i * a.row_stride + j * a.column_stride + lane);
                    if (pass == 0) {
                        exact.value += x / pixels;
                        exact.size += fabs(x) / pixels;
                    } else {
                        deviation += (x - exact.value) * (x - exact.value);
                    }
                }
            }
        }
        const double off = 8 * WRN_ROUNDING * exact.size; // the mean's error
        wrn_expect(c, a.mean + lane, exact, 8);
        wrn_expect_within(c, a.deviation + lane, deviation,
                          8 * WRN_ROUNDING * deviation + pixels * off * off);
    }
    wrn_end_case(c);
}

void wrn_check_moments(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    static const int32_t sizes[][2] = {{1, 1}, {1, 2}, {2, 1},  {1, 7},   {3, 5},
                                       {4, 4}, {5, 3}, {8, 28}, {32, 32}, {1, 32}};
    for (int s = 0; s < 10; s++) {
        for (int b = 0; b < 4; b++) {
            run(c, sizes[s][0], sizes[s][1], block_counts[b], 0, 16 * (b % 2));
            run(c, sizes[s][0], sizes[s][1], block_counts[b], b % 2 ? 1e4f : -1e4f, 5 * (s % 2));
        }
    }
}
