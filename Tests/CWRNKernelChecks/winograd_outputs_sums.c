// SPDX-License-Identifier: Apache-2.0
// What winograd_outputs sums of what it writes: the moments, also where the mean is ten thousand
// times the deviation; and the way back through a view with its two sums. Sums are those of the
// numbers that were written, so a transform's rounding errors do not blur them.

#include <math.h>
#include <stdio.h>
#include "checks.h"
#include "maps.h"
#include "views.h"
#include "winograd_outputs.h"

static double pixel(const wrn_check *c, const wrn_winograd_outputs *a, const void *values,
                    int32_t p, int32_t o) {
    return wrn_get(c, values,
                   p / a->columns * a->destination_row_stride +
                       p % a->columns * a->destination_column_stride + o);
}

static void expect_moments(wrn_check *c, const wrn_winograd_outputs *a, int32_t o) {
    const int32_t pixels = a->rows * a->columns;
    const double first = pixel(c, a, a->destination, 0, o);
    double mean = 0, deviation = 0, distance = 0, squares = 0;
    for (int32_t p = 0; p < pixels; p++) {
        const double d = pixel(c, a, a->destination, p, o) - first;
        mean += d / pixels;
        distance += fabs(d);
        squares += d * d;
    }
    for (int32_t p = 0; p < pixels; p++)
        deviation += pow(pixel(c, a, a->destination, p, o) - first - mean, 2);
    mean += first;
    // Distances from the first value are summed, so their size counts, and the mean's own once.
    wrn_expect_within(c, a->mean + o, mean, WRN_ROUNDING * (fabs(mean) + 12 * distance / pixels));
    wrn_expect_within(c, a->deviation + o, deviation,
                      12 * WRN_ROUNDING * (squares + distance * distance / pixels));
}

static void run_moments(wrn_check *c, wrn_outputs_shape s, float mean) {
    wrn_begin_outputs(c, &s, mean != 0 ? ", moments far from zero" : ", moments");
    wrn_winograd_outputs a = wrn_take_outputs(c, &s);
    for (int32_t o = 0; a.bias && o < s.blocks * WRN_LANES; o++)
        ((float *)a.bias)[o] += mean;
    a.mean = wrn_take_floats(c, "mean", s.blocks * WRN_LANES);
    a.deviation = wrn_take_floats(c, "deviation", s.blocks * WRN_LANES);
    wrn_ready(c);
    c->maps->winograd_outputs(&a);
    wrn_expect_outputs(c, &a);
    for (int32_t o = 0; o < s.blocks * WRN_LANES; o++)
        expect_moments(c, &a, o);
    wrn_end_case(c);
}

static void expect_sums(wrn_check *c, const wrn_winograd_outputs *a, int32_t o) {
    const wrn_view_gradient *g = a->view_gradient;
    wrn_number sum = {0, 0}, product = {0, 0};
    for (int32_t p = 0; p < a->rows * a->columns; p++) {
        const double dz = pixel(c, a, a->destination, p, o);
        const double term =
            dz * (pixel(c, a, g->image, p, o) - (double)g->mean[o]) * (double)g->inverse[o];
        sum.value += dz;
        sum.size += fabs(dz);
        product.value += term;
        product.size += fabs(term);
    }
    wrn_expect(c, g->sum + o, sum, 12);
    wrn_expect(c, g->product + o, product, 12);
}

// What the kernel takes from winograd_outputs itself stays unset in the view_gradient.
static void run_view_gradient(wrn_check *c, wrn_outputs_shape s, int view, int keep, int sums) {
    char kind[80];
    snprintf(kind, sizeof kind, ", view gradient of view %d, keep %d, sums %d", view, keep, sums);
    wrn_begin_outputs(c, &s, kind);
    wrn_winograd_outputs a = wrn_take_outputs(c, &s);
    const int32_t lanes = s.blocks * WRN_LANES;
    wrn_view_gradient g = {.view = wrn_take_view(c, view, lanes), .factor = 1.25f};
    const ptrdiff_t extent = (s.rows - 1) * a.destination_row_stride +
                             (s.columns - 1) * a.destination_column_stride + lanes;
    void *image = wrn_take_random_map(c, "image", extent);
    // Where nothing is scaled some elements lie at zero, which passes nothing through ReLU.
    for (ptrdiff_t i = 0; !g.view.scale && i < extent; i += 3)
        wrn_set(c, image, i, i % 2 ? -0.0 : 0.0);
    g.image = image;
    if (keep) {
        g.keep_column_stride = s.blocks + c->cases % 2;
        g.keep_row_stride = s.columns * g.keep_column_stride + c->cases % 3;
        g.keep = wrn_take_keep(c, (s.rows - 1) * g.keep_row_stride +
                                      (s.columns - 1) * g.keep_column_stride + s.blocks);
    }
    if (sums) {
        g.mean = wrn_take_random(c, "mean", lanes);
        g.inverse = wrn_take_random(c, "inverse", lanes);
        g.sum = wrn_take_floats(c, "sum", lanes);
        g.product = wrn_take_floats(c, "product", lanes);
    }
    a.view_gradient = &g;
    wrn_ready(c);
    c->maps->winograd_outputs(&a);
    wrn_expect_outputs(c, &a);
    for (int32_t o = 0; sums && o < lanes; o++)
        expect_sums(c, &a, o);
    wrn_end_case(c);
}

static const int32_t block_counts[] = {1, 2, 3, 5};
static const int32_t extents[][2] = {{1, 1}, {5, 3}, {7, 7}, {14, 14}, {1, 9}, {8, 4}};

void wrn_check_winograd_outputs_moments(wrn_check *c) {
    for (int n = 0; n < 24 * WRN_ACTIVATIONS; n++) {
        const wrn_outputs_shape s = {n % 2 ? 4 : 2,
                                     extents[n / 2 % 6][0],
                                     extents[n / 2 % 6][1],
                                     block_counts[n / 3 % 4],
                                     n / 12 % 2,
                                     n % 3,
                                     (n / 24 + (n % 8 == 7)) % WRN_ACTIVATIONS,
                                     n % 5 == 0,
                                     n % 7 == 0};
        run_moments(c, s, 0);
        if (s.bias)
            run_moments(c, s, n % 4 < 2 || s.activation % 2 ? 1e4f : -1e4f);
    }
}

void wrn_check_winograd_outputs_view_gradient(wrn_check *c) {
    int n = 0;
    for (int e = 0; e < 6; e++) {
        for (int option = 0; option < 16 * WRN_ACTIVATIONS; option++, n++) {
            // No scale, or one, with every activation.
            const int view = option % 2 + option / 16 * WRN_MAPS;
            run_view_gradient(c,
                              (wrn_outputs_shape){option / 2 % 2 ? 4 : 2, extents[e][0],
                                                  extents[e][1], block_counts[n / 5 % 4],
                                                  n % 7 == 0, n % WRN_ACTIVATIONS, n % 11 == 0,
                                                  n % 5 == 0, 0},
                              view, option / 4 % 2, option / 8 % 2);
        }
    }
}
