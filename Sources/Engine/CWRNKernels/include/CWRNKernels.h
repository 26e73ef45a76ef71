// SPDX-License-Identifier: Apache-2.0
//
// The engine's tiles on raw pointers. Nothing here allocates, locks, prints or fails: sizes are the
// caller's promise, checked when a plan is made. Documentation/Kernels.md draws the layouts.
//
// Activations are NHWC float32 with the channels of a pixel padded to whole blocks of WRN_LANES
// with zeros. `stride` counts floats unless a name says otherwise. Pointers need no alignment, but
// are faster on 64 bytes.

#ifndef CWRNKERNELS_H
#define CWRNKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The channels of one block: one cache line of float32.
#define WRN_LANES 16

/// A function of each value by itself, and what it multiplies a gradient by:
///
///     WRN_IDENTITY     v                                            1
///     WRN_RELU         max(v, 0)                                    v > 0 ? 1 : 0
///     WRN_LEAKY_RELU   v > 0 ? v : below * v, for 0 < below < 1     v > 0 ? 1 : below
///
/// A NaN stays NaN. All fields zero are the identity. What these are in vectors stands in
/// templates/activation.inc.h, and nowhere else.
enum { WRN_IDENTITY, WRN_RELU, WRN_LEAKY_RELU };
typedef struct {
    int32_t kind;
    float below;
} wrn_activation;

/// How a value is made from memory as it is read, per channel c:
///
///     v = x * scale[c] + shift[c] + second * slope[c]
///     v = activation(v)
///     v = 0 where the keep bit is 0
///
/// scale and shift come together or are NULL (v = x); slope may be NULL, and is not used without
/// scale; keep may be NULL.
typedef struct {
    const float *scale;
    const float *shift;
    const float *slope;
    wrn_activation activation;
} wrn_view;

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
    const float *image;    // height x width x stride
    const float *second;   // like image, or NULL
    const uint16_t *keep;  // height x width x blocks words, bit = lane, or NULL
    ptrdiff_t stride;      // floats from pixel to pixel, >= 16 * blocks
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
    float *destination;
    ptrdiff_t destination_row_stride, destination_column_stride;
    const float *bias;
    const float *addend;
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

/// The gradient through a view's dropout and activation, in place, and the two sums that batch
/// normalisation needs:
///
///     dz = g * factor * activation'(x * scale[c] + shift[c]) where the keep bit is 1, else 0
///     sum[c] = sum dz;  product[c] = sum dz * (x - mean[c]) * inverse[c]
///
/// scale and shift may be NULL (then x itself decides); sum and product come with mean and inverse,
/// or are NULL.
typedef struct {
    float *gradient;
    const float *image;
    const uint16_t *keep;                          // one word per pixel and block, or NULL
    ptrdiff_t row_stride, column_stride;           // of gradient and image
    ptrdiff_t keep_row_stride, keep_column_stride; // in words
    int32_t rows, columns, blocks;
    wrn_view view;
    float factor;
    const float *mean, *inverse;
    float *sum, *product;
} wrn_view_gradient;

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
    const float *image;    // height x width x stride
    const float *second;   // like image, or NULL
    const uint16_t *keep;  // height x width x blocks words, bit = lane, or NULL
    ptrdiff_t stride;      // floats from pixel to pixel, >= 16 * blocks
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

