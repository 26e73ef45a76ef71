// SPDX-License-Identifier: Apache-2.0
// Winograd's transform of 3x3 weights, packed for winograd_products. Two roundings an element cost
// less accuracy than the transforms of the tiles do.

// u = G g.
WRN_INLINE void K(wino_weight)(const int size, const VEC g[3], VEC u[6]) {
    const VEC s = ADD(g[0], g[2]);
    if (size == 4) {
        const VEC sixth = SPLAT(-1.0f / 6), part = SPLAT(1.0f / 24);
        const VEC v = FMA(SPLAT(4.0f), g[2], g[0]), w = ADD(g[1], g[1]);
        u[0] = MUL(SPLAT(0.25f), g[0]);
        u[1] = MUL(sixth, ADD(s, g[1]));
        u[2] = MUL(sixth, SUB(s, g[1]));
        u[3] = MUL(part, ADD(v, w));
        u[4] = MUL(part, SUB(v, w));
        u[5] = g[2];
    } else {
        const VEC half = SPLAT(0.5f);
        u[0] = g[0];
        u[1] = MUL(half, ADD(s, g[1]));
        u[2] = MUL(half, SUB(s, g[1]));
        u[3] = g[2];
    }
}

// One input channel of VW outputs: all elements, `element_stride` apart. Tap (row, column) of
// output n is taps[row * 3 + column][n * output_stride].
WRN_INLINE void K(wino_pack_vector)(const float *const taps[9], ptrdiff_t output_stride, VEC factor,
                                    float *y, ptrdiff_t element_stride, const int size) {
    const int made = size + 2;
    VEC g[3], u[6], half[3][6];
    WRN_UNROLL for (int column = 0; column < 3; column++) {
        WRN_UNROLL for (int row = 0; row < 3; row++) {
            const float *tap = taps[row * 3 + column];
            float lanes[VW];
            if (output_stride == 1) {
                g[row] = MUL(factor, LOAD(tap));
            } else {
                WRN_UNROLL for (int n = 0; n < VW; n++) lanes[n] = tap[n * output_stride];
                g[row] = MUL(factor, LOAD(lanes));
            }
        }
        K(wino_weight)(size, g, half[column]);
    }
    WRN_UNROLL for (int p = 0; p < made; p++) {
        WRN_UNROLL for (int column = 0; column < 3; column++) g[column] = half[column][p];
        K(wino_weight)(size, g, u);
        WRN_UNROLL for (int q = 0; q < made; q++) {
            STORE(y + (p * made + q) * element_stride, u[q]);
        }
    }
}

// VW outputs from n0 on, for the channels c0 ..< c1 of one block, `step` floats apart in y.
WRN_INLINE void K(wino_pack_block)(const wrn_winograd_weights *a, int32_t n0, int32_t c0,
                                   int32_t c1, VEC factor, float *y, ptrdiff_t step,
                                   ptrdiff_t element_stride, const int size) {
    const float *taps[9];
    if (a->output_stride == 1) {
        for (int32_t k = c0; k < c1; k++, y += step) {
            for (int t = 0; t < 9; t++) {
                taps[t] = a->source + a->tap_order[t] * a->tap_stride + k * a->channel_stride + n0;
            }
            K(wino_pack_vector)(taps, 1, factor, y, element_stride, size);
        }
        return;
    }
    // Outputs that lie far apart often fall onto the same cache sets; a copy of the block does not.
    float block[9 * VW * WRN_LANES];
    for (int t = 0; t < 9; t++) {
        const float *tap = a->source + a->tap_order[t] * a->tap_stride;
        for (int32_t n = 0; n < VW; n++) {
            const float *x = tap + (n0 + n) * a->output_stride;
            for (int32_t k = c0; k < c1; k++)
                block[(t * VW + n) * WRN_LANES + k - c0] = x[k * a->channel_stride];
        }
    }
    for (int32_t k = 0; k < c1 - c0; k++, y += step) {
        for (int t = 0; t < 9; t++)
            taps[t] = block + t * VW * WRN_LANES + k;
        K(wino_pack_vector)(taps, WRN_LANES, factor, y, element_stride, size);
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
        const int vectors = group_end - n0 < 2 * VW ? 1 : 2;
        float *panel =
            a->packed + first * elements * a->channels + (ptrdiff_t)(n0 - first) * a->channels;
        for (int v = 0; v < vectors; v++) {
            const int32_t n = n0 + v * VW;
            const VEC factor = a->output_factor ? LOAD(a->output_factor + n) : SPLAT(1.0f);
            for (int32_t c0 = 0; c0 < a->channels; c0 += WRN_LANES) {
                const int32_t left = a->channels - c0;
                K(wino_pack_block)
                (a, n, c0, c0 + (left < WRN_LANES ? left : WRN_LANES), factor,
                 panel + ((ptrdiff_t)c0 * vectors + v) * VW, (ptrdiff_t)vectors * VW,
                 element_stride, size);
            }
        }
    }
}

static void K(wino_pack_4)(const wrn_winograd_weights *a) {
    K(wino_pack)(a, 4);
}

static void K(wino_pack_2)(const wrn_winograd_weights *a) {
    K(wino_pack)(a, 2);
}

static void K(wrn_pack_winograd_weights)(const wrn_winograd_weights *a) {
    if (a->size == 4)
        K(wino_pack_4)(a);
    else
        K(wino_pack_2)(a);
}
