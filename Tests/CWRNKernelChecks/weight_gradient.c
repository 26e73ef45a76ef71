// SPDX-License-Identifier: Apache-2.0
// weight_gradient against its formula: several images, ranges of output blocks, sums that go on;
// and bit by bit against the order that the header states.

#include <math.h>
#include "checks.h"
#include "geometry.h"

typedef struct {
    int32_t channels, blocks, first, last, images, rows, columns, kernel, stride;
} shape;

static const int32_t channel_counts[] = {1, 3, 8, 15, 16, 17, 31, 34, 48, 80};

static float patch_at(const wrn_weight_gradient *a, int32_t n, int32_t channel, int32_t i,
                      int32_t j, int32_t t) {
    return a->patch[n * a->image_stride + channel / WRN_LANES * a->block_stride +
                    i * a->output_row_step + a->taps[t] + WRN_LANES * j + channel % WRN_LANES];
}

static float gradient_at(const wrn_weight_gradient *a, int32_t n, int32_t o, int32_t i, int32_t j) {
    return a->gradient[n * a->gradient_image_stride + o / WRN_LANES * a->gradient_block_stride +
                       i * a->gradient_row_stride + WRN_LANES * j + o % WRN_LANES];
}

static void check_weight(wrn_check *c, const wrn_weight_gradient *a, int32_t t, int32_t channel,
                         int32_t o, bool *fused, bool *unfused) {
    const ptrdiff_t lanes = (ptrdiff_t)a->output_blocks * WRN_LANES;
    const float *at =
        a->weights + ((ptrdiff_t)t * wrn_blocks(a->channels) * WRN_LANES + channel) * lanes + o;
    const float begin = wrn_before(c, at);
    wrn_number sum = {(double)begin, fabs((double)begin)};
    float fused_sum = begin, unfused_sum = begin;
    for (int32_t n = 0; n < a->images; n++) {
        for (int32_t i = 0; i < a->rows; i++) {
            for (int32_t j = 0; j < a->columns; j++) {
                const float x = patch_at(a, n, channel, i, j, t), d = gradient_at(a, n, o, i, j);
                const double term = (double)x * (double)d;
                sum.value += term;
                sum.size += fabs(term);
                fused_sum = fmaf(x, d, fused_sum);
                volatile float product = x * d; // volatile: a compiler may fuse otherwise
                unfused_sum += product;
            }
        }
    }
    *fused = *fused && *at == fused_sum;
    *unfused = *unfused && *at == unfused_sum;
    wrn_expect(c, at, sum, 8);
}

// Fills what the formula reads; all else stays NaN.
static void take_inputs(wrn_check *c, wrn_weight_gradient *a, shape s, int32_t farthest) {
    const int32_t blocks = wrn_blocks(s.channels);
    const ptrdiff_t images = s.images > 0 ? s.images : 1; // no image still has an address
    const ptrdiff_t last = s.channels - (ptrdiff_t)(blocks - 1) * WRN_LANES;
    float *patch = wrn_take_floats(c, "patch",
                                   (images - 1) * a->image_stride + (blocks - 1) * a->block_stride +
                                       (s.rows - 1) * a->output_row_step + farthest +
                                       (ptrdiff_t)WRN_LANES * (s.columns - 1) + last);
    float *gradient = wrn_take_floats(
        c, "gradient",
        (images - 1) * a->gradient_image_stride + (s.last - 1) * a->gradient_block_stride +
            (s.rows - 1) * a->gradient_row_stride + (ptrdiff_t)WRN_LANES * s.columns);
    for (int32_t n = 0; n < s.images; n++) {
        for (int32_t i = 0; i < s.rows; i++) {
            for (int32_t j = 0; j < s.columns; j++) {
                for (int32_t channel = 0; channel < s.channels; channel++) {
                    float *x = patch + n * a->image_stride + channel / WRN_LANES * a->block_stride +
                               i * a->output_row_step + WRN_LANES * j + channel % WRN_LANES;
                    for (int32_t t = 0; t < a->tap_count; t++)
                        x[a->taps[t]] = wrn_random_float(c);
                }
                for (int32_t o = s.first * WRN_LANES; o < s.last * WRN_LANES; o++) {
                    gradient[n * a->gradient_image_stride +
                             o / WRN_LANES * a->gradient_block_stride + i * a->gradient_row_stride +
                             WRN_LANES * j + o % WRN_LANES] = wrn_random_float(c);
                }
            }
        }
    }
    a->patch = patch;
    a->gradient = gradient;
}

