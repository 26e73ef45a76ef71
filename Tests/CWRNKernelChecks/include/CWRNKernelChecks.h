// SPDX-License-Identifier: Apache-2.0
//
// Proofs of the kernels: each check runs one kernel of a table on many small shapes and compares
// every number with the formula in CWRNKernels.h, computed by plain loops in double precision.
//
// The inputs are pseudo-random with fixed seeds, so that every machine checks the same numbers.

#ifndef CWRNKERNELCHECKS_H
#define CWRNKERNELCHECKS_H

#include <stddef.h>
#include "CWRNKernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Where the buffers of a check lie, and so what finds an access outside them.
typedef enum {
    /// Between margins of a quiet NaN: a write changes the margin, a read that counts gives NaN.
    WRN_MEMORY_MARGINS = 0,
    /// Each buffer ends at a page that may not be touched: any access behind it crashes.
    WRN_MEMORY_GUARD_BEHIND = 1,
    /// Each buffer begins behind a page that may not be touched: any access before it crashes.
    WRN_MEMORY_GUARD_BEFORE = 2,
    /// In heap blocks of exactly their size, for AddressSanitizer.
    WRN_MEMORY_HEAP = 3,
} wrn_check_memory;

/// How many checks there are.
int wrn_check_count(void);

/// What a check proves, in a word or two; NULL outside 0 ..< wrn_check_count().
const char *wrn_check_name(int check);

/// Runs a check on a table; returns how many of its cases failed.
///
/// `report` becomes a sentence on the first case that failed, or with the number of cases.
int wrn_check_run(int check, const wrn_kernels *table, wrn_check_memory memory, char *report,
                  size_t size);

/// The kernels of tiles on an emulation of the tile unit, for tests on processors without one.
const wrn_tile_kernels *wrn_emulated_tiles(void);

/// What the emulated unit of the calling thread has refused first; NULL for nothing.
const char *wrn_emulated_tiles_fault(void);

#ifdef __cplusplus
}
#endif

#endif
