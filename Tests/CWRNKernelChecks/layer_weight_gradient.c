// SPDX-License-Identifier: Apache-2.0
// A layer's gradient of its weight over a group of images: load_patch of the input through a view,
// load_patch of the output's gradient, and weight_gradient together.

#include <math.h>
#include "checks.h"
#include "layer.h"
#include "views.h"

enum { IMAGES = 3 };

typedef struct {
    const float *image, *gradient; // of y
    wrn_view view;
} inputs;

static wrn_number reference(const wrn_layer *layer, const inputs *in, int32_t ky, int32_t kx,
                            int32_t k, int32_t o) {
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    wrn_number sum = {0, 0};
    for (int32_t n = 0; n < IMAGES; n++) {
        for (int32_t i = 0; i < rows; i++) {
            for (int32_t j = 0; j < columns; j++) {
                const int32_t y = i * layer->stride + ky - layer->pad;
                const int32_t x = j * layer->stride + kx - layer->pad;
                if (y < 0 || y >= layer->height || x < 0 || x >= layer->width)
                    continue;
                const ptrdiff_t pixel = ((ptrdiff_t)n * layer->height + y) * layer->width + x;
                const ptrdiff_t place = ((ptrdiff_t)n * rows + i) * columns + j;
                const wrn_number v = wrn_view_value(
                    &in->view, (double)in->image[pixel * wrn_lanes(layer->channels) + k], 0, k);
                const double d = (double)in->gradient[place * wrn_lanes(layer->outputs) + o];
                sum.value += v.value * d;
                sum.size += (fabs(v.value) + v.size) * fabs(d);
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
    const int32_t lanes = wrn_lanes(layer->outputs), channels = wrn_lanes(layer->channels);
    const ptrdiff_t pixels = (ptrdiff_t)layer->height * layer->width;
    const ptrdiff_t places = (ptrdiff_t)rows * columns;
    inputs in = {.view = wrn_take_view(c, view, channels)};
    in.image = wrn_take_image(c, "image", IMAGES * pixels, layer->channels);
    in.gradient = wrn_take_image(c, "gradient", IMAGES * places, layer->outputs);
    wrn_window w = wrn_layer_window(layer, 0, 0, rows, columns);
    float *patch = wrn_take_floats(c, "patch", IMAGES * w.size);
    float *blocked = wrn_take_floats(c, "blocked gradient", IMAGES * places * lanes);
    float *weights = wrn_take_floats(c, "weights", (ptrdiff_t)taps * channels * lanes);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)taps * channels * lanes; i++)
        weights[i] = 0;
    for (int32_t n = 0; n < IMAGES; n++) {
        w.load.image = in.image + n * pixels * channels;
        w.load.view = in.view;
        w.load.patch = patch + n * w.size;
        c->maps->load_patch(&w.load);
        const wrn_patch_load gradient = {.image = in.gradient + n * places * lanes,
                                         .stride = lanes,
                                         .height = rows,
                                         .width = columns,
                                         .blocks = blocks,
                                         .step = 1,
                                         .rows = rows,
                                         .columns = columns,
                                         .planes = 1,
                                         .patch = blocked + n * places * lanes,
                                         .row_stride = (ptrdiff_t)columns * WRN_LANES,
                                         .block_stride = places * WRN_LANES};
        c->maps->load_patch(&gradient);
    }
    const wrn_weight_gradient a = {.patch = patch,
                                   .image_stride = w.size,
                                   .block_stride = w.load.block_stride,
                                   .output_row_step = w.output_row_step,
                                   .channels = layer->channels,
                                   .taps = w.taps,
                                   .tap_count = taps,
                                   .gradient = blocked,
                                   .gradient_image_stride = places * lanes,
                                   .gradient_block_stride = places * WRN_LANES,
                                   .gradient_row_stride = (ptrdiff_t)columns * WRN_LANES,
                                   .output_blocks = blocks,
                                   .last_block = blocks,
                                   .images = IMAGES,
                                   .rows = rows,
                                   .columns = columns,
                                   .weights = weights};
    c->kernels->weight_gradient(&a);
    wrn_ready(c);
    for (int32_t t = 0; t < taps; t++) {
        for (int32_t k = 0; k < channels; k++) {
            for (int32_t o = 0; o < lanes; o++) {
                wrn_number want = {0, 0};
                if (k < layer->channels && o < layer->outputs)
                    want = reference(layer, &in, t / layer->kernel, t % layer->kernel, k, o);
                wrn_expect(c, weights + ((ptrdiff_t)t * channels + k) * lanes + o, want, 8);
            }
        }
    }
    wrn_end_case(c);
}

void wrn_check_layer_weight_gradient(wrn_check *c) {
    for (int n = 0; n < wrn_layer_count(); n++) {
        const wrn_layer layer = wrn_layer_at(n);
        run(c, &layer, 0);                // as it is
        run(c, &layer, WRN_MAPS + 1);     // batch normalisation and ReLU
        run(c, &layer, 2 * WRN_MAPS + 1); // batch normalisation and LeakyReLU
    }
}
