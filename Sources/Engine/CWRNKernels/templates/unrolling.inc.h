// SPDX-License-Identifier: Apache-2.0
// How templates ask for code that a register allocator can follow.

#if defined(__clang__)
#define WRN_UNROLL _Pragma("clang loop unroll(full)")
#else
#define WRN_UNROLL _Pragma("GCC unroll 32")
#endif
#define WRN_INLINE static inline __attribute__((always_inline))
