// SPDX-License-Identifier: Apache-2.0
// Packs a convolution's weights in the order in which the kernel consumes them.

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
