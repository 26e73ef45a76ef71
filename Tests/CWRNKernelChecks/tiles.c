// SPDX-License-Identifier: Apache-2.0

#include "tiles.h"

#include <math.h>
#include <string.h>

const wrn_tile_kernels *wrn_unit_tiles(void) {
    const wrn_kernels *const *best = wrn_usable_kernels();
    while (best[1])
        best++;
    return wrn_tile_kernels_for(*best, wrn_processor());
}

const wrn_tile_kernels *wrn_tiles_of(const wrn_check *c, int index) {
    const wrn_tile_kernels *tables[3] = {0};
    int count = 0;
    if (strcmp(c->kernels->name, "scalar") == 0) {
        tables[count++] = wrn_emulated_tiles();
    } else if (strcmp(c->kernels->name, "avx512") == 0) {
        if (wrn_emulated_tiles_avx512())
            tables[count++] = wrn_emulated_tiles_avx512();
        if (wrn_unit_tiles())
            tables[count++] = wrn_unit_tiles();
    }
    return tables[index];
}

void wrn_expect_released(wrn_check *c) {
    const wrn_tile_unit *unit = wrn_emulated_unit();
    if (unit->fault)
        wrn_fail(c, "the unit refuses %s", unit->fault);
    if (unit->configuration.palette != 0)
        wrn_fail(c, "the tiles are not released");
}

uint16_t *wrn_take_words(wrn_check *c, const char *name, ptrdiff_t count) {
    uint16_t *words = wrn_take(c, name, (size_t)count * sizeof *words);
    for (ptrdiff_t i = 0; i < count; i++) {
        // Odd, of eight binary digits.
        const float value = (float)(2 * (int32_t)(wrn_random(c) >> 25) - 127) * 0x1p-7f;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        words[i] = (uint16_t)(bits >> 16);
    }
    return words;
}

double wrn_word_value(uint16_t word) {
    const uint32_t bits = (uint32_t)word << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

double wrn_word_before(const wrn_check *c, const uint16_t *at) {
    const wrn_slot *slot = wrn_slot_of(c, at);
    uint16_t word;
    memcpy(&word, slot->before + ((const unsigned char *)at - slot->region), sizeof word);
    return wrn_word_value(word);
}

void wrn_expect_word(wrn_check *c, const uint16_t *at, wrn_number want, double roundings) {
    const double sum = roundings * WRN_ROUNDING * want.size;
    // Half a unit in the last of eight places.
    const double tolerance = sum + (fabs(want.value) + sum) * 0x1p-8;
    const double found = wrn_word_value(*at);
    // Not `>`, so that a NaN fails.
    if (!(fabs(found - want.value) <= tolerance)) {
        const wrn_slot *slot = wrn_slot_of(c, at);
        wrn_fail(c, "%s[%td] is %.9g, expected %.9g within %.3g", slot->name,
                 at - (const uint16_t *)slot->data, found, want.value, tolerance);
    }
    wrn_allow(c, at, sizeof *at);
}
