// SPDX-License-Identifier: Apache-2.0
// The steps of optimizers, element by element.

// Stochastic gradient descent with momentum, dampening, Nesterov's variant and weight decay;
// `count` is a multiple of WRN_LANES.

static void K(wrn_sgd)(const wrn_sgd *a) {
    const VEC decay = SPLAT(a->decay), momentum = SPLAT(a->momentum);
    const VEC fresh = SPLAT(1.0f - a->dampening), minus_rate = SPLAT(-a->rate);
    for (ptrdiff_t i = 0; i < a->count; i += VW) {
        const VEC parameter = LOAD(a->parameter + i);
        const VEC d = FMA(decay, parameter, LOAD(a->gradient + i));
        const VEC v = a->first ? d : FMA(momentum, LOAD(a->velocity + i), MUL(fresh, d));
        STORE(a->velocity + i, v);
        const VEC direction = a->nesterov ? FMA(momentum, v, d) : v;
        STORE(a->parameter + i, FMA(minus_rate, direction, parameter));
    }
}

// Adam with decoupled weight decay (Loshchilov & Hutter 2019); `count` is a multiple of WRN_LANES.

static void K(wrn_adamw)(const wrn_adamw *a) {
    const VEC keep = SPLAT(a->keep), step = SPLAT(a->step), correction = SPLAT(a->correction);
    const VEC fresh1 = SPLAT(a->fresh1), keep2 = SPLAT(a->keep2), fresh2 = SPLAT(a->fresh2);
    const VEC epsilon = SPLAT(a->epsilon);
    for (ptrdiff_t i = 0; i < a->count; i += VW) {
        const VEC gradient = LOAD(a->gradient + i);
        const VEC square = MUL(MUL(fresh2, gradient), gradient);
        VEC m = MUL(fresh1, gradient), v = square;
        if (!a->first) {
            const VEC old = LOAD(a->first_moment + i);
            m = FMA(fresh1, SUB(gradient, old), old);
            v = FMA(keep2, LOAD(a->second_moment + i), square);
        }
        STORE(a->first_moment + i, m);
        STORE(a->second_moment + i, v);
        const VEC denominator = FMA(correction, SQRT(v), epsilon);
        const VEC parameter = MUL(keep, LOAD(a->parameter + i));
        STORE(a->parameter + i, FNMA(step, DIV(m, denominator), parameter));
    }
}
