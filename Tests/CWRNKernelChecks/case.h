// SPDX-License-Identifier: Apache-2.0
//
// What all checks share. A case takes buffers, fills them, calls wrn_ready, runs a kernel, and
// states what it expects of each number that may have changed; wrn_end_case then proves that
// nothing else did, in inputs, gaps and margins.

#ifndef WRN_CASE_H
#define WRN_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "CWRNKernelChecks.h"

/// Half a unit in the last place of 1, the rounding error of one float32 operation.
#define WRN_ROUNDING 0x1p-24

/// The most buffers that one case takes.
#define WRN_SLOTS 24

/// A number as the formula gives it in double precision, and the sum of the absolute values of its
/// terms: what rounding errors are measured by.
typedef struct {
    double value, size;
} wrn_number;

/// One buffer: the bytes watched (data and margins), as they were and as they may be.
typedef struct {
    const char *name;
    unsigned char *pages; // between two guard pages
    size_t capacity;
    unsigned char *data, *region;
    size_t region_size;
    unsigned char *before, *allowed;
    size_t copies_size; // of `before` and of `allowed`
} wrn_slot;

/// A check under way.
typedef struct {
    const char *name;
    const wrn_kernels *kernels;
    const wrn_map_kernels *maps; // of the table, those under check
    bool bfloat16;               // the type of their maps' elements, else float32
    wrn_check_memory memory;
    uint64_t random;
    int cases, failures;
    bool failed; // the case under way
    char label[240];
    char *report;
    size_t report_size;
    int taken;
    wrn_slot slots[WRN_SLOTS];
} wrn_check;

#define WRN_PRINTF(words, values) __attribute__((format(printf, words, values)))

/// Begins a case; the words name it in the report.
void wrn_begin_case(wrn_check *c, const char *format, ...) WRN_PRINTF(2, 3);

/// Remembers all buffers, just before the kernel runs.
void wrn_ready(wrn_check *c);

/// Proves that nothing changed but what was expected to, and gives the buffers back.
void wrn_end_case(wrn_check *c);

/// Fails the case under way; the first failure of a check is the one reported.
void wrn_fail(wrn_check *c, const char *format, ...) WRN_PRINTF(2, 3);

/// A buffer of `size` bytes filled with a quiet NaN; it holds until the case ends.
void *wrn_take(wrn_check *c, const char *name, size_t size);

/// Like wrn_take, `count` floats.
float *wrn_take_floats(wrn_check *c, const char *name, ptrdiff_t count);

/// `count` pseudo-random floats, none of them zero, in (-1, 1).
float *wrn_take_random(wrn_check *c, const char *name, ptrdiff_t count);

/// What the value at `at` was when the kernel began.
float wrn_before(const wrn_check *c, const float *at);

/// Expects `want` at `at`, within `roundings` rounding errors of its terms.
void wrn_expect(wrn_check *c, const float *at, wrn_number want, double roundings);

/// Expects `want` at `at`, at most `tolerance` away.
void wrn_expect_within(wrn_check *c, const float *at, double want, double tolerance);

/// Expects these bytes at `at`.
void wrn_expect_bytes(wrn_check *c, const void *at, const void *want, size_t size);

/// Lets these bytes be what they are: the check compares them itself.
void wrn_allow(wrn_check *c, const void *at, size_t size);

/// Lets the float at `at` be as it was, or zero.
void wrn_allow_zero(wrn_check *c, const float *at);

/// Frees what the slots of a check hold.
void wrn_release_slots(wrn_check *c);

/// The slot that holds `at`; a failure of the harness where none does.
wrn_slot *wrn_slot_of(const wrn_check *c, const void *at);

/// The next pseudo-random word.
uint32_t wrn_random(wrn_check *c);

/// The next pseudo-random float in (-1, 1), an odd multiple of 2^-13: never zero, its products
/// exact in double.
float wrn_random_float(wrn_check *c);

/// A word of keep bits, each as likely 0 as 1.
uint16_t *wrn_take_keep(wrn_check *c, ptrdiff_t words);

static inline int32_t wrn_blocks(int32_t channels) {
    return (channels + WRN_LANES - 1) / WRN_LANES;
}

#endif
