// SPDX-License-Identifier: Apache-2.0
// The kernels on maps of bfloat16, for the instruction set whose file includes this one. Besides
// the macros of kernels.inc.h it defines
//
//     LOAD_BFLOAT16(p)        VW bfloat16 as floats
//     STORE_BFLOAT16(p, v)    stores VW floats, rounded to the nearest, ties to even
//     ROUND_BFLOAT16(v)       the floats so rounded

#include "unrolling.inc.h"

#define MAP             uint16_t
#define LOAD_MAP(p)     LOAD_BFLOAT16(p)
#define STORE_MAP(p, v) STORE_BFLOAT16(p, v)
#define ROUND_MAP(v)    ROUND_BFLOAT16(v)

#include "maps.inc.h"
