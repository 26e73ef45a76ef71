// SPDX-License-Identifier: Apache-2.0
// The tile unit of AMX-BF16 in plain C, so that kernels for it can be proved on processors without
// one. It follows Intel's Software Developer's Manual, volume 2: LDTILECFG, TILELOADD, TILESTORED,
// TILEZERO, TILERELEASE and TDPBF16PS.

#ifndef WRN_TILE_UNIT_H
#define WRN_TILE_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRN_TILES         8
#define WRN_TILE_ROWS     16
#define WRN_TILE_ROW_SIZE 64 // bytes

/// What LDTILECFG reads: 64 bytes. A tile has rows of `row_bytes` bytes; unused ones have none.
typedef struct {
    uint8_t palette; // 1, or 0 for a unit without tiles
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[WRN_TILES];
    uint8_t more_reserved[16];
    uint8_t rows[WRN_TILES];
    uint8_t last_reserved[8];
} wrn_tile_configuration;

/// A thread's unit. All fields zero are a unit that is not configured.
///
/// What the processor refuses with an exception changes nothing and is named in `fault`; the first
/// fault stays.
typedef struct {
    const char *fault;
    wrn_tile_configuration configuration;
    unsigned char tile[WRN_TILES][WRN_TILE_ROWS][WRN_TILE_ROW_SIZE];
} wrn_tile_unit;

/// LDTILECFG: sets the extents of all tiles and clears them. A start row, which belongs to
/// interrupted loads, is a fault here.
void wrn_tile_configure(wrn_tile_unit *unit, const wrn_tile_configuration *configuration);

/// TILERELEASE: clears all tiles and their extents.
void wrn_tile_release(wrn_tile_unit *unit);

/// TILEZERO.
void wrn_tile_zero(wrn_tile_unit *unit, int tile);

/// TILELOADD: row r begins at `base` + r * `stride` bytes; the rest of the tile is cleared.
void wrn_tile_load(wrn_tile_unit *unit, int tile, const void *base, ptrdiff_t stride);

/// TILESTORED: writes the tile's rows, and nothing behind them.
void wrn_tile_store(wrn_tile_unit *unit, int tile, void *base, ptrdiff_t stride);

/// TDPBF16PS. With A of m rows of k pairs of bfloat16, B of k rows of n pairs and C of m rows of n
/// floats:
///
///     even = odd = 0;  for each k:  even = A[m][k].low * B[k][n].low + even
///                                   odd = A[m][k].high * B[k][n].high + odd
///     C[m][n] = C[m][n] + (even + odd)
///
/// each line by ::wrn_tile_multiply_add or a sum that rounds likewise.
void wrn_tile_multiply(wrn_tile_unit *unit, int c, int a, int b);

/// a * b + c, rounded once to nearest, ties to even, whatever the processor's mode is. Denormal
/// inputs are zero, and so are results that are denormal after they were rounded to 24 digits. NaNs
/// stay NaNs; which one is not followed.
float wrn_tile_multiply_add(float a, float b, float c);

#endif
