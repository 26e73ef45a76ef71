// SPDX-License-Identifier: Apache-2.0
// max_pool against its formula: every view without a second image, whole outputs and rows of them,
// and images with NaN.

#include <math.h>
#include "checks.h"
#include "max_windows.h"
#include "maps.h"
#include "views.h"

static float largest(const wrn_check *c, const wrn_max_windows *w, int32_t i, int32_t j,
                     int32_t channel) {
    float result = -INFINITY;
    for (int32_t row = 0; row < w->height; row++) {
        for (int32_t column = 0; column < w->width; column++) {
            const int32_t a = row - i * w->step + w->padding, b = column - j * w->step + w->padding;
            if (a < 0 || a >= w->size || b < 0 || b >= w->size)
                continue;
            const float value = wrn_window_value(c, w, row, column, channel);
            if (isnan(value) || value > result)
                result = value;
            if (isnan(result))
                return result;
        }
    }
    return result;
}

static void run(wrn_check *c, const wrn_window_shape *s, int view, int32_t skipped, bool nan) {
    wrn_begin_case(c, "%dx%d of %d blocks, windows of %d, step %d, padding %d, view %d%s",
                   s->height, s->width, s->blocks, s->size, s->step, s->padding, view,
                   nan ? ", with NaN" : "");
    wrn_max_pool a = {.windows = wrn_take_windows(c, s, view)};
    const int32_t lanes = s->blocks * WRN_LANES;
    // Each lane has its NaN at another pixel, most have none.
    for (int32_t k = 0; nan && k < lanes; k += 3) {
        const ptrdiff_t pixel = k * 7 % (s->height * s->width);
        wrn_set(c, a.windows.image, pixel * a.windows.stride + k, NAN);
    }
    const int32_t output_rows = wrn_window_count(s, s->height);
    a.first_row = skipped < output_rows ? skipped : output_rows - 1;
    a.rows = output_rows - a.first_row - (output_rows - a.first_row > 2 ? skipped : 0);
    a.columns = wrn_window_count(s, s->width);
    a.destination_stride = lanes + (c->cases % 3 ? 0 : 5);
    a.destination = wrn_take_map(
        c, "destination", ((ptrdiff_t)a.rows * a.columns - 1) * a.destination_stride + lanes);
    wrn_ready(c);
    c->maps->max_pool(&a);
    for (int32_t i = 0; i < a.rows; i++) {
        for (int32_t j = 0; j < a.columns; j++) {
            for (int32_t k = 0; k < lanes; k++) {
                const ptrdiff_t pixel = (ptrdiff_t)i * a.columns + j;
                const ptrdiff_t at = pixel * a.destination_stride + k;
                const float want = largest(c, &a.windows, a.first_row + i, j, k);
                if (isnan(want) && isnan(wrn_get(c, a.destination, at)))
                    wrn_allow_element(c, a.destination, at);
                else
                    wrn_expect_element(c, a.destination, at, (wrn_number){(double)want, 0}, 0);
            }
        }
    }
    wrn_end_case(c);
}

void wrn_check_max_pool(wrn_check *c) {
    int count;
    const wrn_window_shape *shapes = wrn_window_shapes(&count);
    for (int n = 0; n < count; n++) {
        for (int view = 0; view < WRN_VIEWS; view++) {
            if (view % WRN_MAPS == 2)
                continue;
            run(c, &shapes[n], view, 0, false);
            run(c, &shapes[n], view, 1, false);
            run(c, &shapes[n], view, 0, true);
        }
    }
}
