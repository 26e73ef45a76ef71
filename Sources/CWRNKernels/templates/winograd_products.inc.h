// SPDX-License-Identifier: Apache-2.0
// Winograd's products and their way out: each element is a matrix product over the channels, and
// its results are transformed back to pixels.

// Floats between what is multiplied and what is asked for: 2 KB.
#define WINO_PREFETCH 512

// R tiles x NV vectors of outputs stay in registers over the whole reduction, as in direct
// convolution; weights are asked for early because small batches read each of them once.
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

static void K(wrn_winograd_products)(const wrn_winograd_products *a) {
    const int32_t groups = (a->tile_count + MAX_ROWS - 1) / MAX_ROWS;
    const int32_t elements = (a->size + 2) * (a->size + 2);
    const int32_t lanes = a->output_blocks * WRN_LANES;
    const float *w = a->weights;
    for (int32_t e = 0; e < elements; e++) {
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

// y = A^T m.
WRN_INLINE void K(wino_gather)(const int size, const VEC m[6], VEC y[4]) {
    if (size == 4) {
        const VEC s = ADD(m[1], m[2]), d = SUB(m[1], m[2]);
        const VEC u = ADD(m[3], m[4]), e = SUB(m[3], m[4]);
        y[0] = ADD(ADD(m[0], s), u);
        y[1] = FMA(SPLAT(2.0f), e, d);
        y[2] = FMA(SPLAT(4.0f), u, s);
        y[3] = FMA(SPLAT(8.0f), e, ADD(d, m[5]));
    } else {
        y[0] = ADD(m[0], ADD(m[1], m[2]));
        y[1] = ADD(SUB(m[1], m[2]), m[3]);
    }
}

// One row of a tile, of which `columns` pixels are inside the destination.
WRN_INLINE void K(wino_store)(const wrn_winograd_outputs *a, ptrdiff_t at, int32_t columns,
                              VEC bias, const VEC y[4], const int size) {
    WRN_UNROLL for (int q = 0; q < size; q++, at += a->destination_column_stride) {
        if (q < columns) {
            VEC value = ADD(y[q], bias);
            if (a->addend)
                value = ADD(value, LOAD(a->addend + at));
            if (a->relu)
                value = MAX(ZERO(), value);
            STORE(a->destination + at, value);
        }
    }
}

WRN_INLINE void K(wino_outputs)(const wrn_winograd_outputs *a, const int size) {
    const int made = size + 2;
    for (int32_t lane = 0; lane < a->output_blocks * WRN_LANES; lane += VW) {
        const VEC bias = a->bias ? LOAD(a->bias + lane) : ZERO();
        const float *panel =
            a->products + (ptrdiff_t)(lane / (2 * VW)) * a->tile_count * 2 * VW + lane % (2 * VW);
        for (int32_t i = 0; i < a->tile_rows; i++) {
            for (int32_t j = 0; j < a->tile_columns; j++) {
                const float *x = panel + ((ptrdiff_t)i * a->tile_columns + j) * 2 * VW;
                VEC m[6], y[4], half[6][4];
                WRN_UNROLL for (int q = 0; q < made; q++) {
                    WRN_UNROLL for (int p = 0; p < made; p++) {
                        m[p] = LOAD(x + (p * made + q) * a->product_element_stride);
                    }
                    K(wino_gather)(size, m, half[q]);
                }
                const int32_t rows = a->rows - i * size, columns = a->columns - j * size;
                const ptrdiff_t corner = i * size * a->destination_row_stride +
                                         j * size * a->destination_column_stride + lane;
                WRN_UNROLL for (int p = 0; p < size; p++) {
                    const ptrdiff_t row = corner + p * a->destination_row_stride;
                    WRN_UNROLL for (int q = 0; q < made; q++) m[q] = half[q][p];
                    K(wino_gather)(size, m, y);
                    if (p < rows)
                        K(wino_store)(a, row, columns, bias, y, size);
                }
            }
        }
    }
}

static void K(wino_outputs_4)(const wrn_winograd_outputs *a) {
    K(wino_outputs)(a, 4);
}

static void K(wino_outputs_2)(const wrn_winograd_outputs *a) {
    K(wino_outputs)(a, 2);
}

static void K(wrn_winograd_outputs)(const wrn_winograd_outputs *a) {
    if (a->size == 4)
        K(wino_outputs_4)(a);
    else
        K(wino_outputs_2)(a);
}
