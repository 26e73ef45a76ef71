// SPDX-License-Identifier: Apache-2.0
// A layer's gradient of its weight over a group of images by Winograd's algorithm: windows of the
// input through a view, tiles of the output's gradient, and winograd_weight_gradient, which sets it
// from the first image and adds the others.

#include "checks.h"
#include "layer_winograd.h"
#include "views.h"

enum { IMAGES = 3 };

typedef struct {
    const float *image, *gradient; // of y
    wrn_view view;
} inputs;

static double reference(const wrn_layer *layer, const inputs *in, int32_t tap, int32_t k,
                        int32_t o) {
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    double sum = 0;
    for (int32_t p = 0; p < IMAGES * rows * columns; p++) {
        const int32_t n = p / columns / rows, i = p / columns % rows, j = p % columns;
        const int32_t y = i + tap / 3 - layer->pad, x = j + tap % 3 - layer->pad;
        if (y < 0 || y >= layer->height || x < 0 || x >= layer->width)
            continue;
        const ptrdiff_t pixel = ((ptrdiff_t)n * layer->height + y) * layer->width + x;
        const double v = (double)in->image[pixel * wrn_lanes(layer->channels) + k];
        sum += wrn_view_value(&in->view, v, 0, k).value *
               (double)in->gradient[(ptrdiff_t)p * wrn_lanes(layer->outputs) + o];
    }
    return sum;
}

// The gradient over one image.
static void run_image(const wrn_check *c, const wrn_layer *layer, const inputs *in, int32_t size,
                      int32_t n, float *windows, float *gradients, float *weights) {
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    const int32_t lanes = wrn_lanes(layer->outputs), channels = wrn_lanes(layer->channels);
    wrn_winograd_tiles x = {.image =
                                in->image + (ptrdiff_t)n * layer->height * layer->width * channels,
                            .stride = channels,
                            .height = layer->height,
                            .width = layer->width,
                            .blocks = wrn_blocks(layer->channels),
                            .view = in->view,
                            .top = -layer->pad,
                            .left = -layer->pad,
                            .size = size,
                            .tile_rows = (rows + size - 1) / size,
                            .tile_columns = (columns + size - 1) / size,
                            .block_count = wrn_blocks(layer->channels),
                            .tiles = windows};
    const int32_t tiles = x.tile_rows * x.tile_columns;
    const wrn_tile_strides x_strides = wrn_winograd_strides(size, x.blocks, tiles);
    x.element_stride = x_strides.element_stride;
    x.block_stride = x_strides.block_stride;
    c->maps->winograd_windows(&x);
    wrn_winograd_tiles y = {.image = in->gradient + (ptrdiff_t)n * rows * columns * lanes,
                            .stride = lanes,
                            .height = rows,
                            .width = columns,
                            .blocks = wrn_blocks(layer->outputs),
                            .size = size,
                            .tile_rows = x.tile_rows,
                            .tile_columns = x.tile_columns,
                            .block_count = wrn_blocks(layer->outputs),
                            .tiles = gradients};
    const wrn_tile_strides y_strides = wrn_winograd_strides(size, y.blocks, tiles);
    y.element_stride = y_strides.element_stride;
    y.block_stride = y_strides.block_stride;
    c->maps->winograd_gradients(&y);
    const wrn_winograd_weight_gradient a = {.size = size,
                                            .tiles = windows,
                                            .element_stride = x.element_stride,
                                            .block_stride = x.block_stride,
                                            .channels = layer->channels,
                                            .gradient = gradients,
                                            .gradient_element_stride = y.element_stride,
                                            .gradient_block_stride = y.block_stride,
                                            .tile_count = tiles,
                                            .last_block = y.blocks,
                                            .weights = weights,
                                            .tap_stride = (ptrdiff_t)layer->channels * lanes,
                                            .channel_stride = lanes,
                                            .accumulates = n > 0};
    c->kernels->winograd_weight_gradient(&a);
}

static void run(wrn_check *c, const wrn_layer *layer, int32_t size, int view) {
    wrn_begin_winograd_layer(c, layer, size, view, "");
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    const int32_t lanes = wrn_lanes(layer->outputs), channels = wrn_lanes(layer->channels);
    const int32_t tiles = ((rows + size - 1) / size) * ((columns + size - 1) / size);
    inputs in = {.view = wrn_take_view(c, view, channels)};
    in.image = wrn_take_image(c, "image", (ptrdiff_t)IMAGES * layer->height * layer->width,
                              layer->channels);
    in.gradient = wrn_take_image(c, "gradient", (ptrdiff_t)IMAGES * rows * columns, layer->outputs);
    float *windows = wrn_take_floats(
        c, "windows", wrn_winograd_strides(size, wrn_blocks(layer->channels), tiles).size);
    float *gradients = wrn_take_floats(
        c, "gradients", wrn_winograd_strides(size, wrn_blocks(layer->outputs), tiles).size);
    const ptrdiff_t weight_rows = (ptrdiff_t)9 * layer->channels;
    float *weights = wrn_take_floats(c, "weights", weight_rows * lanes);
    double *want = wrn_take(c, "want", sizeof(double) * (size_t)(weight_rows * lanes));
    for (int32_t n = 0; n < IMAGES; n++)
        run_image(c, layer, &in, size, n, windows, gradients, weights);
    for (ptrdiff_t i = 0; i < weight_rows * lanes; i++) {
        const int32_t row = (int32_t)(i / lanes);
        want[i] = reference(layer, &in, row / layer->channels, row % layer->channels,
                            (int32_t)(i % lanes));
    }
    wrn_ready(c);
    wrn_expect_rms(c, weights, want, weight_rows, layer->outputs, size, IMAGES * tiles);
    wrn_end_case(c);
}

void wrn_check_layer_winograd_weight_gradient(wrn_check *c) {
    for (int n = 0; n < wrn_winograd_layer_count(); n++) {
        const wrn_layer layer = wrn_winograd_layer_at(n);
        for (int32_t size = 2; size <= 4; size += 2) {
            run(c, &layer, size, 0);                // as it is
            run(c, &layer, size, WRN_MAPS + 1);     // batch normalisation and ReLU
            run(c, &layer, size, 2 * WRN_MAPS + 1); // batch normalisation and LeakyReLU
        }
    }
}
