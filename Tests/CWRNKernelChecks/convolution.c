// SPDX-License-Identifier: Apache-2.0
// convolution against its formula: all row counts of the register tile, odd channels, every
// combination of bias, addend and activation; and bit by bit against the order that the header
// states.

#include <math.h>
#include "checks.h"
#include "geometry.h"
#include "maps.h"
#include "views.h"

enum addend { NO_ADDEND, OTHER_ADDEND, DESTINATION_ADDEND };

typedef struct {
    int32_t channels, blocks, rows, columns, kernel, stride;
    int bias, addend, activation;
    int32_t spread; // destination pixels from output to output: 2 for a phase of stride 2
} shape;

static const int32_t channel_counts[] = {1, 3, 8, 15, 16, 17, 31, 34, 48, 80};
static const int32_t block_counts[] = {1, 2, 3, 5};
static const int32_t kernels[][2] = {{1, 1}, {3, 1}, {3, 2}, {1, 2}};

// Where channel k of block b for tap t begins in the packed weights of output lane o.
static const float *weight(const wrn_convolution *a, int32_t panel_width, int32_t b, int32_t t,
                           int32_t k, int32_t o) {
    const int32_t lanes = a->output_blocks * WRN_LANES;
    const int32_t first = o / panel_width * panel_width;
    const int32_t width = lanes - first < panel_width ? lanes - first : panel_width;
    const int32_t left = a->channels - b * WRN_LANES;
    const int32_t block_channels = left < WRN_LANES ? left : WRN_LANES;
    const ptrdiff_t depth =
        (ptrdiff_t)b * WRN_LANES * a->tap_count + (ptrdiff_t)t * block_channels + k;
    return (const float *)a->weights + (ptrdiff_t)first * a->channels * a->tap_count +
           depth * width + o - first;
}

typedef struct {
    wrn_number exact;
    float fused, unfused; // in the promised order, with and without fused multiply-add
} output;

static output reference(const wrn_check *c, const wrn_convolution *a, int32_t i, int32_t j,
                        int32_t o) {
    output y = {{0, 0}, 0, 0};
    for (int32_t b = 0; b < wrn_blocks(a->channels); b++) {
        for (int32_t t = 0; t < a->tap_count; t++) {
            for (int32_t k = 0; k < WRN_LANES && b * WRN_LANES + k < a->channels; k++) {
                const float x =
                    ((const float *)a->patch)[b * a->block_stride + i * a->output_row_step +
                                              a->taps[t] + WRN_LANES * j + k];
                const float w = *weight(a, c->kernels->panel_width, b, t, k, o);
                const double term = (double)x * (double)w;
                y.exact.value += term;
                y.exact.size += fabs(term);
                y.fused = fmaf(x, w, y.fused);
                volatile float product = x * w; // volatile: a compiler may fuse otherwise
                y.unfused += product;
            }
        }
    }
    const ptrdiff_t offset = i * a->destination_row_stride + j * a->destination_column_stride + o;
    const float extra[2] = {a->bias ? a->bias[o] : 0,
                            a->addend ? (float)wrn_get_before(c, a->addend, offset) : 0};
    for (int e = 0; e < 2; e++) {
        y.exact.value += (double)extra[e];
        y.exact.size += fabs((double)extra[e]);
        y.fused += extra[e];
        y.unfused += extra[e];
    }
    y.exact.value = wrn_activated(&a->activation, y.exact.value);
    // The one product is rounded, in single precision.
    if (!(y.fused > 0))
        y.fused *= (float)wrn_activation_slope(&a->activation, -1);
    if (!(y.unfused > 0))
        y.unfused *= (float)wrn_activation_slope(&a->activation, -1);
    return y;
}

static void check_outputs(wrn_check *c, const wrn_convolution *a) {
    bool fused = true, unfused = c->kernels->vector_width == 1;
    for (int32_t i = 0; i < a->rows; i++) {
        for (int32_t j = 0; j < a->columns; j++) {
            for (int32_t o = 0; o < a->output_blocks * WRN_LANES; o++) {
                const output want = reference(c, a, i, j, o);
                const ptrdiff_t at =
                    i * a->destination_row_stride + j * a->destination_column_stride + o;
                const double value = wrn_get(c, a->destination, at);
                // What SiLU makes of a sum has no bits of its own.
                if (a->activation.kind != WRN_SILU) {
                    fused = fused && value == wrn_stored(c, (double)want.fused);
                    unfused = unfused && value == wrn_stored(c, (double)want.unfused);
                }
                wrn_expect_element(c, a->destination, at, want.exact, 8);
            }
        }
    }
    if (!fused && !unfused)
        wrn_fail(c, "the sums are right, but not in the order of b, t, k");
}

