// SPDX-License-Identifier: Apache-2.0
// winograd_weight_gradient against its formula: ranges of output blocks, partial blocks of
// channels, old values that count or do not; and, where the transform is exact, bit by bit against
// the order that the header states.

#include <math.h>
#include "checks.h"
#include "winograd.h"

typedef struct {
    int32_t size, channels, blocks, first, last, tiles;
    bool accumulates;
    bool corners; // all elements are zero but the four outermost
} shape;

static const float *take_tiles(wrn_check *c, const char *name, shape s, int32_t first,
                               int32_t channels, ptrdiff_t *element_stride,
                               ptrdiff_t *block_stride) {
    const int32_t side = s.size + 2, blocks = wrn_blocks(channels);
    const ptrdiff_t inner = (ptrdiff_t)s.tiles * WRN_LANES + (c->cases % 2 ? 0 : 5);
    const bool blocks_outermost = c->cases % 3 != 0;
    *element_stride = blocks_outermost ? inner : blocks * inner + 3;
    *block_stride = blocks_outermost ? side * side * inner + 9 : inner;
    const ptrdiff_t tiles = s.tiles > 0 ? s.tiles : 1; // no tile still has an address
    const ptrdiff_t last = channels - (ptrdiff_t)(blocks - 1) * WRN_LANES;
    float *x = wrn_take_floats(c, name,
                               (side * side - 1) * *element_stride + (blocks - 1) * *block_stride +
                                   (tiles - 1) * WRN_LANES + last);
    for (int32_t e = 0; e < side * side; e++) {
        const bool is_corner = e / side % (side - 1) == 0 && e % side % (side - 1) == 0;
        for (int32_t t = 0; t < s.tiles; t++) {
            for (int32_t k = first; k < channels; k++) {
                x[e * *element_stride + k / WRN_LANES * *block_stride + (ptrdiff_t)t * WRN_LANES +
                  k % WRN_LANES] = s.corners && !is_corner ? 0 : wrn_random_float(c);
            }
        }
    }
    return x;
}

// Where element e of tile t lies, of input channel k and of output o.
static float tile_at(const wrn_winograd_weight_gradient *a, int32_t e, int32_t t, int32_t k) {
    return a->tiles[e * a->element_stride + k / WRN_LANES * a->block_stride +
                    (ptrdiff_t)t * WRN_LANES + k % WRN_LANES];
}

static float gradient_at(const wrn_winograd_weight_gradient *a, int32_t e, int32_t t, int32_t o) {
    return a->gradient[e * a->gradient_element_stride + o / WRN_LANES * a->gradient_block_stride +
                       (ptrdiff_t)t * WRN_LANES + o % WRN_LANES];
}

static void check_weight(wrn_check *c, const wrn_winograd_weight_gradient *a, const wrn_matrix *m,
                         int32_t k, int32_t o) {
    const int32_t side = a->size + 2;
    wrn_tile u = {0};
    for (int32_t e = 0; e < side * side; e++) {
        wrn_number *sum = &u.at[e / side][e % side];
        for (int32_t t = 0; t < a->tile_count; t++) {
            const double term = (double)tile_at(a, e, t, k) * (double)gradient_at(a, e, t, o);
            sum->value += term;
            sum->size += fabs(term);
        }
    }
    const wrn_tile g = wrn_sandwich(m, &u);
    for (int32_t tap = 0; tap < 9; tap++) {
        const float *at = a->weights + tap * a->tap_stride + k * a->channel_stride + o;
        wrn_number want = g.at[tap / 3][tap % 3];
        if (a->accumulates) {
            const double old = (double)wrn_before(c, at);
            want.value += old;
            want.size += fabs(old);
        }
        // The chain, of which 8 are expected; five roundings in either dimension; the old value.
        wrn_expect(c, at, want, 8 + 11);
    }
}

