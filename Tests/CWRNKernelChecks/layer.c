// SPDX-License-Identifier: Apache-2.0

#include "layer.h"

// Wide ResNet's kernels: 3x3 and 1x1, stride 1 and 2, on even and odd images; then odd ones.
static const wrn_layer layers[] = {
    {3, 16, 8, 8, 3, 1, 1},  {16, 32, 8, 8, 3, 2, 1}, {16, 32, 7, 9, 3, 2, 1},
    {16, 32, 8, 8, 1, 2, 0}, {17, 48, 7, 5, 1, 2, 0}, {31, 80, 5, 6, 3, 1, 1},
    {48, 16, 4, 3, 1, 1, 0}, {1, 10, 9, 4, 3, 1, 0},  {80, 17, 3, 6, 3, 2, 1},
    {20, 20, 1, 1, 3, 1, 1},
};

int wrn_layer_count(void) {
    return (int)(sizeof layers / sizeof *layers);
}

wrn_layer wrn_layer_at(int index) {
    return layers[index];
}

void wrn_begin_layer(wrn_check *c, const wrn_layer *layer) {
    wrn_begin_case(c, "%d to %d channels, image %dx%d, kernel %d, stride %d, pad %d",
                   layer->channels, layer->outputs, layer->height, layer->width, layer->kernel,
                   layer->stride, layer->pad);
}

float *wrn_take_image(wrn_check *c, const char *name, ptrdiff_t pixels, int32_t channels) {
    const int32_t lanes = wrn_lanes(channels);
    float *image = wrn_take_random(c, name, pixels * lanes);
    for (ptrdiff_t p = 0; p < pixels; p++) {
        for (int32_t k = channels; k < lanes; k++)
            image[p * lanes + k] = 0;
    }
    return image;
}

float *wrn_take_weight(wrn_check *c, const wrn_layer *layer) {
    const int32_t taps = layer->kernel * layer->kernel;
    const int32_t rows = wrn_lanes(layer->channels);
    float *weight = wrn_take_image(c, "weight", (ptrdiff_t)taps * rows, layer->outputs);
    const ptrdiff_t row = wrn_lanes(layer->outputs);
    for (int32_t t = 0; t < taps; t++) {
        for (ptrdiff_t k = layer->channels; k < rows; k++) {
            for (ptrdiff_t o = 0; o < row; o++)
                weight[(t * rows + k) * row + o] = 0;
        }
    }
    return weight;
}

wrn_window wrn_layer_window(const wrn_layer *layer, int32_t i, int32_t j, int32_t rows,
                            int32_t columns) {
    // A 1x1 kernel skips pixels as it loads; a 3x3 kernel of stride 2 parts columns into planes.
    const bool skips = layer->kernel == 1;
    const int32_t planes = skips ? 1 : layer->stride, stride = skips ? 1 : layer->stride;
    wrn_window w = {.load = {.height = layer->height,
                             .width = layer->width,
                             .blocks = wrn_blocks(layer->channels),
                             .stride = wrn_lanes(layer->channels),
                             .top = i * layer->stride - layer->pad,
                             .left = j * layer->stride - layer->pad,
                             .step = skips ? layer->stride : 1,
                             .rows = (rows - 1) * stride + layer->kernel,
                             .columns = (columns - 1) * stride + layer->kernel,
                             .planes = planes}};
    const int32_t plane = (w.load.columns + planes - 1) / planes * WRN_LANES;
    w.load.row_stride = (ptrdiff_t)planes * plane;
    w.load.block_stride = w.load.rows * w.load.row_stride;
    w.output_row_step = stride * w.load.row_stride;
    w.size = w.load.blocks * w.load.block_stride;
    for (int32_t t = 0; t < layer->kernel * layer->kernel; t++) {
        const int32_t y = t / layer->kernel, x = t % layer->kernel;
        w.taps[t] = y * planes * plane + x % planes * plane + x / planes * WRN_LANES;
    }
    return w;
}
