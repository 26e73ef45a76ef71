// SPDX-License-Identifier: Apache-2.0
// Winograd's transform of 3x3 weights, in double precision, packed for winograd_products.

// u = G g, for the outputs of a panel at a time so that the compiler can use vectors.
WRN_INLINE void K(wino_weight)(const int size, double g0, double g1, double g2, double u[6]) {
    if (size == 4) {
        const double s = g0 + g2, v = g0 + 4 * g2;
        u[0] = g0 / 4;
        u[1] = (s + g1) * (-1.0 / 6);
        u[2] = (s - g1) * (-1.0 / 6);
        u[3] = (v + 2 * g1) * (1.0 / 24);
        u[4] = (v - 2 * g1) * (1.0 / 24);
        u[5] = g2;
    } else {
        const double s = g0 + g2;
        u[0] = g0;
        u[1] = (s + g1) / 2;
        u[2] = (s - g1) / 2;
        u[3] = g2;
    }
}

// One input channel of one panel: `width` outputs, all elements, `element_stride` apart.
WRN_INLINE void K(wino_pack_channel)(const wrn_winograd_weights *a, int32_t channel, int32_t n0,
                                     const int width, float *y, ptrdiff_t element_stride,
                                     const int size) {
    const int made = size + 2;
    double half[3][6][2 * VW];
    const float *x = a->source + channel * a->channel_stride + n0 * a->output_stride;
    for (int column = 0; column < 3; column++) {
        const float *taps[3];
        for (int row = 0; row < 3; row++)
            taps[row] = x + a->tap_order[row * 3 + column] * a->tap_stride;
        for (int n = 0; n < width; n++) {
            const double factor = a->output_factor ? (double)a->output_factor[n0 + n] : 1.0;
            double u[6];
            K(wino_weight)
            (size, factor * (double)taps[0][n * a->output_stride],
             factor * (double)taps[1][n * a->output_stride],
             factor * (double)taps[2][n * a->output_stride], u);
            WRN_UNROLL for (int p = 0; p < made; p++) half[column][p][n] = u[p];
        }
    }
    for (int p = 0; p < made; p++) {
        float *row = y + p * made * element_stride;
        for (int n = 0; n < width; n++) {
            double u[6];
            K(wino_weight)(size, half[0][p][n], half[1][p][n], half[2][p][n], u);
            WRN_UNROLL for (int q = 0; q < made; q++) row[q * element_stride + n] = (float)u[q];
        }
    }
}

WRN_INLINE void K(wino_pack)(const wrn_winograd_weights *a, const int size) {
    const int32_t group_lanes = a->group_blocks * WRN_LANES, lanes = a->output_blocks * WRN_LANES;
    const ptrdiff_t elements = (size + 2) * (size + 2);
    const int32_t end = a->last_block * WRN_LANES;
    for (int32_t n0 = a->first_block * WRN_LANES; n0 < end; n0 += 2 * VW) {
        const int32_t group = n0 / group_lanes, first = group * group_lanes;
        const int32_t group_end = first + group_lanes < lanes ? first + group_lanes : lanes;
        const ptrdiff_t element_stride = (ptrdiff_t)(group_end - first) * a->channels;
        float *panel =
            a->packed + first * elements * a->channels + (ptrdiff_t)(n0 - first) * a->channels;
        for (int32_t k = 0; k < a->channels; k++) {
            if (group_end - n0 >= 2 * VW)
                K(wino_pack_channel)
            (a, k, n0, 2 * VW, panel + (ptrdiff_t)k * 2 * VW, element_stride, size);
            else K(wino_pack_channel)(a, k, n0, VW, panel + (ptrdiff_t)k * VW, element_stride,
                                      size);
        }
    }
}

static void K(wrn_pack_winograd_weights)(const wrn_winograd_weights *a) {
    if (a->size == 4)
        K(wino_pack)(a, 4);
    else
        K(wino_pack)(a, 2);
}
