// SPDX-License-Identifier: Apache-2.0
// winograd_products against its formula: all row counts of the register tile, partial blocks of
// channels, half panels; and bit by bit against the order that the header states.

#include <math.h>
#include "checks.h"
#include "winograd.h"

typedef struct {
    int32_t size, channels, blocks, tiles;
} shape;

static const int32_t channel_counts[] = {1, 3, 8, 15, 16, 17, 20, 34, 48, 80};

// Fills the channels that count; the lanes behind them stay NaN.
static void take_tiles(wrn_check *c, wrn_winograd_products *a) {
    const int32_t elements = (a->size + 2) * (a->size + 2);
    const int32_t blocks = wrn_blocks(a->channels);
    const ptrdiff_t inner = (ptrdiff_t)a->tile_count * WRN_LANES + (c->cases % 2 ? 0 : 5);
    const bool blocks_outermost = c->cases % 3 == 0;
    a->element_stride = blocks_outermost ? inner : blocks * inner + 3;
    a->block_stride = blocks_outermost ? elements * inner + 9 : inner;
    const ptrdiff_t last = a->channels - (ptrdiff_t)(blocks - 1) * WRN_LANES;
    float *tiles =
        wrn_take_floats(c, "tiles",
                        (elements - 1) * a->element_stride + (blocks - 1) * a->block_stride +
                            (ptrdiff_t)(a->tile_count - 1) * WRN_LANES + last);
    for (int32_t e = 0; e < elements; e++) {
        for (int32_t t = 0; t < a->tile_count; t++) {
            for (int32_t k = 0; k < a->channels; k++) {
                tiles[e * a->element_stride + k / WRN_LANES * a->block_stride +
                      (ptrdiff_t)t * WRN_LANES + k % WRN_LANES] = wrn_random_float(c);
            }
        }
    }
    a->tiles = tiles;
}

static void check_product(wrn_check *c, const wrn_winograd_products *a, int32_t e, int32_t t,
                          int32_t o, bool *fused, bool *unfused) {
    const int32_t width = c->kernels->panel_width, lanes = a->output_blocks * WRN_LANES;
    const int32_t first = o / width * width;
    const int32_t panel = lanes - first < width ? lanes - first : width;
    const float *x = a->tiles + e * a->element_stride + (ptrdiff_t)t * WRN_LANES;
    const float *w = a->weights + ((ptrdiff_t)e * lanes + first) * a->channels + (o - first);
    wrn_number sum = {0, 0};
    float fused_sum = 0, unfused_sum = 0;
    for (int32_t k = 0; k < a->channels; k++) {
        const float value = x[k / WRN_LANES * a->block_stride + k % WRN_LANES];
        const float weight = w[(ptrdiff_t)k * panel];
        sum.value += (double)value * (double)weight;
        sum.size += fabs((double)value * (double)weight);
        fused_sum = fmaf(value, weight, fused_sum);
        volatile float product = value * weight; // volatile: a compiler may fuse otherwise
        unfused_sum += product;
    }
    const float *at = a->products + e * a->product_element_stride +
                      (ptrdiff_t)first / width * a->tile_count * width + (ptrdiff_t)t * width + o -
                      first;
    *fused = *fused && *at == fused_sum;
    *unfused = *unfused && *at == unfused_sum;
    wrn_expect(c, at, sum, 8);
}

static void run(wrn_check *c, shape s) {
    wrn_begin_case(c, "size %d, %d channels, %d blocks of outputs, %d tiles", s.size, s.channels,
                   s.blocks, s.tiles);
    const int32_t elements = (s.size + 2) * (s.size + 2), lanes = s.blocks * WRN_LANES;
    const int32_t width = c->kernels->panel_width, panels = (lanes + width - 1) / width;
    wrn_winograd_products a = {
        .size = s.size, .tile_count = s.tiles, .channels = s.channels, .output_blocks = s.blocks};
    take_tiles(c, &a);
    a.weights = wrn_take_random(c, "weights", (ptrdiff_t)elements * lanes * s.channels);
    const ptrdiff_t element = (ptrdiff_t)panels * s.tiles * width;
    a.product_element_stride = element + (c->cases % 4 ? 0 : 11);
    a.products =
        wrn_take_floats(c, "products", (elements - 1) * a.product_element_stride + element);
    wrn_ready(c);
    c->kernels->winograd_products(&a);
    bool fused = true, unfused = c->kernels->vector_width == 1;
    for (int32_t e = 0; e < elements; e++) {
        for (int32_t t = 0; t < s.tiles; t++) {
            for (int32_t o = 0; o < lanes; o++)
                check_product(c, &a, e, t, o, &fused, &unfused);
        }
    }
    if (!fused && !unfused)
        wrn_fail(c, "the sums are right, but not in the order of k");
    wrn_end_case(c);
}

void wrn_check_winograd_products(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    // Two register tiles of every set, and a few more.
    for (int32_t tiles = 1; tiles <= 31; tiles++)
        run(c, (shape){tiles % 2 ? 2 : 4, channel_counts[tiles % 9], block_counts[tiles / 2 % 4],
                       tiles});
    // Every number of channels with every parity of panels.
    for (int k = 0; k < 10; k++) {
        for (int b = 0; b < 4; b++)
            run(c, (shape){(k + b) % 2 ? 2 : 4, channel_counts[k], block_counts[b],
                           1 + (k + 3 * b) % 7});
    }
}
