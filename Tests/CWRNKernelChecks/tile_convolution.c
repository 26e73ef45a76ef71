// SPDX-License-Identifier: Apache-2.0
// The convolution of tiles against its formula, with packed weights: rows by themselves and side by
// side, with places between rows that are no outputs, and all that an output is finished with.

#include <math.h>
#include "checks.h"
#include "tiles.h"
#include "views.h"

typedef struct {
    int32_t images, rows, columns;
    int32_t gap;  // places of the patch's rows that are no outputs
    int32_t flat; // or the outputs' step where rows are by themselves: 0 is flat
    int32_t kernel, depth, blocks;
} shape;

static const shape shapes[] = {
    {1, 4, 16, 2, 1, 3, 64, 2},  // whole tiles in rows
    {2, 3, 32, 2, 1, 3, 32, 4},  // two tiles in a row, two pairs of outputs
    {1, 3, 14, 2, 1, 3, 96, 3},  // a part of a tile in each row, an odd block
    {1, 2, 20, 7, 2, 3, 32, 2},  // stride 2
    {3, 8, 8, 0, 0, 1, 64, 2},   // 1x1, flat
    {2, 7, 7, 0, 0, 3, 32, 2},   // three copies without padding: 49 outputs of an image
    {1, 5, 6, 2, 0, 3, 32, 3},   // flat with two places between rows
    {5, 1, 1, 0, 0, 1, 32, 1},   // one output an image, one block of outputs
    {1, 1, 3, 0, 1, 1, 64, 1},   // one row
    {1, 9, 9, 2, 0, 3, 32, 1},   // one block of outputs: four tiles of pixels
    {1, 3, 40, 6, 1, 7, 32, 1},  // 7 x 7
    {1, 2, 33, 0, 0, 2, 160, 5}, // more than two whole tiles, much depth
};

typedef struct {
    wrn_tile_convolution a;
    const float *weight; // [tap][depth][lane]
    ptrdiff_t destination_size;
} buffers;

// The number at element k of output lane o and tap t.
static double weight_at(const buffers *m, int32_t t, int32_t k, int32_t o) {
    const int32_t lanes = m->a.output_blocks * WRN_LANES, depth = 32 * m->a.depth_tiles;
    const double x = (double)m->weight[((ptrdiff_t)t * depth + k) * lanes + o];
    int exponent;
    const double fraction = frexp(x, &exponent);
    return ldexp(nearbyint(ldexp(fraction, 8)), exponent - 8);
}

static wrn_number output(const wrn_check *c, const buffers *m, int32_t n, int32_t i, int32_t j,
                         int32_t o, ptrdiff_t at) {
    const wrn_tile_convolution *a = &m->a;
    wrn_number sum = {0, 0};
    const uint16_t *pixel =
        a->patch + n * a->image_stride + i * a->row_stride + j * a->pixel_stride;
    for (int32_t t = 0; t < a->tap_count; t++) {
        for (int32_t k = 0; k < 32 * a->depth_tiles; k++) {
            const double term = wrn_word_value(pixel[a->taps[t] + k]) * weight_at(m, t, k, o);
            sum.value += term;
            sum.size += fabs(term);
        }
    }
    if (a->bias) {
        sum.value += (double)a->bias[o];
        sum.size += fabs((double)a->bias[o]);
    }
    if (a->addend) {
        const double addend = wrn_word_before(c, a->addend + at);
        sum.value += addend;
        sum.size += fabs(addend);
    }
    sum.value = wrn_activated(&a->activation, sum.value);
    return sum;
}

// The last element of the patch that the kernel may read.
static ptrdiff_t patch_size(const wrn_tile_convolution *a) {
    const ptrdiff_t pitch = a->is_flat ? a->row_stride / a->pixel_stride : a->columns;
    const ptrdiff_t run = a->is_flat ? a->rows * pitch : a->columns;
    const ptrdiff_t last = a->is_flat ? 0 : (a->rows - 1) * a->row_stride;
    ptrdiff_t farthest = 0;
    for (int32_t t = 0; t < a->tap_count; t++)
        farthest = a->taps[t] > farthest ? a->taps[t] : farthest;
    return (a->images - 1) * a->image_stride + last + ((run + 15) / 16 * 16 - 1) * a->pixel_stride +
           farthest + 32 * a->depth_tiles;
}

