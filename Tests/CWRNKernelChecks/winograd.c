// SPDX-License-Identifier: Apache-2.0

#include <math.h>
#include "winograd.h"

wrn_matrix wrn_winograd_b(int32_t size) {
    if (size == 4) {
        return (wrn_matrix){6,
                            6,
                            {{4, 0, -5, 0, 1, 0},
                             {0, -4, -4, 1, 1, 0},
                             {0, 4, -4, -1, 1, 0},
                             {0, -2, -1, 2, 1, 0},
                             {0, 2, -1, -2, 1, 0},
                             {0, 4, 0, -5, 0, 1}}};
    }
    return (wrn_matrix){4, 4, {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}}};
}

wrn_matrix wrn_winograd_g(int32_t size) {
    if (size == 4) {
        return (wrn_matrix){6,
                            3,
                            {{1. / 4, 0, 0},
                             {-1. / 6, -1. / 6, -1. / 6},
                             {-1. / 6, 1. / 6, -1. / 6},
                             {1. / 24, 1. / 12, 1. / 6},
                             {1. / 24, -1. / 12, 1. / 6},
                             {0, 0, 1}}};
    }
    return (wrn_matrix){4, 3, {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}};
}

wrn_matrix wrn_winograd_a(int32_t size) {
    if (size == 4) {
        return (wrn_matrix){
            4,
            6,
            {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};
    }
    return (wrn_matrix){2, 4, {{1, 1, 1, 0}, {0, 1, -1, 1}}};
}

wrn_matrix wrn_transposed(wrn_matrix m) {
    wrn_matrix t = {.rows = m.columns, .columns = m.rows};
    for (int i = 0; i < m.rows; i++) {
        for (int j = 0; j < m.columns; j++)
            t.at[j][i] = m.at[i][j];
    }
    return t;
}

wrn_tile wrn_sandwich(const wrn_matrix *m, const wrn_tile *x) {
    wrn_tile half = {0}, y = {0};
    for (int p = 0; p < m->rows; p++) {
        for (int j = 0; j < m->columns; j++) {
            for (int i = 0; i < m->columns; i++) {
                half.at[p][j].value += m->at[p][i] * x->at[i][j].value;
                half.at[p][j].size += fabs(m->at[p][i]) * x->at[i][j].size;
            }
        }
    }
    for (int p = 0; p < m->rows; p++) {
        for (int q = 0; q < m->rows; q++) {
            for (int j = 0; j < m->columns; j++) {
                y.at[p][q].value += m->at[q][j] * half.at[p][j].value;
                y.at[p][q].size += fabs(m->at[q][j]) * half.at[p][j].size;
            }
        }
    }
    return y;
}

wrn_number wrn_exactly(float value) {
    return (wrn_number){(double)value, fabs((double)value)};
}

double wrn_winograd_rms(int32_t size, int32_t terms) {
    const double growth = size == 4 ? 10.77 : 1.67;
    return growth * sqrt(terms / 2. + 12) * WRN_ROUNDING;
}
