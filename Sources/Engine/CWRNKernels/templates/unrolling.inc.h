// SPDX-License-Identifier: Apache-2.0
// Loops that the compiler must unroll, and functions that it must inline, so that small arrays of
// vectors become registers; and functions that it must not inline, so that each has all registers.

#if defined(__clang__)
#define WRN_UNROLL _Pragma("clang loop unroll(full)")
#else
#define WRN_UNROLL _Pragma("GCC unroll 32")
#endif
#define WRN_INLINE  static inline __attribute__((always_inline))
#define WRN_VARIANT static __attribute__((noinline))

// Defines the variant `name` of a kernel: the inlined function `body`, with constants behind its
// arguments. They are copied first: the compiler takes a store of a vector for one that may change
// any memory whose address has escaped, and would load every argument again behind it.
#define WRN_DEFINE_VARIANT(name, type, body, ...)                                                  \
    WRN_VARIANT void name(const type *arguments) {                                                 \
        const type copy = *arguments;                                                              \
        body(&copy, __VA_ARGS__);                                                                  \
    }
