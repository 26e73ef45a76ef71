// SPDX-License-Identifier: Apache-2.0
// What one core can multiply and add in float32: independent chains of fused multiply-adds that
// never leave the registers.
#ifndef CPEAK_H
#define CPEAK_H

#include <stdint.h>

// Multiply-adds of one round.
int64_t peak_multiply_adds_per_round(void);

// Runs `rounds` rounds on the calling thread, with the widest vectors that the processor has. The
// result depends on every multiply-add, so that the compiler keeps them.
float peak_run(int64_t rounds);

// The vectors in use: "avx512", "avx2", "neon" or "scalar".
const char *peak_instruction_set(void);

#endif
