// SPDX-License-Identifier: Apache-2.0
// The choice of the kernels that a processor can run. The lists are tables of constants: nothing is
// written, so no lock is needed.

#include "CWRNKernels.h"

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

extern const wrn_kernels wrn_kernels_scalar;

#if defined(__x86_64__)

extern const wrn_kernels wrn_kernels_avx2;
extern const wrn_kernels wrn_kernels_avx512;

// EDX of leaf 7 of CPUID.
static uint32_t leaf_7_edx(void) {
    uint32_t a = 0, b = 0, c = 0, d = 0;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (a < 7)
        return 0;
    a = 7;
    c = 0;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

// Leaf 7 has a bit for processors with cores of several kinds.
static int is_hybrid(void) {
    return leaf_7_edx() >> 15 & 1;
}

// The state that the system keeps of a thread; 0 where the processor does not report it, as those
// before AVX.
static uint64_t kept_state(void) {
    uint32_t a = 1, b, c = 0, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (!(c >> 27 & 1)) // OSXSAVE
        return 0;
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (uint64_t)d << 32 | a;
}

// Linux gives a process tiles at its request only.
static int permit_tiles(void) {
#if defined(__linux__)
    enum { REQUEST = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
#else
    return 0;
#endif
}

wrn_tile_access wrn_request_tiles(void) {
    const uint32_t edx = leaf_7_edx();
    const uint64_t state = kept_state();
    const wrn_tile_access access = wrn_tile_access_for(edx, state, 1);
    return access == WRN_TILES_USABLE ? wrn_tile_access_for(edx, state, permit_tiles()) : access;
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
    if (wrn_request_tiles() == WRN_TILES_USABLE)
        processor |= WRN_PROCESSOR_TILES;
    if (__builtin_cpu_is("amd"))
        processor |= WRN_PROCESSOR_AMD;
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

#else

wrn_tile_access wrn_request_tiles(void) {
    return WRN_TILES_MISSING;
}

#endif

#if defined(__aarch64__)

extern const wrn_kernels wrn_kernels_neon;

uint32_t wrn_processor(void) {
    return WRN_PROCESSOR_NEON;
}

const wrn_kernels *const *wrn_kernels_for(uint32_t processor) {
    static const wrn_kernels *const base[] = {&wrn_kernels_scalar, 0};
    static const wrn_kernels *const neon[] = {&wrn_kernels_scalar, &wrn_kernels_neon, 0};
    return processor & WRN_PROCESSOR_NEON ? neon : base;
}

#elif !defined(__x86_64__)

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

const wrn_tile_kernels *wrn_tile_kernels_for(const wrn_kernels *table, uint32_t processor) {
    // The kernels use AVX-512 with bfloat16 as well.
    const uint32_t needed = WRN_PROCESSOR_TILES | WRN_PROCESSOR_BFLOAT16;
    return (processor & needed) == needed ? table->tiles : 0;
}

wrn_tile_access wrn_tile_access_for(uint32_t leaf_7_edx, uint64_t xcr0, int is_permitted) {
    const uint32_t unit = 1u << 22 | 1u << 24;
    const uint64_t state = 1u << 17 | 1u << 18;
    if ((leaf_7_edx & unit) != unit)
        return WRN_TILES_MISSING;
    if ((xcr0 & state) != state)
        return WRN_TILES_NOT_KEPT;
    return is_permitted ? WRN_TILES_USABLE : WRN_TILES_REFUSED;
}

const wrn_kernels *const *wrn_usable_kernels(void) {
    return wrn_kernels_for(wrn_processor());
}
