// SPDX-License-Identifier: Apache-2.0
// What the checks of the kernels of tiles share: the tables that run here, and numbers of bfloat16.

#ifndef WRN_TILES_CHECKS_H
#define WRN_TILES_CHECKS_H

#include "case.h"
#include "emulated_tiles.h"

/// Table `index` of those that belong to the check's table; NULL behind the last. The emulation
/// without vectors belongs to the scalar table; the one with vectors of AVX-512 belongs to that of
/// AVX-512, as does the tile unit where this process has one.
const wrn_tile_kernels *wrn_tiles_of(const wrn_check *c, int index);

/// The table of the unit itself; NULL where this process has none.
const wrn_tile_kernels *wrn_unit_tiles(void);

/// Fails the case where the emulated unit refused an instruction, or still has tiles.
void wrn_expect_released(wrn_check *c);

/// `count` pseudo-random bfloat16, none of them zero, in (-1, 1).
uint16_t *wrn_take_words(wrn_check *c, const char *name, ptrdiff_t count);

/// A bfloat16 as a number.
double wrn_word_value(uint16_t word);

/// What the bfloat16 at `at` was when the kernel began.
double wrn_word_before(const wrn_check *c, const uint16_t *at);

/// Expects `want` at `at`, rounded to bfloat16 after `roundings` rounding errors of its terms.
void wrn_expect_word(wrn_check *c, const uint16_t *at, wrn_number want, double roundings);

#endif
