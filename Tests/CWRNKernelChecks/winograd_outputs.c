// SPDX-License-Identifier: Apache-2.0
// winograd_outputs against its formula: destinations that cut their last tiles, tiles from the
// middle of their panels, every combination of bias, addend and
// activation.

#include <math.h>
#include "checks.h"
#include "maps.h"
#include "views.h"
#include "winograd.h"
#include "winograd_outputs.h"

void wrn_begin_outputs(wrn_check *c, const wrn_outputs_shape *s, const char *kind) {
    wrn_begin_case(c,
                   "size %d, %dx%d pixels of %d blocks, bias %d, addend %d, activation %d, %dx%d "
                   "idle tiles%s",
                   s->size, s->rows, s->columns, s->blocks, s->bias, s->addend, s->activation,
                   s->idle_rows, s->idle_columns, kind);
}

// Element 0 of the first tile, of output lane o; tiles lie panel_width floats apart.
static ptrdiff_t product_at(const wrn_check *c, const wrn_winograd_outputs *a, int32_t o) {
    const int32_t width = c->kernels->panel_width;
    return (ptrdiff_t)(o / width) * a->tile_count * width + o % width;
}

static void take_products(wrn_check *c, wrn_winograd_outputs *a) {
    const int32_t width = c->kernels->panel_width, lanes = a->output_blocks * WRN_LANES;
    const int32_t tiles = a->tile_rows * a->tile_columns, elements = (a->size + 2) * (a->size + 2);
    const int32_t skipped = c->cases % 3; // tiles of another rectangle before and behind these
    a->tile_count = skipped + tiles + c->cases % 2;
    const ptrdiff_t element = (ptrdiff_t)(lanes + width - 1) / width * a->tile_count * width;
    a->product_element_stride = element + (c->cases % 5 ? 0 : 3);
    float *products =
        wrn_take_floats(c, "products", (elements - 1) * a->product_element_stride + element);
    a->products = products + (ptrdiff_t)skipped * width;
    for (int32_t e = 0; e < elements; e++) {
        for (int32_t t = 0; t < tiles; t++) {
            for (int32_t o = 0; o < lanes; o++) {
                products[e * a->product_element_stride + product_at(c, a, o) +
                         (ptrdiff_t)(skipped + t) * width] = wrn_random_float(c);
            }
        }
    }
}

wrn_winograd_outputs wrn_take_outputs(wrn_check *c, const wrn_outputs_shape *s) {
    wrn_winograd_outputs a = {.size = s->size,
                              .tile_rows = (s->rows + s->size - 1) / s->size + s->idle_rows,
                              .tile_columns =
                                  (s->columns + s->size - 1) / s->size + s->idle_columns,
                              .output_blocks = s->blocks,
                              .rows = s->rows,
                              .columns = s->columns,
                              .activation = wrn_take_activation(s->activation)};
    take_products(c, &a);
    const int32_t lanes = s->blocks * WRN_LANES;
    if (s->bias)
        a.bias = wrn_take_random(c, "bias", lanes);
    a.destination_column_stride = lanes + (c->cases % 2 ? 0 : 20);
    a.destination_row_stride = s->columns * a.destination_column_stride + (c->cases % 3 ? 0 : 7);
    const ptrdiff_t extent = (s->rows - 1) * a.destination_row_stride +
                             (s->columns - 1) * a.destination_column_stride + lanes;
    a.destination = s->addend == WRN_DESTINATION_ADDEND
                        ? wrn_take_random_map(c, "destination", extent)
                        : wrn_take_map(c, "destination", extent);
    if (s->addend == WRN_OTHER_ADDEND)
        a.addend = wrn_take_random_map(c, "addend", extent);
    if (s->addend == WRN_DESTINATION_ADDEND)
        a.addend = a.destination;
    return a;
}

