// SPDX-License-Identifier: Apache-2.0
// Maps of the type that the kernels under check have, float32 or bfloat16: the checks take, read
// and expect their elements by index.

#ifndef WRN_MAPS_H
#define WRN_MAPS_H

#include "case.h"

/// A buffer of `count` elements, each a quiet NaN.
void *wrn_take_map(wrn_check *c, const char *name, ptrdiff_t count);

/// `count` pseudo-random elements, none of them zero, in [-1, 1].
void *wrn_take_random_map(wrn_check *c, const char *name, ptrdiff_t count);

/// The element `i`.
void *wrn_element(const wrn_check *c, const void *map, ptrdiff_t i);

/// The value of element `i`.
double wrn_get(const wrn_check *c, const void *map, ptrdiff_t i);

/// What the value of element `i` was when the kernel began.
double wrn_get_before(const wrn_check *c, const void *map, ptrdiff_t i);

/// Sets element `i`, rounded as ::wrn_stored.
void wrn_set(const wrn_check *c, const void *map, ptrdiff_t i, double value);

/// The value of an element in which `value` was stored: a float, or the nearest bfloat16.
double wrn_stored(const wrn_check *c, double value);

/// Expects element `i` to be what is stored of a number within `roundings` rounding errors of
/// `want`.
void wrn_expect_element(wrn_check *c, const void *map, ptrdiff_t i, wrn_number want,
                        double roundings);

/// Lets element `i` be what it is.
void wrn_allow_element(wrn_check *c, const void *map, ptrdiff_t i);

/// The nearest number of eight significant bits, ties to even: by arithmetic, not by bits.
double wrn_nearest_bfloat16(double value);

#endif
