// SPDX-License-Identifier: Apache-2.0
// The system's zlib, as a Swift module.
#include <zlib.h>
