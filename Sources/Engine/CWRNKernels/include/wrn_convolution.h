// SPDX-License-Identifier: Apache-2.0
// Direct convolution: patches, packed weights, the products and the gradient of the weight.

#ifndef CWRNKERNELS_CONVOLUTION_H
#define CWRNKERNELS_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>
#include "wrn_views.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Copies a window of an image into a patch, through a view, with zeros outside the image:
///
///     patch[b][r][plane(q)][position(q)][lane] =
///         view(image[top + r * step][left + q * step][16 b + lane])
///
/// with plane(q) = q % planes and position(q) = q / planes: a kernel of column stride s reads
/// planes = s, so that neighbouring outputs read neighbouring positions. Padding zeros come after
/// the view. Where planes does not divide columns, what the shorter planes leave free of a row is
/// left as it is, or zeroed.
typedef struct {
    const void *image;     // height x width x stride
    const void *second;    // like image, or NULL
    const uint16_t *keep;  // height x width x blocks words, bit = lane, or NULL
    ptrdiff_t stride;      // from pixel to pixel, >= 16 * blocks
    int32_t height, width; // of the image
    int32_t blocks;        // of WRN_LANES channels
    wrn_view view;
    int32_t top, left;     // of the patch's first pixel in the image; may be negative
    int32_t step;          // image pixels from patch pixel to patch pixel
    int32_t rows, columns; // of the patch
    int32_t planes;
    void *patch;            // of float, or of bfloat16 for the kernels of that type
    ptrdiff_t row_stride;   // elements; >= planes * ceil(columns / planes) * 16
    ptrdiff_t block_stride; // >= rows * row_stride
} wrn_patch_load;

/// Convolves a patch: for output (i, j) and output lane o
///
///     y[i][j][o] = bias[o] + addend[i][j][o]
///                + sum over blocks b, taps t, channels k of
///                  patch[b * block_stride + i * output_row_step + taps[t] + 16 j + k] * w
///     y = activation(y)
///
/// the sum from zero in exactly that order of b, t, k; then the bias, then the addend. w is packed
/// by wrn_pack_weights. The kernels of bfloat16 read patches and weights of that type, packed by
/// wrn_pack_bfloat16_weights, and add the products of two channels in one step. bias and addend may
/// be NULL; addend has the strides of the destination and may be the destination itself, which
/// accumulates.
typedef struct {
    const void *patch; // of float or bfloat16
    ptrdiff_t block_stride;
    ptrdiff_t output_row_step; // elements of the patch from output row to output row
    int32_t channels;          // of the patch that count; the last block may be partial
    const int32_t *taps;       // offsets in elements
    int32_t tap_count;
    const void *weights; // of the patch's type
    int32_t output_blocks;
    int32_t rows, columns; // of the output
    void *destination;
    ptrdiff_t destination_row_stride, destination_column_stride;
    const float *bias;
    const void *addend;
    wrn_activation activation;
} wrn_convolution;

/// Adds to the gradient of a convolution's weight what a group of images contributes:
///
///     dw[t][c][o] += sum over images n, rows i, columns j of
///                    patch[n][block(c)][i * output_row_step + taps[t] + 16 j + lane(c)] *
///                    gradient[n][block(o)][i][j][lane(o)]
///
/// from the old value in exactly that order of n, i, j. dw is
/// [tap_count][16 * ceil(channels / 16)][16 * output_blocks].
typedef struct {
    const float *patch;
    ptrdiff_t image_stride, block_stride, output_row_step;
    int32_t channels;
    const int32_t *taps;
    int32_t tap_count;
    const float *gradient;
    ptrdiff_t gradient_image_stride, gradient_block_stride, gradient_row_stride;
    int32_t output_blocks;           // of dw's rows
    int32_t first_block, last_block; // the output blocks to compute, an even first_block
    int32_t images, rows, columns;
    float *weights; // dw
} wrn_weight_gradient;

/// The length in floats of weights packed for `channels` inputs and `output_blocks` blocks of
/// outputs.
ptrdiff_t wrn_packed_count(int32_t channels, int32_t tap_count, int32_t output_blocks);

/// Packs weights in the order in which `convolution` consumes them:
///
///     packed[panel][block][tap][channel of the block][lane of the panel]
///
/// The element of tap t, input channel k and output n is source[tap_order[t] * tap_stride + k *
/// channel_stride + n * output_stride], times output_factor[n] unless that is NULL. Panels are
/// panel_width wide; a last one may be half as wide. Packs the panels first_panel ..< last_panel
/// only, so that threads can share the work.
void wrn_pack_weights(const float *source, ptrdiff_t tap_stride, ptrdiff_t channel_stride,
                      ptrdiff_t output_stride, const int32_t *tap_order, int32_t tap_count,
                      int32_t channels, int32_t output_blocks, int32_t panel_width,
                      const float *output_factor, int32_t first_panel, int32_t last_panel,
                      float *packed);

/// Packs weights as wrn_pack_weights does, rounded to the nearest bfloat16 (ties to even) and with
/// the weights of two neighbouring channels side by side:
///
///     packed[panel][block][tap][pair of channels of the block][lane of the panel][2]
///
/// The second of an odd last channel is zero.
void wrn_pack_bfloat16_weights(const float *source, ptrdiff_t tap_stride, ptrdiff_t channel_stride,
                               ptrdiff_t output_stride, const int32_t *tap_order, int32_t tap_count,
                               int32_t channels, int32_t output_blocks, int32_t panel_width,
                               const float *output_factor, int32_t first_panel, int32_t last_panel,
                               uint16_t *packed);

#ifdef __cplusplus
}
#endif

#endif
