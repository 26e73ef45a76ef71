// SPDX-License-Identifier: Apache-2.0
// Loops that the compiler must unroll, and functions that it must inline, so that small arrays of
// vectors become registers.

#if defined(__clang__)
#define WRN_UNROLL _Pragma("clang loop unroll(full)")
#else
#define WRN_UNROLL _Pragma("GCC unroll 32")
#endif
#define WRN_INLINE static inline __attribute__((always_inline))
