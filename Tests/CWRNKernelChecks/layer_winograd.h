// SPDX-License-Identifier: Apache-2.0
// What the checks of whole layers by Winograd's algorithm share: their shapes, and how far they may
// be from the direct convolution.

#ifndef WRN_LAYER_WINOGRAD_H
#define WRN_LAYER_WINOGRAD_H

#include "layer.h"

/// How many there are to check, all 3x3 of stride 1, and each.
int wrn_winograd_layer_count(void);
wrn_layer wrn_winograd_layer_at(int index);

/// Begins the case of a layer; `kind` names the part of it.
void wrn_begin_winograd_layer(wrn_check *c, const wrn_layer *layer, int32_t size, int view,
                              const char *kind);

/// How the tiles of a layer lie, elements outermost, and how many floats they are.
typedef struct {
    ptrdiff_t element_stride, block_stride, size;
} wrn_tile_strides;

wrn_tile_strides wrn_winograd_strides(int32_t size, int32_t blocks, int32_t tiles);

/// Expects `rows` rows of `lanes` floats, of which `channels` count and the rest are zero, each
/// within 8 times what wrn_winograd_rms allows for a sum of `terms` products, and their RMS within
/// once that. Eight, because a tile's last pixel has 3 times the RMS growth of all its pixels, and
/// the worst of some thousand errors lies 4 deviations off.
void wrn_expect_rms(wrn_check *c, const float *values, const double *want, ptrdiff_t rows,
                    int32_t channels, int32_t size, int32_t terms);

#endif
