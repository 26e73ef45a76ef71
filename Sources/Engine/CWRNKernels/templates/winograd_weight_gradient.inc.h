// SPDX-License-Identifier: Apache-2.0
// The gradient of a 3x3 weight from transformed windows and transformed gradients: a matrix product
// over the tiles for each element, transformed back at once, so that its elements never reach
// memory.

// R input channels x NV vectors of outputs stay in registers over all tiles.
WRN_INLINE void K(wino_dot)(const float *x, const float *d0, const float *d1, int32_t tiles,
                            ptrdiff_t next_x, ptrdiff_t next_d, float *y, const int R,
                            const int NV) {
    VEC sum[MAX_ROWS][2];
    WRN_UNROLL for (int r = 0; r < R; r++) {
        WRN_UNROLL for (int v = 0; v < NV; v++) sum[r][v] = ZERO();
    }
    for (int32_t t = 0; t < tiles; t++) {
        VEC d[2];
        __builtin_prefetch(x + next_x + (ptrdiff_t)t * WRN_LANES);
        __builtin_prefetch(d0 + next_d + (ptrdiff_t)t * WRN_LANES);
        if (NV == 2)
            __builtin_prefetch(d1 + next_d + (ptrdiff_t)t * WRN_LANES);
        d[0] = LOAD(d0 + (ptrdiff_t)t * WRN_LANES);
        if (NV == 2)
            d[1] = LOAD(d1 + (ptrdiff_t)t * WRN_LANES);
        WRN_UNROLL for (int r = 0; r < R; r++) {
            const VEC value = SPLAT(x[(ptrdiff_t)t * WRN_LANES + r]);
            WRN_UNROLL for (int v = 0; v < NV; v++) sum[r][v] = FMA(value, d[v], sum[r][v]);
        }
    }
    WRN_UNROLL for (int r = 0; r < R; r++) {
        WRN_UNROLL for (int v = 0; v < NV; v++) STORE(y + (r * 2 + v) * VW, sum[r][v]);
    }
}

typedef void (*K(wino_dot_function))(const float *, const float *, const float *, int32_t,
                                     ptrdiff_t, ptrdiff_t, float *);
#define WINO_DOT(R)                                                                                \
    static void K(wgrad_wino_##R##x1)(const float *x, const float *d0, const float *d1,            \
                                      int32_t tiles, ptrdiff_t next_x, ptrdiff_t next_d,           \
                                      float *y) {                                                  \
        K(wino_dot)(x, d0, d1, tiles, next_x, next_d, y, R, 1);                                    \
    }                                                                                              \
    static void K(wgrad_wino_##R##x2)(const float *x, const float *d0, const float *d1,            \
                                      int32_t tiles, ptrdiff_t next_x, ptrdiff_t next_d,           \
                                      float *y) {                                                  \
        K(wino_dot)(x, d0, d1, tiles, next_x, next_d, y, R, 2);                                    \
    }
FOR_EACH_ROW_COUNT(WINO_DOT)
#undef WINO_DOT

#define WINO_ENTRY(R) {K(wgrad_wino_##R##x1), K(wgrad_wino_##R##x2)},
static const K(wino_dot_function) K(wino_dot_table)[MAX_ROWS][2] = {FOR_EACH_ROW_COUNT(WINO_ENTRY)};
#undef WINO_ENTRY

// g = G^T u.
WRN_INLINE void K(wino_taps)(const int size, const VEC u[6], VEC g[3]) {
    if (size == 4) {
        const VEC s = ADD(u[1], u[2]), d = SUB(u[2], u[1]);
        const VEC v = ADD(u[3], u[4]), e = SUB(u[3], u[4]);
        const VEC sixth = SPLAT(1.0f / 6), twelfth = SPLAT(1.0f / 12), quarter = SPLAT(0.25f);
        // u0 / 4 - s / 6 + v / 24;  d / 6 + e / 12;  (v - s) / 6 + u5
        g[0] = FNMA(sixth, s, MUL(quarter, FMA(sixth, v, u[0])));
        g[1] = FMA(twelfth, e, MUL(sixth, d));
        g[2] = FMA(sixth, SUB(v, s), u[5]);
    } else {
        const VEC half = SPLAT(0.5f);
        g[0] = FMA(half, ADD(u[1], u[2]), u[0]);
        g[1] = MUL(half, SUB(u[1], u[2]));
        g[2] = FMA(half, ADD(u[1], u[2]), u[3]);
    }
}

