/* Stain matrices, and the states of separating and combining stains. */
#include "stain-private.h"

#include <math.h>
#include <string.h>

const char *const wsi_stain_names[] = {"hed", "hdx", "fgx", "bex", "rbd", "gdx",
                                       "hax", "bro", "bpx", "ahx", "hpx", NULL};

/* As scikit-image 0.26's rgb_from_hed and so on; a third row of zeros stands for the cross product of the others. */
static const double densities[][3][3] = {
    {{0.65, 0.7, 0.29}, {0.07, 0.99, 0.11}, {0.27, 0.57, 0.78}},
    {{0.65, 0.704, 0.286}, {0.268, 0.57, 0.776}, {0, 0, 0}},
    {{0.46420921, 0.83008335, 0.30827187}, {0.94705542, 0.25373821, 0.19650764}, {0, 0, 0}},
    {{0.834750233, 0.513556283, 0.196330403}, {0.092789, 0.954111, 0.283111}, {0, 0, 0}},
    {{0.21393921, 0.85112669, 0.47794022}, {0.74890292, 0.60624161, 0.26731082}, {0.268, 0.57, 0.776}},
    {{0.98003, 0.144316, 0.133146}, {0.268, 0.57, 0.776}, {0, 0, 0}},
    {{0.65, 0.704, 0.286}, {0.2743, 0.6796, 0.6803}, {0, 0, 0}},
    {{0.853033, 0.508733, 0.112656}, {0.09289875, 0.8662008, 0.49098468}, {0.10732849, 0.36765403, 0.9237484}},
    {{0.7995107, 0.5913521, 0.10528667}, {0.09997159, 0.73738605, 0.6680326}, {0, 0, 0}},
    {{0.874622, 0.457711, 0.158256}, {0.552556, 0.7544, 0.353744}, {0, 0, 0}},
    {{0.644211, 0.716556, 0.266844}, {0.175411, 0.972178, 0.154589}, {0, 0, 0}}};

static double cofactor(const double m[3][3], int i, int j)
{
    const int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
    return m[a][c] * m[b][d] - m[a][d] * m[b][c];
}

void wsi_invert3(const double m[3][3], double out[3][3])
{
    const double det = m[0][0] * cofactor(m, 0, 0) + m[0][1] * cofactor(m, 0, 1) + m[0][2] * cofactor(m, 0, 2);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) out[i][j] = cofactor(m, j, i) / det;
}

void wsi_stain_densities(int stains, double out[3][3])
{
    memcpy(out, densities[stains], sizeof densities[stains]);
    if (out[2][0] != 0 || out[2][1] != 0 || out[2][2] != 0) return;
    for (int j = 0; j < 3; j++) out[2][j] = cofactor((const double(*)[3])out, 2, j);
}

void wsi_stain_prepare_separate(wsi_stain_state *state, const double m[3][3], wsi_dtype type)
{
    state->scale = (float)wsi_scale_of(type);
    for (int c = 0; c < 3; c++)
        for (int j = 0; j < 3; j++) state->matrix[c][j] = (float)m[c][j];
    for (int v = 0; v < 256; v++) {
        const double absorbance = log(fmax(v / 255.0, 1e-6)) / log(1e-6);
        for (int c = 0; c < 3; c++)
            for (int j = 0; j < 3; j++) state->table[c][v][j] = (float)(absorbance * m[c][j]);
    }
}

/* The matrix carries ln(1e-6), so that a pixel times it is log(rgb). */
void wsi_stain_prepare_combine(wsi_colour_state *state, const double m[3][3], wsi_dtype type)
{
    state->scale = wsi_scale_of(type);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) state->space.m[j][i] = m[i][j] * log(1e-6);
}
