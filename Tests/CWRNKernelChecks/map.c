// SPDX-License-Identifier: Apache-2.0
// map against its formula: every view, keep bits, and an addend that may be the destination and may
// have a view of its own.

#include <math.h>
#include "checks.h"
#include "maps.h"
#include "views.h"

static void run(wrn_check *c, int32_t pixels, int32_t blocks, int view, int keep, int addend,
                int addend_view) {
    wrn_begin_case(c, "%d pixels of %d blocks, view %d, keep %d, addend %d, its view %d", pixels,
                   blocks, view, keep, addend, addend_view);
    const int32_t lanes = blocks * WRN_LANES;
    wrn_map a = {.pixels = pixels, .blocks = blocks};
    a.view = wrn_take_view(c, view, lanes);
    a.stride = lanes + (c->cases % 2 ? 0 : 11);
    const ptrdiff_t extent = (pixels - 1) * a.stride + lanes;
    a.image = wrn_take_random_map(c, "image", extent);
    if (a.view.slope)
        a.second = wrn_take_random_map(c, "second", extent);
    if (keep)
        a.keep = wrn_take_keep(c, (ptrdiff_t)pixels * blocks);
    a.destination = addend == 2 ? wrn_take_random_map(c, "destination", extent)
                                : wrn_take_map(c, "destination", extent);
    if (addend)
        a.addend_view = wrn_take_view(c, addend_view, lanes);
    if (addend)
        a.addend = addend == 2 ? a.destination : wrn_take_random_map(c, "addend", extent);
    wrn_ready(c);
    c->maps->map(&a);
    for (int32_t p = 0; p < pixels; p++) {
        for (int32_t k = 0; k < lanes; k++) {
            const ptrdiff_t i = p * a.stride + k;
            wrn_number want = wrn_view_value(&a.view, wrn_get(c, a.image, i),
                                             a.second ? wrn_get(c, a.second, i) : 0, k);
            if (keep)
                want = wrn_view_kept(&a.view, want,
                                     a.keep[p * blocks + k / WRN_LANES] >> k % WRN_LANES & 1);
            if (addend) {
                const double addend = wrn_get_before(c, a.addend, i);
                const wrn_number more = wrn_view_value(&a.addend_view, addend, 0, k);
                want.size += fabs(want.value) + fabs(more.value) + more.size;
                want.value += more.value;
            }
            wrn_expect_element(c, a.destination, i, want, 3);
        }
    }
    wrn_end_case(c);
}

void wrn_check_map(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    static const int32_t pixel_counts[] = {1, 2, 7, 20};
    for (int option = 0; option < WRN_VIEWS * 6; option++) {
        for (int n = 0; n < 4; n++) {
            const int addend = option / WRN_VIEWS / 2;
            // An addend has no second image.
            for (int view = 0; view < (addend ? 2 * WRN_ACTIVATIONS : 1); view++) {
                run(c, pixel_counts[n], block_counts[(n + option) % 4], option % WRN_VIEWS,
                    option / WRN_VIEWS % 2, addend, view % 2 + view / 2 * WRN_MAPS);
            }
        }
    }
}
