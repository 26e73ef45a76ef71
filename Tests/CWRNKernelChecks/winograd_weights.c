// SPDX-License-Identifier: Apache-2.0
// pack_winograd_weights against its formula and the index that its documentation gives: forward and
// transposed orders, chosen taps, factors, groups of which the last may be smaller, and ranges of
// blocks.

#include <math.h>
#include "checks.h"
#include "winograd.h"

typedef struct {
    int32_t size, channels, blocks, group;
    bool transposed, factor;
    int32_t first, last; // blocks
} shape;

// The source: [12 taps][rows][row of floats], of which nine taps are packed.
enum { TAPS = 12 };

// The element of panel lane o and channel k in a group's part of the packed weights.
static float *packed_at(const wrn_check *c, const wrn_winograd_weights *a, int32_t e, int32_t k,
                        int32_t o) {
    const int32_t width = c->kernels->panel_width, lanes = a->output_blocks * WRN_LANES;
    const int32_t elements = (a->size + 2) * (a->size + 2);
    const int32_t group = o / (a->group_blocks * WRN_LANES) * a->group_blocks * WRN_LANES;
    const int32_t left = lanes - group;
    const int32_t group_lanes =
        left < a->group_blocks * WRN_LANES ? left : a->group_blocks * WRN_LANES;
    const int32_t first = (o - group) / width * width;
    const int32_t panel = group_lanes - first < width ? group_lanes - first : width;
    return a->packed + (ptrdiff_t)group * elements * a->channels +
           (ptrdiff_t)e * group_lanes * a->channels + (ptrdiff_t)first * a->channels +
           (ptrdiff_t)k * panel + (o - group - first);
}

static void check_weight(wrn_check *c, const wrn_winograd_weights *a, const wrn_matrix *g,
                         int32_t k, int32_t o) {
    wrn_tile w = {0};
    for (int t = 0; t < 9; t++) {
        const float tap = a->source[a->tap_order[t] * a->tap_stride + k * a->channel_stride +
                                    o * a->output_stride];
        const double value = (double)tap * (a->output_factor ? (double)a->output_factor[o] : 1);
        w.at[t / 3][t % 3] = (wrn_number){value, fabs(value)};
    }
    const wrn_tile u = wrn_sandwich(g, &w);
    for (int p = 0; p < g->rows; p++) {
        // The factor's rounding, four in either dimension.
        for (int q = 0; q < g->rows; q++)
            wrn_expect(c, packed_at(c, a, p * g->rows + q, k, o), u.at[p][q], 9);
    }
}

static void run(wrn_check *c, shape s) {
    wrn_begin_case(c,
                   "size %d, %d channels, blocks %d..<%d of %d in groups of %d, transposed %d, "
                   "factor %d",
                   s.size, s.channels, s.first, s.last, s.blocks, s.group, s.transposed, s.factor);
    const int32_t lanes = s.blocks * WRN_LANES, elements = (s.size + 2) * (s.size + 2);
    // Channels are read one by one: the rows of a source need not be whole blocks of them.
    const int32_t rows = s.transposed ? lanes : s.channels;
    const int32_t row = s.transposed ? s.channels + c->cases % 2 : lanes + 3 * (c->cases % 2);
    int32_t *order = wrn_take(c, "tap_order", sizeof(int32_t) * 9);
    for (int32_t t = 0; t < 9; t++)
        order[t] = s.transposed ? TAPS - 1 - t : (5 * t + 2) % TAPS;
    wrn_winograd_weights a = {.size = s.size,
                              .tap_stride = (ptrdiff_t)rows * row,
                              .channel_stride = s.transposed ? 1 : row,
                              .output_stride = s.transposed ? row : 1,
                              .tap_order = order,
                              .channels = s.channels,
                              .output_blocks = s.blocks,
                              .group_blocks = s.group,
                              .first_block = s.first,
                              .last_block = s.last};
    a.source = wrn_take_random(c, "source", TAPS * a.tap_stride);
    if (s.factor)
        a.output_factor = wrn_take_random(c, "output_factor", lanes);
    a.packed = wrn_take_floats(c, "packed", (ptrdiff_t)elements * lanes * s.channels);
    const wrn_matrix g = wrn_winograd_g(s.size);
    wrn_ready(c);
    c->kernels->pack_winograd_weights(&a);
    for (int32_t o = s.first * WRN_LANES; o < s.last * WRN_LANES; o++) {
        for (int32_t k = 0; k < s.channels; k++)
            check_weight(c, &a, &g, k, o);
    }
    wrn_end_case(c);
}

void wrn_check_pack_winograd_weights(wrn_check *c) {
    static const int32_t channel_counts[] = {1, 3, 15, 16, 17, 20, 34};
    // All of the outputs; blocks begin and end at multiples of two or at the end, as panels may.
    static const int32_t groupings[][4] = {{1, 1, 0, 1}, {1, 2, 0, 1}, {2, 2, 0, 2}, {3, 2, 0, 3},
                                           {3, 4, 0, 3}, {3, 3, 0, 3}, {5, 2, 0, 5}, {5, 4, 0, 5},
                                           {5, 2, 2, 4}, {5, 4, 2, 4}, {5, 2, 4, 5}, {5, 4, 2, 5},
                                           {5, 5, 0, 2}, {4, 2, 2, 2}, {7, 4, 2, 6}};
    int n = 0;
    for (size_t g = 0; g < sizeof groupings / sizeof *groupings; g++) {
        const int32_t *at = groupings[g];
        for (int option = 0; option < 8; option++, n++) {
            run(c, (shape){option % 2 ? 4 : 2, channel_counts[n % 7], at[0], at[1], option / 2 % 2,
                           option / 4, at[2], at[3]});
        }
    }
}
