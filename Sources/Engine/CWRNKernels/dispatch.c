// SPDX-License-Identifier: Apache-2.0
// The choice of the kernels that a processor can run. The lists are tables of constants: nothing is
// written, so no lock is needed.

#include "CWRNKernels.h"

extern const wrn_kernels wrn_kernels_scalar;

#if defined(__x86_64__)

extern const wrn_kernels wrn_kernels_avx2;
extern const wrn_kernels wrn_kernels_avx512;

// Leaf 7 of CPUID has a bit for processors with cores of several kinds.
static int is_hybrid(void) {
    uint32_t a = 0, b = 0, c = 0, d = 0;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (a < 7)
        return 0;
    a = 7;
    c = 0;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d >> 15 & 1;
}

uint32_t wrn_processor(void) {
    __builtin_cpu_init();
    uint32_t processor = 0;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        processor |= WRN_PROCESSOR_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        processor |= WRN_PROCESSOR_AVX512;
    if (__builtin_cpu_supports("avx512bf16"))
        processor |= WRN_PROCESSOR_BFLOAT16;
    if (is_hybrid())
        processor |= WRN_PROCESSOR_HYBRID;
    return processor;
}

const wrn_kernels *const *wrn_kernels_for(uint32_t processor) {
    static const wrn_kernels *const base[] = {&wrn_kernels_scalar, 0};
    static const wrn_kernels *const avx2[] = {&wrn_kernels_scalar, &wrn_kernels_avx2, 0};
    static const wrn_kernels *const avx512[] = {&wrn_kernels_scalar, &wrn_kernels_avx2,
                                                &wrn_kernels_avx512, 0};
    if (!(processor & WRN_PROCESSOR_AVX2))
        return base;
    if (!(processor & WRN_PROCESSOR_AVX512) || processor & WRN_PROCESSOR_HYBRID)
        return avx2;
    return avx512;
}

#elif defined(__aarch64__)

extern const wrn_kernels wrn_kernels_neon;

uint32_t wrn_processor(void) {
    return WRN_PROCESSOR_NEON;
}

const wrn_kernels *const *wrn_kernels_for(uint32_t processor) {
    static const wrn_kernels *const base[] = {&wrn_kernels_scalar, 0};
    static const wrn_kernels *const neon[] = {&wrn_kernels_scalar, &wrn_kernels_neon, 0};
    return processor & WRN_PROCESSOR_NEON ? neon : base;
}

#else

uint32_t wrn_processor(void) {
    return 0;
}

const wrn_kernels *const *wrn_kernels_for(uint32_t processor) {
    static const wrn_kernels *const base[] = {&wrn_kernels_scalar, 0};
    (void)processor;
    return base;
}

#endif

const wrn_bfloat16_kernels *wrn_bfloat16_kernels_for(const wrn_kernels *table, uint32_t processor) {
    return processor & WRN_PROCESSOR_BFLOAT16 ? table->bfloat16_products : 0;
}

const wrn_kernels *const *wrn_usable_kernels(void) {
    return wrn_kernels_for(wrn_processor());
}
