// SPDX-License-Identifier: Apache-2.0
// The gradient through dropout and activation, in place, and the two sums of batch normalisation's
// backward pass.

static void K(wrn_view_gradient)(const wrn_view_gradient *a) {
    const VEC factor = SPLAT(a->factor);
    for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
        const VEC scale = a->view.scale ? LOAD(a->view.scale + c) : SPLAT(1.0f);
        const VEC shift = a->view.scale ? LOAD(a->view.shift + c) : ZERO();
        const VEC mean = a->sum ? LOAD(a->mean + c) : ZERO();
        const VEC inverse = a->sum ? LOAD(a->inverse + c) : ZERO();
        VEC sum = ZERO(), product = ZERO();
        for (int32_t i = 0; i < a->rows; i++) {
            float *g = a->gradient + i * a->row_stride + c;
            const float *x = a->image + i * a->row_stride + c;
            const uint16_t *keep = a->keep ? a->keep + i * a->keep_row_stride + c / WRN_LANES : 0;
            VEC row_sum = ZERO(), row_product = ZERO();
            for (int32_t j = 0; j < a->columns; j++) {
                const VEC value = LOAD(x + j * a->column_stride);
                VEC dz = MUL(LOAD(g + j * a->column_stride), factor);
                dz = K(activate_back)(&a->view.activation, FMA(value, scale, shift), dz);
                if (keep)
                    dz = KEEP(dz, (uint32_t)keep[j * a->keep_column_stride] >> (c % WRN_LANES));
                STORE(g + j * a->column_stride, dz);
                row_sum = ADD(row_sum, dz);
                row_product = FMA(dz, MUL(SUB(value, mean), inverse), row_product);
            }
            sum = ADD(sum, row_sum);
            product = ADD(product, row_product);
        }
        if (a->sum) {
            STORE(a->sum + c, sum);
            STORE(a->product + c, product);
        }
    }
}
