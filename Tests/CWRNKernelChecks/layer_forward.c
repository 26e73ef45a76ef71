// SPDX-License-Identifier: Apache-2.0
// A layer forward, tile by tile: load_patch, packed weights and convolution together.

#include <math.h>
#include "checks.h"
#include "layer.h"
#include "views.h"

static const int32_t tile_rows = 3, tile_columns = 5;

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

typedef struct {
    const float *image, *weight;
    wrn_view view;
} inputs;

static wrn_number output(const wrn_layer *layer, const inputs *in, int32_t i, int32_t j,
                         int32_t o) {
    const int32_t lanes = wrn_lanes(layer->channels);
    wrn_number sum = {0, 0};
    for (int32_t ky = 0; ky < layer->kernel; ky++) {
        for (int32_t kx = 0; kx < layer->kernel; kx++) {
            const int32_t y = i * layer->stride + ky - layer->pad;
            const int32_t x = j * layer->stride + kx - layer->pad;
            if (y < 0 || y >= layer->height || x < 0 || x >= layer->width)
                continue;
            const float *pixel = in->image + ((ptrdiff_t)y * layer->width + x) * lanes;
            const float *w = in->weight + (ptrdiff_t)(ky * layer->kernel + kx) * lanes *
                                              wrn_lanes(layer->outputs);
            for (int32_t k = 0; k < layer->channels; k++) {
                const wrn_number v = wrn_view_value(&in->view, (double)pixel[k], 0, k);
                const double factor = (double)w[k * wrn_lanes(layer->outputs) + o];
                sum.value += v.value * factor;
                sum.size += (fabs(v.value) + v.size) * fabs(factor);
            }
        }
    }
    return sum;
}

static void run(wrn_check *c, const wrn_layer *layer, int view) {
    wrn_begin_layer(c, layer);
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    const int32_t taps = layer->kernel * layer->kernel, blocks = wrn_blocks(layer->outputs);
    const int32_t width = c->kernels->panel_width;
    const ptrdiff_t in_lanes = wrn_lanes(layer->channels), out_lanes = wrn_lanes(layer->outputs);
    inputs in = {.view = wrn_take_view(c, view, (int32_t)in_lanes)};
    in.image = wrn_take_image(c, "image", (ptrdiff_t)layer->height * layer->width, layer->channels);
    in.weight = wrn_take_weight(c, layer);
    float *packed = wrn_take_floats(c, "packed", wrn_packed_count(layer->channels, taps, blocks));
    float *destination = wrn_take_floats(c, "destination", (ptrdiff_t)rows * columns * out_lanes);
    float *patch =
        wrn_take_floats(c, "patch", wrn_layer_window(layer, 0, 0, tile_rows, tile_columns).size);
    static const int32_t order[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    wrn_pack_weights(in.weight, in_lanes * out_lanes, out_lanes, 1, order, taps, layer->channels,
                     blocks, width, 0, 0, (int32_t)((out_lanes + width - 1) / width), packed);
    for (int32_t i = 0; i < rows; i += tile_rows) {
        for (int32_t j = 0; j < columns; j += tile_columns) {
            const int32_t tile_i = least(tile_rows, rows - i);
            const int32_t tile_j = least(tile_columns, columns - j);
            wrn_window w = wrn_layer_window(layer, i, j, tile_i, tile_j);
            w.load.image = in.image;
            w.load.view = in.view;
            w.load.patch = patch;
            c->maps->load_patch(&w.load);
            const wrn_convolution a = {.patch = patch,
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
                                           destination + ((ptrdiff_t)i * columns + j) * out_lanes,
                                       .destination_row_stride = columns * out_lanes,
                                       .destination_column_stride = out_lanes};
            c->maps->convolution(&a);
        }
    }
    wrn_ready(c);
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < columns; j++) {
            for (int32_t o = 0; o < out_lanes; o++)
                wrn_expect(c, destination + ((ptrdiff_t)i * columns + j) * out_lanes + o,
                           output(layer, &in, i, j, o), 8);
        }
    }
    wrn_end_case(c);
}

void wrn_check_layer_forward(wrn_check *c) {
    for (int n = 0; n < wrn_layer_count(); n++) {
        const wrn_layer layer = wrn_layer_at(n);
        run(c, &layer, 0);                // as it is
        run(c, &layer, WRN_MAPS + 1);     // batch normalisation and ReLU
        run(c, &layer, 2 * WRN_MAPS + 1); // batch normalisation and LeakyReLU
        run(c, &layer, 3 * WRN_MAPS + 1); // batch normalisation and SiLU
    }
}
