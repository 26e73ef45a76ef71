// SPDX-License-Identifier: Apache-2.0
// view_gradient against its formula, in place: each activation, with and without scale, keep bits
// and sums; and exactly at z = 0, where ReLU passes nothing.

#include <math.h>
#include "checks.h"
#include "maps.h"
#include "views.h"

typedef struct {
    int32_t rows, columns, blocks;
    int view, keep, sums;
} shape;

// The gradient that passes at one element, from what it was before the kernel.
static wrn_number passed(const wrn_check *c, const wrn_view_gradient *a, int32_t i, int32_t j,
                         int32_t channel) {
    const ptrdiff_t offset = i * a->row_stride + j * a->column_stride + channel;
    double z = wrn_get(c, a->image, offset);
    if (a->view.scale)
        z = z * (double)a->view.scale[channel] + (double)a->view.shift[channel];
    if (a->keep) {
        const uint16_t word =
            a->keep[i * a->keep_row_stride + j * a->keep_column_stride + channel / WRN_LANES];
        if (!(word >> channel % WRN_LANES & 1))
            return (wrn_number){0, 0};
    }
    const double g = wrn_get_before(c, a->gradient, offset) * (double)a->factor;
    return wrn_activated_back(&a->view.activation, z, (wrn_number){g, fabs(g)});
}

static void check_channel(wrn_check *c, const wrn_view_gradient *a, int32_t channel) {
    wrn_number sum = {0, 0}, product = {0, 0};
    for (int32_t i = 0; i < a->rows; i++) {
        for (int32_t j = 0; j < a->columns; j++) {
            const ptrdiff_t offset = i * a->row_stride + j * a->column_stride + channel;
            const wrn_number passing = passed(c, a, i, j, channel);
            wrn_expect_element(c, a->gradient, offset, passing, 2);
            // The sums are those of what is stored.
            const double dz = wrn_get(c, a->gradient, offset);
            sum.value += dz;
            sum.size += passing.size;
            if (a->sum) {
                const double x = wrn_get(c, a->image, offset);
                const double term =
                    dz * (x - (double)a->mean[channel]) * (double)a->inverse[channel];
                product.value += term;
                product.size += passing.size *
                                fabs((x - (double)a->mean[channel]) * (double)a->inverse[channel]);
            }
        }
    }
    if (a->sum) {
        wrn_expect(c, a->sum + channel, sum, 8);
        wrn_expect(c, a->product + channel, product, 8);
    }
}

static void run(wrn_check *c, shape s, bool at_zero) {
    wrn_begin_case(c, "%dx%d pixels of %d blocks, view %d, keep %d, sums %d%s", s.rows, s.columns,
                   s.blocks, s.view, s.keep, s.sums, at_zero ? ", at zero" : "");
    const int32_t lanes = s.blocks * WRN_LANES;
    wrn_view_gradient a = {
        .rows = s.rows, .columns = s.columns, .blocks = s.blocks, .factor = 1.25f};
    a.view = wrn_take_view(c, s.view, lanes);
    a.column_stride = lanes + (c->cases % 2 ? 0 : 16);
    a.row_stride = s.columns * a.column_stride + (c->cases % 3 ? 0 : 7);
    const ptrdiff_t extent =
        (s.rows - 1) * a.row_stride + (s.columns - 1) * a.column_stride + lanes;
    void *image = wrn_take_random_map(c, "image", extent);
    // A third of the elements lie at z = 0 exactly: x = 1, scale = -shift; without a scale, x = 0.
    for (ptrdiff_t i = 0; at_zero && i < extent; i += 3)
        wrn_set(c, image, i, a.view.scale ? 1 : i % 2 ? -0.0 : 0.0);
    for (int32_t k = 0; at_zero && a.view.scale && k < lanes; k++)
        ((float *)a.view.shift)[k] = -a.view.scale[k];
    a.image = image;
    a.gradient = wrn_take_random_map(c, "gradient", extent);
    if (s.keep) {
        a.keep_column_stride = s.blocks + c->cases % 2;
        a.keep_row_stride = s.columns * a.keep_column_stride + c->cases % 3;
        a.keep = wrn_take_keep(c, (s.rows - 1) * a.keep_row_stride +
                                      (s.columns - 1) * a.keep_column_stride + s.blocks);
    }
    if (s.sums) {
        a.mean = wrn_take_random(c, "mean", lanes);
        a.inverse = wrn_take_random(c, "inverse", lanes);
        a.sum = wrn_take_floats(c, "sum", lanes);
        a.product = wrn_take_floats(c, "product", lanes);
    }
    wrn_ready(c);
    c->maps->view_gradient(&a);
    for (int32_t channel = 0; channel < lanes; channel++)
        check_channel(c, &a, channel);
    wrn_end_case(c);
}

void wrn_check_view_gradient(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    static const int32_t sizes[][2] = {{1, 1}, {1, 5}, {3, 1}, {4, 7}, {2, 32}, {5, 28}};
    for (int size = 0; size < 6; size++) {
        for (int option = 0; option < 8 * WRN_ACTIVATIONS; option++) {
            // No scale, or one, with every activation.
            const int view = option % 2 + option / 8 * WRN_MAPS;
            const shape s = {sizes[size][0], sizes[size][1], block_counts[(size + option) % 4],
                             view,           option / 2 % 2, option / 4 % 2};
            run(c, s, false);
            if (view >= WRN_MAPS)
                run(c, s, true);
        }
    }
}