// Adds the taps of `count` channels x `vectors` vectors to the gradient.
WRN_INLINE void K(wino_add_taps)(const wrn_winograd_weight_gradient *a, const float *elements,
                                 int32_t count, int32_t vectors, float *weights, const int size) {
    const int made = size + 2;
    const ptrdiff_t element_stride = (ptrdiff_t)WRN_LANES * 2 * VW;
    for (int32_t k = 0; k < count; k++) {
        for (int32_t v = 0; v < vectors; v++) {
            const float *x = elements + (ptrdiff_t)(k * 2 + v) * VW;
            float *y = weights + k * a->channel_stride + v * VW;
            VEC u[6], g[3], half[6][3];
            WRN_UNROLL for (int q = 0; q < made; q++) {
                WRN_UNROLL for (int p = 0; p < made; p++) {
                    u[p] = LOAD(x + (p * made + q) * element_stride);
                }
                K(wino_taps)(size, u, half[q]);
            }
            WRN_UNROLL for (int p = 0; p < 3; p++) {
                WRN_UNROLL for (int q = 0; q < made; q++) u[q] = half[q][p];
                K(wino_taps)(size, u, g);
                WRN_UNROLL for (int q = 0; q < 3; q++) {
                    float *w = y + (p * 3 + q) * a->tap_stride;
                    STORE(w, a->accumulates ? ADD(LOAD(w), g[q]) : g[q]);
                }
            }
        }
    }
}

// The products of one block of input channels and one panel of outputs, all elements.
WRN_INLINE void K(wino_rectangle)(const wrn_winograd_weight_gradient *a, int32_t c0, int32_t lane,
                                  int32_t vectors, float *elements) {
    const int32_t element_count = (a->size + 2) * (a->size + 2);
    const int32_t count = a->channels - c0 < WRN_LANES ? a->channels - c0 : WRN_LANES;
    const int32_t groups = (count + MAX_ROWS - 1) / MAX_ROWS;
    const float *x = a->tiles + c0 / WRN_LANES * a->block_stride;
    const float *d[2];
    for (int v = 0; v < 2; v++) {
        const int32_t first = v < vectors ? lane + v * VW : lane;
        d[v] = a->gradient + first / WRN_LANES * a->gradient_block_stride + first % WRN_LANES;
    }
    for (int32_t e = 0; e < element_count; e++) {
        const ptrdiff_t at = e * a->gradient_element_stride;
        int32_t k = 0;
        for (int32_t part = 0; part < groups; part++) {
            const int32_t rows = count / groups + (part < count % groups);
            K(wino_dot_table)
            [rows - 1][vectors - 1](x + e * a->element_stride + k, d[0] + at, d[1] + at,
                                    a->tile_count, a->element_stride, a->gradient_element_stride,
                                    elements + ((ptrdiff_t)e * WRN_LANES + k) * 2 * VW);
            k += rows;
        }
    }
    float *weights = a->weights + c0 * a->channel_stride + lane;
    if (a->size == 4)
        K(wino_add_taps)(a, elements, count, vectors, weights, 4);
    else
        K(wino_add_taps)(a, elements, count, vectors, weights, 2);
}

static void K(wrn_winograd_weight_gradient)(const wrn_winograd_weight_gradient *a) {
    const int32_t end = a->last_block * WRN_LANES;
    float elements[36 * WRN_LANES * 2 * VW];
    // The gradient's tiles of the rectangle are few enough to stay in the second-level cache while
    // the input's pass by.
    for (int32_t c0 = 0; c0 < a->channels; c0 += WRN_LANES) {
        for (int32_t lane = a->first_block * WRN_LANES; lane < end; lane += 2 * VW)
            K(wino_rectangle)(a, c0, lane, end - lane < 2 * VW ? 1 : 2, elements);
    }
}
