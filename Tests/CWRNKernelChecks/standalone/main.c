// SPDX-License-Identifier: Apache-2.0
// Runs every check on every table that this processor can use: the program of Scripts/check-neon
// and Scripts/check-kernels-sanitized.
//
//     program [best|rest] [margins|behind|before|heap]...      margins where nothing is named
//
// With `best`, only on the fastest of the tables; with `rest`, on all the others.

#include <stdio.h>
#include <string.h>
#include "CWRNKernelChecks.h"

static const struct {
    const char *name;
    wrn_check_memory memory;
} memories[] = {{"margins", WRN_MEMORY_MARGINS},
                {"behind", WRN_MEMORY_GUARD_BEHIND},
                {"before", WRN_MEMORY_GUARD_BEFORE},
                {"heap", WRN_MEMORY_HEAP}};

static int passed, failed;

static void run_all(const char *name, wrn_check_memory memory, const char *tables) {
    for (const wrn_kernels *const *table = wrn_usable_kernels(); *table; table++) {
        if (tables && (strcmp(tables, "best") == 0) != !table[1])
            continue;
        for (int check = 0; check < wrn_check_count(); check++) {
            char report[600];
            // Printed first, so that a crash has a name.
            printf("%-7s %-8s %s: ", (*table)->name, name, wrn_check_name(check));
            fflush(stdout);
            const int failures = wrn_check_run(check, *table, memory, report, sizeof report);
            failures ? failed++ : passed++;
            if (failures)
                printf("FAILED %d: ", failures);
            printf("%s\n", report);
        }
    }
}

int main(int count, char **arguments) {
    const char *word = count > 1 ? arguments[1] : "";
    const char *tables = strcmp(word, "best") == 0 || strcmp(word, "rest") == 0 ? word : 0;
    const int first = tables ? 2 : 1;
    for (int i = first; i < count; i++) {
        size_t m = 0;
        while (m < sizeof memories / sizeof *memories && strcmp(memories[m].name, arguments[i]))
            m++;
        if (m == sizeof memories / sizeof *memories) {
            fprintf(stderr, "usage: %s [best|rest] [margins|behind|before|heap]...\n",
                    arguments[0]);
            return 2;
        }
        run_all(memories[m].name, memories[m].memory, tables);
    }
    if (count == first)
        run_all(memories[0].name, memories[0].memory, tables);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
