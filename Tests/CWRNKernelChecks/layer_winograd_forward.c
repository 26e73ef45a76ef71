// SPDX-License-Identifier: Apache-2.0
// A layer forward, or the gradient of its input, by Winograd's algorithm: packed weights, windows,
// products and outputs together, a band of tiles and a group of outputs at a time.

#include "checks.h"
#include "layer_winograd.h"
#include "views.h"

enum { BAND = 2, GROUP = 2 }; // tile rows; blocks

// The gradient of the input is the same convolution with outputs for channels and turned taps.
typedef struct {
    const float *image, *weight;
    wrn_view view;
    bool turned;
} inputs;

static double weight_at(const wrn_layer *layer, const inputs *in, int32_t tap, int32_t k,
                        int32_t o) {
    const ptrdiff_t k_lanes = wrn_lanes(layer->channels), o_lanes = wrn_lanes(layer->outputs);
    if (in->turned)
        return (double)in->weight[((8 - tap) * o_lanes + o) * k_lanes + k];
    return (double)in->weight[(tap * k_lanes + k) * o_lanes + o];
}

static double output(const wrn_layer *layer, const inputs *in, int32_t i, int32_t j, int32_t o) {
    double sum = 0;
    for (int32_t tap = 0; tap < 9; tap++) {
        const int32_t y = i + tap / 3 - layer->pad, x = j + tap % 3 - layer->pad;
        if (y < 0 || y >= layer->height || x < 0 || x >= layer->width)
            continue;
        const float *pixel =
            in->image + ((ptrdiff_t)y * layer->width + x) * wrn_lanes(layer->channels);
        for (int32_t k = 0; k < layer->channels; k++) {
            sum += wrn_view_value(&in->view, (double)pixel[k], 0, k).value *
                   weight_at(layer, in, tap, k, o);
        }
    }
    return sum;
}

