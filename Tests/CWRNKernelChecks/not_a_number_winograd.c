// SPDX-License-Identifier: Apache-2.0
// A NaN passes Winograd's convolution, through activations on either side and into the sums: each
// output that reads its pixel becomes NaN, and none of a tile whose window does not hold it.

#include <math.h>
#include <stdlib.h>
#include "checks.h"
#include "views.h"

enum { TILES = 3, OUTPUTS = WRN_LANES };

static void run(wrn_check *c, int32_t size, int32_t row, int32_t column, int32_t channel,
                int which) {
    wrn_begin_case(c, "size %d, a NaN at (%d, %d) in channel %d, activation %d", size, row, column,
                   channel, which);
    const int32_t height = 2 * size, width = TILES * size, side = size + 2;
    const int32_t tile_count = 2 * TILES, elements = side * side;
    const int32_t image_pixels = height * width, width_of_panel = c->kernels->panel_width;
    const int32_t panels = (OUTPUTS + width_of_panel - 1) / width_of_panel;
    const ptrdiff_t product = (ptrdiff_t)panels * width_of_panel * tile_count;
    float *image = wrn_take_random(c, "image", (ptrdiff_t)image_pixels * WRN_LANES);
    image[(row * width + column) * WRN_LANES + channel] = NAN;
    float *tiles = wrn_take_floats(c, "tiles", (ptrdiff_t)elements * tile_count * WRN_LANES);
    const float *weights = wrn_take_random(c, "weights", (ptrdiff_t)elements * WRN_LANES * OUTPUTS);
    float *products = wrn_take_floats(c, "products", elements * product);
    float *destination = wrn_take_floats(c, "destination", (ptrdiff_t)image_pixels * OUTPUTS);
    float *mean = wrn_take_floats(c, "mean", OUTPUTS);
    float *deviation = wrn_take_floats(c, "deviation", OUTPUTS);
    const wrn_winograd_tiles t = {.image = image,
                                  .stride = WRN_LANES,
                                  .height = height,
                                  .width = width,
                                  .blocks = 1,
                                  .view = {.activation = wrn_take_activation(which)},
                                  .top = -1,
                                  .left = -1,
                                  .size = size,
                                  .tile_rows = 2,
                                  .tile_columns = TILES,
                                  .block_count = 1,
                                  .tiles = tiles,
                                  .element_stride = (ptrdiff_t)tile_count * WRN_LANES};
    c->maps->winograd_windows(&t);
    const wrn_winograd_products p = {.size = size,
                                     .tiles = tiles,
                                     .element_stride = t.element_stride,
                                     .tile_count = tile_count,
                                     .channels = WRN_LANES,
                                     .weights = weights,
                                     .output_blocks = 1,
                                     .products = products,
                                     .product_element_stride = product};
    c->kernels->winograd_products(&p);
    const wrn_winograd_outputs o = {.size = size,
                                    .products = products,
                                    .product_element_stride = product,
                                    .tile_count = tile_count,
                                    .tile_rows = 2,
                                    .tile_columns = TILES,
                                    .output_blocks = 1,
                                    .rows = height,
                                    .columns = width,
                                    .destination = destination,
                                    .destination_row_stride = (ptrdiff_t)width * OUTPUTS,
                                    .destination_column_stride = OUTPUTS,
                                    .activation = wrn_take_activation(which),
                                    .mean = mean,
                                    .deviation = deviation};
    c->maps->winograd_outputs(&o);
    wrn_ready(c);
    for (int32_t i = 0; i < image_pixels * OUTPUTS; i++) {
        const int32_t y = i / OUTPUTS / width, x = i / OUTPUTS % width;
        const int32_t top = y / size * size - 1, left = x / size * size - 1;
        const bool reads = abs(y - row) <= 1 && abs(x - column) <= 1;
        const bool may = row >= top && row < top + side && column >= left && column < left + side;
        if (reads && !isnan(destination[i]))
            wrn_fail(c, "output (%d, %d) read a NaN and is %g", y, x, (double)destination[i]);
        if (!may && isnan(destination[i]))
            wrn_fail(c, "output (%d, %d) is NaN and its window holds none", y, x);
    }
    for (int32_t lane = 0; lane < OUTPUTS; lane++) {
        if (!isnan(mean[lane]) || !isnan(deviation[lane]))
            wrn_fail(c, "the moments of a NaN are %g and %g", (double)mean[lane],
                     (double)deviation[lane]);
    }
    wrn_end_case(c);
}

void wrn_check_not_a_number_winograd(wrn_check *c) {
    for (int32_t size = 2; size <= 4; size += 2) {
        for (int32_t place = 0; place < 2 * size * TILES * size; place++)
            run(c, size, place / (TILES * size), place % (TILES * size), place % WRN_LANES,
                1 + place % 2);
    }
}
