// SPDX-License-Identifier: Apache-2.0
// wrn_softmax_cross_entropy and wrn_soft_cross_entropy against their formulas: huge logits, equal
// logits, padding lanes; and against each other, bit by bit.

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

// Targets of each kind: between all classes, between two as mixed images have them, or one alone.
enum { SPREAD, PAIRS, SINGLES };

static void fill_targets(wrn_check *c, float *targets, int32_t rows, int32_t classes, int kind) {
    for (int32_t r = 0; r < rows; r++) {
        float *t = targets + (ptrdiff_t)r * classes;
        const int32_t own = (int32_t)(wrn_random(c) % (uint32_t)classes);
        const int32_t other = (int32_t)(wrn_random(c) % (uint32_t)classes);
        const float share = (float)(wrn_random(c) % 1024) / 1024;
        for (int32_t k = 0; k < classes; k++)
            t[k] = kind == SPREAD ? 0.125f / (float)classes : 0;
        const float rest = kind == SPREAD ? 0.875f : 1;
        t[own] += kind == SINGLES ? 1 : rest * share;
        t[other] += kind == SINGLES ? 0 : rest * (1 - share);
    }
}

static int32_t first_largest(const float *x, int32_t classes) {
    int32_t first = classes - 1;
    for (int32_t k = classes - 1; k >= 0; k--)
        first = x[k] >= x[first] ? k : first;
    return first;
}

// What wrn_softmax_cross_entropy makes of the same rows, where each has a single class.
static void compare_with_labels(wrn_check *c, const float *logits, ptrdiff_t stride, int32_t rows,
                                int32_t classes, const float *targets, const float *gradient,
                                double loss, int32_t correct) {
    int32_t labels[64];
    float hard[64 * 7 * WRN_LANES];
    for (int32_t r = 0; r < rows; r++)
        labels[r] = first_largest(targets + (ptrdiff_t)r * classes, classes);
    int32_t hard_correct = -1;
    const double hard_loss = wrn_softmax_cross_entropy(logits, stride, rows, classes, labels,
                                                       gradient ? hard : 0, &hard_correct);
    if (loss != hard_loss || correct != hard_correct)
        wrn_fail(c, "single classes give %.17g and %d, their labels %.17g and %d", loss, correct,
                 hard_loss, hard_correct);
    for (ptrdiff_t k = 0; gradient && k < rows * stride; k++) {
        if (gradient[k] != hard[k])
            wrn_fail(c, "gradient %d of single classes is %.9g, that of their labels %.9g", (int)k,
                     (double)gradient[k], (double)hard[k]);
    }
}

static void run_soft(wrn_check *c, int32_t rows, int32_t classes, int kind, int target_kind,
                     bool wants_gradient) {
    wrn_begin_case(c, "%d rows of %d classes, logits of kind %d, targets of kind %d, gradient %d",
                   rows, classes, kind, target_kind, wants_gradient);
    const ptrdiff_t stride = (ptrdiff_t)wrn_blocks(classes) * WRN_LANES;
    float *logits = wrn_take_floats(c, "logits", (rows - 1) * stride + classes);
    fill(c, logits, stride, rows, classes, kind);
    float *targets = wrn_take_floats(c, "targets", (ptrdiff_t)rows * classes);
    fill_targets(c, targets, rows, classes, target_kind);
    float *gradient = wants_gradient ? wrn_take_floats(c, "gradient", rows * stride) : 0;
    wrn_ready(c);
    int32_t correct = -1, want_correct = 0;
    const double loss =
        wrn_soft_cross_entropy(logits, stride, rows, classes, targets, gradient, &correct);
    double want_loss = 0;
    for (int32_t r = 0; r < rows; r++) {
        const float *x = logits + r * stride;
        const float *t = targets + (ptrdiff_t)r * classes;
        const int32_t first = first_largest(x, classes);
        double sum = 0;
        for (int32_t k = 0; k < classes; k++)
            sum += exp((double)x[k] - (double)x[first]);
        for (int32_t k = 0; k < classes; k++)
            want_loss += (double)t[k] * ((double)x[first] - (double)x[k] + log(sum)) / rows;
        want_correct += first == first_largest(t, classes);
        for (int32_t k = 0; gradient && k < stride; k++) {
            double want = 0;
            if (k < classes)
                want = (exp((double)x[k] - (double)x[first]) / sum - (double)t[k]) / rows;
            wrn_expect_within(c, gradient + r * stride + k, want,
                              k < classes ? WRN_ROUNDING * fabs(want) + 1e-11 / rows : 0);
        }
    }
    if (!(fabs(loss - want_loss) <= 1e-11 * (1 + fabs(want_loss))))
        wrn_fail(c, "the loss is %.17g, expected %.17g", loss, want_loss);
    if (correct != want_correct)
        wrn_fail(c, "%d rows count as correct, expected %d", correct, want_correct);
    if (target_kind == SINGLES)
        compare_with_labels(c, logits, stride, rows, classes, targets, gradient, loss, correct);
    wrn_end_case(c);
}

void wrn_check_softmax(wrn_check *c) {
    static const int32_t class_counts[] = {1, 2, 10, 15, 16, 17, 100};
    for (int n = 0; n < 7; n++) {
        for (int kind = RANDOM; kind <= FAR_APART; kind++) {
            run(c, 1, class_counts[n], kind, true);
            run(c, 7, class_counts[n], kind, true);
            run(c, 64, class_counts[n], kind, n % 2);
            for (int targets = SPREAD; targets <= SINGLES; targets++) {
                run_soft(c, 1, class_counts[n], kind, targets, true);
                run_soft(c, 7, class_counts[n], kind, targets, true);
                run_soft(c, 64, class_counts[n], kind, targets, n % 2);
            }
        }
    }
}