// Packs a group's weights where those of the groups before it end.
static const float *pack(wrn_check *c, const wrn_layer *layer, const inputs *in, int32_t size) {
    static const int32_t order[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    static const int32_t turned[9] = {8, 7, 6, 5, 4, 3, 2, 1, 0};
    const ptrdiff_t k_lanes = wrn_lanes(layer->channels), o_lanes = wrn_lanes(layer->outputs);
    const int32_t elements = (size + 2) * (size + 2);
    wrn_winograd_weights a = {.size = size,
                              .source = in->weight,
                              .tap_stride = k_lanes * o_lanes,
                              .channel_stride = in->turned ? 1 : o_lanes,
                              .output_stride = in->turned ? k_lanes : 1,
                              .tap_order = in->turned ? turned : order,
                              .channels = layer->channels,
                              .output_blocks = wrn_blocks(layer->outputs),
                              .group_blocks = GROUP,
                              .last_block = wrn_blocks(layer->outputs)};
    a.packed = wrn_take_floats(c, "packed", elements * layer->channels * o_lanes);
    c->kernels->pack_winograd_weights(&a);
    return a.packed;
}

static void run_band(const wrn_check *c, const wrn_layer *layer, const inputs *in,
                     const float *packed, int32_t size, int32_t row, float *tiles, float *products,
                     float *destination) {
    const int32_t rows = wrn_output_size(layer, layer->height) - row;
    const int32_t columns = wrn_output_size(layer, layer->width);
    const ptrdiff_t lanes = wrn_lanes(layer->outputs);
    wrn_winograd_tiles t = {.image = in->image,
                            .stride = wrn_lanes(layer->channels),
                            .height = layer->height,
                            .width = layer->width,
                            .blocks = wrn_blocks(layer->channels),
                            .view = in->view,
                            .top = row - layer->pad,
                            .left = -layer->pad,
                            .size = size,
                            .tile_rows = BAND,
                            .tile_columns = (columns + size - 1) / size,
                            .block_count = wrn_blocks(layer->channels),
                            .tiles = tiles};
    const int32_t tile_count = BAND * t.tile_columns;
    const wrn_tile_strides strides = wrn_winograd_strides(size, t.blocks, tile_count);
    t.element_stride = strides.element_stride;
    t.block_stride = strides.block_stride;
    c->maps->winograd_windows(&t);
    for (int32_t block = 0; block < wrn_blocks(layer->outputs); block += GROUP) {
        const int32_t left = wrn_blocks(layer->outputs) - block;
        const int32_t blocks = left < GROUP ? left : GROUP;
        const wrn_winograd_products p = {
            .size = size,
            .tiles = tiles,
            .element_stride = strides.element_stride,
            .block_stride = strides.block_stride,
            .tile_count = tile_count,
            .channels = layer->channels,
            .weights =
                packed + (ptrdiff_t)block * WRN_LANES * layer->channels * (size + 2) * (size + 2),
            .output_blocks = blocks,
            .products = products,
            .product_element_stride = (ptrdiff_t)GROUP * WRN_LANES * tile_count};
        c->kernels->winograd_products(&p);
        const wrn_winograd_outputs o = {.size = size,
                                        .products = products,
                                        .product_element_stride = p.product_element_stride,
                                        .tile_count = tile_count,
                                        .tile_rows = BAND,
                                        .tile_columns = t.tile_columns,
                                        .output_blocks = blocks,
                                        .rows = rows < BAND * size ? rows : BAND * size,
                                        .columns = columns,
                                        .destination =
                                            destination + row * columns * lanes + block * WRN_LANES,
                                        .destination_row_stride = columns * lanes,
                                        .destination_column_stride = lanes};
        c->maps->winograd_outputs(&o);
    }
}

static void run(wrn_check *c, const wrn_layer *layer, int32_t size, int view, bool turned) {
    wrn_begin_winograd_layer(c, layer, size, view, turned ? ", turned" : "");
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    const int32_t lanes = wrn_lanes(layer->outputs), channels = wrn_lanes(layer->channels);
    inputs in = {.view = wrn_take_view(c, view, channels), .turned = turned};
    in.image = wrn_take_image(c, "image", (ptrdiff_t)layer->height * layer->width, layer->channels);
    wrn_layer source = *layer;
    if (turned) {
        source.channels = layer->outputs;
        source.outputs = layer->channels;
    }
    in.weight = wrn_take_weight(c, &source);
    const float *packed = pack(c, layer, &in, size);
    const int32_t tiles = BAND * ((columns + size - 1) / size);
    const ptrdiff_t elements = (size + 2) * (size + 2);
    float *transformed = wrn_take_floats(c, "tiles", elements * tiles * channels);
    float *products = wrn_take_floats(c, "products", elements * tiles * GROUP * WRN_LANES);
    const ptrdiff_t pixels = (ptrdiff_t)rows * columns;
    float *destination = wrn_take_floats(c, "destination", pixels * lanes);
    for (int32_t row = 0; row < rows; row += BAND * size)
        run_band(c, layer, &in, packed, size, row, transformed, products, destination);
    double *want = wrn_take(c, "want", sizeof(double) * (size_t)(pixels * lanes));
    for (ptrdiff_t i = 0; i < pixels * lanes; i++) {
        const int32_t pixel = (int32_t)(i / lanes);
        want[i] = output(layer, &in, pixel / columns, pixel % columns, (int32_t)(i % lanes));
    }
    wrn_ready(c);
    wrn_expect_rms(c, destination, want, pixels, layer->outputs, size, layer->channels);
    wrn_end_case(c);
}

void wrn_check_layer_winograd_forward(wrn_check *c) {
    for (int n = 0; n < wrn_winograd_layer_count(); n++) {
        const wrn_layer layer = wrn_winograd_layer_at(n);
        for (int32_t size = 2; size <= 4; size += 2) {
            run(c, &layer, size, 0, false);                // as it is
            run(c, &layer, size, WRN_MAPS + 1, false);     // batch normalisation and ReLU
            run(c, &layer, size, 2 * WRN_MAPS + 1, false); // batch normalisation and LeakyReLU
        }
    }
}

void wrn_check_layer_winograd_input_gradient(wrn_check *c) {
    for (int n = 0; n < wrn_winograd_layer_count(); n++) {
        const wrn_layer layer = wrn_winograd_layer_at(n);
        for (int32_t size = 2; size <= 4; size += 2)
            run(c, &layer, size, 0, true);
    }
}
