// SPDX-License-Identifier: Apache-2.0
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
