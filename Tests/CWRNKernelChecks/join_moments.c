// SPDX-License-Identifier: Apache-2.0
// wrn_join_moments against the mean and variance of all values at once.

#include <math.h>
#include "checks.h"

static void run(wrn_check *c, int32_t windows, int32_t lanes, double offset) {
    wrn_begin_case(c, "%d windows of %d lanes about %g", windows, lanes, offset);
    const ptrdiff_t stride = lanes + c->cases % 3;
    float *means = wrn_take_random(c, "means", (windows - 1) * stride + lanes);
    float *deviations = wrn_take_random(c, "deviations", (windows - 1) * stride + lanes);
    for (ptrdiff_t i = 0; i < (windows - 1) * stride + lanes; i++) {
        means[i] += (float)offset;
        deviations[i] = fabsf(deviations[i]);
    }
    int32_t *counts = wrn_take(c, "counts", sizeof(int32_t) * (size_t)windows);
    for (int32_t w = 0; w < windows; w++)
        counts[w] = 1 + (int32_t)(wrn_random(c) % 1000);
    double *mean = wrn_take(c, "mean", sizeof(double) * (size_t)lanes);
    double *variance = wrn_take(c, "variance", sizeof(double) * (size_t)lanes);
    wrn_ready(c);
    wrn_join_moments(means, deviations, stride, counts, windows, lanes, mean, variance);
    for (int32_t k = 0; k < lanes; k++) {
        double total = 0, m = 0, v = 0;
        for (int32_t w = 0; w < windows; w++)
            total += counts[w];
        for (int32_t w = 0; w < windows; w++)
            m += counts[w] / total * (double)means[w * stride + k];
        for (int32_t w = 0; w < windows; w++) {
            const double delta = (double)means[w * stride + k] - m;
            v += ((double)deviations[w * stride + k] + counts[w] * delta * delta) / total;
        }
        if (!(fabs(mean[k] - m) <= 1e-14 * (1 + fabs(offset))))
            wrn_fail(c, "mean[%d] is %.17g, expected %.17g", k, mean[k], m);
        if (!(fabs(variance[k] - v) <= 1e-12 * v + 1e-14 * fabs(offset)))
            wrn_fail(c, "variance[%d] is %.17g, expected %.17g", k, variance[k], v);
        wrn_allow(c, mean + k, sizeof mean[k]);
        wrn_allow(c, variance + k, sizeof variance[k]);
    }
    wrn_end_case(c);
}

void wrn_check_join_moments(wrn_check *c) {
    static const int32_t lane_counts[] = {1, 16, 48};
    for (int32_t windows = 1; windows <= 20; windows++) {
        run(c, windows, lane_counts[windows % 3], 0);
        run(c, windows, lane_counts[windows / 3 % 3], 1e4);
    }
}
