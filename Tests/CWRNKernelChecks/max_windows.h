// SPDX-License-Identifier: Apache-2.0
// What the checks of max pooling and of its gradient share: shapes, and windows as their formula
// says.

#ifndef WRN_MAX_WINDOWS_H
#define WRN_MAX_WINDOWS_H

#include "case.h"

/// The numbers of one case; the output's extents follow.
typedef struct {
    int32_t height, width, size, step, padding, blocks;
} wrn_window_shape;

/// Every shape of the checks, their count in `count`.
const wrn_window_shape *wrn_window_shapes(int *count);

/// The output rows that `extent` image rows give; columns alike.
int32_t wrn_window_count(const wrn_window_shape *shape, int32_t extent);

/// Windows over a random image through a view; every third pixel repeats its left neighbour, so
/// that windows hold equal values.
wrn_max_windows wrn_take_windows(wrn_check *c, const wrn_window_shape *shape, int view);

/// The value of an image's pixel through the view in float32, as a kernel may round it: what is
/// compared must be the very same numbers, so coefficients are powers of two, and SiLU's values are
/// those of map, which its own check compares with the formula.
float wrn_window_value(const wrn_check *c, const wrn_max_windows *w, int32_t row, int32_t column,
                       int32_t channel);

/// The place in the image, row * width + column, of the first largest value of window (i, j); of
/// the window's first pixel where the largest is NaN.
int32_t wrn_window_first_largest(const wrn_check *c, const wrn_max_windows *w, int32_t i, int32_t j,
                                 int32_t channel);

#endif
