// SPDX-License-Identifier: Apache-2.0
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
