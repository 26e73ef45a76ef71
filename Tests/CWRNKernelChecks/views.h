// SPDX-License-Identifier: Apache-2.0
// Views as their formula says, for the checks of all kernels that read through one.

#ifndef WRN_VIEWS_H
#define WRN_VIEWS_H

#include "case.h"

/// How many views there are: x; x * scale + shift; x * scale + shift + second * slope; each without
/// and with ReLU.
#define WRN_VIEWS 6

/// A view of `lanes` channels; its coefficients are pseudo-random.
wrn_view wrn_take_view(wrn_check *c, int which, int32_t lanes);

/// The view's value of x and second in channel `channel`, before dropout.
wrn_number wrn_view_value(const wrn_view *view, double x, double second, int32_t channel);

#endif
