// SPDX-License-Identifier: Apache-2.0
// A layer's gradient of its input: the convolution kernel with transposed weights, one call for
// each phase of the stride, written between the pixels of the other phases.

#include <math.h>
#include "checks.h"
#include "layer.h"

typedef struct {
    const float *weight, *gradient; // of y
    float *packed, *patch, *destination;
} buffers;

// The taps of a kernel that touch a phase, and which row or column of y each of them meets.
typedef struct {
    int32_t count, tap[3], offset[3], lowest, highest;
} phase;

static phase find_phase(const wrn_layer *layer, int32_t p) {
    phase found = {.count = 0};
    for (int32_t k = 0; k < layer->kernel; k++) {
        const int32_t distance = p + layer->pad - k;
        if (distance % layer->stride != 0)
            continue;
        const int32_t offset = distance / layer->stride;
        if (found.count == 0)
            found.lowest = found.highest = offset;
        found.lowest = offset < found.lowest ? offset : found.lowest;
        found.highest = offset > found.highest ? offset : found.highest;
        found.tap[found.count] = k;
        found.offset[found.count++] = offset;
    }
    return found;
}

static void run_phase(const wrn_check *c, const wrn_layer *layer, const buffers *m, int32_t py,
                      int32_t px) {
    const phase y = find_phase(layer, py), x = find_phase(layer, px);
    const int32_t rows = (layer->height - py + layer->stride - 1) / layer->stride;
    const int32_t columns = (layer->width - px + layer->stride - 1) / layer->stride;
    if (rows <= 0 || columns <= 0)
        return;
    const int32_t in_blocks = wrn_blocks(layer->channels);
    const ptrdiff_t in_lanes = wrn_lanes(layer->channels), out_lanes = wrn_lanes(layer->outputs);
    wrn_patch_load load = {.image = m->gradient,
                           .stride = out_lanes,
                           .height = wrn_output_size(layer, layer->height),
                           .width = wrn_output_size(layer, layer->width),
                           .blocks = wrn_blocks(layer->outputs),
                           .top = y.lowest,
                           .left = x.lowest,
                           .step = 1,
                           .rows = rows + y.highest - y.lowest,
                           .columns = columns + x.highest - x.lowest,
                           .planes = 1,
                           .patch = m->patch};
    load.row_stride = (ptrdiff_t)load.columns * WRN_LANES;
    load.block_stride = load.rows * load.row_stride;
    c->maps->load_patch(&load);
    int32_t taps[9], order[9];
    for (int32_t t = 0; t < y.count * x.count; t++) {
        const int32_t ty = t / x.count, tx = t % x.count;
        order[t] = y.tap[ty] * layer->kernel + x.tap[tx];
        taps[t] = (int32_t)((y.offset[ty] - y.lowest) * load.row_stride) +
                  (x.offset[tx] - x.lowest) * WRN_LANES;
    }
    const int32_t width = c->kernels->panel_width;
    wrn_pack_weights(m->weight, in_lanes * out_lanes, 1, out_lanes, order, y.count * x.count,
                     layer->outputs, in_blocks, width, 0, 0,
                     (int32_t)((in_lanes + width - 1) / width), m->packed);
    const wrn_convolution a = {
        .patch = m->patch,
        .block_stride = load.block_stride,
        .output_row_step = load.row_stride,
        .channels = layer->outputs,
        .taps = taps,
        .tap_count = y.count * x.count, // none for a 1x1 kernel's idle phases: zeros
        .weights = m->packed,
        .output_blocks = in_blocks,
        .rows = rows,
        .columns = columns,
        .destination = m->destination + ((ptrdiff_t)py * layer->width + px) * in_lanes,
        .destination_row_stride = layer->stride * layer->width * in_lanes,
        .destination_column_stride = layer->stride * in_lanes};
    c->maps->convolution(&a);
}

// What every output that read x[y][x][k] sends back to it.
static wrn_number reference(const wrn_layer *layer, const buffers *m, int32_t y, int32_t x,
                            int32_t k) {
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    const int32_t lanes = wrn_lanes(layer->outputs);
    wrn_number sum = {0, 0};
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < columns; j++) {
            const int32_t ky = y + layer->pad - i * layer->stride;
            const int32_t kx = x + layer->pad - j * layer->stride;
            if (ky < 0 || ky >= layer->kernel || kx < 0 || kx >= layer->kernel)
                continue;
            const ptrdiff_t tap = (ptrdiff_t)(ky * layer->kernel + kx) * wrn_lanes(layer->channels);
            for (int32_t o = 0; o < layer->outputs; o++) {
                const double term = (double)m->gradient[((ptrdiff_t)i * columns + j) * lanes + o] *
                                    (double)m->weight[(tap + k) * lanes + o];
                sum.value += term;
                sum.size += fabs(term);
            }
        }
    }
    return sum;
}

static void run(wrn_check *c, const wrn_layer *layer) {
    wrn_begin_layer(c, layer);
    const int32_t rows = wrn_output_size(layer, layer->height);
    const int32_t columns = wrn_output_size(layer, layer->width);
    const int32_t lanes = wrn_lanes(layer->channels);
    const ptrdiff_t pixels = (ptrdiff_t)layer->height * layer->width;
    buffers m;
    m.weight = wrn_take_weight(c, layer);
    m.gradient = wrn_take_image(c, "gradient", (ptrdiff_t)rows * columns, layer->outputs);
    m.packed = wrn_take_floats(c, "packed",
                               wrn_packed_count(layer->outputs, layer->kernel * layer->kernel,
                                                wrn_blocks(layer->channels)));
    m.patch = wrn_take_floats(c, "patch",
                              (ptrdiff_t)wrn_lanes(layer->outputs) * (layer->height + 2) *
                                  (layer->width + 2));
    m.destination = wrn_take_floats(c, "destination", pixels * lanes);
    for (int32_t py = 0; py < layer->stride; py++) {
        for (int32_t px = 0; px < layer->stride; px++)
            run_phase(c, layer, &m, py, px);
    }
    wrn_ready(c);
    for (int32_t y = 0; y < layer->height; y++) {
        for (int32_t x = 0; x < layer->width; x++) {
            for (int32_t k = 0; k < lanes; k++)
                wrn_expect(c, m.destination + ((ptrdiff_t)y * layer->width + x) * lanes + k,
                           reference(layer, &m, y, x, k), 8);
        }
    }
    wrn_end_case(c);
}

void wrn_check_layer_input_gradient(wrn_check *c) {
    for (int n = 0; n < wrn_layer_count(); n++) {
        const wrn_layer layer = wrn_layer_at(n);
        run(c, &layer);
    }
}
