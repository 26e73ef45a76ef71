// SPDX-License-Identifier: Apache-2.0
// The gradient of a convolution's weight: R input channels x NV vectors of output channels stay in
// registers over all pixels of a group of images.

struct K(wgrad_group) {
    const wrn_weight_gradient *a;
    const float *patch;       // at the tap, block and first channel, image 0
    const float *gradient[2]; // at the vectors' lanes, image 0
    float *weights;           // dw at the tap, first channel and first lane
    ptrdiff_t weight_stride;  // floats from channel to channel of dw
};

WRN_INLINE void K(wgrad_rows)(const struct K(wgrad_group) * g, const int R, const int NV) {
    const wrn_weight_gradient *a = g->a;
    VEC sum[MAX_ROWS][2];
    WRN_UNROLL for (int r = 0; r < R; r++) {
        WRN_UNROLL for (int v = 0; v < NV; v++) {
            sum[r][v] = LOAD(g->weights + r * g->weight_stride + v * VW);
        }
    }
    for (int32_t n = 0; n < a->images; n++) {
        for (int32_t i = 0; i < a->rows; i++) {
            const float *x = g->patch + n * a->image_stride + i * a->output_row_step;
            const ptrdiff_t offset = n * a->gradient_image_stride + i * a->gradient_row_stride;
            const float *d[2] = {g->gradient[0] + offset, g->gradient[NV - 1] + offset};
            for (int32_t j = 0; j < a->columns; j++, x += WRN_LANES) {
                VEC y[2];
                WRN_UNROLL for (int v = 0; v < NV; v++) y[v] = LOAD(d[v] + j * WRN_LANES);
                WRN_UNROLL for (int r = 0; r < R; r++) {
                    const VEC value = SPLAT(x[r]);
                    WRN_UNROLL for (int v = 0; v < NV; v++) {
                        sum[r][v] = FMA(value, y[v], sum[r][v]);
                    }
                }
            }
        }
    }
    WRN_UNROLL for (int r = 0; r < R; r++) {
        WRN_UNROLL for (int v = 0; v < NV; v++) {
            STORE(g->weights + r * g->weight_stride + v * VW, sum[r][v]);
        }
    }
}

#define WGRAD_ROWS(R)                                                                              \
    static void K(wgrad_##R##x1)(const struct K(wgrad_group) * g) {                                \
        K(wgrad_rows)(g, R, 1);                                                                    \
    }                                                                                              \
    static void K(wgrad_##R##x2)(const struct K(wgrad_group) * g) {                                \
        K(wgrad_rows)(g, R, 2);                                                                    \
    }
FOR_EACH_ROW_COUNT(WGRAD_ROWS)
#undef WGRAD_ROWS

#define WGRAD_ENTRY(R) {K(wgrad_##R##x1), K(wgrad_##R##x2)},
static void (*const K(wgrad_table)[MAX_ROWS][2])(const struct K(wgrad_group) *) = {
    FOR_EACH_ROW_COUNT(WGRAD_ENTRY)};
#undef WGRAD_ENTRY

// All channels of one block of inputs for one tap and the lanes from `lane` on.
static void K(wgrad_block)(struct K(wgrad_group) * g, const float *patch, int32_t c0, float *dw,
                           int32_t vectors) {
    const wrn_weight_gradient *a = g->a;
    const int32_t count = a->channels - c0 < WRN_LANES ? a->channels - c0 : WRN_LANES;
    const int32_t groups = (count + MAX_ROWS - 1) / MAX_ROWS;
    int32_t k = 0;
    for (int32_t part = 0; part < groups; part++) {
        const int32_t rows = count / groups + (part < count % groups);
        g->patch = patch + k;
        g->weights = dw + (c0 + k) * g->weight_stride;
        K(wgrad_table)[rows - 1][vectors - 1](g);
        k += rows;
    }
}

static void K(wrn_weight_gradient)(const wrn_weight_gradient *a) {
    const ptrdiff_t lanes = (ptrdiff_t)a->output_blocks * WRN_LANES;
    const ptrdiff_t end = (ptrdiff_t)a->last_block * WRN_LANES;
    const ptrdiff_t tap_size =
        ((ptrdiff_t)a->channels + WRN_LANES - 1) / WRN_LANES * WRN_LANES * lanes;
    for (ptrdiff_t lane = (ptrdiff_t)a->first_block * WRN_LANES; lane < end; lane += 2 * VW) {
        const int32_t vectors = end - lane < 2 * VW ? 1 : 2;
        struct K(wgrad_group) g = {a, 0, {0, 0}, 0, lanes};
        for (int v = 0; v < vectors; v++) {
            const ptrdiff_t first = lane + v * VW;
            g.gradient[v] =
                a->gradient + first / WRN_LANES * a->gradient_block_stride + first % WRN_LANES;
        }
        if (vectors == 1)
            g.gradient[1] = g.gradient[0];
        for (int32_t c0 = 0; c0 < a->channels; c0 += WRN_LANES) {
            const float *block = a->patch + c0 / WRN_LANES * a->block_stride;
            for (int32_t t = 0; t < a->tap_count; t++) {
                K(wgrad_block)
                (&g, block + a->taps[t], c0, a->weights + t * tap_size + lane, vectors);
            }
        }
    }
}