/// Memory that some kernel will touch soon. Computing kernels ask for it on the way, because memory
/// is idle while they compute; that changes no result. Empty spans have no bytes.
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
/// addressed like it, and the extents and strides of floats are those of this structure. Not both.
typedef struct {
    int32_t size;
    const float *products;
    ptrdiff_t product_element_stride;
    int32_t tile_count;
    int32_t tile_rows, tile_columns;
    int32_t output_blocks;
    int32_t rows, columns;
    float *destination;
    ptrdiff_t destination_row_stride, destination_column_stride;
    const float *bias;
    const float *addend;
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

/// The mean and the sum of squared deviations of each lane over a window of pixels:
///
///     mean[c] = sum x / P;  deviation[c] = sum (x - mean[c])^2
typedef struct {
    const float *image;
    ptrdiff_t row_stride, column_stride;
    int32_t rows, columns, blocks;
    float *mean, *deviation;
} wrn_moments;

/// Maps pixels one by one: destination = view(image, second) + addend_view(addend), the first with
/// its keep bits, the other without slope.
///
/// The addend may be NULL or the destination. All pixels lie `stride` floats apart.
typedef struct {
    const float *image;
    const float *second;
    const uint16_t *keep;
    const float *addend;
    float *destination;
    ptrdiff_t stride;
    int32_t pixels, blocks;
    wrn_view view, addend_view;
} wrn_map;

/// The square windows of max pooling, over an image that is read through a view without slope:
///
///     window (i, j) = the image's pixels in the rows from i * step - padding on and the columns
///                     from j * step - padding on, `size` of each
///
/// Every window holds a pixel of the image; pixels outside are no pixels.
typedef struct {
    const float *image; // height x width x stride
    ptrdiff_t stride;
    int32_t height, width, blocks;
    wrn_view view;
    int32_t size, step, padding;
} wrn_max_windows;

/// The largest value of each window, NaN where one is, in some rows of the output:
///
///     y[i][j][c] = max of view(image)[c] over window (i, j)
typedef struct {
    wrn_max_windows windows;
    int32_t first_row, rows, columns; // of the output
    float *destination;               // its row first_row; rows x columns x destination_stride
    ptrdiff_t destination_stride;
} wrn_max_pool;

/// The gradient of max_pool in some rows of the image. A window's goes to its first largest value,
/// row by row from the left, or to its first pixel where the largest is NaN:
///
///     dx[r][q][c] = (accumulate ? dx[r][q][c] : 0)
///                 + sum of gradient[i][j][c] over the windows (i, j) whose first largest is (r, q)
///
/// from the old value in the order of i, j.
typedef struct {
    wrn_max_windows windows;
    const float *gradient; // output_rows x output_columns x gradient_stride
    ptrdiff_t gradient_stride;
    int32_t output_rows, output_columns;
    int32_t first_row, rows; // of the image
    float *destination;      // its row first_row; rows x width x the windows' stride
    int32_t accumulate;
} wrn_max_pool_gradient;

/// One step of stochastic gradient descent with momentum, PyTorch's update, element by element:
///
///     d = gradient + decay * parameter
///     v = first ? d : momentum * v + (1 - dampening) * d
///     parameter -= rate * (nesterov ? d + momentum * v : v)
///
/// count is a multiple of WRN_LANES. The first step does not read the velocity.
typedef struct {
    float *parameter;
    float *velocity;
    const float *gradient;
    ptrdiff_t count;
    float rate, momentum, dampening, decay;
    int32_t nesterov, first;
} wrn_sgd;

/// One step of AdamW, PyTorch's update, element by element:
///
///     p = keep * parameter
///     m = first ? fresh1 * gradient : m + fresh1 * (gradient - m)
///     v = first ? fresh2 * gradient^2 : keep2 * v + fresh2 * gradient^2
///     parameter = p - step * m / (correction * sqrt(v) + epsilon)
///
/// count is a multiple of WRN_LANES. The first step reads neither moment.
typedef struct {
    float *parameter;
    float *first_moment;
    float *second_moment;
    const float *gradient;
    ptrdiff_t count;
    float keep;          // 1 - learning rate * weight decay
    float step;          // learning rate / (1 - beta1^t)
    float correction;    // 1 / sqrt(1 - beta2^t)
    float fresh1;        // 1 - beta1
    float keep2, fresh2; // beta2, 1 - beta2
    float epsilon;
    int32_t first;
} wrn_adamw;

/// The keep bits of dropout: bit `lane` of word [pixel][block] is 1 when the random word of that
/// channel is >= threshold.
///
/// The word is number `lane % 4` of Philox4x32-10 under `key` at the counter
/// ((pixel * blocks + block) * 4 + lane / 4, item, step, purpose).
typedef struct {
    uint16_t *bits;
    int32_t first_pixel, pixels, blocks;
    uint32_t threshold;
    uint32_t key[2];
    uint32_t item, step, purpose;
} wrn_keep_bits;

/// Weighted sums of neighbouring pixels of bytes, along rows or along columns: one pass of resizing
/// an image, in the integers of Pillow's Resample.c.
///
///     result = clip((2^21 + sum over k < counts[o] of source(starts[o] + k) * weights[o][k]) >>
///     22)
///
/// to 0 ... 255. Weights are fractions times 2^22, and no sum of theirs times bytes leaves int32.
///
/// Along rows, each of `lines` rows of `inputs` pixels becomes one of `outputs` pixels, channel by
/// channel; pixels have 1 to 4 of them, side by side. Along columns, each of `lines` columns of
/// bytes becomes one of `outputs` bytes; inputs, channels and scratch are not used.
typedef struct {
    const uint8_t *source;
    ptrdiff_t source_stride; // bytes from row to row
    int32_t inputs;          // pixels of a row
    int32_t channels;
    int32_t lines;
    int32_t outputs;
    const int32_t *starts;  // [outputs], the first pixel or row that counts
    const int32_t *counts;  // [outputs], how many do, at least 1
    const int32_t *weights; // [outputs][weight_stride]
    int32_t weight_stride;
    uint8_t *scratch; // 16 * inputs bytes, left with anything
    uint8_t *destination;
    ptrdiff_t destination_stride; // bytes from row to row
} wrn_resample;

/// The kernels of one instruction set. All sets compute the same sums; they may round differently.
typedef struct {
    const char *name;
    int32_t vector_width; // floats
    int32_t panel_width;  // outputs that a full weight panel holds: two vectors
    void (*load_patch)(const wrn_patch_load *);
    void (*convolution)(const wrn_convolution *);
    void (*weight_gradient)(const wrn_weight_gradient *);
    void (*winograd_windows)(const wrn_winograd_tiles *);
    void (*winograd_gradients)(const wrn_winograd_tiles *);
    void (*winograd_products)(const wrn_winograd_products *);
    void (*winograd_outputs)(const wrn_winograd_outputs *);
    void (*winograd_weight_gradient)(const wrn_winograd_weight_gradient *);
    void (*pack_winograd_weights)(const wrn_winograd_weights *);
    void (*moments)(const wrn_moments *);
    void (*view_gradient)(const wrn_view_gradient *);
    void (*map)(const wrn_map *);
    /// mean[c] = sum over pixels of view(image) / pixels, for a view without slope
    void (*mean_pixels)(const float *image, ptrdiff_t stride, int32_t pixels, int32_t blocks,
                        const wrn_view *view, float *mean);
    /// destination[p][c] = (accumulate ? destination[p][c] : 0) + value[c] * factor
    void (*spread_pixels)(const float *value, float factor, int32_t accumulate, float *destination,
                          ptrdiff_t stride, int32_t pixels, int32_t blocks);
    void (*max_pool)(const wrn_max_pool *);
    void (*max_pool_gradient)(const wrn_max_pool_gradient *);
    void (*sgd)(const wrn_sgd *);
    void (*adamw)(const wrn_adamw *);
    void (*keep_bits)(const wrn_keep_bits *);
    void (*resample_rows)(const wrn_resample *);
    void (*resample_columns)(const wrn_resample *);
} wrn_kernels;

/// The kernels that read a patch and weights rounded to bfloat16 and sum in float32.
typedef struct {
    int32_t panel_width; // outputs that a full weight panel holds
    void (*load_patch)(const wrn_patch_load *);
    void (*convolution)(const wrn_convolution *);
} wrn_bfloat16_kernels;

/// Those for AVX-512 with its bfloat16 instructions, or NULL where the processor lacks them.
const wrn_bfloat16_kernels *wrn_usable_bfloat16_kernels(void);

/// The kernels that this processor can run, best last; NULL behind the last.
const wrn_kernels *const *wrn_usable_kernels(void);

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

/// Joins moments of windows, in their order: lane c of window w counts counts[w] values (Chan et
/// al. 1979). means and deviations lie `stride` apart; writes the mean and the *biased* variance of
/// all. There is at least one window, and no count is zero.
void wrn_join_moments(const float *means, const float *deviations, ptrdiff_t stride,
                      const int32_t *counts, int32_t windows, int32_t lanes, double *mean,
                      double *variance);

/// Adds rows in their order in double precision: total[c] = sum over r of rows[r * stride + c].
void wrn_sum_rows(const float *rows, ptrdiff_t stride, int32_t row_count, int32_t lanes,
                  double *total);

/// Adds `parts` arrays of `count` floats, `stride` apart, in their order into `total`, which
/// may be the first of them; parts is at least 1.
void wrn_sum_parts(const float *parts, ptrdiff_t stride, int32_t part_count, ptrdiff_t count,
                   float *total);

/// The softmax cross-entropy of `rows` rows of `classes` logits, `stride` apart, and its gradient:
///
///     loss = mean over rows of (log sum exp(logits) - logits[label])
///     gradient[r][c] = (softmax(logits[r])[c] - (c == label ? 1 : 0)) / rows;  padding lanes
///     become 0
///
/// Returns the loss; counts the rows whose largest logit (the first of equals) is the label.
/// gradient may be NULL.
double wrn_softmax_cross_entropy(const float *logits, ptrdiff_t stride, int32_t rows,
                                 int32_t classes, const int32_t *labels, float *gradient,
                                 int32_t *correct);

/// The same against a probability for each class: `targets` are rows of `classes` numbers without
/// gaps, each row at least 0 and with the sum 1.
///
///     loss = mean over rows of the sum over c of targets[r][c] (log sum exp(logits) - logits[c])
///     gradient[r][c] = (softmax(logits[r])[c] - targets[r][c]) / rows;  padding lanes become 0
///
/// Returns the loss; counts the rows whose largest logit is the largest target, both the first of
/// equals. Where each row is one 1 and zeros, all results have the bits of
/// wrn_softmax_cross_entropy.
double wrn_soft_cross_entropy(const float *logits, ptrdiff_t stride, int32_t rows, int32_t classes,
                              const float *targets, float *gradient, int32_t *correct);

#ifdef __cplusplus
}
#endif

#endif
