// SPDX-License-Identifier: Apache-2.0
// Winograd's products and their way out: each element is a matrix product over the channels, and
// its results are transformed back to pixels.

// Floats between what is multiplied and what is prefetched: 2 KB.
#define WINO_PREFETCH 512

// R tiles x NV vectors of outputs stay in registers over the whole reduction, as in direct
// convolution; weights are prefetched because small batches read each of them once.
WRN_INLINE void K(wino_rows)(const wrn_winograd_products *a, const float *tiles, const float *w,
                             float *products, const int R, const int NV) {
    VEC sum[MAX_ROWS][2];
    WRN_UNROLL for (int r = 0; r < R; r++) {
        WRN_UNROLL for (int v = 0; v < NV; v++) sum[r][v] = ZERO();
    }
    for (int32_t c0 = 0; c0 < a->channels; c0 += WRN_LANES) {
        const float *x = tiles + (c0 / WRN_LANES) * a->block_stride;
        const int32_t count = a->channels - c0 < WRN_LANES ? a->channels - c0 : WRN_LANES;
        for (int32_t k = 0; k < count; k++, w += NV * VW) {
            VEC weight[2];
            __builtin_prefetch(w + WINO_PREFETCH);
            if (NV * VW > 16)
                __builtin_prefetch(w + WINO_PREFETCH + 16);
            WRN_UNROLL for (int v = 0; v < NV; v++) weight[v] = LOAD(w + v * VW);
            WRN_UNROLL for (int r = 0; r < R; r++) {
                const VEC value = SPLAT(x[r * WRN_LANES + k]);
                WRN_UNROLL for (int v = 0; v < NV; v++) {
                    sum[r][v] = FMA(value, weight[v], sum[r][v]);
                }
            }
        }
    }
    WRN_UNROLL for (int r = 0; r < R; r++) {
        WRN_UNROLL for (int v = 0; v < NV; v++) STORE(products + (r * 2 + v) * VW, sum[r][v]);
    }
}

typedef void (*K(wino_rows_function))(const wrn_winograd_products *, const float *, const float *,
                                      float *);
#define WINO_ROWS(R)                                                                               \
    static void K(wino_##R##x1)(const wrn_winograd_products *a, const float *tiles,                \
                                const float *w, float *products) {                                 \
        K(wino_rows)(a, tiles, w, products, R, 1);                                                 \
    }                                                                                              \
    static void K(wino_##R##x2)(const wrn_winograd_products *a, const float *tiles,                \
                                const float *w, float *products) {                                 \
        K(wino_rows)(a, tiles, w, products, R, 2);                                                 \
    }
FOR_EACH_ROW_COUNT(WINO_ROWS)
#undef WINO_ROWS

#define WINO_ENTRY(R) {K(wino_##R##x1), K(wino_##R##x2)},
static const K(wino_rows_function) K(wino_table)[MAX_ROWS][2] = {FOR_EACH_ROW_COUNT(WINO_ENTRY)};
#undef WINO_ENTRY

// Prefetches the part of a span that falls to one of `parts` parts.
WRN_INLINE void K(wino_fetch)(const wrn_span *span, int32_t part, int32_t parts, const int writes) {
    const ptrdiff_t lines = (span->bytes + 63) / 64;
    const char *line = (const char *)span->start + lines * part / parts * 64;
    const char *end = (const char *)span->start + lines * (part + 1) / parts * 64;
    for (; line < end; line += 64) {
        if (writes) {
            __builtin_prefetch(line, 1, 2);
        } else {
            __builtin_prefetch(line, 0, 2);
        }
    }
}

static void K(wrn_winograd_products)(const wrn_winograd_products *a) {
    const int32_t groups = (a->tile_count + MAX_ROWS - 1) / MAX_ROWS;
    const int32_t elements = (a->size + 2) * (a->size + 2);
    const int32_t lanes = a->output_blocks * WRN_LANES;
    const float *w = a->weights;
    for (int32_t e = 0; e < elements; e++) {
        for (int i = 0; i < 3; i++)
            K(wino_fetch)(&a->reads[i], e, elements, 0);
        K(wino_fetch)(&a->writes, e, elements, 1);
        float *products = a->products + e * a->product_element_stride;
        for (int32_t lane = 0; lane < lanes; lane += 2 * VW) {
            const int32_t vectors = lanes - lane < 2 * VW ? 1 : 2;
            int32_t t = 0;
            for (int32_t part = 0; part < groups; part++) {
                const int32_t count = a->tile_count / groups + (part < a->tile_count % groups);
                K(wino_table)
                [count -
                    1][vectors - 1](a, a->tiles + e * a->element_stride + (ptrdiff_t)t * WRN_LANES,
                                    w, products + (ptrdiff_t)t * 2 * VW);
                t += count;
            }
            w += (ptrdiff_t)a->channels * vectors * VW;
            products += (ptrdiff_t)a->tile_count * 2 * VW;
        }
    }
}
