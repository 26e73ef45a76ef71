// SPDX-License-Identifier: Apache-2.0
// Convolution by Winograd's algorithm: transforms in, products, transforms out, and weights.

#ifndef CWRNKERNELS_WINOGRAD_H
#define CWRNKERNELS_WINOGRAD_H

#include <stddef.h>
#include <stdint.h>
#include "wrn_views.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Transforms tiles for a 3x3 convolution of stride 1 by Winograd's F(size x size, 3 x 3), size 4
/// or 2, of (size + 2)^2 elements (Lavin & Gray 2015):
///
///     tiles[e][b][i * tile_columns + j][lane] = element e of
///         B^T d B      d = the window of (size + 2)^2 pixels at (top + size i, left + size j)
///         A y A^T      y = the tile of size^2 pixels there, for winograd_gradients
///
/// where pixels are read through the view and are zero outside the image; the zeros come after the
/// view. Block b of the tiles is block first_block + b of the image.
typedef struct {
    const void *image;     // height x width x stride
    const void *second;    // like image, or NULL
    const uint16_t *keep;  // height x width x blocks words, bit = lane, or NULL
    ptrdiff_t stride;      // from pixel to pixel, >= 16 * blocks
    int32_t height, width; // of the image
    int32_t blocks;        // of WRN_LANES channels
    wrn_view view;
    int32_t top, left; // of the first tile; may be negative
    int32_t size;
    int32_t tile_rows, tile_columns;
    int32_t first_block, block_count; // the blocks to transform
    float *tiles;
    ptrdiff_t element_stride, block_stride;
} wrn_winograd_tiles;

/// Memory that some kernel will touch soon. Computing kernels prefetch it, because memory is idle
/// while they compute; that changes no result. Empty spans have no bytes.
typedef struct {
    const void *start;
    ptrdiff_t bytes;
} wrn_span;

/// Multiplies transformed tiles with transformed weights, element by element:
///
///     products[e][panel][t][lane] = sum over channels k of tiles[e][block(k)][t][lane(k)] * w
///
/// the sum from zero in the order of k. w is packed by pack_winograd_weights, and panels are those
/// of one of its groups.
typedef struct {
    int32_t size;
    const float *tiles;
    ptrdiff_t element_stride, block_stride;
    int32_t tile_count;
    int32_t channels; // that count; the last block may be partial
    const float *weights;
    int32_t output_blocks; // of the group
    float *products;
    ptrdiff_t product_element_stride; // >= panels * tile_count * panel width
    wrn_span reads[3], writes;        // what will be touched soon; fetched meanwhile
} wrn_winograd_products;

/// Transforms products back to pixels, A^T m A, and finishes them as wrn_convolution does:
///
///     y[size i + p][size j + q][o] = activation((A^T m A)[p][q] + bias[o] + addend[...])
///
/// for the tiles i * tile_columns + j of a rectangle, of which `rows` x `columns` pixels are inside
/// the destination. The tiles begin at `products`, whose panels hold tile_count tiles.
///
/// With mean and deviation, also takes the moments of what it writes, as wrn_moments defines them
/// but from sums around the window's first value. With view_gradient, takes what it writes back
/// through a view as wrn_view_gradient defines it: the destination is the gradient, `image` is
/// addressed like it, and the extents and strides of elements are those of this structure. Not
/// both.
typedef struct {
    int32_t size;
    const float *products;
    ptrdiff_t product_element_stride;
    int32_t tile_count;
    int32_t tile_rows, tile_columns;
    int32_t output_blocks;
    int32_t rows, columns;
    void *destination;
    ptrdiff_t destination_row_stride, destination_column_stride;
    const float *bias;
    const void *addend;
    wrn_activation activation;
    float *mean, *deviation;
    const wrn_view_gradient *view_gradient;
} wrn_winograd_outputs;

/// Adds to the gradient of a 3x3 weight what transformed tiles contribute:
///
///     dw[.][c][o] += G^T (sum over tiles t of tiles[e][block(c)][t][lane(c)] *
///                                             gradient[e][block(o)][t][lane(o)]) G
///
/// the sum from zero in the order of t; sets dw instead unless `accumulates`.
typedef struct {
    int32_t size;
    const float *tiles;
    ptrdiff_t element_stride, block_stride;
    int32_t channels;
    const float *gradient;
    ptrdiff_t gradient_element_stride, gradient_block_stride;
    int32_t tile_count;
    int32_t first_block, last_block; // the output blocks to compute, an even first_block
    float *weights;                  // dw of tap 0, input channel 0 and output 0
    ptrdiff_t tap_stride, channel_stride;
    int32_t accumulates;
} wrn_winograd_weight_gradient;

/// Transforms 3x3 weights, G w G^T, and packs them in the order in which
/// winograd_products consumes them:
///
///     packed[group][element][panel of the group][channel][lane of the panel]
///
/// A group is group_blocks blocks of outputs, a multiple of the panel's width unless it is all. The
/// element of tap t, input channel k and output n is source[tap_order[t] * tap_stride + k *
/// channel_stride + n * output_stride], times output_factor[n] unless that is NULL. Packs the
/// blocks first_block ..< last_block of the outputs only, which begin and end a panel, so that
/// threads can share the work.
typedef struct {
    int32_t size;
    const float *source;
    ptrdiff_t tap_stride, channel_stride, output_stride;
    const int32_t *tap_order; // of 9
    int32_t channels;
    int32_t output_blocks, group_blocks;
    int32_t first_block, last_block;
    const float *output_factor;
    float *packed;
} wrn_winograd_weights;

#ifdef __cplusplus
}
#endif

#endif
