// SPDX-License-Identifier: Apache-2.0
// Max pooling and its gradient.

#ifndef CWRNKERNELS_POOLING_H
#define CWRNKERNELS_POOLING_H

#include <stddef.h>
#include <stdint.h>
#include "wrn_views.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The square windows of max pooling, over an image that is read through a view without slope:
///
///     window (i, j) = the image's pixels in the rows from i * step - padding on and the columns
///                     from j * step - padding on, `size` of each
///
/// Every window holds a pixel of the image; pixels outside are no pixels.
typedef struct {
    const void *image; // height x width x stride
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
    void *destination;                // its row first_row; rows x columns x destination_stride
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
    const void *gradient; // output_rows x output_columns x gradient_stride
    ptrdiff_t gradient_stride;
    int32_t output_rows, output_columns;
    int32_t first_row, rows; // of the image
    void *destination;       // its row first_row; rows x width x the windows' stride
    int32_t accumulate;
} wrn_max_pool_gradient;

#ifdef __cplusplus
}
#endif

#endif
