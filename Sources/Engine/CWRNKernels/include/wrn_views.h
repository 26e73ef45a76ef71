// SPDX-License-Identifier: Apache-2.0
// Views of values: a block of channels, pointwise functions, views, and the gradient through a
// view.

#ifndef CWRNKERNELS_VIEWS_H
#define CWRNKERNELS_VIEWS_H

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
///     WRN_SILU         v * s, with s = 1 / (1 + exp(-v))            s + v * s * (1 - s)
///
/// A NaN stays NaN; SiLU's value at minus infinity is nearly its limit, zero. All fields zero are
/// the identity. What these are in vectors stands in templates/activation.inc.h, and nowhere else.
enum { WRN_IDENTITY, WRN_RELU, WRN_LEAKY_RELU, WRN_SILU };
typedef struct {
    int32_t kind;
    float below;
} wrn_activation;

/// A view: the function of a value as it is read from memory, per channel c:
///
///     v = x * scale[c] + shift[c] + second * slope[c]
///     v = activation(v)
///     v = v * factor where the keep bit is 1, 0 where it is 0
///
/// scale and shift come together or are NULL (v = x); slope may be NULL, and is not used without
/// scale; keep may be NULL, and factor is not used without it. What this is in vectors stands in
/// templates/view.inc.h, and nowhere else.
typedef struct {
    const float *scale;
    const float *shift;
    const float *slope;
    wrn_activation activation;
    float factor;
} wrn_view;

/// The gradient through a view's dropout and activation, in place, and the two sums that batch
/// normalisation needs:
///
///     dz = g * factor * activation'(x * scale[c] + shift[c]) where the keep bit is 1, else 0
///     sum[c] = sum dz;  product[c] = sum dz * (x - mean[c]) * inverse[c]
///
/// scale and shift may be NULL (then x itself decides); sum and product come with mean and inverse,
/// or are NULL.
typedef struct {
    void *gradient;
    const void *image;
    const uint16_t *keep;                          // one word per pixel and block, or NULL
    ptrdiff_t row_stride, column_stride;           // of gradient and image
    ptrdiff_t keep_row_stride, keep_column_stride; // in words
    int32_t rows, columns, blocks;
    wrn_view view;
    float factor;
    const float *mean, *inverse;
    float *sum, *product;
} wrn_view_gradient;

/// Maps pixels one by one: destination = view(image, second) + addend_view(addend), the first with
/// its keep bits, the other without slope.
///
/// The addend may be NULL or the destination. All pixels lie `stride` elements apart.
typedef struct {
    const void *image;
    const void *second;
    const uint16_t *keep;
    const void *addend;
    void *destination;
    ptrdiff_t stride;
    int32_t pixels, blocks;
    wrn_view view, addend_view;
} wrn_map;

/// The mean and the sum of squared deviations of each lane over a window of pixels:
///
///     mean[c] = sum x / P;  deviation[c] = sum (x - mean[c])^2
typedef struct {
    const void *image;
    ptrdiff_t row_stride, column_stride;
    int32_t rows, columns, blocks;
    float *mean, *deviation;
} wrn_moments;

#ifdef __cplusplus
}
#endif

#endif
