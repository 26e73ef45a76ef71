// SPDX-License-Identifier: Apache-2.0
// What is done pixel by pixel, and sums over pixels.

// Pixel by pixel through a view: what is left of elementwise work when nothing fuses it.

WRN_INLINE void K(map_as)(const wrn_map *a, const int kind) {
    for (int32_t p = 0; p < a->pixels; p++) {
        const ptrdiff_t offset = p * a->stride;
        for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
            const struct K(view) view = K(view_at)(&a->view, c);
            VEC value = K(view_value)(&view, a->image + offset + c,
                                      a->second ? a->second + offset + c : 0, kind);
            if (a->keep) {
                const uint32_t bits = a->keep[(ptrdiff_t)p * a->blocks + c / WRN_LANES];
                value = K(view_kept)(&a->view, value, bits >> (c % WRN_LANES));
            }
            if (a->addend) {
                const struct K(view) addend = K(view_at)(&a->addend_view, c);
                value = ADD(value, K(view_value)(&addend, a->addend + offset + c, 0, kind));
            }
            STORE(a->destination + offset + c, value);
        }
    }
}

static void K(wrn_map)(const wrn_map *a) {
    if (K(is_curved)(&a->view.activation) || K(is_curved)(&a->addend_view.activation))
        K(map_as)(a, K(VIEW_ANY));
    else
        K(map_as)(a, K(VIEW_STRAIGHT));
}

// The gradient through dropout and activation, in place, and the two sums of batch normalisation's
// backward pass.

WRN_INLINE void K(view_gradient_as)(const wrn_view_gradient *a, const int curved) {
    for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
        const struct K(way_back) way = K(way_back_at)(a, c);
        VEC sum = ZERO(), product = ZERO();
        for (int32_t i = 0; i < a->rows; i++) {
            float *g = a->gradient + i * a->row_stride + c;
            const float *x = a->image + i * a->row_stride + c;
            const uint16_t *keep = a->keep ? a->keep + i * a->keep_row_stride + c / WRN_LANES : 0;
            VEC row[2] = {ZERO(), ZERO()};
            for (int32_t j = 0; j < a->columns; j++) {
                float *at = g + j * a->column_stride;
                STORE(at, K(view_back)(&way, LOAD(x + j * a->column_stride), LOAD(at),
                                       keep ? keep + j * a->keep_column_stride : 0, c % WRN_LANES,
                                       row, curved));
            }
            sum = ADD(sum, row[0]);
            product = ADD(product, row[1]);
        }
        if (a->sum) {
            STORE(a->sum + c, sum);
            STORE(a->product + c, product);
        }
    }
}

static void K(wrn_view_gradient)(const wrn_view_gradient *a) {
    if (K(is_curved)(&a->view.activation))
        K(view_gradient_as)(a, 1);
    else
        K(view_gradient_as)(a, 0);
}

// Mean and sum of squared deviations of each lane over a window: two passes, so that a large mean
// costs no digits.

static void K(wrn_moments)(const wrn_moments *a) {
    const VEC inverse = SPLAT(1.0f / ((float)a->rows * (float)a->columns));
    for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
        VEC total = ZERO();
        for (int32_t i = 0; i < a->rows; i++) {
            const float *x = a->image + i * a->row_stride + c;
            VEC sum = ZERO();
            for (int32_t j = 0; j < a->columns; j++)
                sum = ADD(sum, LOAD(x + j * a->column_stride));
            total = ADD(total, sum);
        }
        const VEC mean = MUL(total, inverse);
        VEC deviation = ZERO();
        for (int32_t i = 0; i < a->rows; i++) {
            const float *x = a->image + i * a->row_stride + c;
            VEC sum = ZERO();
            for (int32_t j = 0; j < a->columns; j++) {
                const VEC d = SUB(LOAD(x + j * a->column_stride), mean);
                sum = FMA(d, d, sum);
            }
            deviation = ADD(deviation, sum);
        }
        STORE(a->mean + c, mean);
        STORE(a->deviation + c, deviation);
    }
}
