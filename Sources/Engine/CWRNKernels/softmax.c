// SPDX-License-Identifier: Apache-2.0
// Softmax cross-entropy in double precision: a few thousand numbers a step, so exactness is free.

#include <math.h>
#include "CWRNKernels.h"

// The first of the largest, and the logarithm of the sum of all exponentials.
typedef struct {
    int32_t best;
    double log_sum;
} row_summary;

static int32_t first_largest(const float *x, int32_t classes) {
    int32_t best = 0;
    for (int32_t c = 1; c < classes; c++) {
        if (x[c] > x[best])
            best = c;
    }
    return best;
}

static row_summary summary(const float *x, int32_t classes) {
    const int32_t best = first_largest(x, classes);
    const double largest = x[best];
    double sum = 0;
    for (int32_t c = 0; c < classes; c++)
        sum += exp(x[c] - largest);
    return (row_summary){best, largest + log(sum)};
}

double wrn_softmax_cross_entropy(const float *logits, ptrdiff_t stride, int32_t rows,
                                 int32_t classes, const int32_t *labels, float *gradient,
                                 int32_t *correct) {
    double loss = 0;
    *correct = 0;
    for (int32_t r = 0; r < rows; r++) {
        const float *x = logits + r * stride;
        const row_summary row = summary(x, classes);
        loss += row.log_sum - x[labels[r]];
        *correct += row.best == labels[r];
        if (gradient) {
            float *g = gradient + r * stride;
            for (int32_t c = 0; c < classes; c++) {
                const double share = exp(x[c] - row.log_sum);
                g[c] = (float)((share - (c == labels[r])) / rows);
            }
            for (ptrdiff_t c = classes; c < stride; c++)
                g[c] = 0;
        }
    }
    return loss / rows;
}

double wrn_soft_cross_entropy(const float *logits, ptrdiff_t stride, int32_t rows, int32_t classes,
                              const float *targets, float *gradient, int32_t *correct) {
    double loss = 0;
    *correct = 0;
    for (int32_t r = 0; r < rows; r++) {
        const float *x = logits + r * stride;
        const float *t = targets + (ptrdiff_t)r * classes;
        const row_summary row = summary(x, classes);
        double row_loss = 0;
        for (int32_t c = 0; c < classes; c++) {
            // A class that is no target costs nothing, even where its logit is infinitely low.
            if (t[c] != 0)
                row_loss += t[c] * (row.log_sum - x[c]);
        }
        loss += row_loss;
        *correct += row.best == first_largest(t, classes);
        if (gradient) {
            float *g = gradient + r * stride;
            for (int32_t c = 0; c < classes; c++) {
                const double share = exp(x[c] - row.log_sum);
                g[c] = (float)((share - t[c]) / rows);
            }
            for (ptrdiff_t c = classes; c < stride; c++)
                g[c] = 0;
        }
    }
    return loss / rows;
}
