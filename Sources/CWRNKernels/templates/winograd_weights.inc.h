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

// One input channel of VW outputs: all elements, `element_stride` apart.
WRN_INLINE void K(wino_pack_vector)(const wrn_winograd_weights *a, const float *x, VEC factor,
                                    float *y, ptrdiff_t element_stride, const int size) {
    const int made = size + 2;
    VEC g[3], u[6], half[3][6];
    WRN_UNROLL for (int column = 0; column < 3; column++) {
        WRN_UNROLL for (int row = 0; row < 3; row++) {
            const float *tap = x + a->tap_order[row * 3 + column] * a->tap_stride;
            float lanes[VW];
            if (a->output_stride == 1) {
                g[row] = MUL(factor, LOAD(tap));
                continue;
            }
            WRN_UNROLL for (int n = 0; n < VW; n++) lanes[n] = tap[n * a->output_stride];
            g[row] = MUL(factor, LOAD(lanes));
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
            for (int32_t k = 0; k < a->channels; k++) {
                K(wino_pack_vector)
                (a, a->source + k * a->channel_stride + n * a->output_stride, factor,
                 panel + ((ptrdiff_t)k * vectors + v) * VW, element_stride, size);
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
