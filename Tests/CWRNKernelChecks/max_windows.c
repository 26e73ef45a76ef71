// SPDX-License-Identifier: Apache-2.0

#include <math.h>
#include "max_windows.h"
#include "maps.h"
#include "views.h"

const wrn_window_shape *wrn_window_shapes(int *count) {
    // Networks' own windows, windows that overlap not at all or leave pixels out, and images that
    // are smaller than a window.
    static const wrn_window_shape shapes[] = {
        {8, 8, 3, 2, 1, 1}, {7, 9, 3, 2, 1, 2}, {1, 1, 3, 2, 1, 3}, {2, 5, 3, 1, 1, 1},
        {6, 6, 2, 2, 0, 2}, {5, 4, 2, 2, 1, 1}, {7, 7, 2, 3, 0, 1}, {9, 5, 5, 3, 2, 5},
        {1, 6, 4, 1, 2, 1}, {6, 1, 3, 3, 1, 1}, {4, 4, 1, 1, 0, 1}, {5, 6, 1, 2, 0, 2},
        {4, 9, 4, 2, 0, 1}, {3, 3, 5, 1, 2, 1},
    };
    *count = (int)(sizeof shapes / sizeof *shapes);
    return shapes;
}

int32_t wrn_window_count(const wrn_window_shape *shape, int32_t extent) {
    return (extent + 2 * shape->padding - shape->size) / shape->step + 1;
}

wrn_max_windows wrn_take_windows(wrn_check *c, const wrn_window_shape *s, int view) {
    const int32_t lanes = s->blocks * WRN_LANES;
    wrn_max_windows w = {.height = s->height,
                         .width = s->width,
                         .blocks = s->blocks,
                         .size = s->size,
                         .step = s->step,
                         .padding = s->padding};
    w.view = wrn_take_view(c, view, lanes);
    // Negative powers of two turn the order of values around; no sum is rounded.
    for (int32_t k = 0; w.view.scale && k < lanes; k++) {
        ((float *)w.view.scale)[k] = k % 3 ? 0.5f : -2;
        ((float *)w.view.shift)[k] = (float)(k % 5 - 2) * 0.125f;
    }
    w.stride = lanes + (c->cases % 2 ? 0 : 9);
    const ptrdiff_t pixels = (ptrdiff_t)s->height * s->width;
    void *image = wrn_take_random_map(c, "image", (pixels - 1) * w.stride + lanes);
    for (ptrdiff_t p = 1; p < pixels; p += 3) {
        for (int32_t k = 0; k < lanes; k++)
            wrn_set(c, image, p * w.stride + k, wrn_get(c, image, (p - 1) * w.stride + k));
    }
    w.image = image;
    return w;
}

static float mapped(const wrn_check *c, const wrn_max_windows *w, ptrdiff_t pixel,
                    int32_t channel) {
    const ptrdiff_t block = channel / WRN_LANES * WRN_LANES;
    float values[WRN_LANES];
    for (int k = 0; k < WRN_LANES; k++)
        values[k] = (float)wrn_get(c, w->image, pixel * w->stride + block + k);
    wrn_map map = {.image = values,
                   .destination = values,
                   .stride = WRN_LANES,
                   .pixels = 1,
                   .blocks = 1,
                   .view = w->view};
    if (map.view.scale) {
        map.view.scale += block;
        map.view.shift += block;
    }
    c->kernels->float32->map(&map);
    return values[channel % WRN_LANES];
}

float wrn_window_value(const wrn_check *c, const wrn_max_windows *w, int32_t row, int32_t column,
                       int32_t channel) {
    const ptrdiff_t pixel = (ptrdiff_t)row * w->width + column;
    if (w->view.activation.kind == WRN_SILU)
        return mapped(c, w, pixel, channel);
    const double x = wrn_get(c, w->image, pixel * w->stride + channel);
    return isnan(x) ? NAN : (float)wrn_view_value(&w->view, x, 0, channel).value;
}

int32_t wrn_window_first_largest(const wrn_check *c, const wrn_max_windows *w, int32_t i, int32_t j,
                                 int32_t channel) {
    int32_t first = -1, largest = -1;
    for (int32_t a = 0; a < w->size; a++) {
        for (int32_t b = 0; b < w->size; b++) {
            const int32_t row = i * w->step + a - w->padding, column = j * w->step + b - w->padding;
            if (row < 0 || row >= w->height || column < 0 || column >= w->width)
                continue;
            const int32_t pixel = row * w->width + column;
            const float value = wrn_window_value(c, w, row, column, channel);
            if (first < 0)
                first = largest = pixel;
            if (isnan(value))
                return first;
            if (value > wrn_window_value(c, w, largest / w->width, largest % w->width, channel))
                largest = pixel;
        }
    }
    return largest;
}
