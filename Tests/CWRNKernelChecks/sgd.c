// SPDX-License-Identifier: Apache-2.0
// sgd against PyTorch's update over three steps, in every combination of its options.

#include <math.h>
#include "checks.h"

// One step against the formula, from the values just before it.
static void check_step(wrn_check *c, const wrn_sgd *a) {
    wrn_ready(c);
    c->kernels->sgd(a);
    for (ptrdiff_t i = 0; i < a->count; i++) {
        const double p = (double)wrn_before(c, a->parameter + i);
        const double g = (double)a->gradient[i], decayed = (double)a->decay * p;
        const double momentum = (double)a->momentum, rate = (double)a->rate;
        const double d = g + decayed, d_size = fabs(g) + fabs(decayed);
        wrn_number v = {d, d_size};
        if (!a->first) {
            const double old = momentum * (double)wrn_before(c, a->velocity + i);
            const double fresh = 1 - (double)a->dampening;
            v = (wrn_number){old + fresh * d, fabs(old) + fresh * d_size};
        }
        wrn_expect(c, a->velocity + i, v, 4);
        const double step = a->nesterov ? d + momentum * v.value : v.value;
        const double step_size = a->nesterov ? d_size + momentum * v.size : v.size;
        wrn_expect(c, a->parameter + i,
                   (wrn_number){p - rate * step, fabs(p) + 6 * rate * step_size}, 1);
    }
}

static void run(wrn_check *c, ptrdiff_t count, int nesterov, float momentum, float dampening,
                float decay, float rate) {
    wrn_begin_case(c, "%td values, rate %g, momentum %g, dampening %g, decay %g, nesterov %d",
                   count, (double)rate, (double)momentum, (double)dampening, (double)decay,
                   nesterov);
    float *gradient;
    wrn_sgd a = {.parameter = wrn_take_random(c, "parameter", count),
                 .velocity =
                     wrn_take_floats(c, "velocity", count), // NaN: the first step reads none
                 .gradient = gradient = wrn_take_random(c, "gradient", count),
                 .count = count,
                 .rate = rate,
                 .momentum = momentum,
                 .dampening = dampening,
                 .decay = decay,
                 .nesterov = nesterov};
    for (int step = 0; step < 3; step++) {
        a.first = step == 0;
        for (ptrdiff_t i = 0; i < count; i++)
            gradient[i] = wrn_random_float(c);
        check_step(c, &a);
    }
    wrn_end_case(c);
}

void wrn_check_sgd(wrn_check *c) {
    static const ptrdiff_t counts[] = {16, 32, 48, 80, 208, 1024};
    for (int option = 0; option < 16; option++) {
        for (int n = 0; n < 6; n++) {
            run(c, counts[n], option % 2, option & 2 ? 0.9f : 0, option & 4 ? 0.1f : 0,
                option & 8 ? 5e-4f : 0, n % 2 ? 0.1f : 3.0f);
        }
    }
}
