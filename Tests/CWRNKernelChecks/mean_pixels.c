// SPDX-License-Identifier: Apache-2.0
// mean_pixels against its formula: the views without a second image.

#include <math.h>
#include "checks.h"
#include "maps.h"
#include "views.h"

static void run(wrn_check *c, int32_t pixels, int32_t blocks, int view_kind) {
    wrn_begin_case(c, "%d pixels of %d blocks, view %d", pixels, blocks, view_kind);
    const int32_t lanes = blocks * WRN_LANES;
    const ptrdiff_t stride = lanes + (c->cases % 2 ? 0 : 3);
    const wrn_view view = wrn_take_view(c, view_kind, lanes);
    const void *image = wrn_take_random_map(c, "image", (pixels - 1) * stride + lanes);
    float *mean = wrn_take_floats(c, "mean", lanes);
    wrn_ready(c);
    c->maps->mean_pixels(image, stride, pixels, blocks, &view, mean);
    for (int32_t k = 0; k < lanes; k++) {
        wrn_number want = {0, 0};
        for (int32_t p = 0; p < pixels; p++) {
            const wrn_number v = wrn_view_value(&view, wrn_get(c, image, p * stride + k), 0, k);
            want.value += v.value / pixels;
            want.size += (fabs(v.value) + v.size) / pixels;
        }
        // Sums of runs of 64 round twice.
        wrn_expect(c, mean + k, want, pixels > 64 ? 16 : 8);
    }
    wrn_end_case(c);
}

void wrn_check_mean_pixels(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    static const int32_t pixel_counts[] = {1, 2, 3, 7, 16, 49, 64, 65, 200, 12544};
    for (int n = 0; n < 10; n++) {
        for (int b = 0; b < 4; b++) {
            for (int view = 0; view < WRN_VIEWS; view++) {
                if (view % WRN_MAPS < 2)
                    run(c, pixel_counts[n], block_counts[b], view);
            }
        }
    }
}
