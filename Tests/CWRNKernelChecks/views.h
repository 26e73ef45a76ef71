// SPDX-License-Identifier: Apache-2.0
// Views by their formula, for the checks of all kernels that read through one.

#ifndef WRN_VIEWS_H
#define WRN_VIEWS_H

#include "case.h"

/// How many affine maps there are: x; x * scale + shift; x * scale + shift + second * slope.
#define WRN_MAPS 3

/// How many functions of each value there are: none, ReLU, LeakyReLU and SiLU.
#define WRN_ACTIVATIONS 4

/// How many views there are: view v has the map v % WRN_MAPS and the activation v / WRN_MAPS.
#define WRN_VIEWS (WRN_MAPS * WRN_ACTIVATIONS)

/// One of the activations.
wrn_activation wrn_take_activation(int which);

/// The activation's value, by its formula.
double wrn_activated(const wrn_activation *a, double v);

/// What the activation multiplies a gradient by where its input was z.
double wrn_activation_slope(const wrn_activation *a, double z);

/// A gradient behind the activation taken back to its input z; `g.size` is that of its terms.
wrn_number wrn_activated_back(const wrn_activation *a, double z, wrn_number g);

/// A view of `lanes` channels; its coefficients are pseudo-random.
wrn_view wrn_take_view(wrn_check *c, int which, int32_t lanes);

/// The view's value of x and second in channel `channel`, before dropout.
wrn_number wrn_view_value(const wrn_view *view, double x, double second, int32_t channel);

/// The view's value behind dropout, from that before it and the channel's keep bit.
wrn_number wrn_view_kept(const wrn_view *view, wrn_number value, bool kept);

#endif
