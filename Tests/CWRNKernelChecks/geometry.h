// SPDX-License-Identifier: Apache-2.0
// Where a square kernel finds its inputs in a patch, for the checks that make patches themselves.

#ifndef WRN_GEOMETRY_H
#define WRN_GEOMETRY_H

#include "case.h"

typedef struct {
    int32_t *taps;
    int32_t tap_count, farthest; // the largest tap
    ptrdiff_t row_stride, output_row_step, block_size;
} wrn_geometry;

/// The patch that `rows` x `columns` outputs of a kernel read, in as many planes as the stride, its
/// rows a few floats longer than they must be.
wrn_geometry wrn_take_geometry(wrn_check *c, int32_t kernel, int32_t stride, int32_t rows,
                               int32_t columns);

#endif
