// SPDX-License-Identifier: Apache-2.0
// What the checks of winograd_outputs share: its pixels, whatever else it does on the way out.

#ifndef WRN_WINOGRAD_OUTPUTS_H
#define WRN_WINOGRAD_OUTPUTS_H

#include "case.h"

enum wrn_addend { WRN_NO_ADDEND, WRN_OTHER_ADDEND, WRN_DESTINATION_ADDEND };

typedef struct {
    int32_t size, rows, columns, blocks;
    int bias, addend, activation;
    int32_t idle_rows, idle_columns; // of tiles wholly outside the destination
} wrn_outputs_shape;

/// Begins a case; `kind` names it in the report.
void wrn_begin_outputs(wrn_check *c, const wrn_outputs_shape *s, const char *kind);

/// Products from some tile of their panels on, and all that makes pixels of them; what the formula
/// does not read is NaN.
wrn_winograd_outputs wrn_take_outputs(wrn_check *c, const wrn_outputs_shape *s);

/// Expects each pixel of the destination.
void wrn_expect_outputs(wrn_check *c, const wrn_winograd_outputs *a);

#endif
