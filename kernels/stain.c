/* Stain matrices. */
#include "stain.h"

const double wsi_rgb_from_hed[3][3] = {{0.65, 0.70, 0.29}, {0.07, 0.99, 0.11}, {0.27, 0.57, 0.78}};

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
