// SPDX-License-Identifier: Apache-2.0
// wrn_pack_tile_weights against the index that its documentation gives: forward and transposed
// orders, chosen taps, taps side by side, factors, and ranges of blocks.

#include <math.h>
#include "checks.h"
#include "tiles.h"

typedef struct {
    int32_t channels, run, taps, blocks;
    bool transposed, factor;
    int32_t first, last; // blocks
} shape;

static void check(wrn_check *c, shape s) {
    wrn_begin_case(c, "%d x %d channels, %d taps, blocks %d..<%d of %d, transposed %d, factor %d",
                   s.run, s.channels, s.taps, s.first, s.last, s.blocks, s.transposed, s.factor);
    const int32_t lanes = s.blocks * WRN_LANES, depth = s.run * s.channels;
    const int32_t tiles = (depth + 31) / 32, all = s.taps * s.run;
    const int32_t rows = wrn_blocks(s.channels) * WRN_LANES;
    // A weight of three more taps than are packed.
    wrn_tile_weights a = {.tap_stride = (ptrdiff_t)rows * lanes,
                          .channel_stride = s.transposed ? 1 : lanes,
                          .output_stride = s.transposed ? rows : 1,
                          .tap_count = s.taps,
                          .run = s.run,
                          .channels = s.channels,
                          .output_blocks = s.blocks,
                          .first_block = s.first,
                          .last_block = s.last};
    a.source = wrn_take_random(c, "source", (all + 3) * a.tap_stride);
    int32_t *order = wrn_take(c, "tap_order", sizeof(int32_t) * (size_t)all);
    for (int32_t t = 0; t < all; t++)
        order[t] = s.transposed ? all + 2 - t : t; // not every one, backwards
    a.tap_order = order;
    if (s.factor)
        a.output_factor = wrn_take_random(c, "output_factor", lanes);
    a.packed = wrn_take(c, "packed",
                        sizeof(uint16_t) * (size_t)wrn_packed_tile_count(depth, s.taps, s.blocks));
    wrn_ready(c);
    wrn_pack_tile_weights(&a);
    for (int32_t block = s.first; block < s.last; block++) {
        const int32_t first = block / 2 * 2, width = s.blocks - first < 2 ? 1 : 2;
        for (int32_t i = 0; i < s.taps * tiles * 512; i++) {
            const int32_t t = i / (tiles * 512), d = i / 512 % tiles, pair = i / 32 % 16;
            const int32_t n = block * WRN_LANES + i / 2 % 16, k = 32 * d + 2 * pair + i % 2;
            const ptrdiff_t at = (ptrdiff_t)first * s.taps * tiles * 512 +
                                 ((ptrdiff_t)(t * tiles + d) * width + block % 2) * 512 + i % 512;
            wrn_number want = {0, 0};
            if (k < depth) {
                want.value =
                    (double)a.source[order[t * s.run + k / s.channels] * a.tap_stride +
                                     k % s.channels * a.channel_stride + n * a.output_stride];
                want.value *= a.output_factor ? (double)a.output_factor[n] : 1;
                want.size = fabs(want.value);
            }
            wrn_expect_word(c, a.packed + at, want, 1);
        }
    }
    wrn_end_case(c);
}

void wrn_check_pack_tiles(wrn_check *c) {
    // Side by side: three colours, 16 channels in pairs of taps.
    static const int32_t kinds[][3] = {{32, 1, 9}, {3, 3, 3},  {16, 3, 3}, {3, 7, 7},
                                       {80, 1, 4}, {33, 1, 1}, {1, 1, 1}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (int32_t blocks = 1; blocks <= 3; blocks++) {
            for (int option = 0; option < 4; option++)
                check(c, (shape){kinds[k][0], kinds[k][1], kinds[k][2], blocks, option % 2,
                                 option / 2, 0, blocks});
        }
    }
    check(c, (shape){40, 1, 9, 5, false, true, 2, 4});
    check(c, (shape){40, 1, 9, 5, true, false, 4, 5});
    check(c, (shape){40, 1, 9, 4, true, false, 2, 2});
}