// Tap 0, 2, 6 or 8 of corners alone is a chain of tiles, divided by a power of two.
static void check_order(const wrn_winograd_weight_gradient *a, int32_t k, int32_t o, bool *fused,
                        bool *unfused) {
    const int32_t side = a->size + 2;
    for (int corner = 0; corner < 4; corner++) {
        const int down = corner / 2, right = corner % 2;
        const int32_t e = (down * side + right) * (side - 1);
        const float part = a->size == 2 ? 1 : (down ? 1 : 0.25f) * (right ? 1 : 0.25f);
        float fused_sum = 0, unfused_sum = 0;
        for (int32_t t = 0; t < a->tile_count; t++) {
            const float x = tile_at(a, e, t, k), d = gradient_at(a, e, t, o);
            fused_sum = fmaf(x, d, fused_sum);
            volatile float product = x * d; // volatile: a compiler may fuse otherwise
            unfused_sum += product;
        }
        const float *at =
            a->weights + (down * 6 + right * 2) * a->tap_stride + k * a->channel_stride + o;
        *fused = *fused && *at == fused_sum * part;
        *unfused = *unfused && *at == unfused_sum * part;
    }
}

static void run(wrn_check *c, shape s) {
    wrn_begin_case(c,
                   "size %d, %d channels, output blocks %d..<%d of %d, %d tiles, accumulates %d%s",
                   s.size, s.channels, s.first, s.last, s.blocks, s.tiles, s.accumulates,
                   s.corners ? ", corners alone" : "");
    wrn_winograd_weight_gradient a = {.size = s.size,
                                      .channels = s.channels,
                                      .tile_count = s.tiles,
                                      .first_block = s.first,
                                      .last_block = s.last,
                                      .accumulates = s.accumulates};
    const int32_t lanes = s.blocks * WRN_LANES;
    a.tiles = take_tiles(c, "tiles", s, 0, s.channels, &a.element_stride, &a.block_stride);
    a.gradient = take_tiles(c, "gradient", s, s.first * WRN_LANES, s.last * WRN_LANES,
                            &a.gradient_element_stride, &a.gradient_block_stride);
    a.channel_stride = lanes + (c->cases % 2 ? 0 : 6);
    a.tap_stride = (ptrdiff_t)wrn_blocks(s.channels) * WRN_LANES * a.channel_stride + 2;
    const ptrdiff_t extent = 9 * a.tap_stride;
    a.weights = s.accumulates ? wrn_take_random(c, "weights", extent)
                              : wrn_take_floats(c, "weights", extent);
    const wrn_matrix m = wrn_transposed(wrn_winograd_g(s.size));
    wrn_ready(c);
    c->kernels->winograd_weight_gradient(&a);
    bool fused = true, unfused = c->kernels->vector_width == 1;
    for (int32_t k = 0; k < s.channels; k++) {
        for (int32_t o = s.first * WRN_LANES; o < s.last * WRN_LANES; o++) {
            check_weight(c, &a, &m, k, o);
            if (s.corners)
                check_order(&a, k, o, &fused, &unfused);
        }
    }
    if (s.corners && !fused && !unfused)
        wrn_fail(c, "the sums are right, but not in the order of t");
    wrn_end_case(c);
}

void wrn_check_winograd_weight_gradient(wrn_check *c) {
    static const int32_t channel_counts[] = {1, 3, 8, 16, 17, 20, 48};
    static const int32_t ranges[][3] = {{1, 0, 1}, {2, 0, 2}, {3, 0, 3}, {3, 0, 2}, {3, 2, 3},
                                        {5, 2, 4}, {5, 4, 5}, {5, 2, 5}, {2, 0, 1}};
    int n = 0;
    for (int k = 0; k < 7; k++) {
        for (int r = 0; r < 9; r++, n++)
            run(c, (shape){(k + r) % 2 ? 4 : 2, channel_counts[k], ranges[r][0], ranges[r][1],
                           ranges[r][2], 1 + n % 9, n / 2 % 2, false});
    }
    // Every number of channels that one block can hold: all row counts of the register tile.
    for (int32_t channels = 1; channels <= WRN_LANES; channels++) {
        const int32_t blocks = 1 + channels % 3;
        for (int32_t size = 2; size <= 4; size += 2)
            run(c, (shape){size, channels, blocks, 0, blocks, 5, channels / 2 % 2, false});
        run(c, (shape){channels % 2 ? 2 : 4, channels, blocks, 0, blocks, 33, false, true});
    }
    run(c, (shape){4, 16, 2, 0, 2, 64, true, false});
    // No tile: nothing is added, or zeros are set.
    run(c, (shape){4, 16, 2, 0, 2, 0, true, false});
    run(c, (shape){2, 3, 2, 0, 2, 0, false, false});
}
