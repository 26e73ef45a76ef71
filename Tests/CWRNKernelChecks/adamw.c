// SPDX-License-Identifier: Apache-2.0
// adamw against PyTorch's update over three steps, with and without weight decay.

#include <math.h>
#include "checks.h"

// One step against the formula, from the values just before it.
static void check_step(wrn_check *c, const wrn_adamw *a) {
    wrn_ready(c);
    c->kernels->adamw(a);
    for (ptrdiff_t i = 0; i < a->count; i++) {
        const double p = (double)a->keep * (double)wrn_before(c, a->parameter + i);
        const double g = (double)a->gradient[i], square = (double)a->fresh2 * g * g;
        wrn_number m = {(double)a->fresh1 * g, (double)a->fresh1 * fabs(g)};
        wrn_number v = {square, square};
        if (!a->first) {
            const double old = (double)wrn_before(c, a->first_moment + i);
            m.value += (1 - (double)a->fresh1) * old;
            m.size += 2 * fabs(old);
            v.value += (double)a->keep2 * (double)wrn_before(c, a->second_moment + i);
            v.size = v.value;
        }
        wrn_expect(c, a->first_moment + i, m, 4);
        wrn_expect(c, a->second_moment + i, v, 4);
        const double below = (double)a->correction * sqrt(v.value) + (double)a->epsilon;
        const double step = (double)a->step / below;
        wrn_expect(c, a->parameter + i,
                   (wrn_number){p - step * m.value, fabs(p) + 6 * step * m.size}, 2);
    }
}

static void run(wrn_check *c, ptrdiff_t count, double rate, double decay, double beta1,
                double beta2) {
    wrn_begin_case(c, "%td values, rate %g, decay %g, betas %g and %g", count, rate, decay, beta1,
                   beta2);
    float *gradient;
    wrn_adamw a = {.parameter = wrn_take_random(c, "parameter", count),
                   // NaN: the first step reads none
                   .first_moment = wrn_take_floats(c, "first moment", count),
                   .second_moment = wrn_take_floats(c, "second moment", count),
                   .gradient = gradient = wrn_take_random(c, "gradient", count),
                   .count = count,
                   .keep = (float)(1 - rate * decay),
                   .fresh1 = (float)(1 - beta1),
                   .keep2 = (float)beta2,
                   .fresh2 = (float)(1 - beta2),
                   .epsilon = 1e-8f};
    for (int step = 0; step < 3; step++) {
        a.first = step == 0;
        a.step = (float)(rate / (1 - pow(beta1, step + 1)));
        a.correction = (float)(1 / sqrt(1 - pow(beta2, step + 1)));
        for (ptrdiff_t i = 0; i < count; i++)
            gradient[i] = wrn_random_float(c);
        check_step(c, &a);
    }
    wrn_end_case(c);
}

void wrn_check_adamw(wrn_check *c) {
    static const ptrdiff_t counts[] = {16, 32, 48, 80, 208, 1024};
    for (int n = 0; n < 6; n++) {
        run(c, counts[n], 1e-3, 0, 0.9, 0.999);
        run(c, counts[n], 0.1, 0.05, 0.9, 0.999);
        run(c, counts[n], 3, 0.01, 0.5, 0.75);
    }
}
