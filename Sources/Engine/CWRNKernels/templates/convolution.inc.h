// SPDX-License-Identifier: Apache-2.0
// Direct convolution of a patch: R neighbouring outputs x NV vectors of output channels stay in
// registers over the whole reduction; each step loads NV vectors of weights and broadcasts R
// inputs, each used NV times. A step is CHANNELS channels, neighbours in patch and weights.

struct K(conv_group) {
    const wrn_convolution *a;
    const ELEMENT *patch;   // at the first output of the group, block 0
    const ELEMENT *weights; // at the panel
    MAP *destination;       // at the first output of the group, at the panel's first lane
    const float *bias;      // at the panel's first lane, or NULL
    const MAP *addend;      // like destination, or NULL
};

WRN_INLINE void K(conv_rows)(const struct K(conv_group) * g, const int R, const int NV) {
    const wrn_convolution *a = g->a;
    VEC sum[MAX_ROWS][2];
    WRN_UNROLL for (int r = 0; r < R; r++) {
        WRN_UNROLL for (int v = 0; v < NV; v++) sum[r][v] = ZERO();
    }

    const ELEMENT *w = g->weights;
    for (int32_t c0 = 0; c0 < a->channels; c0 += WRN_LANES) {
        const ELEMENT *block = g->patch + (c0 / WRN_LANES) * a->block_stride;
        const int32_t count = a->channels - c0 < WRN_LANES ? a->channels - c0 : WRN_LANES;
        for (int32_t t = 0; t < a->tap_count; t++) {
            const ELEMENT *x = block + a->taps[t];
            for (int32_t k = 0; k < count; k += CHANNELS, w += NV * VW * CHANNELS) {
                FACTOR weight[2];
                WRN_UNROLL for (int v = 0; v < NV; v++) weight[v] = WEIGHTS(w + v * VW * CHANNELS);
                WRN_UNROLL for (int r = 0; r < R; r++) {
                    const FACTOR value = INPUTS(x + r * WRN_LANES + k);
                    WRN_UNROLL for (int v = 0; v < NV; v++) {
                        sum[r][v] = DOT(value, weight[v], sum[r][v]);
                    }
                }
            }
        }
    }

    WRN_UNROLL for (int r = 0; r < R; r++) {
        const ptrdiff_t offset = r * a->destination_column_stride;
        WRN_UNROLL for (int v = 0; v < NV; v++) {
            VEC y = sum[r][v];
            if (g->bias)
                y = ADD(y, LOAD(g->bias + v * VW));
            if (g->addend)
                y = ADD(y, LOAD_MAP(g->addend + offset + v * VW));
            STORE_MAP(g->destination + offset + v * VW, K(activate)(&a->activation, y, 1));
        }
    }
}

#define CONV_ROWS(R)                                                                               \
    static void K(conv_##R##x1)(const struct K(conv_group) * g) {                                  \
        K(conv_rows)(g, R, 1);                                                                     \
    }                                                                                              \
    static void K(conv_##R##x2)(const struct K(conv_group) * g) {                                  \
        K(conv_rows)(g, R, 2);                                                                     \
    }
FOR_EACH_ROW_COUNT(CONV_ROWS)
#undef CONV_ROWS

#define CONV_ENTRY(R) {K(conv_##R##x1), K(conv_##R##x2)},
static void (*const K(conv_table)[MAX_ROWS][2])(const struct K(conv_group) *) = {
    FOR_EACH_ROW_COUNT(CONV_ENTRY)};
#undef CONV_ENTRY

// Reductions of at most so many products take less time than reading what is added and writing the
// results, which are therefore fetched two groups ahead.
#define CONV_FETCH_DEPTH 512

WRN_INLINE void K(conv_fetch)(const struct K(conv_group) * g, int32_t count, int32_t vectors) {
    const ptrdiff_t step = g->a->destination_column_stride;
    for (int32_t r = 2 * count; r < 3 * count; r++) {
        for (int32_t v = 0; v < vectors * VW; v += 64 / (int32_t)sizeof(MAP)) {
            __builtin_prefetch(g->destination + r * step + v, 1, 3);
            if (g->addend)
                __builtin_prefetch(g->addend + r * step + v, 0, 3);
        }
    }
}

static void K(wrn_convolution)(const wrn_convolution *a) {
    const int32_t lanes = a->output_blocks * WRN_LANES;
    const int32_t groups = (a->columns + MAX_ROWS - 1) / MAX_ROWS;
    const ptrdiff_t panel_depth =
        (ptrdiff_t)(a->channels + CHANNELS - 1) / CHANNELS * CHANNELS * a->tap_count;
    for (int32_t lane = 0; lane < lanes; lane += 2 * VW) {
        const int32_t vectors = lanes - lane < 2 * VW ? 1 : 2;
        struct K(conv_group) g = {
            a, 0, (const ELEMENT *)a->weights + lane * panel_depth, 0, a->bias ? a->bias + lane : 0,
            0};
        for (int32_t i = 0; i < a->rows; i++) {
            int32_t j = 0;
            for (int32_t part = 0; part < groups; part++) {
                // Columns split evenly: 32 columns are 11 + 11 + 10, not 14 + 14 + 4.
                const int32_t count = a->columns / groups + (part < a->columns % groups);
                const ptrdiff_t offset =
                    i * a->destination_row_stride + j * a->destination_column_stride + lane;
                g.patch =
                    (const ELEMENT *)a->patch + i * a->output_row_step + (ptrdiff_t)j * WRN_LANES;
                g.destination = (MAP *)a->destination + offset;
                g.addend = a->addend ? (const MAP *)a->addend + offset : 0;
                if (panel_depth <= CONV_FETCH_DEPTH)
                    K(conv_fetch)(&g, count, vectors);
                K(conv_table)[count - 1][vectors - 1](&g);
                j += count;
            }
        }
    }
}

#undef CONV_FETCH_DEPTH
