// SPDX-License-Identifier: Apache-2.0
// The functions that are applied to each value by itself, and the way of a gradient back through
// them. No other file depends on which functions there are.

// One bit pattern a lane.
typedef uint32_t K(lane_words) __attribute__((vector_size(4 * VW)));

// exp(v) for v in -87...88, within two roundings; NaN for NaN. v = n ln 2 + r with a whole n and
// |r| <= ln 2 / 2; the polynomial for exp(r) is that of Moshier's Cephes library.
WRN_INLINE VEC K(exponential)(VEC v) {
    // A float this large has no digits behind the point, so adding it rounds to a whole number,
    // which its last bits then hold.
    const VEC whole = SPLAT(0x1.8p23f);
    const VEC rounded = FMA(v, SPLAT(0x1.715476p0f), whole);
    const VEC n = SUB(rounded, whole);
    // ln 2 in two parts, of which the first has so few digits that n times it is exact.
    const VEC r = FNMA(n, SPLAT(-2.12194440e-4f), FNMA(n, SPLAT(0.693359375f), v));
    VEC p = FMA(SPLAT(1.9875691500e-4f), r, SPLAT(1.3981999507e-3f));
    p = FMA(p, r, SPLAT(8.3334519073e-3f));
    p = FMA(p, r, SPLAT(4.1665795894e-2f));
    p = FMA(p, r, SPLAT(1.6666665459e-1f));
    p = FMA(p, r, SPLAT(5.0000001201e-1f));
    p = ADD(FMA(p, MUL(r, r), r), SPLAT(1.0f));
    // The words of 2^n: n in the exponent, whose bias is 127.
    K(lane_words) words;
    memcpy(&words, &rounded, sizeof words);
    words = (words << 23) + (127u << 23);
    VEC power;
    memcpy(&power, &words, sizeof power);
    return MUL(p, power);
}

// Beyond these an exponential would overflow; the function itself is zero there, or its argument.
#define SILU_LIMIT 87.0f

// Functions of their own, which are called: loops that may call them keep fewer values in
// registers.
static __attribute__((noinline)) VEC K(silu)(VEC v) {
    v = MAX(SPLAT(-SILU_LIMIT), v);
    const VEC e = K(exponential)(MAX(SPLAT(-SILU_LIMIT), SUB(ZERO(), v)));
    return DIV(v, ADD(e, SPLAT(1.0f)));
}

static __attribute__((noinline)) VEC K(silu_slope)(VEC v) {
    const VEC minus = MAX(SPLAT(-SILU_LIMIT), SUB(ZERO(), MAX(SPLAT(-SILU_LIMIT), v)));
    const VEC e = K(exponential)(minus);
    const VEC s = DIV(SPLAT(1.0f), ADD(e, SPLAT(1.0f)));
    // 1 - s = e * s, which keeps its digits where s is nearly 1.
    return FNMA(MUL(minus, s), MUL(e, s), s);
}

#undef SILU_LIMIT

// Whether a loop must be compiled for calls: `curved` of the functions below. Kernels that read
// much and compute little have two loops, of which one makes no calls.
WRN_INLINE int K(is_curved)(const wrn_activation *a) {
    return a->kind == WRN_SILU;
}

// The larger of v and below * v is v above zero and below * v under it, because below < 1. MAX
// gives its second operand where both are zeros or one is NaN.
WRN_INLINE VEC K(activate)(const wrn_activation *a, VEC v, const int curved) {
    if (a->kind == WRN_IDENTITY)
        return v;
    if (curved && a->kind == WRN_SILU)
        return K(silu)(v);
    return a->kind == WRN_RELU ? MAX(ZERO(), v) : MAX(MUL(SPLAT(a->below), v), v);
}

// The gradient of what was activated: z is the value before, g the gradient behind.
WRN_INLINE VEC K(activate_back)(const wrn_activation *a, VEC z, VEC g, const int curved) {
    if (a->kind == WRN_IDENTITY)
        return g;
    if (curved && a->kind == WRN_SILU)
        return MUL(K(silu_slope)(z), g);
    return a->kind == WRN_RELU ? WHERE_POSITIVE(z, g)
                               : WHERE_LESS(ZERO(), z, g, MUL(SPLAT(a->below), g));
}
