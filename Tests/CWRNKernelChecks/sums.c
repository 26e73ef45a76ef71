// SPDX-License-Identifier: Apache-2.0
// wrn_sum_rows and wrn_sum_parts: the same additions in the same order, so the same bits.

#include "checks.h"

// Numbers of many magnitudes, so that their sum depends on the order and the precision.
static float *take_uneven(wrn_check *c, const char *name, ptrdiff_t count) {
    float *values = wrn_take_random(c, name, count);
    for (ptrdiff_t i = 0; i < count; i++)
        values[i] *= wrn_random_float(c) * (float)(1 << wrn_random(c) % 16);
    return values;
}

static void run_rows(wrn_check *c, int32_t rows, int32_t lanes) {
    wrn_begin_case(c, "sum_rows of %d rows of %d lanes", rows, lanes);
    const ptrdiff_t stride = lanes + c->cases % 4;
    const ptrdiff_t extent = rows > 0 ? (rows - 1) * stride + lanes : lanes;
    const float *values = take_uneven(c, "rows", extent);
    double *total = wrn_take(c, "total", sizeof(double) * (size_t)lanes);
    wrn_ready(c);
    wrn_sum_rows(values, stride, rows, lanes, total);
    for (int32_t k = 0; k < lanes; k++) {
        double want = 0;
        for (int32_t r = 0; r < rows; r++)
            want += (double)values[r * stride + k];
        wrn_expect_bytes(c, total + k, &want, sizeof want);
    }
    wrn_end_case(c);
}

static void run_parts(wrn_check *c, int32_t parts, ptrdiff_t count, bool in_place) {
    wrn_begin_case(c, "sum_parts of %d parts of %td floats, in place %d", parts, count, in_place);
    const ptrdiff_t stride = count + c->cases % 4;
    float *values = take_uneven(c, "parts", (parts - 1) * stride + count);
    float *total = in_place ? values : wrn_take_floats(c, "total", count);
    wrn_ready(c);
    wrn_sum_parts(values, stride, parts, count, total);
    for (ptrdiff_t i = 0; i < count; i++) {
        float want = wrn_before(c, values + i);
        for (int32_t p = 1; p < parts; p++)
            want += wrn_before(c, values + p * stride + i);
        wrn_expect_bytes(c, total + i, &want, sizeof want);
    }
    wrn_end_case(c);
}

void wrn_check_sums(wrn_check *c) {
    for (int32_t n = 0; n <= 20; n++) {
        run_rows(c, n, 16);
        run_rows(c, n, 1 + n * 3);
        if (n > 0) {
            run_parts(c, n, 1 + n * 7, false);
            run_parts(c, 21 - n, n * 16, true);
        }
    }
}