static void run(wrn_check *c, shape s) {
    wrn_begin_case(
        c, "%d channels, output blocks %d..<%d of %d, %d images of %dx%d, kernel %d stride %d",
        s.channels, s.first, s.last, s.blocks, s.images, s.rows, s.columns, s.kernel, s.stride);
    const wrn_geometry g = wrn_take_geometry(c, s.kernel, s.stride, s.rows, s.columns);
    wrn_weight_gradient a = {.block_stride = g.block_size + 1,
                             .output_row_step = g.output_row_step,
                             .channels = s.channels,
                             .taps = g.taps,
                             .tap_count = g.tap_count,
                             .gradient_row_stride = (ptrdiff_t)WRN_LANES * s.columns + 2,
                             .output_blocks = s.blocks,
                             .first_block = s.first,
                             .last_block = s.last,
                             .images = s.images,
                             .rows = s.rows,
                             .columns = s.columns};
    a.image_stride = wrn_blocks(s.channels) * a.block_stride + 5;
    a.gradient_block_stride = s.rows * a.gradient_row_stride + 6;
    a.gradient_image_stride = s.blocks * a.gradient_block_stride + 9;
    take_inputs(c, &a, s, g.farthest);
    const int32_t lanes = s.blocks * WRN_LANES;
    a.weights = wrn_take_random(
        c, "weights", (ptrdiff_t)a.tap_count * wrn_blocks(s.channels) * WRN_LANES * lanes);
    wrn_ready(c);
    c->kernels->weight_gradient(&a);
    bool fused = true, unfused = c->kernels->vector_width == 1;
    for (int32_t t = 0; t < a.tap_count; t++) {
        for (int32_t channel = 0; channel < s.channels; channel++) {
            for (int32_t o = s.first * WRN_LANES; o < s.last * WRN_LANES; o++)
                check_weight(c, &a, t, channel, o, &fused, &unfused);
        }
    }
    if (!fused && !unfused)
        wrn_fail(c, "the sums are right, but not in the order of n, i, j");
    wrn_end_case(c);
}

void wrn_check_weight_gradient(wrn_check *c) {
    static const int32_t ranges[][3] = {{1, 0, 1}, {2, 0, 2}, {3, 0, 3}, {5, 0, 5},
                                        {3, 0, 2}, {3, 2, 3}, {5, 2, 4}, {5, 4, 5},
                                        {5, 2, 5}, {5, 0, 3}, {2, 0, 1}};
    static const int32_t kernels[][2] = {{1, 1}, {3, 1}, {3, 2}, {1, 2}};
    int n = 0;
    for (int k = 0; k < 10; k++) {
        for (int r = 0; r < 11; r++, n++) {
            const int kernel = (k + r) % 4;
            run(c, (shape){channel_counts[k], ranges[r][0], ranges[r][1], ranges[r][2], 1 + n % 3,
                           1 + n % 4, 1 + n % 7, kernels[kernel][0], kernels[kernel][1]});
        }
    }
    // Every number of channels that one block can hold: all row counts of the register tile.
    for (int32_t channels = 1; channels <= WRN_LANES; channels++)
        run(c, (shape){channels, 1 + channels % 3, 0, 1 + channels % 3, 2, 2, 28, 1, 1});
    run(c, (shape){16, 1, 0, 1, 2, 3, 32, 3, 1});
    // No image adds nothing.
    run(c, (shape){16, 2, 0, 2, 0, 3, 3, 3, 1});
}
