// SPDX-License-Identifier: Apache-2.0
// wrn_pack_weights against the index that its documentation gives: forward and transposed orders,
// reversed and chosen taps, factors, and ranges of panels.

#include "checks.h"

typedef struct {
    int32_t channels, blocks, taps, panel_width;
    bool transposed, factor;
    int32_t first, last; // panels; last < 0: all
} shape;

static void run(wrn_check *c, shape s) {
    const int32_t lanes = s.blocks * WRN_LANES;
    const int32_t panels = (lanes + s.panel_width - 1) / s.panel_width;
    if (s.last < 0)
        s.last = panels;
    wrn_begin_case(
        c, "%d channels, %d blocks, %d taps, panels %d..<%d of %d, transposed %d, factor %d",
        s.channels, s.blocks, s.taps, s.first, s.last, s.panel_width, s.transposed, s.factor);
    // A weight of three more taps than are packed, [tap][rows][row of floats].
    const int32_t rows = s.transposed ? lanes : wrn_blocks(s.channels) * WRN_LANES;
    const int32_t row = s.transposed ? wrn_blocks(s.channels) * WRN_LANES : lanes;
    const ptrdiff_t tap_stride = (ptrdiff_t)rows * row;
    const ptrdiff_t channel_stride = s.transposed ? 1 : row;
    const ptrdiff_t output_stride = s.transposed ? row : 1;
    const float *source = wrn_take_random(c, "source", (s.taps + 3) * tap_stride);
    int32_t *order = wrn_take(c, "tap_order", sizeof(int32_t) * (size_t)s.taps);
    for (int32_t t = 0; t < s.taps; t++)
        order[t] = s.transposed ? s.taps + 2 - t : t; // not every one, backwards
    const float *factor = s.factor ? wrn_take_random(c, "output_factor", lanes) : 0;
    float *packed = wrn_take_floats(c, "packed", wrn_packed_count(s.channels, s.taps, s.blocks));
    wrn_ready(c);
    wrn_pack_weights(source, tap_stride, channel_stride, output_stride, order, s.taps, s.channels,
                     s.blocks, s.panel_width, factor, s.first, s.last, packed);
    ptrdiff_t index = (ptrdiff_t)s.first * s.panel_width * s.channels * s.taps;
    for (int32_t panel = s.first; panel < s.last; panel++) {
        for (int32_t b = 0; b < wrn_blocks(s.channels); b++) {
            for (int32_t t = 0; t < s.taps; t++) {
                for (int32_t k = b * WRN_LANES; k < (b + 1) * WRN_LANES && k < s.channels; k++) {
                    for (int32_t n = panel * s.panel_width;
                         n < (panel + 1) * s.panel_width && n < lanes; n++) {
                        float want =
                            source[order[t] * tap_stride + k * channel_stride + n * output_stride];
                        if (factor)
                            want *= factor[n];
                        wrn_expect_bytes(c, packed + index++, &want, sizeof want);
                    }
                }
            }
        }
    }
    wrn_end_case(c);
}

void wrn_check_pack(wrn_check *c) {
    static const int32_t channel_counts[] = {1, 3, 8, 15, 16, 17, 31, 34, 48, 80};
    static const int32_t block_counts[] = {1, 2, 3, 5};
    static const int32_t tap_counts[] = {1, 2, 4, 9};
    const int32_t width = c->kernels->panel_width;
    for (int k = 0; k < 10; k++) {
        for (int b = 0; b < 4; b++) {
            const int32_t taps = tap_counts[(k + b) % 4];
            for (int option = 0; option < 4; option++)
                run(c, (shape){channel_counts[k], block_counts[b], taps, width, option % 2,
                               option / 2, 0, -1});
        }
    }
    run(c, (shape){17, 5, 9, width, false, true, 1, 2});
    run(c, (shape){17, 5, 9, width, true, false, 2, 3});
    run(c, (shape){17, 5, 9, width, false, false, 1, 1});
    run(c, (shape){17, 5, 9, width, false, false, 5 * WRN_LANES / width - 1, -1});
}
