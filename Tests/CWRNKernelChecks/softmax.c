// SPDX-License-Identifier: Apache-2.0
// wrn_softmax_cross_entropy against its formula: huge logits, equal logits, padding lanes.

#include <math.h>
#include "checks.h"

enum { RANDOM, HUGE_LOGITS, EQUAL, TIED, FAR_APART };

static void fill(wrn_check *c, float *logits, ptrdiff_t stride, int32_t rows, int32_t classes,
                 int kind) {
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t k = 0; k < classes; k++) {
            const float x = wrn_random_float(c);
            logits[r * stride + k] = kind == HUGE_LOGITS ? 1e4f + x
                                     : kind == EQUAL     ? 0.1f
                                     : kind == TIED      ? (float)(wrn_random(c) % 2)
                                     : kind == FAR_APART ? 1e4f * x
                                                         : 5 * x;
        }
    }
}

static void run(wrn_check *c, int32_t rows, int32_t classes, int kind, bool wants_gradient) {
    wrn_begin_case(c, "%d rows of %d classes, logits of kind %d, gradient %d", rows, classes, kind,
                   wants_gradient);
    const ptrdiff_t stride = (ptrdiff_t)wrn_blocks(classes) * WRN_LANES;
    float *logits = wrn_take_floats(c, "logits", (rows - 1) * stride + classes);
    fill(c, logits, stride, rows, classes, kind);
    int32_t *labels = wrn_take(c, "labels", sizeof(int32_t) * (size_t)rows);
    for (int32_t r = 0; r < rows; r++)
        labels[r] = (int32_t)(wrn_random(c) % (uint32_t)classes);
    float *gradient = wants_gradient ? wrn_take_floats(c, "gradient", rows * stride) : 0;
    wrn_ready(c);
    int32_t correct = -1, want_correct = 0;
    const double loss =
        wrn_softmax_cross_entropy(logits, stride, rows, classes, labels, gradient, &correct);
    double want_loss = 0;
    for (int32_t r = 0; r < rows; r++) {
        const float *x = logits + r * stride;
        const double own = (double)x[labels[r]];
        // -log softmax = log of the sum of exp(x - own), scaled by the largest.
        int32_t first = classes - 1;
        for (int32_t k = classes - 1; k >= 0; k--)
            first = x[k] >= x[first] ? k : first;
        double sum = 0;
        for (int32_t k = 0; k < classes; k++)
            sum += exp((double)x[k] - (double)x[first]);
        want_loss += ((double)x[first] - own + log(sum)) / rows;
        want_correct += first == labels[r];
        for (int32_t k = 0; gradient && k < stride; k++) {
            double want = 0;
            if (k < classes) {
                want = exp((double)x[k] - (double)x[first]) / sum;
                want = (want - (k == labels[r] ? 1 : 0)) / rows;
            }
            // One rounding to float, and what double loses in x - log_sum where x is 1e4.
            wrn_expect_within(c, gradient + r * stride + k, want,
                              k < classes ? WRN_ROUNDING * fabs(want) + 1e-11 / rows : 0);
        }
    }
    if (!(fabs(loss - want_loss) <= 1e-11 * (1 + fabs(want_loss))))
        wrn_fail(c, "the loss is %.17g, expected %.17g", loss, want_loss);
    if (correct != want_correct)
        wrn_fail(c, "%d rows count as correct, expected %d", correct, want_correct);
    wrn_end_case(c);
}

void wrn_check_softmax(wrn_check *c) {
    static const int32_t class_counts[] = {1, 2, 10, 15, 16, 17, 100};
    for (int n = 0; n < 7; n++) {
        for (int kind = RANDOM; kind <= FAR_APART; kind++) {
            run(c, 1, class_counts[n], kind, true);
            run(c, 7, class_counts[n], kind, true);
            run(c, 64, class_counts[n], kind, n % 2);
        }
    }
}
