// SPDX-License-Identifier: Apache-2.0
// A NaN passes every activation on every instruction set: a diverged network must not look like a
// quiet one.

#include <math.h>
#include "checks.h"
#include "views.h"

static void expect_only(wrn_check *c, const float *values, int32_t count, int32_t where,
                        const char *kernel) {
    for (int32_t i = 0; i < count; i++) {
        if (isnan(values[i]) != (i == where))
            wrn_fail(c, "%s: value %d is %g, expected %s", kernel, i, (double)values[i],
                     i == where ? "NaN" : "a number");
    }
}

static void run(wrn_check *c, int32_t where, int which) {
    float image[WRN_LANES] = {0}, result[WRN_LANES] = {0};
    const float weights[WRN_LANES] = {0};
    const int32_t tap = 0;
    const wrn_view view = {.activation = wrn_take_activation(which)};
    image[where] = NAN;
    wrn_begin_case(c, "a NaN in lane %d, activation %d", where, which);
    wrn_patch_load load = {.image = image,
                           .stride = WRN_LANES,
                           .height = 1,
                           .width = 1,
                           .blocks = 1,
                           .view = view,
                           .step = 1,
                           .rows = 1,
                           .columns = 1,
                           .planes = 1,
                           .patch = result,
                           .row_stride = WRN_LANES,
                           .block_stride = WRN_LANES};
    c->maps->load_patch(&load);
    expect_only(c, result, WRN_LANES, where, "load_patch");
    wrn_map map = {.image = image,
                   .destination = result,
                   .stride = WRN_LANES,
                   .pixels = 1,
                   .blocks = 1,
                   .view = view};
    c->maps->map(&map);
    expect_only(c, result, WRN_LANES, where, "map");
    map = (wrn_map){.image = weights,
                    .addend = image,
                    .destination = result,
                    .stride = WRN_LANES,
                    .pixels = 1,
                    .blocks = 1,
                    .addend_view = view};
    c->maps->map(&map);
    expect_only(c, result, WRN_LANES, where, "map's addend");
    c->maps->mean_pixels(image, WRN_LANES, 1, 1, &view, result);
    expect_only(c, result, WRN_LANES, where, "mean_pixels");
    const wrn_max_pool pool = {.windows = {.image = image,
                                           .stride = WRN_LANES,
                                           .height = 1,
                                           .width = 1,
                                           .blocks = 1,
                                           .view = view,
                                           .size = 1,
                                           .step = 1},
                               .rows = 1,
                               .columns = 1,
                               .destination = result,
                               .destination_stride = WRN_LANES};
    c->maps->max_pool(&pool);
    expect_only(c, result, WRN_LANES, where, "max_pool");
    wrn_convolution convolution = {.patch = weights,
                                   .channels = 1,
                                   .taps = &tap,
                                   .tap_count = 1,
                                   .weights = weights,
                                   .output_blocks = 1,
                                   .rows = 1,
                                   .columns = 1,
                                   .destination = result,
                                   .addend = image,
                                   .activation = view.activation};
    c->maps->convolution(&convolution);
    expect_only(c, result, WRN_LANES, where, "convolution");
    wrn_end_case(c);
}

void wrn_check_not_a_number(wrn_check *c) {
    for (int which = 0; which < WRN_ACTIVATIONS; which++) {
        for (int32_t where = 0; where < WRN_LANES; where++)
            run(c, where, which);
    }
}