// What view_gradient lets pass of a pixel: as it is scaled, or nothing.
static wrn_number passed(const wrn_check *c, const wrn_winograd_outputs *a, wrn_number y, int32_t i,
                         int32_t j, int32_t o) {
    const wrn_view_gradient *g = a->view_gradient;
    double z =
        wrn_get(c, g->image, i * a->destination_row_stride + j * a->destination_column_stride + o);
    if (g->view.scale)
        z = z * (double)g->view.scale[o] + (double)g->view.shift[o];
    if (g->keep) {
        const uint16_t word =
            g->keep[i * g->keep_row_stride + j * g->keep_column_stride + o / WRN_LANES];
        if (!(word >> o % WRN_LANES & 1))
            return (wrn_number){0, 0};
    }
    const double factor = (double)g->factor;
    return wrn_activated_back(&g->view.activation, z,
                              (wrn_number){y.value * factor, y.size * factor});
}

static void expect_pixel(wrn_check *c, const wrn_winograd_outputs *a, wrn_number y, int32_t i,
                         int32_t j, int32_t o) {
    const ptrdiff_t at = i * a->destination_row_stride + j * a->destination_column_stride + o;
    const float extra[2] = {a->bias ? a->bias[o] : 0,
                            a->addend ? (float)wrn_get_before(c, a->addend, at) : 0};
    for (int e = 0; e < 2; e++) {
        y.value += (double)extra[e];
        y.size += fabs((double)extra[e]);
    }
    y.value = wrn_activated(&a->activation, y.value);
    if (a->view_gradient)
        y = passed(c, a, y, i, j, o);
    // Three roundings in either dimension, the bias, the addend, the factor and two activations.
    wrn_expect_element(c, a->destination, at, y, 11);
}

void wrn_expect_outputs(wrn_check *c, const wrn_winograd_outputs *a) {
    const wrn_matrix m = wrn_winograd_a(a->size);
    const int32_t width = c->kernels->panel_width, made = a->size + 2;
    for (int32_t t = 0; t < a->tile_rows * a->tile_columns; t++) {
        const int32_t top = t / a->tile_columns * a->size, left = t % a->tile_columns * a->size;
        for (int32_t o = 0; o < a->output_blocks * WRN_LANES; o++) {
            const float *at = a->products + product_at(c, a, o) + (ptrdiff_t)t * width;
            wrn_tile x = {0};
            for (int32_t e = 0; e < made * made; e++)
                x.at[e / made][e % made] = wrn_exactly(at[e * a->product_element_stride]);
            const wrn_tile y = wrn_sandwich(&m, &x);
            for (int p = 0; p < a->size && top + p < a->rows; p++) {
                for (int q = 0; q < a->size && left + q < a->columns; q++)
                    expect_pixel(c, a, y.at[p][q], top + p, left + q, o);
            }
        }
    }
}

static void run(wrn_check *c, wrn_outputs_shape s) {
    wrn_begin_outputs(c, &s, "");
    const wrn_winograd_outputs a = wrn_take_outputs(c, &s);
    wrn_ready(c);
    c->maps->winograd_outputs(&a);
    wrn_expect_outputs(c, &a);
    wrn_end_case(c);
}

void wrn_check_winograd_outputs(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    // Every cut of the last tiles.
    int n = 0;
    for (int32_t rows = 1; rows <= 5; rows++) {
        for (int32_t columns = 1; columns <= 5; columns++, n++) {
            for (int32_t size = 2; size <= 4; size += 2)
                run(c,
                    (wrn_outputs_shape){size, rows, columns, block_counts[n % 4], n % 2, n / 2 % 3,
                                        n / 3 % WRN_ACTIVATIONS, n % 7 == 0, n % 5 == 0});
        }
    }
    static const int32_t extents[][2] = {{7, 7}, {14, 14}, {5, 3}, {1, 1}, {4, 28}};
    for (int e = 0; e < 5; e++) {
        for (int option = 0; option < 6 * WRN_ACTIVATIONS; option++, n++) {
            for (int32_t size = 2; size <= 4; size += 2)
                run(c, (wrn_outputs_shape){size, extents[e][0], extents[e][1], block_counts[n % 4],
                                           option % 2, option / 2 % 3, option / 6, 0, 0});
        }
    }
}
