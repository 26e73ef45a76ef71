// SPDX-License-Identifier: Apache-2.0
// Operations on single pixels, and sums over pixels.

// Pixel by pixel through a view: what is left of elementwise work when nothing fuses it.

WRN_INLINE void K(map)(const wrn_map *a, const int kind) {
    for (int32_t p = 0; p < a->pixels; p++) {
        const ptrdiff_t offset = p * a->stride;
        for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
            const struct K(view) view = K(view_at)(&a->view, c);
            VEC value = K(view_value)(&view, (const MAP *)a->image + offset + c,
                                      a->second ? (const MAP *)a->second + offset + c : 0, kind);
            if (a->keep) {
                const uint32_t bits = a->keep[(ptrdiff_t)p * a->blocks + c / WRN_LANES];
                value = K(view_kept)(&a->view, value, bits >> (c % WRN_LANES));
            }
            if (a->addend) {
                const struct K(view) addend = K(view_at)(&a->addend_view, c);
                value = ADD(value,
                            K(view_value)(&addend, (const MAP *)a->addend + offset + c, 0, kind));
            }
            STORE_MAP((MAP *)a->destination + offset + c, value);
        }
    }
}

WRN_DEFINE_VARIANT(K(map_straight), wrn_map, K(map), K(VIEW_STRAIGHT))
WRN_DEFINE_VARIANT(K(map_any), wrn_map, K(map), K(VIEW_ANY))

static void K(wrn_map)(const wrn_map *a) {
    if (K(is_curved)(&a->view.activation) || K(is_curved)(&a->addend_view.activation))
        K(map_any)(a);
    else
        K(map_straight)(a);
}

// The gradient through dropout and activation, in place, and the two sums of batch normalisation's
// backward pass.

// NV vectors of lanes from c on: the additions of two do not wait for one another.
WRN_INLINE void K(view_gradient_lanes)(const wrn_view_gradient *a, int32_t c, const int NV,
                                       const int curved) {
    struct K(way_back) way[2];
    VEC total[2][2];
    WRN_UNROLL for (int v = 0; v < NV; v++) {
        way[v] = K(way_back_at)(a, c + v * VW);
        total[v][0] = total[v][1] = ZERO();
    }
    for (int32_t i = 0; i < a->rows; i++) {
        const ptrdiff_t start = i * a->row_stride + c;
        const uint16_t *keep = a->keep ? a->keep + i * a->keep_row_stride : 0;
        VEC row[2][2];
        WRN_UNROLL for (int v = 0; v < NV; v++) row[v][0] = row[v][1] = ZERO();
        for (int32_t j = 0; j < a->columns; j++) {
            WRN_UNROLL for (int v = 0; v < NV; v++) {
                const ptrdiff_t at = start + j * a->column_stride + v * VW;
                const int32_t lane = c + v * VW;
                const uint16_t *word =
                    keep ? keep + j * a->keep_column_stride + lane / WRN_LANES : 0;
                MAP *g = (MAP *)a->gradient + at;
                STORE_MAP(g, K(view_back)(&way[v], LOAD_MAP((const MAP *)a->image + at),
                                          LOAD_MAP(g), word, lane % WRN_LANES, row[v], curved));
            }
        }
        WRN_UNROLL for (int v = 0; v < NV; v++) {
            total[v][0] = ADD(total[v][0], row[v][0]);
            total[v][1] = ADD(total[v][1], row[v][1]);
        }
    }
    WRN_UNROLL for (int v = 0; v < NV; v++) {
        if (a->sum) {
            STORE(a->sum + c + v * VW, total[v][0]);
            STORE(a->product + c + v * VW, total[v][1]);
        }
    }
}

WRN_INLINE void K(view_gradient)(const wrn_view_gradient *a, const int curved) {
    const int32_t lanes = a->blocks * WRN_LANES;
    int32_t c = 0;
    for (; c + 2 * VW <= lanes; c += 2 * VW)
        K(view_gradient_lanes)(a, c, 2, curved);
    for (; c < lanes; c += VW)
        K(view_gradient_lanes)(a, c, 1, curved);
}

WRN_DEFINE_VARIANT(K(view_gradient_straight), wrn_view_gradient, K(view_gradient), 0)
WRN_DEFINE_VARIANT(K(view_gradient_curved), wrn_view_gradient, K(view_gradient), 1)

static void K(wrn_view_gradient)(const wrn_view_gradient *a) {
    if (K(is_curved)(&a->view.activation))
        K(view_gradient_curved)(a);
    else
        K(view_gradient_straight)(a);
}

// Mean and sum of squared deviations of each lane over a window: two passes, so that a large mean
// costs no digits.

static void K(wrn_moments)(const wrn_moments *a) {
    const VEC inverse = SPLAT(1.0f / ((float)a->rows * (float)a->columns));
    for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
        VEC total = ZERO();
        for (int32_t i = 0; i < a->rows; i++) {
            const MAP *x = (const MAP *)a->image + i * a->row_stride + c;
            VEC sum = ZERO();
            for (int32_t j = 0; j < a->columns; j++)
                sum = ADD(sum, LOAD_MAP(x + j * a->column_stride));
            total = ADD(total, sum);
        }
        const VEC mean = MUL(total, inverse);
        VEC deviation = ZERO();
        for (int32_t i = 0; i < a->rows; i++) {
            const MAP *x = (const MAP *)a->image + i * a->row_stride + c;
            VEC sum = ZERO();
            for (int32_t j = 0; j < a->columns; j++) {
                const VEC d = SUB(LOAD_MAP(x + j * a->column_stride), mean);
                sum = FMA(d, d, sum);
            }
            deviation = ADD(deviation, sum);
        }
        STORE(a->mean + c, mean);
        STORE(a->deviation + c, deviation);
    }
}
