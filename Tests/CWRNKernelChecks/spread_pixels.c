// SPDX-License-Identifier: Apache-2.0
// spread_pixels against its formula, over old values or not.

#include <math.h>
#include "checks.h"
#include "maps.h"

static void run(wrn_check *c, int32_t pixels, int32_t blocks, int accumulate) {
    wrn_begin_case(c, "%d pixels of %d blocks, accumulate %d", pixels, blocks, accumulate);
    const int32_t lanes = blocks * WRN_LANES;
    const ptrdiff_t stride = lanes + (c->cases % 2 ? 0 : 16);
    const ptrdiff_t extent = (pixels - 1) * stride + lanes;
    const float factor = 1.0f / 49;
    const float *value = wrn_take_random(c, "value", lanes);
    void *destination = accumulate ? wrn_take_random_map(c, "destination", extent)
                                   : wrn_take_map(c, "destination", extent);
    wrn_ready(c);
    c->maps->spread_pixels(value, factor, accumulate, destination, stride, pixels, blocks);
    for (int32_t p = 0; p < pixels; p++) {
        for (int32_t k = 0; k < lanes; k++) {
            const double share = (double)value[k] * (double)factor;
            const double old = accumulate ? wrn_get_before(c, destination, p * stride + k) : 0;
            wrn_expect_element(c, destination, p * stride + k,
                               (wrn_number){old + share, fabs(old) + fabs(share)}, 2);
        }
    }
    wrn_end_case(c);
}

void wrn_check_spread_pixels(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    static const int32_t pixel_counts[] = {1, 2, 7, 49, 64};
    for (int n = 0; n < 5; n++) {
        for (int b = 0; b < 4; b++) {
            run(c, pixel_counts[n], block_counts[b], 0);
            run(c, pixel_counts[n], block_counts[b], 1);
        }
    }
}
