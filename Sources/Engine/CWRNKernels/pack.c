// SPDX-License-Identifier: Apache-2.0
// Packs a convolution's weights in the order in which the kernels consume them, as they are and in
// bfloat16, for vectors and for tiles.

#include <string.h>

#include "CWRNKernels.h"

ptrdiff_t wrn_packed_count(int32_t channels, int32_t tap_count, int32_t output_blocks) {
    return (ptrdiff_t)channels * tap_count * output_blocks * WRN_LANES;
}

void wrn_pack_weights(const float *source, ptrdiff_t tap_stride, ptrdiff_t channel_stride,
                      ptrdiff_t output_stride, const int32_t *tap_order, int32_t tap_count,
                      int32_t channels, int32_t output_blocks, int32_t panel_width,
                      const float *output_factor, int32_t first_panel, int32_t last_panel,
                      float *packed) {
    const int32_t lanes = output_blocks * WRN_LANES;
    for (int32_t panel = first_panel; panel < last_panel; panel++) {
        const int32_t n0 = panel * panel_width;
        const int32_t width = lanes - n0 < panel_width ? lanes - n0 : panel_width;
        float *y = packed + (ptrdiff_t)n0 * channels * tap_count;
        for (int32_t c0 = 0; c0 < channels; c0 += WRN_LANES) {
            const int32_t c1 = channels - c0 < WRN_LANES ? channels : c0 + WRN_LANES;
            for (int32_t t = 0; t < tap_count; t++) {
                const float *tap = source + tap_order[t] * tap_stride + n0 * output_stride;
                for (int32_t k = c0; k < c1; k++, y += width) {
                    const float *x = tap + k * channel_stride;
                    for (int32_t n = 0; n < width; n++) {
                        const float factor = output_factor ? output_factor[n0 + n] : 1.0f;
                        y[n] = x[n * output_stride] * factor;
                    }
                }
            }
        }
    }
}

// The nearest bfloat16, ties to even; a NaN stays one.
static uint16_t rounded(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void wrn_pack_bfloat16_weights(const float *source, ptrdiff_t tap_stride, ptrdiff_t channel_stride,
                               ptrdiff_t output_stride, const int32_t *tap_order, int32_t tap_count,
                               int32_t channels, int32_t output_blocks, int32_t panel_width,
                               const float *output_factor, int32_t first_panel, int32_t last_panel,
                               uint16_t *packed) {
    const int32_t lanes = output_blocks * WRN_LANES;
    const ptrdiff_t depth = (ptrdiff_t)(channels + 1) / 2 * 2 * tap_count;
    for (int32_t panel = first_panel; panel < last_panel; panel++) {
        const int32_t n0 = panel * panel_width;
        const int32_t width = lanes - n0 < panel_width ? lanes - n0 : panel_width;
        uint16_t *y = packed + n0 * depth;
        for (int32_t c0 = 0; c0 < channels; c0 += WRN_LANES) {
            const int32_t c1 = channels - c0 < WRN_LANES ? channels : c0 + WRN_LANES;
            for (int32_t t = 0; t < tap_count; t++) {
                const float *tap = source + tap_order[t] * tap_stride + n0 * output_stride;
                for (int32_t k = c0; k < c1; k += 2, y += 2 * width) {
                    const float *x = tap + k * channel_stride;
                    for (int32_t n = 0; n < width; n++) {
                        const float factor = output_factor ? output_factor[n0 + n] : 1.0f;
                        const float *first = x + n * output_stride;
                        y[2 * n] = rounded(first[0] * factor);
                        y[2 * n + 1] = k + 1 < c1 ? rounded(first[channel_stride] * factor) : 0;
                    }
                }
            }
        }
    }
}

static ptrdiff_t depth_tiles(int32_t depth) {
    return (depth + WRN_TILE_DEPTH - 1) / WRN_TILE_DEPTH;
}

ptrdiff_t wrn_packed_tile_count(int32_t depth, int32_t tap_count, int32_t output_blocks) {
    return depth_tiles(depth) * WRN_TILE_DEPTH * tap_count * output_blocks * WRN_LANES;
}

// Element k of tap t, in 16 neighbouring outputs from n0 on, two elements apart; zeros where there
// is none.
static void pack_tile_row(const wrn_tile_weights *a, int32_t t, int32_t k, int32_t n0,
                          uint16_t *y) {
    if (k >= a->run * a->channels) {
        for (int32_t n = 0; n < WRN_LANES; n++)
            y[2 * n] = 0;
        return;
    }
    const float *x = a->source + a->tap_order[t * a->run + k / a->channels] * a->tap_stride +
                     k % a->channels * a->channel_stride + n0 * a->output_stride;
    for (int32_t n = 0; n < WRN_LANES; n++) {
        const float factor = a->output_factor ? a->output_factor[n0 + n] : 1.0f;
        y[2 * n] = rounded(x[n * a->output_stride] * factor);
    }
}

void wrn_pack_tile_weights(const wrn_tile_weights *a) {
    const int32_t tiles = (int32_t)depth_tiles(a->run * a->channels);
    for (int32_t block = a->first_block; block < a->last_block; block += 2) {
        uint16_t *y = a->packed + wrn_packed_tile_count(a->run * a->channels, a->tap_count, block);
        const int32_t width = a->output_blocks - block < 2 ? 1 : 2;
        for (int32_t t = 0; t < a->tap_count; t++) {
            for (int32_t tile = 0; tile < tiles * width; tile++) {
                const int32_t n0 = (block + tile % width) * WRN_LANES;
                const int32_t k0 = tile / width * WRN_TILE_DEPTH;
                for (int32_t k = 0; k < WRN_TILE_DEPTH; k += 2, y += 2 * WRN_LANES) {
                    pack_tile_row(a, t, k0 + k, n0, y);
                    pack_tile_row(a, t, k0 + k + 1, n0, y + 1);
                }
            }
        }
    }
}
