// SPDX-License-Identifier: Apache-2.0
// The gradient of the weight on tiles against its formula.

#include <math.h>
#include "checks.h"
#include "tiles.h"

typedef struct {
    int32_t images, pixels, counted; // those of the gradient that are not zero
    int32_t blocks, taps, output_blocks;
} shape;

static const shape shapes[] = {
    {1, 64, 64, 2, 9, 2},    // an odd number of rows of tiles
    {3, 32, 20, 1, 9, 4},    // zeros behind the pixels
    {2, 96, 96, 3, 1, 3},    // 1x1, an odd block of outputs
    {1, 32, 32, 1, 1, 1},    // one row, one block
    {2, 64, 49, 1, 9, 1},    // one block of outputs: four rows of tiles
    {1, 32, 31, 5, 1, 2},    // five rows
    {1, 128, 100, 1, 49, 1}, // 7x7
};

typedef struct {
    wrn_tile_weight_gradient a;
    ptrdiff_t weight_size;
} buffers;

static buffers take(wrn_check *c, const shape *s) {
    buffers m;
    wrn_tile_weight_gradient *a = &m.a;
    const ptrdiff_t lanes = s->output_blocks * WRN_LANES;
    *a = (wrn_tile_weight_gradient){.blocks = s->blocks,
                                    .tap_count = s->taps,
                                    .output_blocks = s->output_blocks,
                                    .images = s->images,
                                    .pixels = s->pixels};
    int32_t *taps = wrn_take(c, "taps", sizeof(int32_t) * (size_t)s->taps);
    int32_t farthest = 0;
    for (int32_t t = 0; t < s->taps; t++) {
        taps[t] = t / 3 * 10 + t % 3; // odd ones as well
        farthest = taps[t] > farthest ? taps[t] : farthest;
    }
    a->taps = taps;
    a->channel_stride = s->pixels + farthest + c->cases % 3;
    a->image_stride = s->blocks * WRN_LANES * a->channel_stride + c->cases % 2;
    a->patch =
        wrn_take_words(c, "patch",
                       (s->images - 1) * a->image_stride +
                           (s->blocks * WRN_LANES - 1) * a->channel_stride + s->pixels + farthest);
    a->gradient_block_stride = (ptrdiff_t)s->pixels * WRN_LANES;
    a->gradient_image_stride = s->output_blocks * a->gradient_block_stride;
    uint16_t *gradient = wrn_take_words(c, "gradient", s->images * a->gradient_image_stride);
    for (ptrdiff_t i = 0; i < s->images * a->gradient_image_stride; i++) {
        const ptrdiff_t pair = i % a->gradient_block_stride / 32;
        if (2 * pair + i % 2 >= s->counted)
            gradient[i] = 0;
    }
    a->gradient = gradient;
    a->weight_stride = lanes + (c->cases % 2 ? 0 : 7);
    a->tap_stride = s->blocks * WRN_LANES * a->weight_stride;
    m.weight_size =
        (s->taps - 1) * a->tap_stride + (s->blocks * WRN_LANES - 1) * a->weight_stride + lanes;
    return m;
}

static wrn_number expected(const wrn_check *c, const wrn_tile_weight_gradient *a, int32_t t,
                           int32_t channel, int32_t o, const float *at) {
    wrn_number sum = {0, 0};
    if (!a->begins) {
        sum.value = (double)wrn_before(c, at);
        sum.size = fabs(sum.value);
    }
    for (int32_t n = 0; n < a->images; n++) {
        const uint16_t *x =
            a->patch + n * a->image_stride + channel * a->channel_stride + a->taps[t];
        const uint16_t *g = a->gradient + n * a->gradient_image_stride +
                            o / WRN_LANES * a->gradient_block_stride + o % WRN_LANES * 2;
        for (int32_t p = 0; p < a->pixels; p++) {
            const double term = wrn_word_value(x[p]) * wrn_word_value(g[p / 2 * 32 + p % 2]);
            sum.value += term;
            sum.size += fabs(term);
        }
    }
    return sum;
}

static void run(wrn_check *c, const wrn_tile_kernels *k, const shape *s, bool begins) {
    wrn_begin_case(c,
                   "%d images of %d pixels, of which %d count, %d blocks, %d taps, %d blocks of "
                   "outputs, begins %d, tiles %s",
                   s->images, s->pixels, s->counted, s->blocks, s->taps, s->output_blocks, begins,
                   k->name);
    buffers m = take(c, s);
    wrn_tile_weight_gradient *a = &m.a;
    a->begins = begins;
    a->weights = begins ? wrn_take_floats(c, "weights", m.weight_size)
                        : wrn_take_random(c, "weights", m.weight_size);
    wrn_ready(c);
    k->weight_gradient(a);
    for (int32_t t = 0; t < s->taps; t++) {
        for (int32_t channel = 0; channel < s->blocks * WRN_LANES; channel++) {
            for (int32_t o = 0; o < s->output_blocks * WRN_LANES; o++) {
                const float *at = a->weights + t * a->tap_stride + channel * a->weight_stride + o;
                wrn_expect(c, at, expected(c, a, t, channel, o, at),
                           20 + s->images * s->pixels / 32);
            }
        }
    }
    wrn_expect_released(c);
    wrn_end_case(c);
}

void wrn_check_tile_weight_gradient(wrn_check *c) {
    const wrn_tile_kernels *k;
    for (int t = 0; (k = wrn_tiles_of(c, t)); t++) {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            run(c, k, &shapes[s], false);
            run(c, k, &shapes[s], true);
        }
    }
}

void wrn_check_tile_unit_weight_gradient(wrn_check *c) {
    const wrn_tile_kernels *unit = wrn_unit_tiles(), *emulated = wrn_emulated_tiles_avx512();
    for (size_t s = 0; unit && emulated && s < sizeof shapes / sizeof *shapes; s++) {
        wrn_begin_case(c, "shape %zu", s);
        buffers m = take(c, &shapes[s]);
        m.a.begins = true;
        float *want = wrn_take_floats(c, "want", m.weight_size);
        float *found = wrn_take_floats(c, "found", m.weight_size);
        m.a.weights = want;
        emulated->weight_gradient(&m.a);
        wrn_ready(c);
        m.a.weights = found;
        unit->weight_gradient(&m.a);
        for (ptrdiff_t i = 0; i < m.weight_size; i++)
            wrn_expect_bytes(c, found + i, want + i, sizeof *want);
        wrn_end_case(c);
    }
}