static buffers take(wrn_check *c, const shape *s) {
    buffers m;
    wrn_tile_convolution *a = &m.a;
    const ptrdiff_t step = s->flat ? s->flat : 1;
    const ptrdiff_t places = s->columns * step + s->gap, lanes = s->blocks * WRN_LANES;
    *a = (wrn_tile_convolution){.is_flat = s->flat == 0,
                                .tap_count = s->kernel * s->kernel,
                                .depth_tiles = s->depth / 32,
                                .output_blocks = s->blocks,
                                .images = s->images,
                                .rows = s->rows,
                                .columns = s->columns};
    a->pixel_stride = step * s->depth;
    a->row_stride = step * places * s->depth;
    a->image_stride = (s->rows * step + s->kernel) * places * s->depth;
    int32_t *taps = wrn_take(c, "taps", sizeof(int32_t) * (size_t)a->tap_count);
    int32_t *order = wrn_take(c, "order", sizeof(int32_t) * (size_t)a->tap_count);
    for (int32_t t = 0; t < a->tap_count; t++) {
        taps[t] = (int32_t)(t / s->kernel * places + t % s->kernel) * s->depth;
        order[t] = t;
    }
    a->taps = taps;
    a->patch = wrn_take_words(c, "patch", patch_size(a));
    m.weight = wrn_take_random(c, "weight", (ptrdiff_t)a->tap_count * s->depth * lanes);
    uint16_t *packed = wrn_take(
        c, "packed",
        sizeof(uint16_t) * (size_t)wrn_packed_tile_count(s->depth, a->tap_count, s->blocks));
    const wrn_tile_weights weights = {.source = m.weight,
                                      .tap_stride = s->depth * lanes,
                                      .channel_stride = lanes,
                                      .output_stride = 1,
                                      .tap_order = order,
                                      .tap_count = a->tap_count,
                                      .run = 1,
                                      .channels = s->depth,
                                      .output_blocks = s->blocks,
                                      .last_block = s->blocks,
                                      .packed = packed};
    wrn_pack_tile_weights(&weights);
    a->weights = packed;
    const ptrdiff_t gap = c->cases % 2 ? 0 : 5;
    a->destination_column_stride = lanes + gap;
    a->destination_row_stride = s->columns * a->destination_column_stride + gap;
    a->destination_image_stride = s->rows * a->destination_row_stride + gap;
    m.destination_size = (s->images - 1) * a->destination_image_stride +
                         (s->rows - 1) * a->destination_row_stride +
                         (s->columns - 1) * a->destination_column_stride + lanes;
    return m;
}

static void run(wrn_check *c, const wrn_tile_kernels *k, const shape *s, int finish) {
    wrn_begin_case(
        c,
        "%d images of %dx%d outputs, %d places between, step %d, kernel %d, depth %d, %d "
        "blocks, finish %d, tiles %s",
        s->images, s->rows, s->columns, s->gap, s->flat, s->kernel, s->depth, s->blocks, finish,
        k->name);
    buffers m = take(c, s);
    wrn_tile_convolution *a = &m.a;
    // Nothing; bias and an activation; the same added to another map; all into itself.
    if (finish >= 1)
        a->bias = wrn_take_random(c, "bias", s->blocks * WRN_LANES);
    a->activation = wrn_take_activation(finish);
    if (finish == 2)
        a->addend = wrn_take_words(c, "addend", m.destination_size);
    a->destination = wrn_take_words(c, "destination", m.destination_size);
    if (finish == 3)
        a->addend = a->destination;
    wrn_ready(c);
    k->convolution(a);
    for (int32_t n = 0; n < s->images; n++) {
        for (int32_t i = 0; i < s->rows; i++) {
            for (int32_t j = 0; j < s->columns; j++) {
                for (int32_t o = 0; o < s->blocks * WRN_LANES; o++) {
                    const ptrdiff_t at = n * a->destination_image_stride +
                                         i * a->destination_row_stride +
                                         j * a->destination_column_stride + o;
                    wrn_expect_word(c, a->destination + at, output(c, &m, n, i, j, o, at),
                                    32 + a->tap_count * a->depth_tiles);
                }
            }
        }
    }
    wrn_expect_released(c);
    wrn_end_case(c);
}

void wrn_check_tile_convolution(wrn_check *c) {
    const wrn_tile_kernels *k;
    for (int t = 0; (k = wrn_tiles_of(c, t)); t++) {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            for (int finish = 0; finish < WRN_ACTIVATIONS; finish++)
                run(c, k, &shapes[s], finish);
        }
    }
}

void wrn_check_tile_unit_convolution(wrn_check *c) {
    const wrn_tile_kernels *unit = wrn_unit_tiles(), *emulated = wrn_emulated_tiles_avx512();
    for (size_t s = 0; unit && emulated && s < sizeof shapes / sizeof *shapes; s++) {
        wrn_begin_case(c, "shape %zu", s);
        buffers m = take(c, &shapes[s]);
        m.a.bias = wrn_take_random(c, "bias", shapes[s].blocks * WRN_LANES);
        m.a.activation = wrn_take_activation(1);
        uint16_t *want = wrn_take(c, "want", sizeof(uint16_t) * (size_t)m.destination_size);
        uint16_t *found = wrn_take(c, "found", sizeof(uint16_t) * (size_t)m.destination_size);
        m.a.destination = want;
        emulated->convolution(&m.a);
        wrn_ready(c);
        m.a.destination = found;
        unit->convolution(&m.a);
        for (ptrdiff_t i = 0; i < m.destination_size; i++)
            wrn_expect_bytes(c, found + i, want + i, sizeof *want);
        wrn_end_case(c);
    }
}
