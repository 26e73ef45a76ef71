// SPDX-License-Identifier: Apache-2.0
// Which kernels this processor can run. The list is a table of constants: nothing is written, so no
// lock is needed.

#include "CWRNKernels.h"

extern const wrn_kernels wrn_kernels_scalar;

#if defined(__x86_64__)

extern const wrn_kernels wrn_kernels_avx2;
extern const wrn_kernels wrn_kernels_avx512;
extern const wrn_bfloat16_kernels wrn_bfloat16_kernels_avx512;

const wrn_kernels *const *wrn_usable_kernels(void) {
    static const wrn_kernels *const base[] = {&wrn_kernels_scalar, 0};
    static const wrn_kernels *const avx2[] = {&wrn_kernels_scalar, &wrn_kernels_avx2, 0};
    static const wrn_kernels *const avx512[] = {&wrn_kernels_scalar, &wrn_kernels_avx2,
                                                &wrn_kernels_avx512, 0};
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return base;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq")) {
        return avx2;
    }
    return avx512;
}

const wrn_bfloat16_kernels *wrn_usable_bfloat16_kernels(void) {
    __builtin_cpu_init();
    const int has_avx512 = __builtin_cpu_supports("avx512f") &&
                           __builtin_cpu_supports("avx512vl") &&
                           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    return has_avx512 && __builtin_cpu_supports("avx512bf16") ? &wrn_bfloat16_kernels_avx512 : 0;
}

#elif defined(__aarch64__)

extern const wrn_kernels wrn_kernels_neon;

const wrn_kernels *const *wrn_usable_kernels(void) {
    static const wrn_kernels *const neon[] = {&wrn_kernels_scalar, &wrn_kernels_neon, 0};
    return neon;
}

#else

const wrn_kernels *const *wrn_usable_kernels(void) {
    static const wrn_kernels *const base[] = {&wrn_kernels_scalar, 0};
    return base;
}

#endif

#if !defined(__x86_64__)

const wrn_bfloat16_kernels *wrn_usable_bfloat16_kernels(void) {
    return 0;
}

#endif
