// SPDX-License-Identifier: Apache-2.0
// max_pool_gradient against its formula: windows with several largest values, rows of the image
// one by one and together, over old values or not, and images with NaN.

#include <math.h>
#include "checks.h"
#include "max_windows.h"
#include "maps.h"
#include "views.h"

static void run(wrn_check *c, const wrn_window_shape *s, int view, int32_t first_row, int32_t rows,
                int accumulate, bool nan) {
    wrn_begin_case(c,
                   "rows %d ..< %d of %dx%d of %d blocks, windows of %d, step %d, padding %d, "
                   "view %d, accumulate %d%s",
                   first_row, first_row + rows, s->height, s->width, s->blocks, s->size, s->step,
                   s->padding, view, accumulate, nan ? ", with NaN" : "");
    wrn_max_pool_gradient a = {.windows = wrn_take_windows(c, s, view),
                               .output_rows = wrn_window_count(s, s->height),
                               .output_columns = wrn_window_count(s, s->width),
                               .first_row = first_row,
                               .rows = rows,
                               .accumulate = accumulate};
    const int32_t lanes = s->blocks * WRN_LANES;
    for (int32_t k = 0; nan && k < lanes; k += 3) {
        const ptrdiff_t pixel = k * 7 % (s->height * s->width);
        wrn_set(c, a.windows.image, pixel * a.windows.stride + k, NAN);
    }
    a.gradient_stride = lanes + (c->cases % 3 ? 0 : 5);
    const ptrdiff_t outputs = (ptrdiff_t)a.output_rows * a.output_columns;
    a.gradient = wrn_take_random_map(c, "gradient", (outputs - 1) * a.gradient_stride + lanes);
    const ptrdiff_t extent = ((ptrdiff_t)rows * s->width - 1) * a.windows.stride + lanes;
    a.destination = accumulate ? wrn_take_random_map(c, "destination", extent)
                               : wrn_take_map(c, "destination", extent);
    wrn_ready(c);
    c->maps->max_pool_gradient(&a);
    for (int32_t k = 0; k < lanes; k++) {
        for (int32_t p = 0; p < rows * s->width; p++) {
            const ptrdiff_t at = p * a.windows.stride + k;
            // The documented chain of additions, each stored, so the same bits.
            float want = accumulate ? (float)wrn_get_before(c, a.destination, at) : 0;
            for (int32_t o = 0; o < outputs; o++) {
                const int32_t i = o / a.output_columns, j = o % a.output_columns;
                if (wrn_window_first_largest(c, &a.windows, i, j, k) == first_row * s->width + p) {
                    want += (float)wrn_get(c, a.gradient, o * a.gradient_stride + k);
                    want = (float)wrn_stored(c, (double)want);
                }
            }
            wrn_expect_element(c, a.destination, at, (wrn_number){(double)want, 0}, 0);
        }
    }
    wrn_end_case(c);
}

void wrn_check_max_pool_gradient(wrn_check *c) {
    int count;
    const wrn_window_shape *shapes = wrn_window_shapes(&count);
    for (int n = 0; n < count; n++) {
        const wrn_window_shape *s = &shapes[n];
        for (int view = 0; view < WRN_VIEWS; view++) {
            if (view % WRN_MAPS == 2)
                continue;
            run(c, s, view, 0, s->height, 0, false);
            run(c, s, view, 0, s->height, 1, false);
            run(c, s, view, 0, s->height, 0, true);
            run(c, s, view, s->height / 2, s->height - s->height / 2, 1, false);
        }
        for (int32_t row = 0; row < s->height; row++)
            run(c, s, WRN_MAPS + 1, row, 1, 0, false);
    }
}
