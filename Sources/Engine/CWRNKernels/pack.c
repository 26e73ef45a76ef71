// SPDX-License-Identifier: Apache-2.0
// Packs a convolution's weights in the order in which the kernels consume them, as they are and in
// bfloat16.

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
