// SPDX-License-Identifier: Apache-2.0
// The reductions that finish what tiles began, each in one fixed order, so that threads cannot
// change a bit.

#include "CWRNKernels.h"

void wrn_join_moments(const float *means, const float *deviations, ptrdiff_t stride,
                      const int32_t *counts, int32_t windows, int32_t lanes, double *mean,
                      double *variance) {
    for (int32_t c = 0; c < lanes; c++) {
        double total = 0, m = 0, d = 0;
        for (int32_t w = 0; w < windows; w++) {
            const double n = counts[w];
            const double delta = means[w * stride + c] - m;
            total += n;
            m += delta * (n / total);
            d += deviations[w * stride + c] + delta * delta * (n * (total - n) / total);
        }
        mean[c] = m;
        variance[c] = d / total;
    }
}

void wrn_sum_rows(const float *rows, ptrdiff_t stride, int32_t row_count, int32_t lanes,
                  double *total) {
    for (int32_t c = 0; c < lanes; c++)
        total[c] = 0;
    for (int32_t r = 0; r < row_count; r++) {
        for (int32_t c = 0; c < lanes; c++)
            total[c] += rows[r * stride + c];
    }
}

void wrn_sum_parts(const float *parts, ptrdiff_t stride, int32_t part_count, ptrdiff_t count,
                   float *total) {
    for (ptrdiff_t i = 0; i < count; i++) {
        float sum = parts[i];
        for (int32_t p = 1; p < part_count; p++)
            sum += parts[p * stride + i];
        total[i] = sum;
    }
}
