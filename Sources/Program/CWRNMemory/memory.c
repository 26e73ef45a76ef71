// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "CWRNMemory.h"

#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define WRN_HAS_SANITIZER 1
#endif
#endif

#if defined(__linux__) && defined(__GLIBC__) && !defined(WRN_HAS_SANITIZER)

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// glibc's own allocator under its second names: memory from it is freed by the free() of everybody.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

// Whether code at an address is Swift's, where a failed allocation cannot be reported and ends in a
// trap. Libraries of C, the decoders of images for example, get their null pointer and report an
// error of their own.
static bool is_swift(const void *address) {
    Dl_info info;
    if (dladdr(address, &info) == 0 || info.dli_fname == NULL)
        return false;
    const char *slash = strrchr(info.dli_fname, '/');
    const char *name = slash == NULL ? info.dli_fname : slash + 1;
    return strncmp(name, "libswift", 8) == 0 || strncmp(name, "libFoundation", 13) == 0 ||
           strncmp(name, "lib_Foundation", 14) == 0 || strstr(name, ".so") == NULL;
}

// Nothing here allocates. Files are whole at every instant, so that the process can end at once.
static void give_up(size_t size) {
    char text[320];
    int length = snprintf(text, sizeof text,
                          "wrn: error: cannot allocate %zu MiB: the system gives this process no "
                          "more memory; raise its limit ('ulimit -v'), "
                          "or choose a smaller batch, smaller images or a smaller network\n",
                          (size >> 20) + 1);
    if (length > 0) {
        size_t count = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
        ssize_t written = write(STDERR_FILENO, text, count);
        (void)written;
    }
    _exit(1);
}

void *malloc(size_t size) {
    void *memory = __libc_malloc(size);
    if (memory == NULL && is_swift(__builtin_return_address(0)))
        give_up(size);
    return memory;
}

void *calloc(size_t count, size_t size) {
    void *memory = __libc_calloc(count, size);
    if (memory == NULL && is_swift(__builtin_return_address(0)))
        give_up(count * size);
    return memory;
}

void *realloc(void *old, size_t size) {
    void *memory = __libc_realloc(old, size);
    // Nothing is what realloc() gives for no bytes.
    if (memory == NULL && size > 0 && is_swift(__builtin_return_address(0)))
        give_up(size);
    return memory;
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void *memory = __libc_memalign(alignment, size);
    if (memory == NULL) {
        if (is_swift(__builtin_return_address(0)))
            give_up(size);
        return ENOMEM;
    }
    *result = memory;
    return 0;
}

bool wrn_reports_failed_allocations(void) {
    return true;
}

#else

bool wrn_reports_failed_allocations(void) {
    return false;
}

#endif
