// SPDX-License-Identifier: Apache-2.0
//
// A whole convolution layer as a textbook defines it, to prove that load_patch, wrn_pack_weights,
// convolution and weight_gradient fit together:
//
//     y[i][j][o] = sum over ky, kx, k of v(x[i * stride + ky - pad][j * stride + kx - pad][k]) *
//                  w[ky][kx][k][o]
//
// with zeros outside the image. Images are NHWC with whole blocks of channels.

#ifndef WRN_LAYER_H
#define WRN_LAYER_H

#include "case.h"

typedef struct {
    int32_t channels, outputs, height, width, kernel, stride, pad;
} wrn_layer;

/// How many there are to check, and each.
int wrn_layer_count(void);
wrn_layer wrn_layer_at(int index);

static inline int32_t wrn_output_size(const wrn_layer *layer, int32_t input) {
    return (input + 2 * layer->pad - layer->kernel) / layer->stride + 1;
}

static inline int32_t wrn_lanes(int32_t channels) {
    return wrn_blocks(channels) * WRN_LANES;
}

/// Begins the case of a layer.
void wrn_begin_layer(wrn_check *c, const wrn_layer *layer);

/// `pixels` pixels of `channels` pseudo-random channels; zeros in the lanes behind them.
float *wrn_take_image(wrn_check *c, const char *name, ptrdiff_t pixels, int32_t channels);

/// A pseudo-random weight [kernel * kernel][whole blocks of channels][whole blocks of outputs].
float *wrn_take_weight(wrn_check *c, const wrn_layer *layer);

/// The part of an image that `rows` x `columns` outputs from (i, j) on read, as a patch, and where
/// the kernel's taps lie in it.
typedef struct {
    wrn_patch_load load;
    int32_t taps[9];
    ptrdiff_t output_row_step, size;
} wrn_window;

wrn_window wrn_layer_window(const wrn_layer *layer, int32_t i, int32_t j, int32_t rows,
                            int32_t columns);

#endif
