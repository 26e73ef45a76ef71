// SPDX-License-Identifier: Apache-2.0

#ifndef CWRN_MEMORY_H
#define CWRN_MEMORY_H

#include <stdbool.h>

// Whether an allocation of Swift's that fails ends the program with one sentence and the exit code
// 1, instead of a trap with a stack trace. It is so on Linux with glibc, unless a sanitizer has an
// allocator of its own.
bool wrn_reports_failed_allocations(void);

#endif
