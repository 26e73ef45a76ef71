// SPDX-License-Identifier: Apache-2.0
// The gradient through dropout and activation, in place, and the two sums of batch normalisation's
// backward pass.

static void K(wrn_view_gradient)(const wrn_view_gradient *a) {
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
                                       row));
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