// A patch with exactly the elements that count; all others stay NaN.
static float *take_patch(wrn_check *c, const wrn_convolution *a, int32_t farthest) {
    const int32_t blocks = wrn_blocks(a->channels);
    const int32_t last = a->channels - (blocks - 1) * WRN_LANES;
    float *patch =
        wrn_take_floats(c, "patch",
                        (blocks - 1) * a->block_stride + (a->rows - 1) * a->output_row_step +
                            farthest + (ptrdiff_t)WRN_LANES * (a->columns - 1) + last);
    for (int32_t channel = 0; channel < a->channels; channel++) {
        float *x = patch + channel / WRN_LANES * a->block_stride + channel % WRN_LANES;
        for (int32_t i = 0; i < a->rows; i++) {
            for (int32_t t = 0; t < a->tap_count; t++) {
                for (int32_t j = 0; j < a->columns; j++)
                    x[i * a->output_row_step + a->taps[t] + WRN_LANES * j] = wrn_random_float(c);
            }
        }
    }
    return patch;
}

static void run(wrn_check *c, shape s) {
    wrn_begin_case(c,
                   "%d channels, %d blocks of outputs %dx%d, kernel %d stride %d, bias %d, addend "
                   "%d, activation %d, spread %d",
                   s.channels, s.blocks, s.rows, s.columns, s.kernel, s.stride, s.bias, s.addend,
                   s.activation, s.spread);
    const int32_t lanes = s.blocks * WRN_LANES;
    const wrn_geometry g = wrn_take_geometry(c, s.kernel, s.stride, s.rows, s.columns);
    wrn_convolution a = {.block_stride = g.block_size + 3,
                         .output_row_step = g.output_row_step,
                         .channels = s.channels,
                         .taps = g.taps,
                         .tap_count = g.tap_count,
                         .output_blocks = s.blocks,
                         .rows = s.rows,
                         .columns = s.columns,
                         .activation = wrn_take_activation(s.activation)};
    a.patch = take_patch(c, &a, g.farthest);
    a.weights = wrn_take_random(c, "weights", (ptrdiff_t)s.channels * a.tap_count * lanes);
    if (s.bias)
        a.bias = wrn_take_random(c, "bias", lanes);
    a.destination_column_stride = (ptrdiff_t)s.spread * lanes + (s.spread > 2 ? 4 : 0);
    a.destination_row_stride = s.spread * s.columns * a.destination_column_stride;
    const ptrdiff_t extent = (s.rows - 1) * a.destination_row_stride +
                             (s.columns - 1) * a.destination_column_stride + lanes;
    a.destination = s.addend == DESTINATION_ADDEND ? wrn_take_random_map(c, "destination", extent)
                                                   : wrn_take_map(c, "destination", extent);
    if (s.addend != NO_ADDEND) {
        a.addend =
            s.addend == OTHER_ADDEND ? wrn_take_random_map(c, "addend", extent) : a.destination;
    }
    wrn_ready(c);
    c->maps->convolution(&a);
    check_outputs(c, &a);
    wrn_end_case(c);
}

void wrn_check_convolution(wrn_check *c) {
    int n = 0;
    // Every width of an output row with every parity of panels; the rest in rotation.
    for (int32_t columns = 1; columns <= 22; columns++) {
        for (int b = 0; b < 4; b++, n++) {
            run(c, (shape){channel_counts[n % 10], block_counts[b], 1 + n % 5,
                           columns == 21   ? 28
                           : columns == 22 ? 32
                                           : columns,
                           kernels[n / 4 % 4][0], kernels[n / 4 % 4][1], n % 2, n % 3,
                           n / 2 % WRN_ACTIVATIONS, 1 + n % 3});
        }
    }
    // Every number of channels with every kernel.
    for (int k = 0; k < 10; k++) {
        for (int kernel = 0; kernel < 4; kernel++, n++) {
            run(c, (shape){channel_counts[k], block_counts[n % 4], 1 + n % 3, 2 + n % 6,
                           kernels[kernel][0], kernels[kernel][1], n / 3 % 2, n % 3,
                           n / 2 % WRN_ACTIVATIONS, 1 + n % 3});
        }
    }
    // Every combination of what is done to a sum before it is stored.
    for (int option = 0; option < 54; option++) {
        run(c, (shape){17, 3, 2, 5, 3, 1, option % 2, option / 2 % 3, option / 6 % 3,
                       1 + option / 18});
    }
}
