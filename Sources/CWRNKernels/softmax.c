// SPDX-License-Identifier: Apache-2.0
// Softmax cross-entropy in double precision: a few thousand numbers a step, so exactness is free.

#include <math.h>
#include "CWRNKernels.h"

double wrn_softmax_cross_entropy(const float *logits, ptrdiff_t stride, int32_t rows,
                                 int32_t classes, const int32_t *labels, float *gradient,
                                 int32_t *correct) {
    double loss = 0;
    *correct = 0;
    for (int32_t r = 0; r < rows; r++) {
        const float *x = logits + r * stride;
        int32_t best = 0;
        for (int32_t c = 1; c < classes; c++) {
            if (x[c] > x[best])
                best = c;
        }
        const double largest = x[best];
        double sum = 0;
        for (int32_t c = 0; c < classes; c++)
            sum += exp(x[c] - largest);
        const double log_sum = largest + log(sum);
        loss += log_sum - x[labels[r]];
        *correct += best == labels[r];
        if (gradient) {
            float *g = gradient + r * stride;
            for (int32_t c = 0; c < classes; c++) {
                const double share = exp(x[c] - log_sum);
                g[c] = (float)((share - (c == labels[r])) / rows);
            }
            for (ptrdiff_t c = classes; c < stride; c++)
                g[c] = 0;
        }
    }
    return loss / rows;
}
