// SPDX-License-Identifier: Apache-2.0
// A layer forward in bfloat16, tile by tile: the kernels of that type, which the table of AVX-512
// has beside it where the processor does, against a sum of products of rounded numbers.

#include <math.h>
#include "checks.h"
#include "layer.h"
#include "maps.h"
#include "views.h"

static const int32_t tile_rows = 3, tile_columns = 5;

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

typedef struct {
    const void *image;
    const float *weight;
    wrn_view view;
} inputs;

static wrn_number output(const wrn_check *c, const wrn_layer *layer, const inputs *in, int32_t i,
                         int32_t j, int32_t o) {
    const int32_t lanes = wrn_lanes(layer->channels);
    wrn_number sum = {0, 0};
    for (int32_t ky = 0; ky < layer->kernel; ky++) {
        for (int32_t kx = 0; kx < layer->kernel; kx++) {
            const int32_t y = i * layer->stride + ky - layer->pad;
            const int32_t x = j * layer->stride + kx - layer->pad;
            if (y < 0 || y >= layer->height || x < 0 || x >= layer->width)
                continue;
            const ptrdiff_t pixel = ((ptrdiff_t)y * layer->width + x) * lanes;
            const float *w = in->weight + (ptrdiff_t)(ky * layer->kernel + kx) * lanes *
                                              wrn_lanes(layer->outputs);
            for (int32_t k = 0; k < layer->channels; k++) {
                const wrn_number v =
                    wrn_view_value(&in->view, wrn_get(c, in->image, pixel + k), 0, k);
                const double factor =
                    wrn_nearest_bfloat16((double)w[k * wrn_lanes(layer->outputs) + o]);
                sum.value += wrn_nearest_bfloat16(v.value) * factor;
                sum.size += (fabs(v.value) + v.size) * fabs(factor);
            }
        }
    }
    return sum;
}

static const void *take_image(wrn_check *c, const wrn_layer *layer) {
    const ptrdiff_t pixels = (ptrdiff_t)layer->height * layer->width;
    const int32_t lanes = wrn_lanes(layer->channels);
    void *image = wrn_take_random_map(c, "image", pixels * lanes);
    for (ptrdiff_t p = 0; p < pixels; p++) {
        for (int32_t k = layer->channels; k < lanes; k++)
            wrn_set(c, image, p * lanes + k, 0);
    }
    return image;
}

static void run(wrn_check *c, const wrn_bfloat16_kernels *kernels, const wrn_layer *layer,
                int view) {
    wrn_begin_layer(c, layer);
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    const int32_t taps = layer->kernel * layer->kernel, blocks = wrn_blocks(layer->outputs);
    const int32_t width = kernels->panel_width;
    const ptrdiff_t depth = (layer->channels + 1) / 2 * 2;
    const ptrdiff_t in_lanes = wrn_lanes(layer->channels), out_lanes = wrn_lanes(layer->outputs);
    inputs in = {.view = wrn_take_view(c, view, (int32_t)in_lanes)};
    in.image = take_image(c, layer);
    in.weight = wrn_take_weight(c, layer);
    uint16_t *packed = wrn_take(c, "packed", sizeof(uint16_t) * (size_t)(depth * taps * out_lanes));
    void *destination = wrn_take_map(c, "destination", (ptrdiff_t)rows * columns * out_lanes);
    uint16_t *patch = wrn_take(
        c, "patch",
        sizeof(uint16_t) * (size_t)wrn_layer_window(layer, 0, 0, tile_rows, tile_columns).size);
    static const int32_t order[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    wrn_pack_bfloat16_weights(in.weight, in_lanes * out_lanes, out_lanes, 1, order, taps,
                              layer->channels, blocks, width, 0, 0,
                              (int32_t)((out_lanes + width - 1) / width), packed);
    for (int32_t i = 0; i < rows; i += tile_rows) {
        for (int32_t j = 0; j < columns; j += tile_columns) {
            const int32_t tile_i = least(tile_rows, rows - i);
            const int32_t tile_j = least(tile_columns, columns - j);
            wrn_window w = wrn_layer_window(layer, i, j, tile_i, tile_j);
            w.load.image = in.image;
            w.load.view = in.view;
            w.load.patch = patch;
            kernels->load_patch(&w.load);
            const wrn_convolution a = {
                .patch = patch,
                .block_stride = w.load.block_stride,
                .output_row_step = w.output_row_step,
                .channels = layer->channels,
                .taps = w.taps,
                .tap_count = taps,
                .weights = packed,
                .output_blocks = blocks,
                .rows = tile_i,
                .columns = tile_j,
                .destination =
                    wrn_element(c, destination, ((ptrdiff_t)i * columns + j) * out_lanes),
                .destination_row_stride = columns * out_lanes,
                .destination_column_stride = out_lanes};
            kernels->convolution(&a);
        }
    }
    // What a view computes may round to the neighbour of what its formula does.
    const double roundings = view == 0 ? 8 : 0x1p-8 / WRN_ROUNDING;
    wrn_ready(c);
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < columns; j++) {
            for (int32_t o = 0; o < out_lanes; o++)
                wrn_expect_element(c, destination, ((ptrdiff_t)i * columns + j) * out_lanes + o,
                                   output(c, layer, &in, i, j, o), roundings);
        }
    }
    wrn_end_case(c);
}

void wrn_check_layer_bfloat16(wrn_check *c) {
    const wrn_bfloat16_kernels *kernels = wrn_bfloat16_kernels_for(c->kernels, wrn_processor());
    for (int n = 0; kernels && n < wrn_layer_count(); n++) {
        const wrn_layer layer = wrn_layer_at(n);
        run(c, kernels, &layer, 0);                // as it is
        run(c, kernels, &layer, WRN_MAPS + 1);     // batch normalisation and ReLU
        run(c, kernels, &layer, 2 * WRN_MAPS + 1); // batch normalisation and LeakyReLU
        run(c, kernels, &layer, 3 * WRN_MAPS + 1); // batch normalisation and SiLU
    }
}
