// SPDX-License-Identifier: Apache-2.0
// The functions that are applied to each value by itself, and the way of a gradient back through
// them: all that a kernel has to know of one.

// The larger of v and below * v is v above zero and below * v under it, because below < 1. MAX
// gives its second operand where both are zeros or one is NaN.
WRN_INLINE VEC K(activate)(const wrn_activation *a, VEC v) {
    if (a->kind == WRN_IDENTITY)
        return v;
    return a->kind == WRN_RELU ? MAX(ZERO(), v) : MAX(MUL(SPLAT(a->below), v), v);
}

// The gradient of what was activated: z is the value before, g the gradient behind.
WRN_INLINE VEC K(activate_back)(const wrn_activation *a, VEC z, VEC g) {
    if (a->kind == WRN_IDENTITY)
        return g;
    return a->kind == WRN_RELU ? WHERE_POSITIVE(z, g)
                               : WHERE_LESS(ZERO(), z, g, MUL(SPLAT(a->below), g));
}
